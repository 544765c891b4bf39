#!/usr/bin/env python3
"""Writes files into a C++ source file, one constant each: setup.html becomes kSetupHtml.

Usage: embed.py OUTPUT.cpp HEADER NAMESPACE FILE...

Bytes are written as numbers, not as string literals, which compilers limit in length.
"""
import os
import re
import sys


def constant_name(path):
    words = re.split(r"[^A-Za-z0-9]+", os.path.basename(path))
    return "".join(word[:1].upper() + word[1:] for word in words)


def main(output, header, namespace, paths):
    parts = ['#include "%s"\n' % header, "namespace %s {\n" % namespace]
    for path in paths:
        with open(path, "rb") as file:
            content = file.read()
        name = constant_name(path)
        numbers = ",".join(str(byte - 256 if byte > 127 else byte) for byte in content)
        lines = re.sub(r"((?:[^,]+,){24})", r"\1\n", numbers)
        parts.append("static constexpr char k%sBytes[] = {\n%s};" % (name, lines))
        parts.append("const std::string_view k%s(k%sBytes, %d);\n" % (name, name, len(content)))
    parts.append("}  // namespace %s\n" % namespace)
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
