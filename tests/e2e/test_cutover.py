#!/usr/bin/python3
"""The end of the runbook with a real Caddy: caddy-switch, smoke through the public names, and back.

The names are real ones, resolved by an /etc/hosts that only this test's mount namespace has; Caddy
stands on ports 80 and 443 of a network namespace of its own, with certificates of its internal CA.
"""

import contextlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

from caddy import tls_connection
from homes import enter_namespaces
from support import ACCEPT_ACTOR, ROOT, SLUGS, Deployment, eventually, host_of, reporting, run

SWITCH = ROOT / "init" / "caddy-switch"
HOSTS = [host_of(slug) for slug in SLUGS]
GLOBAL = """{
	skip_install_trust
	local_certs
}

# Not ours: it must stay as it is.
shop.posta.no {
	reverse_proxy 127.0.0.1:1
}

"""


def prepare_network(folder):
    hosts = pathlib.Path(folder) / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(HOSTS) + "\n")
    for words in (["ip", "link", "set", "lo", "up"], ["mount", "--bind", hosts, "/etc/hosts"]):
        done = run(*words)
        if done.returncode:
            raise RuntimeError(done.stderr)


class OldServer:
    """What answers for a host before the cutover."""

    def __init__(self, slug):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802  the library's name
                body = f"old {slug}".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a proxy that hangs up is no mistake
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class OperatorsCaddy:
    def __init__(self, folder, old):
        self.home = pathlib.Path(folder) / "caddy"
        self.home.mkdir()
        self.config = self.home / "Caddyfile"
        self.config.write_text(GLOBAL + "".join(
            f"{host_of(slug)} {{\n\treverse_proxy 127.0.0.1:{old[slug].port} {{\n"
            "\t\tflush_interval -1\n\t}\n}\n\n" for slug in SLUGS))
        self.root_certificate = self.home / "caddy/pki/authorities/local/root.crt"
        self.environment = {**os.environ, "HOME": str(self.home), "XDG_DATA_HOME": str(self.home),
                            "XDG_CONFIG_HOME": str(self.home)}

    def __enter__(self):
        with open(self.home / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["caddy", "run", "--config", str(self.config), "--adapter", "caddyfile"],
                env=self.environment, stdout=log, stderr=log)
        if not eventually(lambda: all(self.answer(slug)[0] for slug in SLUGS)):
            raise RuntimeError("Caddy did not start:\n" + (self.home / "log").read_text())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answer(self, slug, path="/", headers=None):
        """(status, body), or (0, why)."""
        try:
            connection = tls_connection(443, host_of(slug), str(self.root_certificate))
            with contextlib.closing(connection):
                connection.request("GET", path, headers={**ACCEPT_ACTOR, **(headers or {})})
                found = connection.getresponse()
                return found.status, found.read().decode()
        except (OSError, http.client.HTTPException) as why:
            return 0, repr(why)

    def serves_old(self):
        return [self.answer(slug)[1] for slug in SLUGS] == [f"old {slug}" for slug in SLUGS]

    def serves_new(self):
        return all(f'"url":"https://{host_of(slug)}"' in self.answer(slug)[1] for slug in SLUGS)

    def switch(self, *words, config=None):
        return run(SWITCH, "--config", config or self.config, *words, env=self.environment)

    def files(self):
        return sorted(path.name for path in self.home.glob("Caddyfile*"))


class Asking:
    """One client that asks all three again and again, and the longest time that it had no answer.

    A reload of Caddy 2.6 may cut what is under way on its old configuration, so a single failure is
    not ours to forbid; an outage is.
    """

    def __init__(self, proxy):
        self.proxy, self.count, self.longest = proxy, 0, 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        last = time.monotonic()
        while not self.over.is_set():
            status, _ = self.proxy.answer(SLUGS[self.count % len(SLUGS)])
            if status == 200:
                now = time.monotonic()
                self.longest, last = max(self.longest, now - last), now
                self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def no_outage(self):
        return self.count > 3 and self.longest < 10


def said(answer):
    return answer.returncode, answer.stdout + answer.stderr


def switches_and_smokes(report, server, proxy):
    before = proxy.config.read_text()
    address = f"127.0.0.1:{server.port}"
    report.check("at first the old servers answer", proxy.serves_old())
    smoked = server.command("smoke", "--via-url")
    report.check("smoke --via-url sees that", smoked.returncode == 1, said(smoked))

    shown = proxy.switch("--to", address, "--dry-run", *HOSTS)
    report.check("--dry-run shows three changed lines and changes none", shown.returncode == 0
                 and shown.stdout.count(f"\n+\treverse_proxy {address} {{") == 3
                 and proxy.config.read_text() == before and proxy.files() == ["Caddyfile"], said(shown))
    with Asking(proxy) as asking:
        switched = proxy.switch("--to", address, *HOSTS)
        report.check("the switch succeeds", switched.returncode == 0, said(switched))
        report.check("the new server answers for all three", eventually(proxy.serves_new))
    report.check(f"clients had their next answer within 10 s (longest {asking.longest:.1f} s)", asking.no_outage(),
                 (asking.count, asking.longest))
    expected = re.sub(r"(?<=reverse_proxy )127\.0\.0\.1:(?!1\n)\d+", address, before)
    report.check("only the three upstreams changed", proxy.config.read_text() == expected)
    backups = proxy.switch("--list").stdout.split()
    report.check("the old file is kept, with its time in its name", len(backups) == 1
                 and pathlib.Path(backups[0]).read_text() == before
                 and re.search(r"Caddyfile\.\d{8}-\d{6}$", backups[0]), backups)

    smoked = server.command("smoke", "--via-url")
    report.check("smoke --via-url is green", smoked.returncode == 0
                 and "12 passed, 0 failed" in smoked.stdout, said(smoked))
    status, body = proxy.answer("arne", "/api/v1/identity",
                                {"Authorization": f"Bearer {server.tokens['arne']['tui-dev']}"})
    report.check("a token from before opens the API", status == 200, body)
    again = proxy.switch("--to", address, *HOSTS)
    report.check("a second switch finds nothing to do", again.returncode == 0
                 and "already" in again.stdout and len(proxy.files()) == 2, said(again))


