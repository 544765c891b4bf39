"""A second process that asks all identities at once, and says whose answer it got.

    load.py PORT ROOT_CERTIFICATE THREADS LEAST      (an empty certificate: plain HTTP)

Each thread picks an identity at random for each request. Prints "busy" after the first hundred
answers, runs until its standard input ends and LEAST requests are made, and then prints one JSON
object: answers by identity and outcome, those that came from the wrong tenant, the longest wait.
"""

import collections
import http.client
import json
import random
import sys
import threading
import time

from caddy import tls_connection
from support import ACCEPT_ACTOR, SLUGS, eventually, host_of


class Asker(threading.Thread):
    def __init__(self, port, certificate, stop):
        super().__init__(daemon=True)
        self.port, self.certificate, self.stop = port, certificate, stop
        self.outcomes = collections.Counter()
        self.wrong = []
        self.longest = 0.0
        self.made = 0
        self.connections = {}

    def connection(self, slug):
        # Through Caddy one connection per name (SNI); directly, all names share one.
        key = slug if self.certificate else "all"
        if key not in self.connections:
            self.connections[key] = (
                tls_connection(self.port, host_of(slug), self.certificate) if self.certificate
                else http.client.HTTPConnection("127.0.0.1", self.port, timeout=20))
        return self.connections[key]

    def drop(self, slug):
        kept = self.connections.pop(slug if self.certificate else "all", None)
        if kept:
            kept.close()

    def run(self):
        chance = random.Random()
        while not self.stop.is_set():
            slug = chance.choice(SLUGS)
            started = time.monotonic()
            try:
                self.outcomes[f"{slug} {self.ask(slug, chance)}"] += 1
            except (OSError, http.client.HTTPException) as broken:
                self.outcomes[f"{slug} {type(broken).__name__}"] += 1
                self.drop(slug)
            self.made += 1
            self.longest = max(self.longest, time.monotonic() - started)
        for connection in self.connections.values():
            connection.close()

    def ask(self, slug, chance):
        connection = self.connection(slug)
        body = b"x" * chance.randrange(1, 20_000) if chance.random() < 0.2 else None
        if body:  # refused (405 or 415) by the tenant itself, after its whole body has passed the front
            connection.request("POST", "/", body=body, headers={
                "Host": host_of(slug), "Content-Type": "text/plain"})
        else:
            connection.request("GET", "/", headers={"Host": host_of(slug), **ACCEPT_ACTOR})
        answer = connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self.drop(slug)
        if body is None and answer.status == 200:
            owner = json.loads(content)["url"]
            if owner != f"https://{host_of(slug)}":
                self.wrong.append([slug, owner])
        return answer.status


def made_by(askers):
    return sum(asker.made for asker in askers)


def main():
    port, certificate, threads, least = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:5])
    stop = threading.Event()
    askers = [Asker(port, certificate, stop) for _ in range(threads)]
    for asker in askers:
        asker.start()
    eventually(lambda: made_by(askers) >= 100)
    print("busy", flush=True)
    sys.stdin.read()
    eventually(lambda: made_by(askers) >= least, 120)
    stop.set()
    for asker in askers:
        asker.join(30)
    outcomes = sum((asker.outcomes for asker in askers), collections.Counter())
    print(json.dumps({"outcomes": outcomes, "wrong": sum((a.wrong for a in askers), []),
                      "longest": round(max(a.longest for a in askers), 2)}))


if __name__ == "__main__":
    main()
