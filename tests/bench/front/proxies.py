"""Starts each proxy of the bench and tells its processes' CPU time and memory."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import time

import configs


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as s:
            s.sendall(f"GET / HTTP/1.1\r\nHost: {configs.HOSTS[0]}\r\n\r\n".encode())
            return s.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Proxy:
    """A running proxy on one core; `process` is the root of its process tree."""

    def __init__(self, name, port, command, cpu=0, pass_fds=(), preexec=None):
        def before():
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            os.sched_setaffinity(0, {cpu})
            if preexec:
                preexec()
        self.name, self.port = name, port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=before, pass_fds=pass_fds)
        try:
            wait_until(lambda: self.process.poll() is not None or answers(port), f"{name}: an answer on port {port}")
            if self.process.poll() is not None:
                raise RuntimeError(f"{name} left at once; see why with: {' '.join(command)}")
        except RuntimeError:
            self.process.kill()
            raise

    def pids(self):
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                with open(f"/proc/{pid}/task/{pid}/children") as f:
                    todo += [int(word) for word in f.read().split()]
            except OSError:
                pass
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                    total += int(f.read().split()[0])
        return total / 1e9

    def pss_kib(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])
        return total

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def start_posta(binary, backend, first_backend=None, first_alias=None, before=lambda: None):
    """The front alone, given what the supervisor gives it: a channel, a listener, a routing table. The first
    tenant may have a backend of its own and one host more. `before`: in the process, before it begins."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    ours, theirs = socket.socketpair()
    nobody = 65534 if os.geteuid() == 0 else -1  # a confined role never runs as root
    settings = {"listeners": 1, "uid": nobody, "gid": nobody, "trusted_proxies": [], "require_layers": [], "log_level": "warn", "log_format": "text",
                "proxy_protocol": False, "access_log": "off", "head_bytes": 16384, "head_fields": 100, "head_seconds": 10, "body_idle_seconds": 30, "keep_alive_seconds": 150,
                "hold_seconds": 10, "answer_seconds": 120, "connections_per_address": 100000}
    routes = {"routes": [{"slug": f"t{n}", "socket": first_backend if first_backend and n == 0 else backend, "state": "ready",
                          "hosts": [host, first_alias] if first_alias and n == 0 else [host],
                          "connection_limit": 0, "worker_connections": 1000000, "requests_per_second": 0, "access_log": "off"}
                         for n, host in enumerate(configs.HOSTS)]}
    ours.sendall((json.dumps(settings) + "\nroutes " + json.dumps(routes) + "\n").encode())

    # The contract's numbers; first out of the way of each other.
    def place():
        before()
        spare = [os.dup2(fd, number) for fd, number in ((theirs.fileno(), 204), (listener.fileno(), 205))]
        for fd, number in zip(spare, (4, 5)):
            os.dup2(fd, number, inheritable=True)
    proxy = Proxy("posta front", listener.getsockname()[1], [binary, "front"],
                  pass_fds=(theirs.fileno(), listener.fileno(), 4, 5), preexec=place)
    proxy.channel = ours  # closing it ends the front
    return proxy


def start(name, backend, folder, tools, connections=9000):
    port = free_port()
    if name == "relay":
        return Proxy(name, port, [tools["relay"], str(port), backend])
    if name == "wide relay":
        return Proxy(name, port, [tools["relay"], str(port), backend, str(len(configs.HOSTS))])
    if name == "posta front":
        return start_posta(tools["posta-server"], backend)
    if name == "nginx":
        conf = write(f"{folder}/nginx.conf", configs.nginx(port, backend, folder, connections))
        return Proxy(name, port, ["nginx", "-c", conf])
    if name == "haproxy":
        conf = write(f"{folder}/haproxy.cfg", configs.haproxy(port, backend, folder))
        return Proxy(name, port, ["haproxy", "-f", conf])
    if name == "caddy":
        conf = write(f"{folder}/Caddyfile", configs.caddy(port, backend, folder))
        return Proxy(name, port, ["caddy", "run", "--config", conf, "--adapter", "caddyfile"])
    raise ValueError(name)
