"""A real Caddy in front of a deployment: TLS, all hosts to one upstream.

By default it stands on a free port of 127.0.0.1 with a certificate of its internal CA; a test that
has names and a CA of its own gives them with the address to stand on.
"""

import contextlib
import http.client
import os
import pathlib
import socket
import ssl
import subprocess

from support import SLUGS, eventually, free_port, host_of

CADDYFILE = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    local_certs
    http_port {http_port}
    https_port {https_port}
    log {{
        level ERROR
    }}
}}
{hosts} {{
    bind {address}
    tls {tls}
    reverse_proxy 127.0.0.1:{upstream} {{
        flush_interval -1
        transport http {{
            keepalive 120s
            keepalive_idle_conns_per_host 8
        }}
    }}
}}
"""


class Caddy:
    def __init__(self, deployment, hosts=None, address="127.0.0.1", https_port=None, certificate=None):
        self.hosts = hosts or [host_of(slug) for slug in SLUGS]
        self.address = address
        self.home = pathlib.Path(deployment.directory) / "caddy"
        self.home.mkdir()
        self.https_port = https_port or free_port()
        if certificate is None:
            tls, self.root_certificate = "internal", self.home / "caddy/pki/authorities/local/root.crt"
        else:
            tls, self.root_certificate = f"{certificate.chain} {certificate.key}", certificate.authority
        self.config = self.home / "Caddyfile"
        self.config.write_text(CADDYFILE.format(
            http_port=free_port(), https_port=self.https_port, upstream=deployment.port,
            address=address, tls=tls, hosts=", ".join(self.hosts)))
        self.process = None

    def __enter__(self):
        environment = {**os.environ, "HOME": str(self.home), "XDG_DATA_HOME": str(self.home),
                       "XDG_CONFIG_HOME": str(self.home)}
        with open(self.home / "caddy.log", "wb") as log:
            self.process = subprocess.Popen(
                ["caddy", "run", "--config", str(self.config), "--adapter", "caddyfile"],
                env=environment, stdout=log, stderr=log)
        if not eventually(self.is_up):
            raise RuntimeError("Caddy did not start:\n" + (self.home / "caddy.log").read_text())
        return self

    def is_up(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return all(self.connection_to_host(host).close() is None for host in self.hosts)
        return False

    def connection_to(self, slug):
        return self.connection_to_host(host_of(slug))

    def connection_to_host(self, host):
        return tls_connection(self.https_port, host, str(self.root_certificate), self.address)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def tls_connection(port, host, root_certificate, address="127.0.0.1", timeout=20):
    """An HTTPS connection to a local port that names `host` in SNI and checks its certificate."""
    context = ssl.create_default_context(cafile=root_certificate)
    raw = socket.create_connection((address, port), timeout=timeout)
    try:
        tls = context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    connection = http.client.HTTPConnection(host, timeout=timeout)
    connection.sock = tls
    return connection
