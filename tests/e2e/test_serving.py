#!/usr/bin/python3
"""Three adopted identities behind the front: keys, tokens, smoke; and kill -9 under load."""

import json
import os
import signal

from support import (ACCEPT_ACTOR, SLUGS, Deployment, answer_of, children_of, eventually, host_of,
                     is_alive, reporting, send_signal)
from under_load import THREADS, Load


def adopts(report, server):
    for slug, answer in zip(SLUGS, server.adopt_all()):
        report.check(f"adopt takes over {slug}", answer.returncode == 0,
                     answer.stdout + answer.stderr)
    answer = server.command("check")
    report.check("check finds nothing wrong", answer.returncode == 0, answer.stdout + answer.stderr)


def serves_what_was_adopted(report, server):
    for slug in SLUGS:
        status, _, body = answer_of(server.port, host_of(slug), headers=ACCEPT_ACTOR)
        document = json.loads(body) if status == 200 else {}
        listed = {key["publicKey"] for key in document.get("keys", [])}
        report.check(f"{slug} is served under its original keys", listed == server.keys[slug],
                     f"{status} {body[:300]}")
        for name, token in server.tokens[slug].items():
            status, _, _ = answer_of(server.port, host_of(slug), "/api/v1/identity",
                                     {"Authorization": f"Bearer {token}"})
            expected = 401 if name == "old-phone" else 200
            report.check(f"{slug}: the token of {name} answers {expected}", status == expected,
                         status)
        other = SLUGS[(SLUGS.index(slug) + 1) % 3]
        token = next(iter(server.tokens[slug].values()))
        status, _, _ = answer_of(server.port, host_of(other), "/api/v1/identity",
                                 {"Authorization": f"Bearer {token}"})
        report.check(f"{slug}'s token is nothing to {other}", status == 401, status)
    status, _, _ = answer_of(server.port, "stranger.example")
    report.check("an unknown host gets 404", status == 404, status)
    answer = server.command("smoke", "--connect", f"127.0.0.1:{server.port}")
    report.check("smoke is green", answer.returncode == 0, answer.stdout + answer.stderr)


def isolates_processes(report, server):
    if os.geteuid() != 0:
        return
    owners = {slug: os.stat(server.data / slug).st_uid for slug in SLUGS}
    report.check("each identity has a user of its own", len(set(owners.values())) == 3, owners)
    for slug in SLUGS:
        pid = server.worker_pid(slug)
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status")
                      if ":\t" in line)
        report.check(f"{slug}'s worker runs as the owner, filtered, without a way up",
                     status["Uid"].split() == [str(owners[slug])] * 4
                     and status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1"
                     and int(status["CapEff"], 16) == 0 and status["Groups"].strip() == "",
                     {name: status[name] for name in ("Uid", "Seccomp", "NoNewPrivs", "CapEff")})
    for pid in server.front_pids():
        status = open(f"/proc/{pid}/status").read()
        report.check("the front is neither root nor a tenant, and is filtered",
                     "Seccomp:\t2" in status
                     and int(status.split("Uid:\t")[1].split()[0]) not in {0, *owners.values()},
                     status)


def only_one_tenant_notices(report, server):
    victim = "marcus"
    with Load(server.port) as load:
        for _ in range(3):
            pid = eventually(lambda: server.worker_pid(victim))
            send_signal(pid, signal.SIGKILL)
            report.check(f"{victim} is served again after kill -9",
                         eventually(lambda: server.worker_pid(victim) not in (0, pid)
                                    and server.serves(victim)), server.log())
    report.check("no answer came from the wrong tenant", load.result["wrong"] == [], load)
    for slug in SLUGS:
        if slug != victim:
            report.check(f"{slug} noticed nothing", load.count(slug, good=False) == 0
                         and load.count(slug) > 50, load)
    report.check(f"of {victim} no more than the requests under way were lost",
                 load.count(victim, good=False) <= 3 * THREADS, load)


def front_is_replaced(report, server):
    with Load(server.port) as load:
        old = server.front_pids()
        for pid in old:
            send_signal(pid, signal.SIGKILL)
        report.check("a new front serves after kill -9",
                     eventually(lambda: server.front_pids() and set(server.front_pids()) != set(old)
                                and all(map(server.serves, SLUGS))), server.log())
    report.check("no answer came from the wrong tenant", load.result["wrong"] == [], load)
    report.check("only connections of the front that died were lost",
                 load.count(good=False) <= 2 * THREADS and load.count(good=True) > 100, load)


def no_orphan_is_left(report, server):
    family = [pid for pid, _ in children_of(server.process.pid)]
    with Load(server.port):
        server.process.kill()
        server.process.wait()
        report.check("front and workers leave when the supervisor is killed",
                     len(family) >= 4 and eventually(lambda: not any(map(is_alive, family))),
                     [pid for pid in family if is_alive(pid)])
        server.start()
    report.check("the next supervisor serves all on the same places",
                 eventually(lambda: all(map(server.serves, SLUGS))), server.log())


def stops_gracefully(report, server):
    family = [pid for pid, _ in children_of(server.process.pid)]
    code = server.stop()
    report.check("TERM ends it with code 0", code == 0, f"{code}\n{server.log()}")
    report.check("and nothing is left", not any(map(is_alive, family)), family)


def main():
    with reporting() as report, Deployment() as server:
        adopts(report, server)
        server.start()
        serves_what_was_adopted(report, server)
        isolates_processes(report, server)
        only_one_tenant_notices(report, server)
        front_is_replaced(report, server)
        no_orphan_is_left(report, server)
        stops_gracefully(report, server)


if __name__ == "__main__":
    main()
