"""Two installations that know each other by name, on a network of their own.

Each home is a whole deployment behind a Caddy of its own, with a certificate of a private CA that
both trust. The names are real ones (https://ada.north.example), resolved by an /etc/hosts that only
this test's mount namespace has; the network namespace has nothing but loopback, so that both homes
can stand on port 443. When the test ends, however it ends, all its processes end with it.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

from caddy import Caddy
from support import Deployment, is_alive, run, send_signal

HOMES = {"north": ("127.0.1.1", 710_000, ("ada", "bo", "cai")),
         "south": ("127.0.2.1", 720_000, ("dag", "eli", "finn"))}
MANIFEST = """[server]
trusted_proxies = ["127.0.0.1/32"]
uid_range = [{first_uid}, {last_uid}]
ca_bundle = "{authority}"
allow_private_peers = true
rate_per_minute = 0
rate_per_minute_address = 0
"""


def enter_namespaces():
    """Runs the script again in namespaces of its own; returns there."""
    if os.environ.get("POSTA_OWN_NAMESPACES") == "1":
        return
    os.environ["POSTA_OWN_NAMESPACES"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
                          "--mount-proc", "--", sys.executable, *sys.argv])


def prepare_network(folder):
    """Loopback up, and the names of all identities in an /etc/hosts of our own."""
    done = run("ip", "link", "set", "lo", "up")
    lines = ["127.0.0.1 localhost"]
    for home, (address, _, slugs) in HOMES.items():
        lines += [f"{address} {slug}.{home}.example" for slug in slugs]
    hosts = pathlib.Path(folder) / "hosts"
    hosts.write_text("\n".join(lines) + "\n")
    bound = run("mount", "--bind", hosts, "/etc/hosts")
    if done.returncode or bound.returncode:
        raise RuntimeError(done.stderr + bound.stderr)


class Certificate:
    """Of all names of one home, signed by the CA that the test makes."""

    def __init__(self, folder, home):
        folder = pathlib.Path(folder)
        self.authority = folder / "authority.pem"
        self.chain, self.key = folder / f"{home}.pem", folder / f"{home}.key"
        if not self.authority.exists():
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=two homes", "-keyout",
                    folder / "authority.key", "-out", self.authority)
        names = ",".join(f"DNS:{slug}.{home}.example" for slug in HOMES[home][2])
        extensions = folder / f"{home}.extensions"
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={home}", "-keyout", self.key, "-out", folder / f"{home}.csr")
        openssl("x509", "-req", "-in", folder / f"{home}.csr", "-CA", self.authority, "-CAkey",
                folder / "authority.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
                "-out", self.chain)


def openssl(*words):
    answer = run("openssl", *words)
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)


class Person:
    """One identity, as a client knows it."""

    def __init__(self, home, slug, token):
        self.home, self.slug, self.token = home, slug, token
        self.host = f"{slug}.{home.name}.example"
        self.url = f"https://{self.host}"
        self.deaths = 0

    def connection(self):
        return self.home.proxy.connection_to_host(self.host)

    def worker_pid(self):
        """The running worker, or 0 between two of them."""
        pid = self.home.server.worker_pid(self.slug)
        try:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return 0
        return pid if b"worker" in words and is_alive(pid) else 0

    def kill_worker(self):
        """Whether there was one to kill."""
        pid = self.worker_pid()
        if pid:
            send_signal(pid, signal.SIGKILL)
            self.deaths += 1
        return bool(pid)

    def forget_deaths(self):
        """The supervisor would wait ever longer before it starts the worker again."""
        self.home.server.command("ctl", "start", self.slug)


class Home:
    """`with Home("north", folder) as home:` a server that is ready, its Caddy, its people."""

    def __init__(self, name, folder, program=None):
        self.name = name
        self.address, first_uid, slugs = HOMES[name]
        certificate = Certificate(folder, name)
        self.server = Deployment()
        self.server.program = program or self.server.program
        self.server.data.mkdir(mode=0o755)
        self.server.run_dir.mkdir(mode=0o755)
        self.server.manifest.write_text(MANIFEST.format(
            first_uid=first_uid, last_uid=first_uid + 99, authority=certificate.authority))
        self.people = [self.add(slug) for slug in slugs]
        self.proxy = Caddy(self.server, [person.host for person in self.people], self.address, 443,
                           certificate)

    def add(self, slug):
        added = self.server.command("identity", "add", "--slug", slug, "--url",
                                    f"https://{slug}.{self.name}.example", "--print-token", "--json")
        if added.returncode != 0:
            raise RuntimeError(added.stderr)
        return Person(self, slug, json.loads(added.stdout)["token"])

    def times_logged(self, text):
        return self.server.log_path.read_text(errors="replace").count(text)

    def __enter__(self):
        self.server.__enter__()
        self.server.start()
        self.proxy.__enter__()
        return self

    def __exit__(self, *what):
        self.proxy.__exit__(*what)
        self.server.__exit__(*what)


def check_database(path):
    """What SQLite says of a file that nobody has open."""
    return subprocess.run(["sqlite3", path, "PRAGMA integrity_check"],
                          capture_output=True, text=True, check=False).stdout.strip()
