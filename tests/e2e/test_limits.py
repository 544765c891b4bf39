#!/usr/bin/python3
"""What one tenant may use: whoever fills it is refused, clearly, and the others notice nothing."""

import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import resource
import select
import socket
import time

from support import (ACCEPT_ACTOR, Deployment, answer_of, eventually, host_of, processor_seconds, reporting,
                     run)

VICTIM = "tarald"  # its database is almost empty
OTHER = "marcus"
DESCRIPTORS = 320  # of the front: (320 - 64) / 2 clients
HEAD_SECONDS = 300  # longer than any client here waits


def set_limits(report, server, **limits):
    """These keys and no others in the victim's entry; loaded."""
    text = re.sub(r"(?m)^(database_limit_mb|memory_limit_mb|connection_limit|descriptor_limit|requests_per_second) = .*\n", "",
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
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
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
    began = time.monotonic()
    answers = [answer_of(server.port, host_of(VICTIM), headers=ACCEPT_ACTOR) for _ in range(40)]
    took = time.monotonic() - began
    refused = [answer for answer in answers if answer[0] == 429]
    report.check("over its rate a tenant answers 429 with Retry-After",
                 refused and all(answer[1].get("Retry-After") == "1"
                                 and json.loads(answer[2])["error"] == "rate-limited"
                                 for answer in refused), answers)
    report.check("up to its rate it is served", 5 <= 40 - len(refused) <= 10 + 5 * took, (len(refused), took))
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


def silent_crowd_makes_way(report, server):
    """All places are taken by clients that say nothing: others wait a moment, not until these leave."""
    places = (DESCRIPTORS - 64) // 2
    with contextlib.ExitStack() as open_ones:
        silent = [open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                  for _ in range(places)]
        report.check("whoever was accepted and asks now is served", asks(silent[0], OTHER).startswith(b"HTTP/1.1 200 "),
                     server.log())
        report.check("others are served when the silent ones have had their time", server.serves(OTHER), server.log())
    report.check("the log says that there were no more places, once",
                 server.log().count("no client more is accepted") == 1, server.log())

    def pauses():  # with the front's next heartbeat
        return re.search(r"posta_front_accept_pauses_total\{front=\"0\"\} [1-9]", server.command("ctl", "metrics").stdout)

    report.check("and a metric counts it", eventually(pauses), server.command("ctl", "metrics").stdout)


def asks(client, slug):
    client.sendall(f"GET / HTTP/1.1\r\nHost: {host_of(slug)}\r\n\r\n".encode())
    return client.recv(65536)


def serves_crowd(server):
    with contextlib.ExitStack() as open_ones:
        crowd = [open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60)) for _ in range(30)]
        return all(asks(client, OTHER).startswith(b"HTTP/1.1 200 ") for client in crowd)


def unfinished_heads_make_way(report, server):
    """More of them than the front has descriptors, and each may take HEAD_SECONDS."""
    with contextlib.ExitStack() as open_ones:
        for _ in range(20):
            slow = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            slow.sendall(b"GET / HTTP/1.1\r\n")
        newcomer = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
        answer = asks(newcomer, OTHER)
        report.check("a newcomer gets a place that an unfinished head had", answer.startswith(b"HTTP/1.1 200 "), answer[:80])


def front_without_descriptors(report, server):
    """Some are taken away while it runs, as when the whole machine has none left."""
    front, = server.front_pids()
    status = pathlib.Path(f"/proc/{front}/status").read_text()
    user = re.search(r"(?m)^Uid:\t(\d+)", status).group(1)
    settled = asked = None
    with contextlib.ExitStack() as open_ones:
        asked = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
        report.check("a client has been served", asks(asked, OTHER).startswith(b"HTTP/1.1 200 "), server.log())
        settled = len(os.listdir(f"/proc/{front}/fd"))
        lowered = run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                      "prlimit", f"--pid={front}", f"--nofile={settled + 10}:{DESCRIPTORS}")
        report.check("descriptors are taken away", lowered.returncode == 0, lowered.stderr)
        for _ in range(50):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
        report.check("the front says so", eventually(lambda: "accepting rests" in server.log()), server.log())
        before = processor_seconds(front)
        began = time.monotonic()
        served = [asks(asked, OTHER) for _ in range(20)]
        report.check("who is in is served on", all(one.startswith(b"HTTP/1.1 200 ") for one in served), served[-1])
        eventually(lambda: time.monotonic() - began > 1)
        spent = processor_seconds(front) - before
        report.check("it does not spin", spent < 0.5, spent)
    unfinished_heads_make_way(report, server)
    run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
        "prlimit", f"--pid={front}", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}")
    report.check("with descriptors there again it serves a crowd", eventually(lambda: serves_crowd(server)), server.log())
    report.check("it is the same front", server.front_pids() == [front], server.log())


