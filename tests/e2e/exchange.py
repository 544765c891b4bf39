"""Messages that people of two homes send each other, what each must receive, and who dies meanwhile.

All that is drawn by chance comes from one seed: who writes to whom, what, in which order, and which
worker is killed after which pause. The plan is made first; what arrived is compared with it.
"""

import collections
import http.client
import itertools
import json
import random
import threading
import time

LONGEST_TRY = 90.0  # seconds until a client gives up on one message
# A payload is JSON that is kept as it was spelled, so it is spelled in every unusual way.
ODDITIES = ('1.50e+02', '-0', '1E400', '"\\u00e6\\/\\ud83d\\ude00"', '{ "b" : 1,\t"a":[ ] }', '"æ😀"',
            '[\n1 , 2.0 ]', '{"payload":{"payload":null}}', '123456789012345678901234567890', '""')


def payload_of(chance, number):
    odd = chance.choice(ODDITIES)
    text = "".join(chance.choice("etaoin shrdlu") for _ in range(chance.randrange(120)))
    if chance.random() < 0.03:
        text *= 200  # some are large
    kind = chance.choice(("posta.text/v1", "made.up/v7"))
    return f'{{"kind":"{kind}" ,"body":"{text}","n":{number}, "odd":{odd}}}'


class Letter:
    """One message of the plan."""

    def __init__(self, number, sender, recipient, payload):
        self.number, self.sender, self.recipient = number, sender, recipient
        self.payload = payload
        self.id = None  # once the sender's server has taken it


def make_plan(seed, count, homes):
    """The letters of each sender, in the order in which it sends them."""
    chance = random.Random(f"letters {seed}")
    north, south = (home.people for home in homes)
    plan = collections.defaultdict(list)
    for number in range(count):
        there, back = (north, south) if chance.random() < 0.5 else (south, north)
        sender = chance.choice(there)
        plan[sender].append(
            Letter(number, sender, chance.choice(back), payload_of(chance, number)))
    return plan


class Caller:
    """An identity's API, for a client that asks again while the server is away."""

    def __init__(self, person, stop):
        self.person, self.stop = person, stop
        self.line = None
        self.asked_again = 0

    def ask(self, method, path, body=None, fields=None):
        """(status, body) of the first answer that is no 5xx."""
        deadline = time.monotonic() + LONGEST_TRY
        while True:
            try:
                if self.line is None:
                    self.line = self.person.connection()
                self.line.request(method, path, body=body, headers={
                    "Host": self.person.host, "Authorization": f"Bearer {self.person.token}",
                    **(fields or {})})
                answer = self.line.getresponse()
                content = answer.read()
                if answer.will_close:
                    self.hang_up()
                if answer.status < 500:
                    return answer.status, content.decode()
                found = f"{answer.status} {content[:200]!r}"
            except (OSError, http.client.HTTPException) as broken:
                self.hang_up()
                found = repr(broken)
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.person.host} {method} {path}: {found}")
            self.asked_again += 1
            self.stop.wait(0.02)  # a client's pause between two tries

    def hang_up(self):
        if self.line is not None:
            self.line.close()
            self.line = None


class Writer(threading.Thread):
    """Sends one person's letters in order, each under a key of its own, until it is taken."""

    def __init__(self, person, letters, seed, stop):
        super().__init__(daemon=True)
        self.letters, self.seed = letters, seed
        self.caller = Caller(person, stop)
        self.taken = 0
        self.failure = None

    def run(self):
        try:
            for letter in self.letters:
                self.send(letter)
                self.taken += 1
        except Exception as mistake:  # noqa: BLE001  the test shows it
            self.failure = repr(mistake)
        self.caller.hang_up()

    def send(self, letter):
        body = f'{{"peer":"{letter.recipient.url}","payload":{letter.payload}}}'
        status, answer = self.caller.ask("POST", "/api/v1/messages", body.encode(), {
            "Content-Type": "application/json", "Idempotency-Key": f"{self.seed}-{letter.number}"})
        if status != 202:
            raise RuntimeError(f"letter {letter.number}: {status} {answer[:300]}")
        letter.id = json.loads(answer)["id"]


class Killer(threading.Thread):
    """Ends workers of both homes with signal 9, one after the other, at drawn moments."""

    FORGIVEN = 3  # deaths after which an operator's `start` takes the growing wait away

    def __init__(self, people, seed, pause, stop):
        super().__init__(daemon=True)
        self.people, self.pause, self.stop = people, pause, stop
        self.chance = random.Random(f"deaths {seed}")

    def run(self):
        half = len(self.people) // 2
        for number in itertools.count():
            home = self.people[:half] if number % 2 else self.people[half:]
            victim = self.chance.choice(home)
            if self.stop.wait(self.pause * self.chance.uniform(0.3, 1.7)):
                return
            if victim.kill_worker() and victim.deaths >= self.FORGIVEN:
                victim.forget_deaths()


def raw_messages(page):
    """The messages of one answer to GET /messages, each with its payload as it is spelled."""
    decoder = json.JSONDecoder()
    at = 0
    messages = json.loads(page)["messages"]
    for message in messages:
        at = page.index(f'"rowId":{message["rowId"]},', at)
        start = page.index('"payload":', at) + len('"payload":')
        _, at = decoder.raw_decode(page, start)
        message["payload"] = page[start:at]
    return messages


def conversation(person, peer):
    """All messages of one person with one peer, oldest first."""
    caller = Caller(person, threading.Event())
    found, after, more = [], 0, True
    while more:
        status, page = caller.ask(
            "GET", f"/api/v1/messages?peer={peer.host}&after={after}&limit=200")
        if status != 200:
            raise RuntimeError(f"{person.host}: {status} {page[:300]}")
        more = json.loads(page)["hasMore"]
        found += raw_messages(page)
        after = found[-1]["rowId"] if found else 0
    caller.hang_up()
    return found


def states_of(person, peers):
    """How many of the messages that a person sent are in which state."""
    states = collections.Counter()
    for peer in peers:
        states.update(m["state"] for m in conversation(person, peer) if m["direction"] == "out")
    return states


class Progress:
    """How much has arrived, by the row numbers of each database: cheap enough to ask often."""

    def __init__(self, people):
        self.callers = [Caller(person, threading.Event()) for person in people]

    def rows(self):
        total = 0
        for caller in self.callers:
            _, page = caller.ask("GET", "/api/v1/messages?limit=1")
            messages = json.loads(page)["messages"]
            total += messages[-1]["rowId"] if messages else 0
        return total

