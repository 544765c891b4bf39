#!/usr/bin/python3
"""What one tenant may use: whoever fills it is refused, clearly, and the others notice nothing."""

import contextlib
import json
import os
import re
import resource
import socket

from support import ACCEPT_ACTOR, Deployment, answer_of, eventually, host_of, reporting

VICTIM = "tarald"  # its database is almost empty
OTHER = "marcus"
DESCRIPTORS = 320  # of the front: (320 - 64) / 2 clients


def set_limits(report, server, **limits):
    """These keys and no others in the victim's entry; loaded."""
    text = re.sub(r"(?m)^(database_limit_mb|connection_limit|requests_per_second) = .*\n", "",
                  server.manifest.read_text())
    lines = "".join(f"{key} = {value}\n" for key, value in limits.items())
    server.manifest.write_text(text.replace(f'slug = "{VICTIM}"\n', f'slug = "{VICTIM}"\n{lines}'))
    answer = server.command("ctl", "reload")
    ready = server.command("ctl", "wait", VICTIM, "ready", "30")
    report.check(f"the limits {limits} are loaded", answer.returncode == 0 == ready.returncode,
                 answer.stdout + answer.stderr + ready.stdout + ready.stderr)


class Visitor:
    """A client that asks on one connection and keeps it."""

    def __init__(self, port, slug):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket.sendall(f"GET / HTTP/1.1\r\nHost: {host_of(slug)}\r\n"
                            "Accept: application/posta+json\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(65536)
            if not part:
                break
            head += part
        self.status = int(head.split()[1]) if head else 0
        self.head = head.split(b"\r\n\r\n")[0].decode("latin-1").lower()

    def close(self):
        self.socket.close()


def rate_is_bounded(report, server):
    set_limits(report, server, requests_per_second=5)
    answers = [answer_of(server.port, host_of(VICTIM), headers=ACCEPT_ACTOR) for _ in range(40)]
    refused = [answer for answer in answers if answer[0] == 429]
    report.check("over its rate a tenant answers 429 with Retry-After",
                 refused and all(answer[1].get("Retry-After") == "1"
                                 and json.loads(answer[2])["error"] == "rate-limited"
                                 for answer in refused), answers)
    report.check("up to its rate it is served", 5 <= 40 - len(refused) <= 30, len(refused))
    report.check("the others have no limit from that",
                 all(server.serves(OTHER) for _ in range(20)), server.log())
    report.check("it is served again after that",
                 eventually(lambda: server.serves(VICTIM)), server.log())


def connections_are_bounded(report, server):
    set_limits(report, server, connection_limit=10)
    with contextlib.ExitStack() as open_ones:
        visitors = [open_ones.enter_context(contextlib.closing(Visitor(server.port, VICTIM)))
                    for _ in range(15)]
        statuses = [visitor.status for visitor in visitors]
        report.check("so many connections are served, and no more",
                     statuses == [200] * 10 + [503] * 5, statuses)
        report.check("the refusal says when to come again, and ends the connection",
                     all("retry-after: 5" in visitor.head and "connection: close" in visitor.head
                         for visitor in visitors[10:]), visitors[-1].head)
        report.check("the others are served meanwhile", server.serves(OTHER), server.log())
    report.check("with the connections gone it is served again",
                 eventually(lambda: server.serves(VICTIM)), server.log())


def crowd_leaves_room(report, server):
    """Without any limit in the manifest: more connections to one tenant than the front can take."""
    set_limits(report, server)
    places = (DESCRIPTORS - 64) // 2
    with contextlib.ExitStack() as open_ones:
        served = 0
        for _ in range(2 * places):
            visitor = open_ones.enter_context(contextlib.closing(Visitor(server.port, VICTIM)))
            served += visitor.status == 200
        report.check("a crowd before one tenant gets half of the front",
                     places // 2 <= served <= places // 2 + 1, f"{served} of {places}")
        report.check("and the others are served at once",
                     all(server.serves(OTHER) for _ in range(10)), server.log())


def database_is_bounded(report, server):
    set_limits(report, server, database_limit_mb=1)
    active = next(token for name, token in server.tokens[VICTIM].items() if name != "old-phone")
    token = {"Authorization": f"Bearer {active}",
             "Content-Type": "application/json"}

    def send():
        body = json.dumps({"peer": "https://peer.invalid",
                           "payload": {"kind": "posta.text/v1", "body": "x" * 50_000}})
        return request(server.port, "POST", "/api/v1/messages", token, body)

    answers = []
    while len(answers) < 60 and (not answers or answers[-1][0] == 202):
        answers.append(send())
    status, headers, body = answers[-1]
    report.check("it takes messages until its database is full", len(answers) > 5, len(answers))
    report.check("a full database answers 503 with Retry-After",
                 status == 503 and "Retry-After" in headers
                 and json.loads(body)["error"] == "unavailable", answers[-1])
    size = os.stat(server.data / VICTIM / "inbox.db").st_size
    report.check("and has not grown over its limit", size <= 1024 * 1024, size)
    status, _, body = request(server.port, "GET", "/api/v1/messages?limit=1", token, None)
    report.check("reading goes on", status == 200 and json.loads(body)["messages"], (status, body))
    report.check("the log says what to do", "database_limit_mb" in server.log(), server.log())
    report.check("the others are served", server.serves(OTHER), server.log())

    def told(slug):  # by ctl status and by metrics
        row = next(line for line in server.command("ctl", "status").stdout.splitlines()
                   if line.startswith(slug + " "))
        metrics = server.command("ctl", "metrics").stdout
        return "full" in row, f'posta_tenant_trouble{{tenant="{slug}"}} 1' in metrics

    report.check("status and metrics tell that it is full",
                 eventually(lambda: told(VICTIM) == (True, True)),
                 server.command("ctl", "status").stdout)
    report.check("and only of that tenant", told(OTHER) == (False, False))
    set_limits(report, server, database_limit_mb=20)
    answer = send()
    report.check("with a higher limit it takes messages again", answer[0] == 202, answer)
    report.check("and status and metrics tell so",
                 eventually(lambda: told(VICTIM) == (False, False)),
                 server.command("ctl", "status").stdout)


def request(port, method, path, headers, body):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, path, body, {"Host": host_of(VICTIM), **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def main():
    with reporting() as report, Deployment() as server:
        server.adopt_all()
        server.start(lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                (DESCRIPTORS, DESCRIPTORS)))
        rate_is_bounded(report, server)
        connections_are_bounded(report, server)
        crowd_leaves_room(report, server)
        database_is_bounded(report, server)


if __name__ == "__main__":
    main()
