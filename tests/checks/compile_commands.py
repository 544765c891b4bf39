"""The compiler flags of each source, as Meson recorded them, made fit for clang 14."""

import json
import os
import pathlib
import shlex
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What g++ was told and clang does not know or does not need to hear.
DROPPED = ("-fstack-clash-protection", "-fcf-protection", "-fsanitize", "-fno-sanitize", "-Wno-",
           "-pipe", "-fpch", "-MD", "-MQ", "-MF", "-g", "-O", "-pthread", "-D_FILE_OFFSET_BITS")
# A source is looked at without the precompiled header: it has to include what it uses.
TAKES_WORD = ("-o", "-MQ", "-MF", "-include")


def build_directory():
    given = os.environ.get("POSTA_SANITIZED_BUILD", str(ROOT / "build" / "sanitized"))
    database = pathlib.Path(given) / "compile_commands.json"
    if not database.is_file():
        print(f"{database} is missing: run tests/run, or set POSTA_SANITIZED_BUILD to a build")
        print("0 passed, 1 failed")
        sys.exit(1)
    return database.parent


def flags_by_source():
    """{path relative to the root: flags}, for our own C++ files; run them in the build directory."""
    build = build_directory()
    flags = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if source.suffix != ".cpp" or ROOT not in source.parents or build in source.parents:
            continue
        words = shlex.split(entry["command"])
        while words and not words[0].startswith("-"):
            words.pop(0)
        kept, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word in TAKES_WORD:
                skip = True
            elif word != "-c" and word != entry["file"] and not word.startswith(DROPPED):
                kept.append(word)
        flags[str(source.relative_to(ROOT))] = kept
    return build, flags
