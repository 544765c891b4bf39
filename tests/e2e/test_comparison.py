#!/usr/bin/python3
"""The table of requests (tests/data/http/requests.table) against HAProxy, nginx and python3-h11.

Our own verdicts are held by the unit and process suites. Here the others get the same bytes, and where
they decide otherwise stands in tests/data/http/DIFFERENCES.md, under the rule that explains it. The test
fails when what is found is not what is written there; POSTA_ACCEPT=1 writes it anew, and fails too.
"""

import collections
import concurrent.futures
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading

import h11
from support import ROOT, eventually, free_port, reporting

TABLE = ROOT / "tests/data/http/requests.table"
DIFFERENCES = ROOT / "tests/data/http/DIFFERENCES.md"
TENANTS = ("arne", "marcus", "tarald")
PATIENCE = 4.0  # for an answer; then the server is said to wait for more

# HAProxy sends these on while it reads the trailer; its own complaint about it and the server's answer race.
UNSTEADY = {("HAProxy", "trailer", "bad-name"), ("HAProxy", "trailer", "space-before-colon")}

Case = collections.namedtuple("Case", "rule name ours data")
Rule = collections.namedtuple("Rule", "name section why")


def unescape(text):
    one = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}

    def replace(match):
        escape = match[1]
        if escape[0] == "x":
            return bytes([int(escape[1:], 16)]).decode("latin-1")
        if escape[0] == "{":
            times, character = escape[1:-1].split("*", 1)
            return character * int(times)
        return one[escape].decode("latin-1")
    return re.sub(r"\\(x..|\{\d+\*.\}|.)", replace, text).encode("latin-1")


def in_words(verdict):
    """A verdict of the table in the words that all are compared in."""
    if verdict == "wait":
        return "waits"
    if verdict[0].isdigit():
        return "refuses"
    requests = verdict.count("+") + 1
    return "accepts" if requests == 1 else f"accepts {requests}"


def read_table():
    rules, cases = [], []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            rules.append(Rule(*line[2:].split(" | ", 2)))
        elif line and not line.startswith("#"):
            name, verdict, data = line.split(" | ", 2)
            cases.append(Case(rules[-1], name, in_words(verdict), unescape(data)))
    return rules, cases


class Backend(threading.Thread):
    """Answers whatever a proxy sends on; only the proxy's own verdict counts here."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        stream = connection.makefile("rb")
        with connection, contextlib.suppress(OSError, ValueError):
            while read_request(stream):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def read_request(stream):
    """One request as a proxy framed it, without a second opinion; false at the end."""
    length, chunked = 0, False
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        chunked = chunked or (name.lower() == b"transfer-encoding" and b"chunked" in value)
    while chunked:
        length = int(stream.readline().split(b";")[0], 16)
        if length == 0:
            break
        stream.read(length + 2)
    while chunked and stream.readline() not in (b"\r\n", b""):
        pass
    while length > 0 and (part := stream.read(min(length, 65536))):
        length -= len(part)
    return line == b"\r\n"


def statuses_of(received):
    """Final statuses of the answers; none of the bodies here looks like the start of an answer."""
    found = [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d\d\d)", received)]
    return [code for code in found if code >= 200]


def ask(port, case):
    received = b""
    wanted = int(case.ours.split()[1]) if case.ours.startswith("accepts ") else 1
    ended = False
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        with contextlib.suppress(ConnectionError, socket.timeout):
            client.sendall(case.data)
        while not ended:
            # One answer more than is due would be a request that was smuggled: a short while for it.
            enough = len(statuses_of(received)) >= wanted
            client.settimeout(0.3 if enough else PATIENCE)
            try:
                part = client.recv(65536)
            except ConnectionError:
                part = b""
            except socket.timeout:
                break
            received += part
            ended = not part
    served = [code for code in statuses_of(received) if code in (200, 404)]
    if served:
        return "accepts" if len(served) == 1 else f"accepts {len(served)}"
    return "refuses" if ended or statuses_of(received) else "waits"


def ask_h11(case):
    peer = h11.Connection(h11.SERVER, max_incomplete_event_size=16384)
    served = 0
    try:
        peer.receive_data(case.data)
        while True:
            event = peer.next_event()
            if event is h11.NEED_DATA:
                break
            if event is h11.PAUSED:
                if peer.our_state is not h11.DONE or peer.their_state is not h11.DONE:
                    break
                peer.start_next_cycle()
            elif isinstance(event, h11.EndOfMessage):
                served += 1
                if peer.their_state is h11.MIGHT_SWITCH_PROTOCOL:  # CONNECT
                    break
                peer.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                peer.send(h11.EndOfMessage())
                if peer.our_state is h11.DONE and peer.their_state is h11.DONE:
                    peer.start_next_cycle()
                else:
                    break
    except h11.RemoteProtocolError:
        if not served:
            return "refuses"
    if not served:
        return "waits"
    return "accepts" if served == 1 else f"accepts {served}"


def nginx_config(folder, port, backend):
    servers = "".join(f"server {{ listen 127.0.0.1:{port}; server_name {tenant}.test;\n"
                      f"  location / {{ proxy_pass http://127.0.0.1:{backend}; }} }}\n" for tenant in TENANTS)
    return f"""daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_set_header Host $host;
