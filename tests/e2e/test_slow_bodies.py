#!/usr/bin/python3
"""Bodies that drip, as many as a tenant's worker takes connections: its other clients still get answers.

Any byte puts off the end of a body (front_body_idle_seconds), so a byte now and then would hold a place with the
worker for ever. While places run short the front asks for more of a body (supervisor/front/body_pace.h).
"""

import contextlib
import math
import re
import socket
import threading

from support import eventually, host_of
from test_slow_and_many import VICTIM, WORKER_TAKES, Probe, server_for_many


class SlowBodies(threading.Thread):
    """So many clients of one tenant that send a body byte by byte; who is ended comes again."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.port, self.count, self.over = port, count, threading.Event()
        self.most_at_once, self.ended, self.others = 0, 0, []

    def begin(self):
        slow = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        slow.sendall(f"POST /setup HTTP/1.1\r\nHost: {host_of(VICTIM)}\r\nContent-Length: 60000\r\n"
                     "Content-Type: application/x-www-form-urlencoded\r\n\r\nx".encode())
        slow.setblocking(False)
        return slow

    def still_there(self, slow):
        try:
            answer = slow.recv(4096)
            if answer.startswith(b"HTTP/1.1 408 "):
                self.ended += 1
            elif not answer.startswith(b"HTTP/1.1 503 "):  # no place was free in the time of the manifest
                self.others.append(answer[:60])
        except BlockingIOError:
            with contextlib.suppress(BlockingIOError):
                slow.send(b"x")
            return True
        except OSError:
            self.ended += 1
        slow.close()
        return False

    def run(self):
        open_ones = []
        while not self.over.is_set():
            open_ones = [slow for slow in open_ones if self.still_there(slow)]
            while len(open_ones) < self.count and not self.over.is_set():
                open_ones.append(self.begin())
            self.most_at_once = max(self.most_at_once, len(open_ones))
            self.over.wait(0.1)
        for slow in open_ones:
            slow.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def many_bodies_drip(report, server):
    """As many as the worker takes connections: whoever asks for that tenant would wait for ever."""
    with Probe(server.port) as probe, SlowBodies(server.port, WORKER_TAKES) as slow:
        held = eventually(lambda: slow.most_at_once == WORKER_TAKES and slow.ended > 0)
        report.check(f"{WORKER_TAKES} bodies drip at once, and are ended with 408 while places run short",
                     held and not slow.others, (slow.most_at_once, slow.ended, slow.others[:3]))
        answered = all(eventually(lambda: server.serves(VICTIM)) for _ in range(5))
        report.check(f"{VICTIM}'s other clients get their answers meanwhile", answered and slow.is_alive(), answered)
        eventually(lambda: len(probe.answers) > 50)
    probe.check(report, "dripping bodies", least=50, within=math.inf)
    # A process reports once in a while.
    ends = re.compile(r'^posta_front_refused_total\{[^}]*reason="request-timeout"[^}]*\} [1-9]', re.MULTILINE)
    report.check("it is the front that ends them, and not the worker, later",
                 eventually(lambda: ends.search(server.command("ctl", "metrics").stdout)),
                 re.findall("posta_front_refused_total.*", server.command("ctl", "metrics").stdout))
    balance = server.command("ctl", "metrics").stdout
    report.check("the front's ledger is even", "posta_front_ledger_difference" in balance and
                 not re.search(r"^posta_front_ledger_difference\S* -?[1-9]", balance, re.MULTILINE), balance[:500])


def main():
    with server_for_many("front_connections_per_address = 1000000\n") as (report, server):
        many_bodies_drip(report, server)


if __name__ == "__main__":
    main()
