#!/usr/bin/python3
"""Two installations exchange messages while their workers are killed at random.

    test_two_homes.py [--messages N] [--seed S] [--pause SECONDS]

Nothing may be lost or doubled; each peer's messages keep their order and their payloads' spelling.
The seed is printed; the same seed makes the same messages, victims and pauses.
"""

import argparse
import collections
import contextlib
import os
import random
import tempfile
import threading
import time

from exchange import (Killer, Progress, Writer, conversation, make_plan, states_of)
from homes import HOMES, Home, check_database, enter_namespaces, prepare_network
from support import eventually, reporting

LONGEST_RUN = 3600.0
LONGEST_SILENCE = 120.0  # seconds without any progress: then what is missing will not come


def exchange_all(plan, people, seed, pause):
    """Sends all letters, with deaths until nine tenths have arrived; the writers, and the time."""
    count = sum(map(len, plan.values()))
    stop = threading.Event()
    writers = [Writer(person, letters, seed, stop) for person, letters in plan.items()]
    killer = Killer(people, seed, pause, stop)
    progress = Progress(people)
    started = time.monotonic()
    for thread in (*writers, killer):
        thread.start()

    last = [0, time.monotonic()]

    def done_or_stuck(share):
        rows = progress.rows()
        if rows != last[0]:
            last[:] = [rows, time.monotonic()]
        gave_up = any(writer.failure for writer in writers)
        stuck = time.monotonic() - last[1] > LONGEST_SILENCE
        return gave_up or stuck or rows >= count * (1 + share)

    eventually(lambda: done_or_stuck(0.9), LONGEST_RUN, 0.25)
    stop.set()
    killer.join()
    eventually(lambda: done_or_stuck(1.0), LONGEST_RUN, 0.25)
    took = time.monotonic() - started
    for writer in writers:
        writer.join(1)
    return writers, took


def settled_states(people_of):
    """The states of all that was sent, once they are all `delivered` or time is up."""
    def states():
        total = collections.Counter()
        for home, others in (people_of, people_of[::-1]):
            for person in home:
                total += states_of(person, others)
        return total
    eventually(lambda: set(states()) == {"delivered"}, LONGEST_SILENCE, 0.5)
    return states()


def compare(report, plan, people_of):
    """What arrived with each person from each peer, against the plan."""
    expected = collections.defaultdict(list)
    for letters in plan.values():
        for letter in letters:
            expected[letter.recipient, letter.sender].append(letter)
    wrong = collections.Counter()
    for there, back in (people_of, people_of[::-1]):
        for person in there:
            for peer in back:
                planned = expected[person, peer]
                arrived = [m for m in conversation(person, peer) if m["direction"] == "in"]
                ids = [m["id"] for m in arrived]
                payloads = [m["payload"] for m in arrived]
                wrong["lost"] += len({l.id for l in planned} - set(ids))
                wrong["strange"] += len(set(ids) - {l.id for l in planned})
                wrong["doubled"] += len(payloads) - len(set(payloads))
                wrong["out of order"] += ids != [l.id for l in planned]
                wrong["changed"] += payloads != [l.payload for l in planned]
    for what in ("lost", "strange", "doubled"):
        report.check(f"no message is {what}", wrong[what] == 0, wrong)
    report.check("each peer's messages are in their order", wrong["out of order"] == 0, wrong)
    report.check("and their payloads are what was sent, byte for byte", wrong["changed"] == 0, wrong)


def tell(homes, writers, count, took):
    deaths = {person.host: person.deaths for home in homes for person in home.people}
    again = sum(writer.caller.asked_again for writer in writers)
    twice = sum(home.times_logged("duplicate-id") for home in homes)
    failed = sum(home.times_logged("a delivery failed") for home in homes)
    print(f"{count} messages in {took:.1f} s ({count / took:.0f} a second); workers died "
          f"{sum(deaths.values())} times {deaths}; clients asked again {again} times, deliveries "
          f"failed {failed} times, {twice} arrivals were answered as duplicates", flush=True)
    return deaths


def run_homes(report, homes, count, seed, pause):
    people_of = tuple(home.people for home in homes)
    people = sum(people_of, [])
    plan = make_plan(seed, count, homes)
    writers, took = exchange_all(plan, people, seed, pause)
    failures = [writer.failure for writer in writers if writer.failure]
    report.check("every client got its 202", not failures
                 and sum(writer.taken for writer in writers) == count, failures)
    states = settled_states(people_of)
    report.check("every message is delivered in its sender's eyes",
                 states == {"delivered": count}, states)
    compare(report, plan, people_of)
    deaths = tell(homes, writers, count, took)
    for home in homes:
        report.check(f"workers of {home.name} died meanwhile",
                     sum(person.deaths for person in home.people) > 0, deaths)
        code = home.server.stop()
        report.check(f"{home.name} stops with code 0", code == 0, home.server.log())
        sound = [check_database(home.server.data / p.slug / "inbox.db") for p in home.people]
        report.check(f"the databases of {home.name} are sound", set(sound) == {"ok"}, sound)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--pause", type=float, default=1.0, help="the mean between two deaths")
    args = parser.parse_args()
    enter_namespaces()
    print(f"seed {args.seed}", flush=True)
    with reporting() as report, tempfile.TemporaryDirectory(prefix="posta-homes-") as folder:
        os.chmod(folder, 0o755)  # tenants read the CA bundle there
        prepare_network(folder)
        with contextlib.ExitStack() as stack:
            homes = [stack.enter_context(Home(name, folder)) for name in HOMES]
            run_homes(report, homes, args.messages, args.seed, args.pause)


if __name__ == "__main__":
    main()
