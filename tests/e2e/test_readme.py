#!/usr/bin/python3
"""The README's five-minute tour, pasted into a shell word for word, and its table of commands."""

import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from support import ROOT, SERVER, reporting, run, send_signal

TOUR = "/tmp/posta"


def tour():
    text = (ROOT / "README.md").read_text()
    section = text.split("## Five minutes", 1)[1].split("\n## ", 1)[0]
    return re.search(r"```sh\n(.*?)```", section, re.S)[1]


def programs_of(script):
    """What a shell looks for in its PATH, but our own."""
    words = set(re.findall(r"(?:^|\| |&& |\$\()([a-z][\w-]*)(?= )", script, re.M))
    return sorted(words - {"posta-server", "kill"})


def needs_no_package_that_a_stranger_lacks(report, script):
    """install-deps without --test is what the README has a stranger run before the tour."""
    installed = run(ROOT / "init" / "install-deps", "--list").stdout.split()
    programs = programs_of(script)
    report.check("the tour calls curl and others", "curl" in programs and len(programs) > 2, programs)
    for program in programs:
        owners = re.findall(rf"^(\S+): \S*/bin/{program}$", run("dpkg", "-S", f"*/bin/{program}").stdout, re.M)
        essential = [owner for owner in owners
                     if run("dpkg-query", "-W", "-f", "${Essential}", owner).stdout == "yes"]
        report.check(f"{program} of the tour is there on a fresh machine", essential or set(owners) & set(installed),
                     f"its package {owners} is neither essential nor installed by init/install-deps")


def end_the_server():
    """When the tour has not done so itself."""
    with contextlib.suppress(OSError, ValueError):
        send_signal(int(pathlib.Path(TOUR, "run", "supervisor.pid").read_text()), signal.SIGTERM)


def synopses_of_readme():
    """{"token create": "--slug S --name N [--no-qr]"} as the table of commands has it."""
    section = (ROOT / "README.md").read_text().split("## Commands", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(.*?)` \| .* \|$", section, re.M)
    return dict(split_name(row.replace("\\|", "|")) for row in rows)


def split_name(usage):
    name = re.match(r"[a-z]+(?: [a-z]+)?(?= |$)", usage)[0]
    return name, usage[len(name):].strip()


def synopses_of_help():
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", run(SERVER, "--help").stdout, re.M)
    usages = (re.search(r"^Usage: posta-server (.*)$", run(SERVER, *name.split(), "--help").stdout, re.M)
              for name in names)
    return {name: usage[1][len(name):].strip() for name, usage in zip(names, usages)}


def names_every_command(report):
    told, there = synopses_of_readme(), synopses_of_help()
    report.check("--help names commands", len(there) > 10, there)
    report.check("the README names every command and no other", told.keys() == there.keys(),
                 f"only in README.md: {told.keys() - there.keys()}, only in --help: {there.keys() - told.keys()}")
    for name in sorted(told.keys() & there.keys()):
        report.check(f"{name}: the README says what its --help says", told[name] == there[name],
                     f"README.md {told[name]!r}, --help {there[name]!r}")


def main():
    with reporting() as report:
        names_every_command(report)
        built = pathlib.Path(SERVER)
        script = tour()
        needs_no_package_that_a_stranger_lacks(report, script)
        # The tour takes the release build of this tree; the suite may have been given another one.
        script = script.replace('PATH="$PWD/build/release:$PATH"', f'PATH="{built.parent}:$PATH"')
        shutil.rmtree(TOUR, ignore_errors=True)
        # Job control, as in a person's shell, for `kill %1`. A file and not a pipe: should the tour stop half-way,
        # its server goes on and would keep a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            try:
                code = subprocess.run(["bash", "-e", "-m", "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL,
                                      stdout=output, stderr=output, timeout=120).returncode
            finally:
                end_the_server()
            output.seek(0)
            said = output.read()
        report.check("every command of the tour works", code == 0, said)
        report.check("the smoke test is green", ", 0 failed" in said or "0 failed" in said, said)
        report.check("the actor document is shown", '"url":"https://alice.example"' in said, said)
        report.check("the landing page is shown", "<!doctype html" in said.lower(), said)
        report.check("the token opens the API", '"keyId":' in said, said)
        report.check("the token is listed", "laptop" in said, said)
        report.check("an invite is shown with its code", "/setup#invite=pinv_" in said and "█" in said, said)
        shutil.rmtree(TOUR, ignore_errors=True)


if __name__ == "__main__":
    main()