server {{ listen 127.0.0.1:{port} default_server; location / {{ return 404; }} }}
{servers}}}
"""


def haproxy_config(port, backend):
    rules = "\n".join(f"  use_backend t if {{ req.hdr(host),host_only -i {tenant}.test {tenant}.test. }}" for tenant in TENANTS)
    return f"""global
  maxconn 512
defaults
  mode http
  timeout connect 10s
  timeout client 20s
  timeout server 20s
  option http-buffer-request
frontend f
  bind 127.0.0.1:{port}
{rules}
  default_backend none
backend t
  server s 127.0.0.1:{backend}
backend none
  http-request return status 404
"""


@contextlib.contextmanager
def running(command, port):
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            plain = Case(None, "", "accepts", b"GET / HTTP/1.1\r\nHost: arne.test\r\n\r\n")

            def is_up():
                with contextlib.suppress(OSError):
                    return ask(port, plain) == "accepts"
            if not eventually(is_up, 30):
                log.seek(0)
                raise RuntimeError(f"{command[0]} does not serve: {log.read().decode()}")
            yield
        finally:
            process.terminate()
            process.wait(30)


def verdicts_of(port, cases):
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        return list(pool.map(lambda case: ask(port, case), cases))


def others_verdicts(cases):
    backend = Backend()
    backend.start()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        ports = {name: free_port() for name in ("HAProxy", "nginx")}
        haproxy, nginx = pathlib.Path(folder, "haproxy.cfg"), pathlib.Path(folder, "nginx.conf")
        haproxy.write_text(haproxy_config(ports["HAProxy"], backend.port))
        nginx.write_text(nginx_config(folder, ports["nginx"], backend.port))
        with running(["haproxy", "-f", haproxy], ports["HAProxy"]):
            found["HAProxy"] = verdicts_of(ports["HAProxy"], cases)
        with running(["nginx", "-c", nginx], ports["nginx"]):
            found["nginx"] = verdicts_of(ports["nginx"], cases)
    found["h11"] = [ask_h11(case) for case in cases]
    for name, verdicts in found.items():
        for index, case in enumerate(cases):
            if (name, case.rule.name, case.name) in UNSTEADY:
                verdicts[index] = "either"
    return found


PREFACE = """# Where others decide otherwise

Made by `tests/e2e/test_comparison.py` from `requests.table`: {count} requests, sent to HAProxy, nginx and h11
as Debian 12 has them, each as a plain reverse proxy or parser with its defaults. Below stand those of which
at least one makes something else than we do, under the rule that says why we decide as we do; the bytes are
in the table. "accepts 2": two requests were read out of the bytes. "waits": nothing was answered yet.
"either": it depends on who is faster, the proxy's own check or the server behind it.

| | same as we | stricter than we | laxer than we |
|---|---|---|---|
{summary}

h11 is a parser: it knows neither our hosts nor the methods that are served, and leaves both to its user.
"""


def strictness(verdict):
    return {"refuses": 0, "waits": 1}.get(verdict, 2)


def report_text(rules, cases, found):
    rows = collections.defaultdict(list)
    for index, case in enumerate(cases):
        theirs = [found[name][index] for name in found]
        if any(verdict != case.ours for verdict in theirs):
            marked = [verdict if verdict == case.ours else f"**{verdict}**" for verdict in theirs]
            rows[case.rule].append(f"| {case.name} | {case.ours} | " + " | ".join(marked) + " |")
    lines = []
    for name, verdicts in found.items():
        pairs = [(strictness(theirs), strictness(case.ours)) for case, theirs in zip(cases, verdicts)
                 if theirs != case.ours]
        stricter = sum(theirs < ours for theirs, ours in pairs)
        lines.append(f"| {name} | {len(cases) - len(pairs)} | {stricter} | {len(pairs) - stricter} |")
    text = PREFACE.format(count=len(cases), summary="\n".join(lines))
    for rule in rules:
        if rows[rule]:
            text += f"\n## {rule.name} (RFC {rule.section})\n\n{rule.why}\n\n"
            text += "| case | we | " + " | ".join(found) + " |\n|" + "---|" * (len(found) + 2) + "\n"
            text += "\n".join(rows[rule]) + "\n"
    return text


def main():
    with reporting() as report:
        rules, cases = read_table()
        report.check("the table has several hundred cases", len(cases) > 500, len(cases))
        text = report_text(rules, cases, others_verdicts(cases))
        known = DIFFERENCES.read_text() if DIFFERENCES.exists() else ""
        if os.environ.get("POSTA_ACCEPT") and text != known:
            DIFFERENCES.write_text(text)
        changed = set(text.splitlines()) ^ set(known.splitlines())
        report.check("DIFFERENCES.md tells what the others make of the table (POSTA_ACCEPT=1 writes it)",
                     text == known, "\n".join(sorted(changed)[:40]))


if __name__ == "__main__":
    main()
