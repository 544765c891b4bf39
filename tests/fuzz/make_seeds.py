#!/usr/bin/python3
"""Writes the seed corpora of the fuzz targets, tests/fuzz/corpus/TARGET/seed-*.

From the conformance vectors and manifests in tests/data, and by hand. Other files of a corpus
(found-*: inputs that once broke something) are left alone. Run it again after changing it.
"""

import base64
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
RECEIVE = json.loads((DATA / "vectors" / "receive.json").read_text())
URLS = json.loads((DATA / "vectors" / "url-canonical.json").read_text())

# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def b64(data):
    return base64.b64encode(data).decode()


def canonical_url():
    yield from (row["input"].encode("utf-8", "surrogatepass") for row in URLS)


def envelope():
    yield from (base64.b64decode(row["body"]) for row in RECEIVE)
    yield (b'{"version":1,"id":"a","sender":"https://a.example","recipient":"https://b.example",'
           b'"timestamp":"2026-05-10T14:00:00.5+02:00","keyId":"k","inReplyTo":"b",'
           b'"payload" : {"n":1.50e+3, "u":"\\u00e5","deep":[[[]]]} ,"more":null}')


def submission():
    for row in RECEIVE:
        lines = []
        for name, value in row["headers"]:
            mark = {"content-type": "T:", "posta-signature": "S:"}.get(name.lower(), "X:")
            lines.append((mark + value).encode())
        yield b"\n".join([*lines, b"", base64.b64decode(row["body"])])


def actor_document():
    for row in RECEIVE:
        for document in row.get("actorDocs", {}).values():
            yield str(document.get("body", "")).encode()
    key = {"id": "2026-05-a", "algorithm": "ed25519", "publicKey": b64(PUBLIC)}
    whole = {"url": "https://alice.example/inbox", "name": "Alice", "about": "Text",
             "avatar": "https://alice.example/avatar-00.png", "kind": "person", "keys": [key]}
    yield json.dumps(whole).encode()
    yield json.dumps({**whole, "keys": [key, {**key, "id": "b"}, {**key, "algorithm": "rsa"}]}).encode()
    yield json.dumps({**whole, "name": "", "keys": []}).encode()


def keys_json():
    key = {"id": "2026-05-a", "publicKey": b64(PUBLIC), "privateKey": b64(SEED + PUBLIC),
           "createdAt": "2026-05-10T12:00:00Z"}
    older = {**key, "id": "b", "privateKey": b64(SEED), "createdAt": "2026-05-01T12:00:00+02:00",
             "retiringSince": "2026-05-10T12:00:00Z"}
    yield json.dumps([key]).encode()
    yield json.dumps([older, key], indent=2).encode()
    yield json.dumps([{**key, "id": f"k{n}"} for n in range(16)]).encode()
    yield json.dumps([{**key, "publicKey": b64(SEED)}]).encode()
    yield b"[]"


def json_seeds():
    yield from (base64.b64decode(row["body"]) for row in RECEIVE[:12])
    for text in ('{"peer":"a.example","payload":{"kind":"posta.text/v1","body":"x"},"inReplyTo":"1"}',
                 '{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}', '{"a":1,"a":2}',
                 '[1,-0,1e400,0.1E-2,12345678901234567890]', '"\\ud83d\\ude00\\u0000"', '"\\ud800"',
                 "[" * 32 + "]" * 32, "[" * 33 + "]" * 33, ' {"x" : [ true,false , null ] } ', "",
                 '{"peer":1,"other":2}', '"\u20ac"'):
        yield text.encode()
    yield b'"\xff"'


REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
    b"POST /x?y=1 HTTP/1.1\r\nHost: A.test:80\r\nContent-Length: 4\r\n\r\nbody"
    b"GET /2 HTTP/1.1\r\nhost: b.test\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4;x=y\r\nbody\r\n0\r\nTrailing: 1\r\n\r\nGET / HTTP/1.1\r\nHost: b.test\r\n\r\n",
    b"\r\nGET http://a.test/p HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: upgrade, x\r\nX: 1\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a.test\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
    b"X-Forwarded-Host: h\r\nX-Real-IP: 1.2.3.4\r\nTE: trailers\r\nConnection: te\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a.test\r\n\r\n", b"GET / HTTP/1.1\nHost: a.test\n\n",
    b"GET / HTTP/1.1\r\nHost: a.test\r\n folded\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a.test\r\nA: \xff\xfe\t\r\nB:\r\n\r\n",
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil close", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
    b"Content-Length: 0\r\n\r\n", b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n"
    b"Connection: upgrade\r\n\r\nraw", b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close, x-a\r\nX-A: 1\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"HTTP/1.1 200 \r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n", b"HTTP/2 200 OK\r\n\r\n",
]


