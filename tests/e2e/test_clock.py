#!/usr/bin/python3
"""The wall clock jumps under two homes that write to each other: nothing is lost, late or restarted.

Each home runs a copy of the server with a clock of its own (skewed_clock.c). They begin two hours
ahead, so that a clock set back is not before the certificates of the test.
"""

import contextlib
import json
import os
import pathlib
import shutil
import struct
import tempfile
import threading

from exchange import Caller, conversation
from homes import HOMES, Home, check_database, enter_namespaces, prepare_network
from support import SERVER, eventually, reporting, run

HOUR = 3600
DAY = 24 * HOUR
START = 2 * HOUR
SOON = 60.0  # seconds: the first wait is 5, and no jump may make it longer


class WallClock:
    """Of the programs in one directory."""

    def __init__(self, directory):
        self.path = directory / "clock"
        self.path.write_bytes(bytes(8))
        self.path.chmod(0o644)

    def set(self, seconds):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("q", seconds))


def preload(folder):
    """All programs of this mount namespace from now on, by an /etc of our own."""
    library = folder / "skewed_clock.so"
    source = pathlib.Path(__file__).with_name("skewed_clock.c")
    etc = folder / "etc"
    for words in (("cc", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source),
                  ("cp", "-a", "/etc", etc), ("mount", "--bind", etc, "/etc")):
        done = run(*words)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
    pathlib.Path("/etc/ld.so.preload").write_text(f"{library}\n")


def program_with_clock(folder, home):
    directory = folder / home
    directory.mkdir(mode=0o755)
    clock = WallClock(directory)
    clock.set(START)
    return shutil.copy(SERVER, directory / "posta-server"), clock


class Talk:
    """One person writes to another."""

    def __init__(self, writer, reader):
        self.writer, self.reader = writer, reader
        self.caller = Caller(writer, threading.Event())

    def send(self, text):
        body = json.dumps({"peer": self.reader.url, "payload": text}).encode()
        status, answer = self.caller.ask("POST", "/api/v1/messages", body,
                                         {"Content-Type": "application/json"})
        if status != 202:
            raise RuntimeError(f"{status} {answer}")
        return json.loads(answer)["rowId"]

    def sent(self, row):
        return next(m for m in conversation(self.writer, self.reader) if m["rowId"] == row)

    def becomes(self, row, state, seconds=SOON):
        eventually(lambda: self.sent(row)["state"] == state, seconds)
        return self.sent(row)

    def waits(self, row):
        """Until an attempt has failed and the next one has its time."""
        eventually(lambda: self.sent(row)["state"] == "pending" and self.sent(row)["attempts"] > 0)
        return self.sent(row)

    def arrived(self):
        return [json.loads(m["payload"]) for m in conversation(self.reader, self.writer)
                if m["direction"] == "in"]


def processes(homes):
    return [[home.server.process.pid, home.server.front_pids(),
             [person.worker_pid() for person in home.people]] for home in homes]


def out_of_step(report, talk, clock):
    """Only the sender's clock jumps: its messages are refused, kept, and sent again by a person."""
    for seconds, name in ((HOUR, "ahead"), (-HOUR, "behind")):
        clock.set(START + seconds)
        row = talk.send(f"an hour {name}")
        found = talk.becomes(row, "failed-permanent")
        report.check(f"a message from a clock an hour {name} is refused, and why is kept",
                     found["lastErrorCode"] == "timestamp-out-of-window", found)
        clock.set(START)
        status, answer = talk.caller.ask("POST", f"/api/v1/messages/{row}/retry")
        found = talk.becomes(row, "delivered")
        report.check("a person sends it again when the clock is right, under the same id",
                     (status, found["state"], found["id"])
                     == (202, "delivered", json.loads(answer)["id"]), found)


def while_waiting(report, talk, set_all):
    """Both clocks jump while a message waits for its next attempt."""
    reader = talk.reader
    for seconds, name in ((-HOUR, "back by an hour"), (HOUR, "on by an hour")):
        reader.home.server.command("ctl", "stop", reader.slug)
        row = talk.send(f"while it waits, {name}")
        found = talk.waits(row)
        set_all(START + seconds)
        started = reader.home.server.command("ctl", "start", reader.slug)
        report.check(f"a message waits, and all clocks are set {name}",
                     found["attempts"] == 1 and started.returncode == 0, found)
        found = talk.becomes(row, "delivered")
        report.check("it is delivered when its seconds are over", found["state"] == "delivered", found)
        row = talk.send(f"after it was set {name}")
        found = talk.becomes(row, "delivered")
        report.check("and the next one at once", found["state"] == "delivered", found)
    set_all(START)


def api_lives(report, homes, set_all):
    """A day's jump either way: tokens stay good, and what the supervisor tells is sane."""
    for seconds in (DAY, -DAY):
        set_all(START + seconds)
        statuses = [Caller(person, threading.Event()).ask("GET", "/api/v1/identity")[0]
                    for home in homes for person in home.people]
        report.check("every token is good", set(statuses) == {200}, statuses)
        states = [state for home in homes for state in states_told(home)]
        report.check("every process is ready by `ctl status`", set(states) == {"ready"}, states)
    set_all(START)


def states_told(home):
    told = home.server.command("ctl", "status", "--json")
    try:
        return [each["state"] for each in json.loads(told.stdout)["result"]["processes"]]
    except (ValueError, KeyError) as mistake:
        return [f"{mistake!r} {told.stdout} {told.stderr}"]


def run_clocks(report, homes, clocks):
    north, south = homes
    talk = Talk(north.people[0], south.people[0])

    def set_all(seconds):
        for clock in clocks:
            clock.set(seconds)

    row = talk.send("in step")
    report.check("a message is delivered while all clocks agree",
                 talk.becomes(row, "delivered")["state"] == "delivered", talk.sent(row))
    before = processes([north])
    out_of_step(report, talk, clocks[0])
    others = processes([south])
    api_lives(report, homes, set_all)
    report.check("no process was started again", processes([north]) == before
                 and processes([south]) == others, (before, others, processes(homes)))
    while_waiting(report, talk, set_all)
    report.check("nothing was lost, doubled or put out of order", talk.arrived() == [
        "in step", "an hour ahead", "an hour behind", "while it waits, back by an hour",
        "after it was set back by an hour", "while it waits, on by an hour",
        "after it was set on by an hour"], talk.arrived())
    report.check("the sender's processes are still the same",
                 processes([north]) == before, (before, processes([north])))
    for home in homes:
        report.check(f"{home.name} stops with code 0", home.server.stop() == 0, home.server.log())
        sound = [check_database(home.server.data / p.slug / "inbox.db") for p in home.people]
        report.check(f"the databases of {home.name} are sound", set(sound) == {"ok"}, sound)


def main():
    enter_namespaces()
    with reporting() as report, tempfile.TemporaryDirectory(prefix="posta-clock-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)
        preload(folder)
        prepare_network(folder)
        programs = [program_with_clock(folder, home) for home in HOMES]
        with contextlib.ExitStack() as stack:
            homes = [stack.enter_context(Home(home, folder, program))
                     for home, (program, _) in zip(HOMES, programs)]
            run_clocks(report, homes, [clock for _, clock in programs])
        run("umount", "--recursive", "/etc")


if __name__ == "__main__":
    main()