def checks_certificates(report, server):
    """With the public CAs alone, Caddy's internal one is nobody."""
    manifest = server.directory / "public.toml"
    manifest.write_text(re.sub(r"ca_bundle = .*\n", "", server.manifest.read_text()))
    own, server.manifest = server.manifest, manifest
    smoked = server.command("smoke", "--via-url")
    server.manifest = own
    report.check("smoke --via-url trusts ca_bundle and nobody else", smoked.returncode == 1
                 and "0 passed, 12 failed" in smoked.stdout and "certificate" in smoked.stdout,
                 said(smoked))


def refuses_what_it_does_not_understand(report, proxy):
    before = proxy.config.read_text()
    cases = {
        "no host is named": ["--to", "127.0.0.1:9"],
        "the address has no port": ["--to", "127.0.0.1", "arne.posta.no"],
        "no block names the host": ["--to", "127.0.0.1:9", "nobody.posta.no"],
    }
    for case, words in cases.items():
        answer = proxy.switch(*words)
        report.check(f"refused: {case}", answer.returncode in (1, 2)
                     and answer.stderr.startswith("caddy-switch: "), said(answer))
    blocks = {
        "a host that is not named shares the block": "arne.posta.no, b.example {\n\treverse_proxy 10.0.0.1:80\n}\n",
        "two upstreams": "arne.posta.no {\n\treverse_proxy 10.0.0.1:80 10.0.0.2:80\n}\n",
        "two proxies": "arne.posta.no {\n\treverse_proxy /a 10.0.0.1:80\n\treverse_proxy /b 10.0.0.2:80\n}\n",
        "no proxy": "arne.posta.no {\n\trespond ok\n}\n",
        "quotes": 'arne.posta.no {\n\treverse_proxy "10.0.0.1:80"\n}\n',
        "an upstream with TLS": "arne.posta.no {\n\treverse_proxy https://10.0.0.1:443\n}\n",
        "a file that is not valid": "arne.posta.no {\n\treverse_proxi 10.0.0.1:80\n}\n",
    }
    other = proxy.home / "other"
    for case, text in blocks.items():
        other.write_text(GLOBAL + text)
        answer = proxy.switch("--to", "127.0.0.1:9", "arne.posta.no", config=other)
        report.check(f"refused, and nothing changed: {case}", answer.returncode == 1
                     and "nothing was changed" in answer.stderr and other.read_text() == GLOBAL + text
                     and not list(proxy.home.glob("other.*")), said(answer))
    # Caddy itself refuses at the last step: nobody answers where this file says that its admin is.
    text = GLOBAL.replace("{", "{\n\tadmin 127.0.0.1:9", 1) + "arne.posta.no {\n\treverse_proxy 10.0.0.1:80\n}\n"
    other.write_text(text)
    answer = proxy.switch("--to", "127.0.0.1:9", "arne.posta.no", config=other)
    report.check("the old file is put back when Caddy refuses", answer.returncode == 1
                 and "Caddy refused" in answer.stderr and other.read_text() == text
                 and not list(proxy.home.glob("other.*")), said(answer))
    report.check("the file of the running Caddy is as it was", proxy.config.read_text() == before)


def rolls_back(report, proxy, original):
    after = proxy.config.read_text()
    with Asking(proxy) as asking:
        back = proxy.switch("--rollback")
        report.check("the rollback succeeds", back.returncode == 0, said(back))
        report.check("the old servers answer again", eventually(proxy.serves_old))
    report.check(f"clients had their next answer within 10 s (longest {asking.longest:.1f} s)", asking.no_outage(),
                 (asking.count, asking.longest))
    report.check("the file is the one from before, byte for byte", proxy.config.read_text() == original)
    kept = list(proxy.home.glob("Caddyfile.before-rollback.*"))
    report.check("and what it replaced is kept", len(kept) == 1 and kept[0].read_text() == after, kept)
    again = proxy.switch("--rollback")
    report.check("a second rollback changes nothing", again.returncode == 0
                 and proxy.config.read_text() == original and proxy.serves_old(), said(again))


def main():
    enter_namespaces()
    with reporting() as report, Deployment() as server:
        prepare_network(server.directory)
        for answer in server.adopt_all():
            report.check("adopted", answer.returncode == 0, said(answer))
        with OperatorsCaddy(server.directory, {slug: OldServer(slug) for slug in SLUGS}) as proxy:
            bundle = server.directory / "root.crt"
            shutil.copy(proxy.root_certificate, bundle)
            bundle.chmod(0o644)
            server.manifest.write_text(server.manifest.read_text().replace(
                "[server]\n", f'[server]\nca_bundle = "{bundle}"\n', 1))
            server.start()
            original = proxy.config.read_text()
            switches_and_smokes(report, server, proxy)
            checks_certificates(report, server)
            refuses_what_it_does_not_understand(report, proxy)
            rolls_back(report, proxy, original)


if __name__ == "__main__":
    main()