def table_of_requests(most_a_rule=3):
    """Some cases of each rule of the table that parser and front are held to."""
    left = 0
    for line in (DATA / "http" / "requests.table").read_text().splitlines():
        if line.startswith("= "):
            left = most_a_rule
        elif line and not line.startswith("#") and left > 0:
            left -= 1
            text = re.sub(r"\\\{(\d+)\*(.*?)\}", lambda m: int(m[1]) * m[2], line.split(" | ", 2)[2])
            yield text.encode().decode("unicode_escape").encode("latin-1").replace(b"arne.", b"a.")


def http(messages):
    for number, message in enumerate(messages):
        yield bytes([number, 0]) + message
        yield bytes([number + 1, 3, 6, 1, 40]) + message


def chunked_body():
    for number, text in enumerate([
            b"4\r\nbody\r\n0\r\n\r\n", b"0\r\n\r\n", b"A;n=v\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\nmore",
            b"0\r\nTrailing: 1\r\nOther: 2\r\n\r\n", b"0\r\nHost: a\r\n\r\n", b"4\nbody\n0\n\n",
            b"fffffffffffffff\r\n", b"1000000000000000\r\n", b"+4\r\nbody\r\n0\r\n\r\n",
            b"2\r\nabc\r\n", b"0x2\r\nab\r\n", b"000004\r\nbody\r\n000\r\n\r\n"]):
        yield bytes([number * 20, 2, 1, 3]) + text


def control_line():
    for line in ("status", "status arne", "restart arne --now", "wait arne ready 10", "loglevel debug",
                 "loglevel arne warn", '{"command":"restart","words":["arne","--now"]}', "help\r",
                 '{"command":1}', "  stop   arne ", "nothing", "plan x",
                 "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /readyz HTTP/1.0\r\n\r\n",
                 "HEAD /healthz HTTP/1.1\r\n\r\n", "x" * 101):
        yield bytes([2, 3, 7]) + line.encode() + b"\nversion\n\n"


def child_channel():
    worker = {"slug": "arne", "url": "https://arne.example", "hosts": ["arne.example"],
              "data_dir": "/var/lib/posta/arne", "uid": 700000, "gid": 700000, "acl": "open",
              "rate_per_minute": 60, "rate_per_minute_address": 1200, "allow_private_peers": False,
              "ca_bundle": "/etc/ssl/certs/ca-certificates.crt", "log_level": "info",
              "memory_limit_mb": 256, "descriptor_limit": 4096, "database_limit_mb": 0, "log_format": "text",
              "require_layers": ["seccomp"]}
    front = {"listeners": 2, "uid": -1, "gid": -1, "trusted_proxies": ["10.0.0.0/8"], "require_layers": [],
             "proxy_protocol": True, "access_log": "sampled", "head_seconds": 10, "body_idle_seconds": 30,
             "keep_alive_seconds": 150, "hold_seconds": 10, "answer_seconds": 120, "connections_per_address": 1024,
             "head_bytes": 16384, "head_fields": 100,
             "log_level": "warn", "log_format": "json"}
    routes = {"routes": [{"slug": "arne", "socket": "/run/posta/arne.sock", "hosts": ["a.test"], "state": state,
                          "connection_limit": 0, "requests_per_second": 5, "worker_connections": 512, "access_log": log}
                         for state, log in (("down", "off"), ("ready", "sampled"), ("draining", "all"), ("off", "off"))]}
    yield json.dumps(worker).encode()
    yield json.dumps(front).encode()
    yield b"routes " + json.dumps(routes).encode()
    yield b'{"connections":1,"requests":2,"sandbox":[{"layer":"seccomp","strength":"enforced"}]}'
    yield b"routes {}"


