#!/usr/bin/python3
"""The walls around a tenant, tried from inside: as root, as an ordinary user, and with a wall missing.

A wall is taken away by a system call filter around the command, under which the kernel answers as one
that does not have it: the verdict has to say so.
"""

import ctypes
import errno
import json
import os
import pathlib
import shutil
import struct
import tempfile

from support import SERVER, Deployment, reporting, run

ORDINARY = 712345
LANDLOCK_CREATE_RULESET = 444  # the same number on every architecture
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
GUARDED_BY_THE_USER_ALONE = {"stat a neighbour's file", "exceed its threads"}


def answer_with(number, error):
    """From now on, and in all descendants, that system call fails with that error."""
    libc = ctypes.CDLL(None, use_errno=True)
    load, equal, give = 0x20, 0x15, 0x06
    program = b"".join(struct.pack("HBBI", *step) for step in (
        (load, 0, 0, 0),  # the number of the call
        (equal, 0, 1, number),
        (give, 0, 0, 0x00050000 | error),
        (give, 0, 0, 0x7FFF0000)))
    text = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(text))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, header, 0, 0) != 0:
        os._exit(99)


def verdicts(places, before=None, *more, server=SERVER):
    answer = run(server, "selftest", "arne", "--json", *more, *places, preexec_fn=before)
    if answer.returncode not in (0, 1) or not answer.stdout:
        return answer.returncode, {}, {}, answer.stdout + answer.stderr
    found = json.loads(answer.stdout)
    return (answer.returncode, {line["layer"]: line["verdict"] for line in found["layers"]},
            {line["attempt"]: line["verdict"] for line in found["attempts"]}, answer.stdout)


def all_holds_as_root(report, places, when):
    code, layers, attempts, text = verdicts(places, None)
    # A kernel before 6.12 lacks a part of Landlock, and the table has to say that, too.
    best = {"enforced"} if json.loads(text)["landlockAbi"] >= 6 else {"enforced", "partial"}
    report.check(f"as root, {when}: every layer is enforced",
                 len(layers) == 6 and set(layers.values()) <= best, text)
    report.check(f"as root, {when}: every attempt is refused by every wall",
                 len(attempts) >= 20 and set(attempts.values()) <= best, text)
    report.check(f"as root, {when}: the exit code is 0", code == 0, code)


def without_landlock(report, places):
    for error in (errno.ENOSYS, errno.EOPNOTSUPP):
        code, layers, attempts, text = verdicts(
            places, lambda: answer_with(LANDLOCK_CREATE_RULESET, error))
        report.check("without Landlock that layer is absent", layers.get("landlock") == "absent", text)
        report.check("and what it alone refuses is possible",
                     attempts.get("write outside its directory") == "absent", text)
        report.check("and what another user refuses, too, is partial",
                     attempts.get("open a neighbour's file") == "partial", text)
        report.check("and the exit code is 1", code == 1, code)


def without_seccomp(report, places):
    code, layers, attempts, text = verdicts(places, lambda: answer_with(SECCOMP, errno.EINVAL))
    report.check("without the filter that layer is absent", layers.get("seccomp") == "absent", text)
    for attempt in ("start a process", "turn data into code", "exceed its memory", "serve a port"):
        report.check(f"and this is possible: {attempt}", attempts.get(attempt) == "absent", text)
    report.check("and the exit code is 1", code == 1, code)


def as_an_ordinary_user(report):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="posta-e2e-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(directory, ORDINARY, ORDINARY)

    def become():
        if os.geteuid() != 0:
            return
        os.setgroups([])
        os.setresgid(ORDINARY, ORDINARY, ORDINARY)
        os.setresuid(ORDINARY, ORDINARY, ORDINARY)

    try:
        places = ["--manifest", directory / "m.toml", "--data-dir", directory / "data",
                  "--run-dir", directory / "run"]
        # The checkout may stand where only root may look.
        server = directory / "posta-server"
        shutil.copy(SERVER, server)
        run("mkdir", directory / "data", directory / "run", preexec_fn=become)
        for slug in ("arne", "marcus"):
            run(server, "identity", "add", "--slug", slug, "--url", f"https://{slug}.example",
                *places, preexec_fn=become)
        code, layers, attempts, text = verdicts(places, become, server=server)
        absent = {name for name, verdict in attempts.items() if verdict == "absent"}
        report.check("without root the user layer is absent, and said to be",
                     layers.get("user") == "absent" and code == 1, text)
        report.check("and only what a user of its own refuses is possible",
                     absent == GUARDED_BY_THE_USER_ALONE, text)
        report.check("a neighbour's files are still out of reach",
                     attempts.get("open a neighbour's file") == "partial", text)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    with reporting() as report, Deployment() as server:
        adopted = server.adopt_all()
        report.check("the identities are there", all(one.returncode == 0 for one in adopted), adopted)
        if os.geteuid() == 0:
            all_holds_as_root(report, server.places(), "on a server that is not running")
            server.start()
            all_holds_as_root(report, server.places(), "beside the running server")
            without_landlock(report, server.places())
            without_seccomp(report, server.places())
        as_an_ordinary_user(report)


if __name__ == "__main__":
    main()
