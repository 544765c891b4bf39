#!/usr/bin/python3
"""The commands that write, on a file system that is full and on one that is read-only.

Real mounts in a mount namespace of the test's own. Each command must say what is wrong and leave
with 1 or 3, lose nothing, and succeed when it is run again after the disk is mended.
"""

import errno
import hashlib
import json
import os
import pathlib
import stat

from homes import enter_namespaces
from support import ROOT, SLUGS, Deployment, host_of, reporting, run

SIZE = "48m"


class Disk:
    """A tmpfs that holds the manifest, the data and the run directory."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir()
        self.mount("-t", "tmpfs", "-o", f"size={SIZE},mode=755", "disk", self.path)
        self.filler = self.path / "filler"

    @staticmethod
    def mount(*words):
        done = run("mount", *words)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def fill(self):
        fd = os.open(self.filler, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for size in (1 << 20, 4096, 1):
                while True:
                    os.write(fd, b"\0" * size)
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise
        finally:
            # The last page is only full when a smaller piece does not fit either.
            os.close(fd)

    def make_read_only(self):
        self.mount("-o", "remount,ro", self.path)

    def mend(self):
        self.mount("-o", "remount,rw", self.path)
        self.filler.unlink(missing_ok=True)

    def contents(self):
        """What must not change: every file by name, with owner, mode and bytes.

        SQLite's index of a write-ahead log and an empty log say nothing, and come and go. So does the
        manifest's lock.
        """
        found = {}
        for path in sorted(self.path.rglob("*")):
            status = path.lstat()
            if path == self.filler or path.name.endswith(("-shm", ".lock")):
                continue
            if path.name.endswith("-wal") and status.st_size == 0:
                continue
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
            found[str(path.relative_to(self.path))] = (status.st_uid, oct(status.st_mode), digest)
        return found


class Place(Deployment):
    """A deployment that lies on the disk; arne and marcus are adopted, tarald waits to be."""

    def __init__(self):
        super().__init__()
        self.disk = Disk(self.directory / "disk")
        self.data = self.disk.path / "data"
        self.run_dir = self.disk.path / "run"
        self.manifest = self.disk.path / "identities.toml"

    def prepare(self):
        made = run("/usr/bin/python3", ROOT / "tests/data/legacy/make.py", self.legacy)
        if made.returncode:
            raise RuntimeError(made.stderr)
        self.manifest.write_text("# Mine.\n[server]\ntrusted_proxies = [\"127.0.0.1/32\"]\n")
        self.data.mkdir(mode=0o755)
        self.run_dir.mkdir(mode=0o755)
        # `token list` opens the databases, which brings them to the newest version.
        return [self.adopt(slug) for slug in SLUGS[:2]] + [self.tokens_of(slug) for slug in SLUGS[:2]]

    def adopt(self, slug):
        return self.command("identity", "adopt", "--slug", slug, "--url",
                            f"https://{host_of(slug)}", "--from", self.legacy / slug)

    def tokens_of(self, slug):
        return self.command("token", "list", "--slug", slug, "--json")

    def rows(self, *words):
        answer = self.command(*words, "--json")
        return json.loads(answer.stdout)[words[0] + "s"] if answer.returncode == 0 else answer.stderr


COMMANDS = {
    "identity add": ["identity", "add", "--slug", "ny", "--url", "https://ny.posta.no"],
    "identity adopt": ["identity", "adopt", "--slug", "tarald", "--url", "https://tarald.posta.no", "--from"],
    "key rotate": ["key", "rotate", "--slug", "arne"],
    "token create": ["token", "create", "--slug", "arne", "--name", "new", "--no-qr"],
    "invite create": ["invite", "create", "--slug", "arne", "--no-qr"],
    "token revoke": ["token", "revoke", "--slug", "arne", "--name", "tui-dev"],
    "identity remove": ["identity", "remove", "--slug", "marcus"],
}


def fails_and_loses_nothing(report, place, name, words, ailment):
    before = place.disk.contents()
    answer = place.command(*words)
    lines = answer.stderr.splitlines()
    report.check(f"{name} on a {ailment} disk fails with 1 or 3 and a sentence",
                 answer.returncode in (1, 3) and lines and lines[-1].startswith(f"posta-server: {name}: ")
                 and any(word in answer.stderr for word in ("No space", "full", "Read-only", "read-only", "readonly")),
                 (answer.returncode, answer.stdout, answer.stderr))
    report.check(f"{name} on a {ailment} disk prints no secret", "mst_" not in answer.stdout
                 and "pinv_" not in answer.stdout, answer.stdout)
    after = place.disk.contents()
    lost = {path: (entry, after.get(path)) for path, entry in before.items() if after.get(path) != entry}
    report.check(f"{name} on a {ailment} disk changes nothing that was there", not lost, lost)
    return after.keys() - before.keys()


def outcome_is_there(place, name):
    """What the command should have brought about, once it has succeeded."""
    if name == "key rotate":
        return len(place.rows("key", "list", "--slug", "arne")) >= 2
    if name == "token create":
        return [row["state"] for row in place.rows("token", "list", "--slug", "arne")
                if row["name"] == "new"] == ["active"]
    if name == "invite create":
        return [row["state"] for row in place.rows("invite", "list", "--slug", "arne")] == ["open"]
    if name == "token revoke":
        return {row["state"] for row in place.rows("token", "list", "--slug", "arne")
                if row["name"] == "tui-dev"} == {"revoked"}
    listed = json.loads(place.command("identity", "list", "--json").stdout)["identities"]
    slugs = [row["slug"] for row in listed]
    return {"identity add": "ny" in slugs, "identity adopt": "tarald" in slugs,
            "identity remove": "marcus" not in slugs}[name]


def tries_all(report, place, ailment, ail):
    for answer in place.prepare():
        report.check("prepared", answer.returncode == 0, answer.stdout + answer.stderr)
    for name, words in COMMANDS.items():
        if name == "identity adopt":
            words = [*words, place.legacy / "tarald"]
        ail()
        extra = fails_and_loses_nothing(report, place, name, words, ailment)
        if ailment == "read-only":
            report.check(f"{name} on a read-only disk adds nothing", not extra, extra)
        place.disk.mend()
        answer = place.command(*words)
        report.check(f"{name} succeeds when it is run again", answer.returncode == 0
                     and outcome_is_there(place, name), (answer.returncode, answer.stdout, answer.stderr))
    report.check("the operator's own words are still in the manifest",
                 place.manifest.read_text().startswith("# Mine.\n[server]\n"))
    staged = [path.name for path in place.data.iterdir() if path.name.startswith(".")]
    report.check("nothing half-made is left", not staged, staged)
    checked = place.command("check")
    report.check("check finds nothing wrong", checked.returncode == 0, checked.stdout + checked.stderr)


def main():
    enter_namespaces()
    with reporting() as report:
        with Place() as place:
            tries_all(report, place, "full", place.disk.fill)
        with Place() as place:
            tries_all(report, place, "read-only", place.disk.make_read_only)


if __name__ == "__main__":
    main()