def field_values():
    for name, value in (("q", "q=a+b%20c&q=2"), ("peer", "peer=a.example&before=7&limit=50"),
                        ("a", "text/html;q=0.8, application/json, */*;q=0.1"), ("b", "text/*"),
                        ("c", "Bearer mst_" + "A" * 43), ("c", "bearer mst_" + "_-" * 21 + "A"),
                        ("d", "Sun, 06 Nov 1994 08:49:37 GMT"), ("e", "120"), ("e", "99999999999"),
                        ("f", "2026-05-10T12:00:00.000Z"), ("f", "2024-02-29t23:59:60+23:59"),
                        ("g", 'W/"abc", "def"'), ("g", "*"), ("h", "%zz=%"), ("\x80", "\x9b31m\u20ac")):
        yield f"{name}\n{value}".encode()
    yield b"\xff\n\xff\xfe%ff"


def addresses():
    for text in ("10.0.0.0/8, 127.0.0.1\n10.0.0.1\n198.51.100.7, 10.0.0.2",
                 "fd00::/8\nfd00::1\n203.0.113.9, fd00::2", "::ffff:10.0.0.0/104\n10.0.0.1\n1.2.3.4",
                 "0.0.0.0/0\n::1\nunknown, 8.8.8.8", "\n192.0.2.1\n64:ff9b::7f00:1, 2002::1, ::",
                 "10.0.0.1/8\n10.0.0.1\n1"):
        yield text.encode()


def manifest():
    yield from (path.read_bytes() for path in sorted((DATA / "manifest").glob("*.toml")))
    two = ('# ours\n[server]\nlog_level = "warn"\n\n# first\n[[identity]]\nslug = "arne"\n'
           'url = "https://arne.example"\naliases = ["x.example"]\n\n[[identity]]\nslug = "b"\n'
           'url = "https://b.example/in" # here\nacl = "contacts"\n')
    yield two.encode()
    yield two.replace("\n", "\r\n").encode()
    yield b'identity = [{slug = "a", url = "https://a.example"}]\n'
    yield b'[[identity]]\nslug = """\na"""\nurl = \'https://a.example\'\n'
    yield b'[server]\ntrusted_proxies = [\n  "10.0.0.1/32", # one\n]\nuid_range = [1, 2]\n'


def says(who, text, hold=False):
    return bytes([who << 4 | (128 if hold else 0), len(text)]) + text


def worker_says(who, text, hold=False):
    return bytes([who << 4 | 2 | (128 if hold else 0), len(text)]) + text


def asks(shape, more=0, who=0, body=None, hold=False):
    tail = b"" if body is None else bytes([len(body)]) + body
    return bytes([who << 4 | 1 | (128 if hold else 0), shape, more]) + tail


def answers(shape, who=0, body=None):
    tail = b"" if body is None else bytes([len(body)]) + body
    return bytes([who << 4 | 3, shape]) + tail


def step(what, how=0, *more):
    return bytes([how << 4 | what, *more])


