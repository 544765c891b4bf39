#!/usr/bin/python3
"""A real Caddy in front: three hosts over one upstream pool, and kill -9 of each process."""

import json
import signal

from caddy import Caddy
from support import (ACCEPT_ACTOR, SLUGS, Deployment, children_of, eventually, host_of, is_alive,
                     reporting, send_signal)
from under_load import THREADS, Load


def document_through(proxy, slug):
    connection = proxy.connection_to(slug)
    try:
        connection.request("GET", "/", headers={"Host": host_of(slug), **ACCEPT_ACTOR})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        connection.close()


def serves_all_three(report, server, proxy):
    for slug in SLUGS:
        status, document = document_through(proxy, slug)
        listed = {key["publicKey"] for key in document.get("keys", [])}
        report.check(f"{slug} answers over TLS with the original keys",
                     status == 200 and listed == server.keys[slug], f"{status} {document}")


def mixes_hosts_without_mixing_tenants(report, proxy):
    with Load(proxy.https_port, proxy.root_certificate, least=1500) as load:
        pass
    report.check("1,500 interleaved requests were answered", load.count() >= 1500, load)
    report.check("each by its own tenant", load.result["wrong"] == [], load)
    report.check("and none was lost", load.count(good=False) == 0, load)


def only_one_tenant_notices(report, server, proxy):
    victim = "arne"
    with Load(proxy.https_port, proxy.root_certificate) as load:
        pid = server.worker_pid(victim)
        send_signal(pid, signal.SIGKILL)
        report.check("behind Caddy a killed worker is replaced", eventually(
            lambda: server.worker_pid(victim) not in (0, pid) and server.serves(victim)),
            server.log())
    report.check("no answer came from the wrong tenant", load.result["wrong"] == [], load)
    report.check("the others noticed nothing", load.count("marcus", good=False) == 0
                 and load.count("tarald", good=False) == 0, load)
    report.check("and of its own, only requests under way were lost",
                 load.count(victim, good=False) <= THREADS, load)


def caddy_finds_the_next_front(report, server, proxy):
    with Load(proxy.https_port, proxy.root_certificate) as load:
        old = server.front_pids()
        for pid in old:
            send_signal(pid, signal.SIGKILL)
        report.check("behind Caddy a killed front is replaced", eventually(
            lambda: set(server.front_pids()) - set(old) and all(map(server.serves, SLUGS))),
            server.log())
    report.check("no answer came from the wrong tenant", load.result["wrong"] == [], load)
    report.check("only requests under way were lost",
                 load.count(good=False) <= 2 * THREADS and load.count(good=True) > 100, load)


def caddy_finds_the_next_server(report, server, proxy):
    family = [pid for pid, _ in children_of(server.process.pid)]
    with Load(proxy.https_port, proxy.root_certificate) as load:
        server.process.kill()
        server.process.wait()
        report.check("behind Caddy a killed supervisor leaves no orphan", len(family) >= 4
                     and eventually(lambda: not any(map(is_alive, family))), family)
        server.start()
    report.check("no answer came from the wrong tenant", load.result["wrong"] == [], load)
    statuses = [document_through(proxy, slug)[0] for slug in SLUGS]
    report.check("Caddy serves all three again", statuses == [200] * 3, statuses)


def main():
    with reporting() as report, Deployment() as server:
        for answer in server.adopt_all():
            report.check("adopted", answer.returncode == 0, answer.stdout + answer.stderr)
        server.start()
        with Caddy(server) as proxy:
            serves_all_three(report, server, proxy)
            mixes_hosts_without_mixing_tenants(report, proxy)
            only_one_tenant_notices(report, server, proxy)
            caddy_finds_the_next_front(report, server, proxy)
            caddy_finds_the_next_server(report, server, proxy)


if __name__ == "__main__":
    main()
