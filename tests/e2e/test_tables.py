#!/usr/bin/python3
"""The tables that operators and their scripts read, compared whole, as text and as JSON.

What differs from run to run (times, keys, the test's directory) is blotted out by signs of the same
length, so that the columns stay. With POSTA_ACCEPT=1 the files of tests/data/cli are written anew,
and the test fails all the same: look at them, and run it again.
"""

import difflib
import json
import os
import re

from support import ROOT, Deployment, reporting

EXPECTED = ROOT / "tests/data/cli"


def blotted(text, directory):
    text = text.replace(str(directory), "/tmp/posta-e2e-........")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "YYYY-MM-DDThh:mm:ss.mmmZ", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDThh:mm:ssZ", text)
    text = re.sub(r"\b\d{4}-\d\d-([a-z])\b", r"YYYY-MM-\1", text)  # the name of a key
    text = re.sub(r"(becomes|database of version) \d+(?=[ \n\"])", r"\1 N", text)  # it grows
    text = re.sub(r"no answer: .*?(?=\n|\")", "no answer: ...", text)  # the library's words
    return re.sub(r"[A-Za-z0-9+/]{43}=", "K" * 44, text)


def agrees(report, name, answer, code, directory):
    if not report.check(f"{name} leaves with {code}", answer.returncode == code, answer.stdout + answer.stderr):
        return
    found = blotted(answer.stdout, directory)
    path = EXPECTED / f"{name}.expected"
    wanted = path.read_text() if path.exists() else ""
    if found != wanted and os.environ.get("POSTA_ACCEPT") == "1":
        path.write_text(found)
    report.check(f"{name} prints what it did before", found == wanted, "".join(
        difflib.unified_diff(wanted.splitlines(True), found.splitlines(True), "expected", "found")))


def both(report, server, name, *words, code=0):
    agrees(report, name, server.command(*words), code, server.directory)
    as_json = server.command(*words, "--json")
    agrees(report, name + ".json", as_json, code, server.directory)
    try:
        json.loads(as_json.stdout)
        report.check(f"{name} --json is one JSON value", as_json.stdout.count("\n") == 1)
    except ValueError as why:
        report.check(f"{name} --json is one JSON value", False, why)


def main():
    with reporting() as report, Deployment() as server:
        for answer in server.adopt_all():
            report.check("adopted", answer.returncode == 0, answer.stdout + answer.stderr)
        both(report, server, "identity_list", "identity", "list")
        both(report, server, "token_list", "token", "list", "--slug", "arne")
        server.command("token", "revoke", "--slug", "arne", "--name", "tui-dev")
        both(report, server, "token_list_revoked", "token", "list", "--slug", "arne")
        both(report, server, "key_list", "key", "list", "--slug", "arne")
        server.command("key", "rotate", "--slug", "marcus")
        both(report, server, "key_list_rotated", "key", "list", "--slug", "marcus")
        both(report, server, "invite_list_empty", "invite", "list", "--slug", "arne")
        server.command("invite", "create", "--slug", "arne", "--device-hint", "a phone", "--no-qr")
        server.command("invite", "create", "--slug", "arne", "--no-qr")
        server.command("invite", "revoke", "--slug", "arne", "--id", "2")
        both(report, server, "invite_list", "invite", "list", "--slug", "arne")
        both(report, server, "check", "check")

        server.start()
        here = ("--connect", f"127.0.0.1:{server.port}")
        both(report, server, "smoke", "smoke", *here)
        server.stop()
        both(report, server, "smoke_one", "smoke", "--slug", "arne", "--connect", "127.0.0.1:1", code=1)

        # What an operator is told to mend.
        (server.data / "arne/keys.json").chmod(0o644)
        (server.data / "marcus").rename(server.data / "elsewhere")
        text = server.manifest.read_text()
        server.manifest.write_text(text.replace('slug = "tarald"\n', 'slug = "tarald"\nenabled = false\n'))
        both(report, server, "check_findings", "check", code=3)
        both(report, server, "identity_list_missing", "identity", "list")


if __name__ == "__main__":
    main()