def front_exchange():
    get_a, get_b, post_a, post_b = 0, 8, 2 | 32, 2 | 8 | 96
    fine = 32
    plays = [
        asks(get_a) + answers(fine, body=b"hello"),
        # Interleaved on one connection, each answered; a second time on the kept connections.
        (asks(get_a) + answers(fine, 0, b"one") + asks(get_b) + answers(fine, 1, b"two")) * 2,
        # Pipelined, answered in order.
        asks(get_a, hold=True) + asks(get_b) + answers(fine, 0, b"first") + answers(96, 1, b"second"),
        asks(post_a, body=b"some body") + answers(1) + asks(post_b, body=b"chunk") + answers(fine, 1, b"x"),
        # Two clients.
        asks(get_a) + step(8) + asks(get_a, who=1) + answers(fine, 1, b"later") + answers(fine, 0, b"x"),
        # A worker that answers twice, splits, lies about the length, or speaks unasked.
        asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n")
        + asks(get_b) + answers(fine, 0, b"x") + answers(fine, 1, b"y"),
        asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 9\r\n\r\nok") + step(6, 1, 0) + asks(get_b),
        asks(get_a) + answers(fine, 0, b"x") + worker_says(0, b"HTTP/1.1 200 OK\r\n\r\n") + asks(get_a),
        asks(get_a) + worker_says(0, b"HTTP/1.1 100 GO\r\n\r\nHTTP/1.1 103 HINT\r\nLINK: x\r\n\r\n") + answers(fine, 0, b"x"),
        # Until close; a worker that dies before a word (sent again) and in a body.
        asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\n\r\nbytes") + step(6, 0, 0),
        asks(get_a) + step(6, 1, 0) + answers(fine, 0, b"again"),
        asks(post_a, body=b"once") + step(6, 1, 0), asks(2) + step(6, 1, 0) + answers(fine, 0, b"x"),
        # A client that reads nothing of much.
        step(5, 2, 0) + asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 5000000\r\n\r\n") + step(11, 0, 250) * 8,
        # Upgrade, then raw bytes both ways.
        asks(get_a, 8) + answers(4) + says(0, b"raw bytes") + worker_says(0, b"raw back") + step(5, 0, 0),
        asks(get_a, 8) + worker_says(0, b"HTTP/1.1 101 X\r\nUPGRADE: W\r\nCONNECTION: UPGRADE\r\n\r\nearly"),
        asks(get_a) + answers(4),
        # Time: head, body, answer, idle, hold.
        says(0, b"GET / HTTP/1.1\r\nHo") + step(4, 5),
        says(0, b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nhalf") + step(4, 6),
        asks(get_a) + step(4, 7), asks(get_a) + answers(fine, 0, b"x") + step(4, 4) + asks(get_a) + step(4, 7),
        step(7, 0, 0) + asks(get_a) + step(4, 4) + step(7, 1, 1) + answers(fine, 0, b"x"),
        step(7, 0, 0) + asks(get_b) + step(4, 5),
        # Routes change with a connection kept, and with an answer due.
        asks(get_a) + answers(fine, 0, b"x") + step(7, 2, 1) + asks(get_a) + answers(fine, 1, b"new"),
        asks(get_a) + step(7, 0, 1) + answers(fine, 0, b"x"),
        # Nobody accepts: the backlog fills.
        step(12, 1) + asks(get_a) + step(8) + asks(get_a, who=1) + step(8) + asks(get_a, who=2) + step(4, 1)
        + step(12, 0) + step(4, 1) + answers(fine, 0, b"x"),
        # Back-pressure both ways.
        step(5, 2, 0) + asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\n\r\n") + step(11, 0, 200) * 4 + step(5, 3, 0),
        says(0, b"POST / HTTP/1.1\r\nHost: b.test\r\nContent-Length: 99999\r\n\r\n") + step(6, 2, 0)
        + step(10, 0, 200) * 2 + answers(fine, 0, b"early") + step(6, 3, 0),
        # Half-closed, refused, drained.
        asks(get_a) + step(5, 0, 0) + answers(fine, 0, b"x"),
        says(0, b"GET / HTTP/1.1\r\nHost: c.test\r\n\r\nGET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n"),
        # Refused in the middle of its body, while the worker is about to answer.
        says(0, b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") + says(0, b"zz\r\n")
        + answers(fine, 0, b"late"),
        says(0, b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        + step(10, 0, 9),
        asks(get_a) + step(9) + answers(fine, 0, b"x"), asks(get_a) + answers(48, 0, b"data") + step(9) + step(4, 5),
        says(0, b"GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\nPOST /2 HTTP/1.1\r\nHost: b.test\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n") + answers(fine, 0, b"x")
        + answers(fine, 1, b"y"),
        asks(3) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 5\r\n\r\n") + asks(get_b, 1) + answers(96, 1, b"x"),
        # One connection and one request a second for each tenant.
        step(7, 1, 17) + asks(get_a) + asks(get_a) + step(8) + asks(get_a, who=1) + step(4, 2) + asks(get_b)
        + answers(fine, 0, b"x"),
        asks(2 | 64, 4, body=b"x" * 100) + worker_says(0, b"HTTP/1.1 100 GO\r\n\r\n") + answers(5),
        # What a worker said ends its connection: the next request has one of its own.
        asks(get_a) + answers(fine | 8, 0, b"last") + asks(get_a) + answers(fine, 0, b"x"),
        asks(get_a) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\n\r\nok+more") + step(8)
        + asks(get_a) + asks(get_a, who=1) + answers(fine, 0, b"x"),
        asks(get_a) + answers(fine, 0, b"x") + worker_says(0, b"PSST") + asks(get_a) + answers(fine, 0, b"x"),
        # A client that is refused while it keeps connections to two tenants, and stays.
        asks(get_a) + answers(fine, 0, b"x") + asks(get_b) + answers(fine, 1, b"y") + says(0, b"BAD\r\n\r\n"),
        # No answer to HEAD has a body, not even a refusal in the middle of the request's.
        says(0, b"HEAD / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n") + says(0, b"zz\r\n"),
        asks(3) + answers(1) + says(0, b"GET / HT") + step(4, 5),
        asks(3) + worker_says(0, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\n\r\nok"),
        # A body has all its bytes: the next request on that connection begins where it ends.
        asks(post_a, body=b"of more than nine") + answers(fine, 0, b"x") + asks(get_a) + answers(fine, 0, b"y"),
    ]
    for number, play in enumerate(plays):
        yield bytes([0 if number % 2 else 128]) + play
        yield bytes([64 | 1 | 2 | 4 | (128 if number % 2 else 0)]) + play


def access_line():
    def texts(*parts):
        return b"".join(bytes([(len(part) + 9) // 10]) + part.ljust((len(part) + 9) // 10 * 10) for part in parts)
    yield texts(b"192.0.2.1", b"GET", b"/path", b"a.test", b"7f/A.b_c~d:e+f=g@h-x")
    yield texts(b"", b"", b"", b"", b"")
    yield texts(b"2001:db8::1", b"M-SEARCH", b"/a\n\x1b[31m\xc3\x28\xe2\x80\xa8\"\\", b"\x00\x7f", b"a b")
    yield texts(b"1", b"X" * 300, b"/" + b"\xf0\x9f\x98\x80" * 300, b"h" * 400, b"i" * 130)


def proxy_header():
    def binary(command, family, addresses, fields=b""):
        body = addresses + fields
        return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, family]) + len(body).to_bytes(2, "big") + body)
    four = bytes([192, 0, 2, 8, 198, 51, 100, 2, 1, 187, 0, 80])
    six = bytes.fromhex("20010db8" + "00" * 11 + "01") * 2 + bytes([1, 187, 0, 80])
    # A checksum of what it stands in (CRC32c), which is hard to guess.
    with_sum = binary(0x21, 0x11, four, bytes([3, 0, 4, 0, 0, 0, 0]))
    total = 0xffffffff
    for byte in with_sum:
        total ^= byte
        for _ in range(8):
            total = (total >> 1) ^ (0x82f63b78 if total & 1 else 0)
    headers = [
        b"PROXY TCP4 192.0.2.9 198.51.100.2 4711 80\r\n", b"PROXY TCP6 2001:db8::9 ::ffff:1.2.3.4 0 65535\r\n",
        b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN whatever\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 01 80\r\n",
        binary(0x20, 0, b""), binary(0x21, 0x11, four), binary(0x21, 0x21, six), binary(0x21, 0x31, b"p" * 216),
        binary(0x21, 0x11, four, bytes([4, 0, 2, 0, 0, 0xea, 0, 0])), with_sum[:-4] + (total ^ 0xffffffff).to_bytes(4, "big"),
        binary(0x21, 0x12, four), binary(0x21, 0x11, four[:-1]),
    ]
    for header in headers:
        yield b"\0" + header + b"GET / HTTP/1.1\r\n"
        yield bytes([2, 6, 0]) + header
    yield b"\0GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"


CORPORA = {
    "access_line": access_line, "actor_document": actor_document, "addresses": addresses, "canonical_url": canonical_url,
    "child_channel": child_channel, "chunked_body": chunked_body, "control_line": control_line,
    "envelope": envelope, "field_values": field_values, "front_exchange": front_exchange,
    "json": json_seeds, "keys_json": keys_json, "manifest": manifest,
    "proxy_header": proxy_header,
    "request": lambda: http([*REQUESTS, *table_of_requests()]), "response": lambda: http(ANSWERS), "submission": submission,
}


def main():
    for target, seeds in CORPORA.items():
        corpus = HERE / "corpus" / target
        corpus.mkdir(parents=True, exist_ok=True)
        for old in corpus.glob("seed-*"):
            old.unlink()
        for number, seed in enumerate(dict.fromkeys(seeds())):
            if len(seed) <= 20000:
                (corpus / f"seed-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
