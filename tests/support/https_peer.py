#!/usr/bin/python3
"""A peer that speaks HTTPS on loopback, for tests.

Usage: https_peer.py CERTIFICATE KEY. Prints its port, then serves until standard input ends. What
it answers is told by the path:

    /status/N        status N; with ?after=V a Retry-After of V
    /redirect        302 to /status/200
    /bytes/N         200 and N bytes
    /never           no answer until the client leaves
    /put/NAME        POST: from now on GET /doc/NAME yields this body
    /doc/NAME        GET: 200 and the body that was put there, else 404. POST: kept, 204; the same
                     sender and id again 409, as a receiver answers
    /posted/NAME     what was POSTed to /doc/NAME: signature and body, a line each
    /echo            what was sent, as JSON
    /count           how many requests came, by method and path, as JSON
"""
import json
import ssl
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

documents = {}
posted = {}
seen = set()
counts = Counter()


class Peer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        counts[self.command + " " + path] += 1
        kind, _, argument = path[1:].partition("/")
        if kind == "status":
            fields = {"Retry_After": query.partition("=")[2]} if query else {}
            self.answer(int(argument), b"answer", **fields)
        elif kind == "redirect":
            self.answer(302, Location="/status/200")
        elif kind == "bytes":
            self.answer(200, b"x" * int(argument))
        elif kind == "never":
            self.connection.recv(1)
            self.close_connection = True
        elif kind == "put":
            documents[argument] = body
            self.answer(204)
        elif kind == "doc" and self.command == "POST":
            key = tuple(json.loads(body)[name] for name in ("sender", "id"))
            if key in seen:
                return self.answer(409, b'{"error":"duplicate-id","message":"seen"}')
            seen.add(key)
            signature = self.headers.get("Posta-Signature", "-").encode()
            posted.setdefault(argument, []).append(signature + b" " + body + b"\n")
            self.answer(204)
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
server = Server(("127.0.0.1", 0), Peer)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
