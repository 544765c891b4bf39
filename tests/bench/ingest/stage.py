"""What the ingest bench stands on: a server with one identity a database, and the senders' peer."""

import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import support  # noqa: E402  the deployment of the end-to-end tests

SENDERS = 64
MOST = 20_000  # messages that are signed before a round
UNREACHABLE = "https://nobody.localhost:1/inbox"


class Stage:
    """Starts the peer that serves the senders' documents; makes and runs the server."""

    def __init__(self, build, folder, ids):
        support.SERVER = f"{build}/posta-server"
        self.tools = f"{build}/tests/bench/bench-ingest-"
        self.folder = pathlib.Path(folder)
        self.ids = ids
        self.folder.chmod(0o755)
        self.origin = self.start_peer()
        self.server = support.Deployment()
        self.server.data.mkdir(mode=0o755)
        self.server.run_dir.mkdir(mode=0o755)
        self.server.manifest.write_text(
            f'[server]\nca_bundle = "{self.certificate}"\nallow_private_peers = true\nlog_level = "warn"\n'
            "rate_per_minute = 1000000\nrate_per_minute_address = 1000000\n")
        self.numbered = 10_000_000  # texts so far

    def start_peer(self):
        self.certificate, key = self.folder / "peer.pem", self.folder / "peer.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=peer", "-addext", "subjectAltName=DNS:peer.localhost,DNS:localhost",
                        "-keyout", key, "-out", self.certificate], check=True, stderr=subprocess.DEVNULL)
        self.peer = subprocess.Popen([sys.executable, ROOT / "tests/support/https_peer.py", self.certificate, key],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.peer.stdout.readline().strip()
        origin = f"https://peer.localhost:{port}"
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        lines = subprocess.run([self.tools + "load", "documents", origin, str(SENDERS)], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        for number, document in enumerate(lines):
            urllib.request.urlopen(f"https://localhost:{port}/put/s{number}", data=document.encode(), context=trusting)
        return origin

    def add(self, slug):
        added = self.server.command("identity", "add", "--slug", slug, "--url", f"https://{slug}.example", "--print-token",
                                    "--json")
        if added.returncode:
            raise RuntimeError(added.stderr)
        return json.loads(added.stdout)["token"]

    def ctl(self, *words):
        answer = self.server.command("ctl", *words)
        if answer.returncode:
            raise RuntimeError(answer.stdout + answer.stderr)

    def next_numbers(self):
        self.numbered += MOST + 2 * SENDERS
        return str(self.numbered)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.peer.stdin.close()
        self.peer.wait()


class Database:
    """One identity and its database, and a copy of the latter for the floor."""

    def __init__(self, stage, name, rows):
        self.stage, self.name, self.rows = stage, name, rows
        self.url = f"https://{name}.example"
        self.token = stage.add(name)
        self.path = stage.server.data / name / "inbox.db"
        self.bare_path = stage.folder / f"{name}.db"
        if rows:
            print(f"filling {name} with {rows} messages", file=sys.stderr, flush=True)
            self.tool("fill", self.path, stage.origin, self.url, SENDERS, stage.ids, rows)
        self.template = stage.folder / f"{name}.template"
        shutil.copy(self.path, self.template if not rows else self.bare_path)
        if stage.server.process is None:
            stage.server.start()
        else:
            stage.ctl("reload")

    def tool(self, name, *words):
        return subprocess.run([self.stage.tools + name, *map(str, words)], check=True, capture_output=True, text=True).stdout

    # The large one grows by a few in a hundred while it is measured; the empty one begins anew.
    def begin_bare(self):
        if self.rows:
            return
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{self.bare_path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.template, self.bare_path)

    def begin_worker(self):
        if self.rows:
            return
        self.stage.ctl("stop", self.name)
        owner = self.path.stat()
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.template, self.path)
        os.chown(self.path, owner.st_uid, owner.st_gid)
        self.stage.ctl("start", self.name)
        self.stage.ctl("wait", self.name, "ready", "20")

    def bare(self, mode, connections, seconds):
        self.begin_bare()
        out = subprocess.run(
            ["taskset", "-c", "0", self.stage.tools + "bare", mode, self.bare_path, self.stage.origin, self.url,
             str(SENDERS), self.stage.ids, self.stage.next_numbers(), str(MOST), str(connections), str(seconds)],
            check=True, capture_output=True, text=True).stdout
        found = json.loads(out)
        return {"cpu_us": found["cpu_us"] / found["messages"], "rate": found["messages"] / found["seconds"]}

    def answering(self, mode, connections, seconds):
        """The floor that waits for a request before each message and answers it, unread."""
        self.begin_bare()
        socket = self.stage.folder / "answering.sock"
        first = self.stage.next_numbers()
        with subprocess.Popen(
                ["taskset", "-c", "0", self.stage.tools + "bare", "answer", self.bare_path, self.stage.origin, self.url,
                 str(SENDERS), self.stage.ids, first, str(MOST), str(connections), socket], stdout=subprocess.PIPE, text=True) as floor:
            if floor.stdout.readline() != "listening\n":
                raise RuntimeError("the answering floor does not listen")
            _, found = self.load(mode, connections, seconds, MOST, socket=socket, first=first)
            cost = json.loads(floor.stdout.read())
        socket.unlink()
        return {"cpu_us": cost["cpu_us"] / found["messages"], "rate": found["messages"] / found["seconds"]}

    def worker(self, mode, connections, seconds):
        self.begin_worker()
        pid = self.stage.server.worker_pid(self.name)
        subprocess.run(["taskset", "-a", "-c", "-p", "0", str(pid)], check=True, stdout=subprocess.DEVNULL)
        self.load("receive", 8, 30, 2 * SENDERS)  # so that the documents are known and pages in memory
        before = cpu_seconds(pid)
        after, found = self.load(mode, connections, seconds, MOST, lambda: cpu_seconds(pid))
        return {"cpu_us": (after - before) / found["messages"] * 1e6, "rate": found["messages"] / found["seconds"]}

    def load(self, mode, connections, seconds, most, then=lambda: None, socket=None, first=None):
        words = ["taskset", "-c", "1", self.stage.tools + "load", mode,
                 socket or self.stage.server.run_dir / f"{self.name}.sock", self.stage.origin, self.url, SENDERS, self.stage.ids,
                 first or self.stage.next_numbers(), most, connections, seconds]
        words += [self.token, UNREACHABLE] if mode == "send" else []
        with subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            load.stdout.readline()
            load.stdin.write("go\n")
            load.stdin.flush()
            found = json.loads(load.stdout.readline())
            told = then()
        if found["wrong"]:
            raise RuntimeError(f"{found['wrong']} answers were not right:\n{self.stage.server.log()}")
        return told, found

    def page_times(self):
        """How long each page takes, asked for ten times in a row through the front."""
        oldest = self.rows // 2 or 1
        paths = ["/api/v1/messages", f"/api/v1/messages?before={oldest}&limit=200", f"/api/v1/messages?after={oldest}",
                 f"/api/v1/messages?peer={self.stage.origin}/doc/s7",
                 f"/api/v1/messages?peer={self.stage.origin}/doc/s7&before={oldest}", "/api/v1/contacts"]
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.server.port, timeout=120)
        found = {}
        for path in paths:
            for _ in range(10):
                began = time.monotonic()
                connection.request("GET", path, headers={"Host": f"{self.name}.example",
                                                         "Authorization": f"Bearer {self.token}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status}")
                found.setdefault(path.replace(self.stage.origin, ""), []).append((time.monotonic() - began) * 1e3)
        return found


def cpu_seconds(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9
