#!/usr/bin/python3
"""init/demo as a stranger runs it: once, again, on a taken port, interrupted."""

import re
import signal
import socket
import subprocess

from support import ROOT, children_of, eventually, free_port, is_alive, reporting, run

DEMO = ROOT / "init" / "demo"


def runs_once(report):
    answer = run(DEMO, "--once", "--port", free_port(), timeout=600, cwd="/")
    report.check("the demo runs from any directory and ends well", answer.returncode == 0,
                 answer.stdout + answer.stderr)
    report.check("it shows an invite link", re.search(r"/setup#invite=pinv_[\w-]+", answer.stdout),
                 answer.stdout)
    answer = run(DEMO, "--once", "--no-install", "--port", free_port(), timeout=600)
    report.check("and again", answer.returncode == 0, answer.stdout + answer.stderr)
    report.check("without colour when nobody sees it", "\x1b" not in answer.stdout)


def two_ports_that_nobody_can_have():
    """A listener's port, and the next one, which a connection had that has ended (TIME-WAIT)."""
    while True:
        taken = socket.create_server(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        try:
            with socket.create_connection(taken.getsockname(),
                                          source_address=("127.0.0.1", port + 1)):
                arrived, _ = taken.accept()
            arrived.close()
            return taken, port
        except OSError:
            taken.close()


def serves_until_interrupted(report):
    taken, port = two_ports_that_nobody_can_have()
    with taken:
        demo = subprocess.Popen([DEMO, "--no-install", "--port", str(port)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if line.startswith("Serving until"):
                break
        text = "".join(lines)
        report.check("a taken port is left alone", f"port {port} is taken" in text, text)
        curls = re.findall(r"http://127\.0\.0\.1:(\d+)/", text)
        report.check("it says where it serves", curls, text)
        report.check("which is neither the taken port nor that of an ended connection",
                     curls and int(curls[0]) > port + 1, text)
        family = [pid for pid, line in children_of(demo.pid) if "posta-server serve" in line]
        family += [pid for parent in list(family) for pid, _ in children_of(parent)]
        second = run(DEMO, "--once", "--no-install", "--port", free_port(), timeout=300)
        report.check("a second demo says that one runs", second.returncode == 1
                     and "another demo" in second.stderr, second.stdout + second.stderr)
        demo.send_signal(signal.SIGINT)
        code = demo.wait(120)
        report.check("an interrupt ends it", code == 130, code)
        report.check("and everything that it started", len(family) >= 5 and eventually(
            lambda: not any(map(is_alive, family))), family)
        demo.stdout.close()


def main():
    with reporting() as report:
        runs_once(report)
        serves_until_interrupted(report)


if __name__ == "__main__":
    main()
