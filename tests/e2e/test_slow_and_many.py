#!/usr/bin/python3
"""Clients that are slow, and many: who takes his time, or all places, costs the others nothing.

slowhttptest's four attacks, thousands of idle connections, and a worker that takes nothing: the others are
served all along, and memory stays bounded. A front without descriptors is test_limits.py's.
"""

import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import threading
import time

from support import (ACCEPT_ACTOR, Deployment, answer_of, eventually, host_of, processor_seconds, reporting,
                     send_signal)

VICTIM, OTHER = "arne", "marcus"
SETTINGS = """front_head_seconds = 2
front_body_idle_seconds = 2
front_hold_seconds = 2
front_connections_per_address = 1000000
"""
SLOW_CLIENTS = 150
WORKER_TAKES = 1024  # connections at once
MOST_PER_IDLE_CONNECTION = 4096  # bytes of the front's; the bench measures it exactly
MOST_FOR_SLOW_CLIENTS = 16 * 1024 * 1024
ATTACKS = {
    "slow heads": ["-H", "-i", "1", "-x", "24"],
    "slow bodies": ["-B", "-i", "1", "-s", "8192", "-x", "10"],
    "overlapping ranges": ["-R", "-a", "10", "-b", "3000"],
    "slow readers": ["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "3"],
}


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


class Probe(threading.Thread):
    """Asks another tenant over and over, on a connection of its own each time."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over, self.answers = port, threading.Event(), []

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                status = answer_of(self.port, host_of(OTHER), headers=ACCEPT_ACTOR)[0]
            except OSError as broken:
                status = repr(broken)
            self.answers.append((status, time.monotonic() - began))
            self.over.wait(0.02)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def check(self, report, during, least=10, within=5):
        """Each was answered by its own worker, none after as many seconds as it takes to end an attacker, and
        they followed one another while it lasted."""
        bad = [answer for answer in self.answers if answer[0] != 200]
        slowest = max((seconds for _, seconds in self.answers), default=0)
        report.check(f"{during}: {OTHER} is served all along", len(self.answers) > least and not bad and slowest < within,
                     f"{len(self.answers)} answers, slowest {slowest:.2f} s, {bad[:5]}")


def with_localhost_of_ipv4(server, words):
    """The command, in a mount namespace where localhost is only 127.0.0.1: slowhttptest takes the first address."""
    hosts = server.directory / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *own_user, "--",
            "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts), *words]


def withstands(report, server, name, words):
    front, = server.front_pids()
    before = resident_bytes(front)
    with Probe(server.port) as probe:
        words = ["slowhttptest", "-c", str(SLOW_CLIENTS), "-r", "100", "-l", "6", "-p", "5",
                 "-u", f"http://localhost:{server.port}/setup", *words]
        attack = subprocess.run(with_localhost_of_ipv4(server, words),
                                capture_output=True, text=True, timeout=60, check=False,
                                env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TERM": "dumb"})
    text = re.sub(r"\x1b\[[0-9;]*m", "", attack.stdout)
    available = re.findall(r"service available:\s+(\w+)", text)
    ended = re.search(r"Exit status: (No open connections left|Hit test time limit)", text)
    report.check(f"{name}: slowhttptest ran, and found the server available",
                 ended and available and set(available) == {"YES"}, text[-1500:] + attack.stderr)
    probe.check(report, name)
    grown = resident_bytes(front) - before
    report.check(f"{name}: the front's memory is bounded", grown < MOST_FOR_SLOW_CLIENTS, f"{grown} bytes more")
    report.check(f"{name}: the same front serves on", server.front_pids() == [front], server.log())


def slow_heads_are_ended(report, server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
        began = time.monotonic()
        slow.sendall(f"GET / HTTP/1.1\r\nHost: {host_of(VICTIM)}\r\nX: ".encode())
        answer = slow.recv(65536)
        report.check("a head that does not end gets 408 in the time of the manifest",
                     answer.startswith(b"HTTP/1.1 408 ") and 1 < time.monotonic() - began < 8, answer[:100])


def idle_ones_cost_little(report, server):
    front, = server.front_pids()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(10_000, hard // 2 - 500)
    if count < 10_000:
        print(f"note    {count} idle connections and not 10,000: at most {hard} descriptors are allowed here")
    before = resident_bytes(front)
    with contextlib.ExitStack() as idle:
        for _ in range(count):
            idle.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
        accepted = eventually(lambda: len(os.listdir(f"/proc/{front}/fd")) > count)
        report.check(f"{count} idle connections are held", accepted, len(os.listdir(f"/proc/{front}/fd")))
        with Probe(server.port) as probe:
            eventually(lambda: len(probe.answers) > 50)
        probe.check(report, "idle connections")
        each = (resident_bytes(front) - before) / count
        report.check(f"an idle connection costs at most {MOST_PER_IDLE_CONNECTION} bytes",
                     each < MOST_PER_IDLE_CONNECTION, f"{each:.0f} bytes")
    report.check("they are let go of", eventually(lambda: len(os.listdir(f"/proc/{front}/fd")) < 200),
                 len(os.listdir(f"/proc/{front}/fd")))


def a_backlog_runs_full(report, server):
    """More requests than a stopped worker's socket takes: the rest is told to come again, in time."""
    front, = server.front_pids()
    worker = server.worker_pid(VICTIM)
    send_signal(worker, signal.SIGSTOP)
    before, began = processor_seconds(front), time.monotonic()
    try:
        with Probe(server.port) as probe, contextlib.ExitStack() as asking:
            clients = []
            for _ in range(WORKER_TAKES + 200):
                client = asking.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                client.sendall(f"GET / HTTP/1.1\r\nHost: {host_of(VICTIM)}\r\n\r\n".encode())
                clients.append(client)
            refused = [client.recv(65536) for client in clients[-150:]]
            report.check("who finds no place gets 503 and when to come again, after front_hold_seconds",
                         all(answer.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: " in answer
                             for answer in refused) and 1 < time.monotonic() - began < 30,
                         (time.monotonic() - began, refused[0][:80]))
            used = processor_seconds(front) - before
            report.check("the front does not spin meanwhile", used < 0.5 * (time.monotonic() - began), used)
            send_signal(worker, signal.SIGCONT)
            report.check("when the worker goes on, a newcomer is served at once", server.serves(VICTIM), server.log())
            first = clients[0].recv(65536)
            report.check("and so is who has waited", first.startswith(b"HTTP/1.1 200 "), first[:80])
        probe.check(report, "a full backlog")
    finally:
        send_signal(worker, signal.SIGCONT)


def a_worker_takes_nothing(report, server):
    """Its requests pile up, in its backlog and at the front. Nobody else waits."""
    worker = server.worker_pid(VICTIM)
    send_signal(worker, signal.SIGSTOP)
    try:
        with Probe(server.port) as probe, contextlib.ExitStack() as asking:
            clients = []
            for _ in range(600):
                client = asking.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                client.sendall(f"GET / HTTP/1.1\r\nHost: {host_of(VICTIM)}\r\n\r\n".encode())
                clients.append(client)
            eventually(lambda: len(probe.answers) > 50)
        probe.check(report, "a worker that takes nothing")
    finally:
        send_signal(worker, signal.SIGCONT)
    report.check("the worker serves when it goes on", eventually(lambda: server.serves(VICTIM)), server.log())


def all_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def server_for_many(settings):
    """A report, and a server with all descriptors there are; `settings` are lines of [server]. The victim is localhost, too."""
    with reporting() as report, Deployment() as server:
        all_descriptors()
        server.adopt_all()
        text = server.manifest.read_text().replace('[server]\ntrusted_proxies = ["127.0.0.1/32"]\n', f"[server]\n{settings}")
        server.manifest.write_text(text.replace(f'slug = "{VICTIM}"\n', f'slug = "{VICTIM}"\naliases = ["localhost"]\n'))
        server.start(before=all_descriptors)
        yield report, server


def main():
    with server_for_many(SETTINGS) as (report, server):
        for name, words in ATTACKS.items():
            withstands(report, server, name, words)
        slow_heads_are_ended(report, server)
        a_worker_takes_nothing(report, server)
        a_backlog_runs_full(report, server)
        idle_ones_cost_little(report, server)


if __name__ == "__main__":
    main()
