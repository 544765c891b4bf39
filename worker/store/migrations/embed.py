#!/usr/bin/env python3
"""Writes the numbered SQL files as C++ string literals: embed.py OUTPUT FILE.sql..."""
import os
import sys

output, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
with open(output, "w", encoding="utf-8") as out:
    out.write('#include "worker/store/migration_sql.h"\n\nnamespace posta::store {\n')
    out.write("const std::array<MigrationSql, kMigrationSqlCount>& migration_sql() {\n")
    out.write("    static constexpr std::array<MigrationSql, kMigrationSqlCount> files{{\n")
    for path in files:
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            out.write(f'        {{{int(name[:4])}, R"sql({file.read()})sql"}},\n')
    out.write("    }};\n    return files;\n}\n}  // namespace posta::store\n")
