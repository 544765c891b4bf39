"""Configurations of the yardsticks: the same 50 hosts, the same Unix-socket backend, no access log."""

HOSTS = [f"tenant{n:02}.bench.example" for n in range(50)]


NGINX_KEPT = 256  # worker connections, for all clients


def nginx(port, backend, folder, connections=9000, first_backend=None):
    """`first_backend`: of the first host alone, which is also the one of unknown names."""
    def server(n, host):
        return (f"  server {{ listen 127.0.0.1:{port}{' reuseport' if n == 0 else ''}; server_name {host};\n"
                f"    location / {{ proxy_pass http://{'first' if n == 0 else 'backend'}; }} }}")
    servers = "\n".join(server(n, host) for n, host in enumerate(HOSTS))
    return f"""
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections {connections}; }}
http {{
  access_log off; keepalive_requests 10000000; keepalive_timeout 150s; client_max_body_size 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; server_names_hash_bucket_size 128;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
  proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k; proxy_request_buffering off; proxy_read_timeout 3600s;
  client_header_timeout 10s; client_body_timeout 30s; send_timeout 30s;
  upstream backend {{ server unix:{backend}; keepalive {NGINX_KEPT}; keepalive_requests 10000000; }}
  upstream first {{ server unix:{first_backend or backend}; keepalive {NGINX_KEPT}; keepalive_requests 10000000; }}
{servers}
}}
"""


def haproxy(port, backend, _folder):
    rules = "\n".join(f"  use_backend t if {{ req.hdr(host) -i {host} }}" for host in HOSTS)
    return f"""
global
  maxconn 9000
  nbthread 1
defaults
  mode http
  timeout connect 10s
  timeout client 150s
  timeout server 3600s
  option http-keep-alive
  option forwardfor
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  http-request set-header X-Forwarded-Proto http
{rules}
  default_backend none
backend t
  server s unix@{backend}
backend none
  http-request return status 404
"""


def caddy(port, backend, _folder):
    sites = "\n".join(f"http://{host}:{port} {{\n bind 127.0.0.1\n reverse_proxy unix/{backend}\n}}"
                      for host in HOSTS)
    return "{\n admin off\n auto_https off\n}\n" + sites + "\n"


# A wrk script that asks for every host in turn; requests are made once, so that the load costs little.
WRK = """
local hosts = {%s}
local ready = {}
local at = 0
init = function(args)
  for n, host in ipairs(hosts) do
    ready[n] = wrk.format(%s, %s, {["Host"] = host}, %s)
  end
end
request = function()
  at = at %% #ready + 1
  return ready[at]
end
"""


def wrk(method, path, body_bytes, hosts):
    body = f'string.rep("x", {body_bytes})' if body_bytes else "nil"
    return WRK % (", ".join(f'"{h}"' for h in HOSTS[:hosts]), f'"{method}"', f'"{path}"', body)
