"""What the end-to-end tests share: a deployment of the real server, and a count of what held.

Nothing here waits for a time; `eventually` waits for a condition, with a deadline.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = os.environ.get("POSTA_RELEASE_SERVER", str(ROOT / "build" / "release" / "posta-server"))
SLUGS = ("arne", "marcus", "tarald")
ACCEPT_ACTOR = {"Accept": "application/posta+json"}


def host_of(slug):
    return f"{slug}.posta.no"


class Report:
    """Counts the sentences that are true; the last line is "N passed, N failed"."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, sentence, holds, found=""):
        if holds:
            self.passed += 1
            print(f"ok      {sentence}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {sentence}\n        found: {found}", flush=True)
        return bool(holds)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


@contextlib.contextmanager
def reporting():
    """The whole of a test: a mistake in the middle is one failure more, not a lost count."""
    report = Report()
    try:
        yield report
    except Exception as mistake:  # noqa: BLE001  whatever it was, it is counted and shown
        import traceback
        traceback.print_exc()
        report.check("the test runs to its end", False, repr(mistake))
    report.finish()


def eventually(condition, seconds=60.0, pause=0.05):
    """The first true value of `condition()`, or its last one when the time is up, which is generous: a
    slow machine is no failure, and a fast one does not wait for it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def record_secret(kind, secret):
    """For tests/support/check-evidence: must stand in no log."""
    directory = os.environ.get("POSTA_TEST_EVIDENCE")
    if directory:
        with open(pathlib.Path(directory, "secrets"), "a", encoding="utf-8") as secrets:
            secrets.write(f"{kind}\t{secret}\n")


def keep_evidence(data, log_path):
    """The log of a server, the keys of its identities, and some of what was said to them."""
    directory = os.environ.get("POSTA_TEST_EVIDENCE")
    if not directory:
        return
    for path in pathlib.Path(data).glob("*/keys.json"):
        for key in json.loads(path.read_text()):
            record_secret("key", key["privateKey"])
    for path in pathlib.Path(data).glob("*/inbox.db"):
        with contextlib.suppress(sqlite3.Error), \
                contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            for (text,) in database.execute(
                    "SELECT body_text FROM messages WHERE length(body_text) > 20 LIMIT 20"):
                record_secret("payload", text.replace("\n", " "))
    if pathlib.Path(log_path).exists():
        kept, name = tempfile.mkstemp(dir=directory, prefix="server-")
        os.close(kept)
        shutil.copy(log_path, name)


def run(*words, **options):
    done = run_quietly(*words, **options)
    for kind, secret in re.findall(r"((?:mst|pinv)_)([A-Za-z0-9_-]{20,})", str(done.stdout)):
        record_secret("token" if kind == "mst_" else "invite", kind + secret)
    return done


def run_quietly(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=options.pop("timeout", 120), check=False, **options)


def answer_of(port, host, path="/", headers=None, method="GET", timeout=60):
    """(status, headers, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def children_of(pid):
    """[(pid, command line)] of the direct children."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                found.append((int(entry.name), line))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def send_signal(pid, number):
    """To that one process: 0 would be the test's whole group, and worker_pid() gives it for none."""
    if pid <= 1:
        raise RuntimeError(f"no process to send signal {number} to: {pid}")
    os.kill(pid, number)


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processor_seconds(pid):
    user, system = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Deployment:
    """Three adopted identities and the server that serves them, in a directory of its own."""

    def __init__(self):
        # Tenants' users must be able to reach their directories, so the way there is open.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="posta-e2e-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.legacy = self.directory / "legacy"
        self.data = self.directory / "data"
        self.run_dir = self.directory / "run"
        self.manifest = self.directory / "identities.toml"
        self.port = free_port()
        self.program = SERVER
        self.process = None
        self.log_path = self.directory / "server.log"
        self.tokens = {}
        self.keys = {}

    def places(self):
        return ["--manifest", self.manifest, "--data-dir", self.data, "--run-dir", self.run_dir]

    def command(self, *words, **options):
        return run(self.program, *words, *self.places(), **options)

    def adopt_all(self):
        """Makes the legacy directories and takes them over; the answers of the three commands."""
        made = run("/usr/bin/python3", ROOT / "tests/data/legacy/make.py", self.legacy)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        self.tokens = json.loads((self.legacy / "tokens.json").read_text())
        for secret in re.findall(r"mst_[A-Za-z0-9_-]{20,}", json.dumps(self.tokens)):
            record_secret("token", secret)
        for slug in SLUGS:
            keys = json.loads((self.legacy / slug / "keys.json").read_text())
            self.keys[slug] = {key["publicKey"] for key in keys}
        # No limit of POSTs: a fast machine makes more than 1,200 from one address in a minute.
        self.manifest.write_text("[server]\ntrusted_proxies = [\"127.0.0.1/32\"]\n"
                                 "rate_per_minute_address = 0\n")
        self.data.mkdir(mode=0o755)
        self.run_dir.mkdir(mode=0o755)
        return [self.command("identity", "adopt", "--slug", slug, "--url",
                             f"https://{host_of(slug)}", "--from", self.legacy / slug)
                for slug in SLUGS]

    def start(self, before=None):
        """`before` runs in the server's process, as for its limits."""
        log = open(self.log_path, "ab")
        ready, told = os.pipe()
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--notify-fd", str(told),
             *map(str, self.places())], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=[told], preexec_fn=before)
        os.close(told)
        log.close()
        with open(ready, "rb", buffering=0) as pipe:
            if not self.readable(pipe, 60) or pipe.read(1) != b"\n":
                raise RuntimeError("the server did not become ready:\n" + self.log())

    @staticmethod
    def readable(pipe, seconds):
        import select
        return bool(select.select([pipe], [], [], seconds)[0])

    def log(self):
        return self.log_path.read_text(errors="replace")[-6000:] if self.log_path.exists() else ""

    def worker_pid(self, slug):
        try:
            return int((self.run_dir / f"{slug}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def front_pids(self):
        return [pid for pid, line in children_of(self.process.pid) if " front" in line]

    def serves(self, slug):
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, _, body = answer_of(self.port, host_of(slug), headers=ACCEPT_ACTOR)
            return status == 200 and json.loads(body)["url"] == f"https://{host_of(slug)}"
        return False

    def stop(self):
        """The exit code after a TERM, or None when it had to be killed."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        keep_evidence(self.data, self.log_path)
        if os.environ.get("POSTA_KEEP"):
            print(f"kept: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)