def worker_without_descriptors(report, server):
    """More clients than its descriptors: they take turns."""
    set_limits(report, server, descriptor_limit=64)
    worker = server.worker_pid(VICTIM)
    with contextlib.ExitStack() as open_ones:
        clients = [open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                   for _ in range(60)]
        answers = [asks(client, VICTIM)[:12] for client in clients]
        report.check("a worker with few descriptors serves more clients than it has",
                     set(answers) == {b"HTTP/1.1 200"}, sorted(set(answers)))
    report.check("it is the same worker", server.worker_pid(VICTIM) == worker, server.log())
    set_limits(report, server)


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


LARGEST = 1_000_000  # under the 1 MiB of client-api.md


def large_message(token):
    """Head and body of a message that is small but for the spaces after it."""
    body = json.dumps({"peer": "https://peer.invalid", "payload": 1}).encode().ljust(LARGEST)
    head = (f"POST /api/v1/messages HTTP/1.1\r\nHost: {host_of(VICTIM)}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    return head, body


def send_large(port, head, body):
    """The answer's status and whether it says when to come again; one that is refused may not be read to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(head + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = client.recv(65536)
            if not part:
                return 0, answer
            answer += part
    return int(answer.split()[1]), b"\r\nretry-after:" in answer.lower()


def memory_is_bounded(report, server):
    """Far more at once than the worker may hold, for a while: it refuses, and lives."""
    set_limits(report, server, memory_limit_mb=32)
    worker = server.worker_pid(VICTIM)
    head, body = large_message(next(token for name, token in server.tokens[VICTIM].items() if name != "old-phone"))
    with contextlib.ExitStack() as open_ones:
        waiting = [open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                   for _ in range(6)]
        for client in waiting:
            client.sendall(head + body[:1])
        refused = eventually(lambda: select.select(waiting, [], [], 0)[0])
        report.check("more large bodies than fit are refused before they have come",
                     refused and refused[0].recv(65536).startswith(b"HTTP/1.1 503 "), server.log())
    with concurrent.futures.ThreadPoolExecutor(max_workers=48) as senders:
        answers = collections.Counter(senders.map(lambda _: send_large(server.port, head, body), range(640)))
    report.check("each of a flood of large bodies is taken in, or refused with Retry-After",
                 set(answers) <= {(202, False), (503, True)} and answers[202, False] > 0, answers)
    report.check("the worker has outlived the flood", server.worker_pid(VICTIM) == worker, server.log())
    report.check("and takes a large body in as before",
                 eventually(lambda: send_large(server.port, head, body) == (202, False)), server.log())
    report.check("the others are served", server.serves(OTHER), server.log())
    set_limits(report, server)


def request(port, method, path, headers, body):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Host": host_of(VICTIM), **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def main():
    with reporting() as report, Deployment() as server:
        server.adopt_all()
        server.manifest.write_text(re.sub(r"trusted_proxies = .*\n", f"front_head_seconds = {HEAD_SECONDS}\n", server.manifest.read_text()))
        server.start(lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                (DESCRIPTORS, DESCRIPTORS)))
        rate_is_bounded(report, server)
        connections_are_bounded(report, server)
        crowd_leaves_room(report, server)
        silent_crowd_makes_way(report, server)
        front_without_descriptors(report, server)
        worker_without_descriptors(report, server)
        memory_is_bounded(report, server)
        database_is_bounded(report, server)


if __name__ == "__main__":
    main()
