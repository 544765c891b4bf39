#!/usr/bin/python3
"""A DNS server on 127.0.0.1:53, for tests. Prints a line, then serves until standard input ends.

The first label of a name says what it resolves to, the addresses in hex:

    all-0a000001-20010db8...    all of them, A and AAAA
    turn-08080808-7f000001      at the first look-up the first, at the next one the next; the last
                                stays. Questions for A and for AAAA are counted apart, so all the
                                addresses of such a name are of one family.
Whatever else is asked for does not exist.
"""
import socket
import struct
import sys
import threading
from collections import Counter

A, AAAA, NAME_ERROR = 1, 28, 3
looked_up = Counter()


def addresses_of(label, kind):
    how, _, rest = label.partition("-")
    if how not in ("all", "turn"):
        return None
    length = {A: 8, AAAA: 32}.get(kind)
    wanted = [text for text in rest.split("-") if len(text) == length]
    if how == "turn" and wanted:
        looked_up[label, kind] += 1
        wanted = [wanted[min(looked_up[label, kind], len(wanted)) - 1]]
    return [bytes.fromhex(text) for text in wanted]


def answer(query):
    end = query.index(b"\0", 12) + 1
    question = query[12:end + 4]
    kind = struct.unpack("!H", query[end:end + 2])[0]
    label = query[13:13 + query[12]].decode("ascii").lower()
    found = addresses_of(label, kind)
    code = NAME_ERROR if found is None else 0
    head = query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(found or []), 0, 0)
    records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(address)) + address
                       for address in found or [])
    return head + question + records


def serve(server):
    while True:
        query, asker = server.recvfrom(4096)
        server.sendto(answer(query), asker)


listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listening.bind(("127.0.0.1", 53))
threading.Thread(target=serve, args=(listening,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
