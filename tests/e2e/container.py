"""A small Debian with OpenRC, in namespaces of its own: what an Incus container is to the operator.

Its root is made once by openrc-root and kept under build/; what a test leaves in it is cleared by
the next. Everything that runs in it ends with it.
"""

import os
import pathlib
import shutil
import subprocess

from support import ROOT, run

HERE = pathlib.Path(__file__).resolve().parent
# Run as the namespace's first process: mounts, a loopback, and then what an init does, which is to
# wait for whoever was orphaned.
SET_UP = """set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -t tmpfs -o mode=755 run "$0/run"
mount -t tmpfs -o mode=1777 tmp "$0/tmp"
mount --rbind /dev "$0/dev"
mount --rbind /sys "$0/sys"
ip link set lo up
echo up
while :; do sleep 1 & wait; done
"""


class Container:
    def __init__(self):
        made = run(HERE / "openrc-root", timeout=900)
        if made.returncode != 0:
            raise RuntimeError(f"no OpenRC root: {made.stderr}")
        self.root = pathlib.Path(made.stdout.strip())

    def install(self):
        """`meson install` into the container, after clearing what the last test left."""
        for place in ("etc/posta", "etc/conf.d/posta", "etc/init.d/posta", "var/lib/posta",
                      "var/log/posta.log", "usr/local/bin/posta-server", "legacy"):
            path = self.root / place
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return run("meson", "install", "--no-rebuild", "-C", ROOT / "build" / "release",
                   env={**os.environ, "DESTDIR": str(self.root)})

    def __enter__(self):
        self.process = subprocess.Popen(
            ["unshare", "--pid", "--mount", "--net", "--uts", "--ipc", "--fork", "--kill-child",
             "/bin/sh", "-c", SET_UP, str(self.root)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline().strip()
        if line != "up":
            raise RuntimeError(f"the container did not come up: {line}")
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.first = pathlib.Path(children).read_text().split()[0]
        return self

    def run(self, *words, timeout=120):
        return run("nsenter", "--target", self.first, "--pid", "--mount", "--net", "--uts", "--ipc",
                   "chroot", self.root, "/usr/bin/env", "-i",
                   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "HOME=/root", "LC_ALL=C.UTF-8", *words, timeout=timeout,
                   stdin=subprocess.DEVNULL)

    def shell(self, line, timeout=120):
        return self.run("/bin/sh", "-c", line, timeout=timeout)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
