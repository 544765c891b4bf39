#!/usr/bin/python3
"""A peer that speaks HTTPS on loopback, for tests.

Usage: https_peer.py CERTIFICATE KEY [ADDRESS PORT]. Prints its port, then serves until standard
input ends. A line there is an order, answered by a line:

    hold GATE        whoever comes to the gate waits there: "handshake" (connected, no TLS yet),
                     "keep" (a whole POST to /doc is there, and not kept yet), "answer" (it is kept,
                     and not answered yet)
    open GATE        all go on
    waiting GATE     how many wait there
    answered         how many POSTs to /doc were answered
    addresses        the local addresses that were connected to, in order

What it answers to a request is told by the path:

    /status/N        status N; with ?after=V, or as /status/N/V, a Retry-After of V
    /redirect        302 to /status/200
    /moved/NAME      302 to /doc/NAME
    /bytes/N         200 and N bytes
    /never           no answer until the client leaves
    /drip            a head that promises more, and a byte of it every second
    /put/NAME        POST: from now on GET /doc/NAME yields this body
    /doc/NAME        GET: 200 and the body that was put there, else 404. POST: kept, 204; the same
                     sender and id again 409, as a receiver answers
    /posted/NAME     what was POSTed to /doc/NAME: signature and body, a line each
    /home...         passed on to the server on this machine that /backend/PORT named, as a proxy
                     does; so an identity may live here
    /echo            what was sent, as JSON
    /count           how many requests came, by method and path, as JSON
"""
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

documents = {}
posted = {}
seen = set()
counts = Counter()
backend = []
addresses = []


class Gate:
    def __init__(self):
        self.opened = threading.Event()
        self.opened.set()
        self.waiting = 0

    def pass_through(self):
        with lock:
            self.waiting += 1
        self.opened.wait()
        with lock:
            self.waiting -= 1


lock = threading.Lock()
gates = {name: Gate() for name in ("handshake", "keep", "answer")}


class Peer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def setup(self):
        with lock:
            addresses.append(self.request.getsockname()[0])
        gates["handshake"].pass_through()
        super().setup()

    def answer(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pass_on(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", backend[-1], timeout=30)
        fields = {name: value for name, value in self.headers.items() if name != "Connection"}
        connection.request(self.command, self.path, body, fields)
        answer = connection.getresponse()
        fields = {name: value for name, value in answer.getheaders()
                  if name not in ("Content-Length", "Connection", "Server", "Date")}
        self.answer(answer.status, answer.read(), **fields)
        connection.close()

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        counts[self.command + " " + path] += 1
        kind, _, argument = path[1:].partition("/")
        if kind == "status":
            status, _, after = argument.partition("/")
            after = after or query.partition("=")[2]
            self.answer(int(status), b"answer", **({"Retry_After": after} if after else {}))
        elif kind == "redirect":
            self.answer(302, Location="/status/200")
        elif kind == "moved":
            self.answer(302, Location="/doc/" + argument)
        elif kind == "bytes":
            self.answer(200, b"x" * int(argument))
        elif kind == "never":
            self.connection.recv(1)
            self.close_connection = True
        elif kind == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(60):
                self.wfile.write(b" ")
                time.sleep(1)
        elif kind == "home":
            self.pass_on(body)
        elif kind == "backend":
            backend.append(int(argument))
            self.answer(204)
        elif kind == "put":
            documents[argument] = body
            self.answer(204)
        elif kind == "doc" and self.command == "POST":
            gates["keep"].pass_through()
            key = tuple(json.loads(body)[name] for name in ("sender", "id"))
            with lock:
                known = key in seen
                seen.add(key)
                if not known:
                    signature = self.headers.get("Posta-Signature", "-").encode()
                    posted.setdefault(argument, []).append(signature + b" " + body + b"\n")
            gates["answer"].pass_through()
            if known:
                self.answer(409, b'{"error":"duplicate-id","message":"seen"}')
            else:
                self.answer(204)
            with lock:
                counts["answered"] += 1
        elif kind == "posted":
            self.answer(200, b"".join(posted.get(argument, [])))
        elif kind == "doc" and argument in documents:
            self.answer(200, documents[argument], Content_Type="application/posta+json")
        elif kind == "echo":
            self.answer(200, json.dumps({"body": body.decode(), "fields": dict(self.headers)}).encode())
        elif kind == "count":
            self.answer(200, json.dumps(counts).encode())
        else:
            self.answer(404)

    do_GET = do_POST = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # clients that leave are part of the tests


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
address, port = sys.argv[3:5] if len(sys.argv) > 3 else ("127.0.0.1", 0)
if ":" in address:
    Server.address_family = socket.AF_INET6
server = Server((address, int(port)), Peer)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
for order in sys.stdin:
    word, _, argument = order.strip().partition(" ")
    reply = "done"
    if word == "hold":
        gates[argument].opened.clear()
    elif word == "open":
        gates[argument].opened.set()
    elif word == "waiting":
        reply = gates[argument].waiting
    elif word == "answered":
        reply = counts["answered"]
    elif word == "addresses":
        reply = " ".join(addresses)
    print(reply, flush=True)
