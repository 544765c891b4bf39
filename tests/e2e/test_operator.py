#!/usr/bin/python3
"""What an operator has in a terminal: `ctl top` in a real one (tmux), `ctl logs -f` and `ctl
events`, completion in a real bash, and the examples of rules and dashboard against the real
metrics."""

import json
import os
import pathlib
import re
import subprocess
import uuid

from support import ROOT, SERVER, Deployment, answer_of, eventually, host_of, reporting, run

PROGRAM = "posta-server"


class Terminal:
    """A tmux of its own, with one window in which a command runs."""

    def __init__(self, deployment, words, columns=100, lines=20):
        self.socket = str(deployment.directory / f"tmux-{uuid.uuid4().hex[:8]}")
        # The trap keeps this shell, and with it the window, when a key interrupts the command.
        line = "trap : INT; " + " ".join(f"'{word}'" for word in words) + "; echo it has ended $?; exec cat"
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(lines), line)

    def tmux(self, *words):
        return run("tmux", "-S", self.socket, "-f", "/dev/null", *words)

    def screen(self):
        return self.tmux("capture-pane", "-p").stdout

    def shows(self, pattern, seconds=60):
        return bool(eventually(lambda: re.search(pattern, self.screen()), seconds))

    def key(self, key):
        self.tmux("send-keys", key)

    def resize(self, columns, lines):
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def is_given_back(self):
        """The screen that was there before, and a cursor."""
        return self.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}").stdout.strip() == "01"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")


def look_at_top(report, deployment):
    words = [SERVER, "ctl", "top", *map(str, deployment.places())]
    with Terminal(deployment, words) as terminal:
        report.check("ctl top shows every tenant",
                     terminal.shows(r"3 tenants, 3 ready.*sorted by requests(.|\n)*tarald"),
                     terminal.screen())

        def ask_marcus():
            for _ in range(20):
                answer_of(deployment.port, host_of("marcus"), "/setup")
            return re.search(r"\nmarcus +ready +[1-9][0-9]*\.", terminal.screen())
        report.check("and who is asked most, first", eventually(ask_marcus), terminal.screen())
        for key, name in (("m", "memory"), ("l", "latency"), ("s", "restarts"), ("n", "name")):
            terminal.key(key)
            report.check(f"key {key} sorts by {name}", terminal.shows(f"sorted by {name}"),
                         terminal.screen())
        report.check("by name is in alphabetical order",
                     terminal.shows(r"(?s)\narne .*\nmarcus .*\ntarald "), terminal.screen())
        terminal.resize(40, 3)
        report.check("a smaller terminal gets what fits",
                     eventually(lambda: len(terminal.screen().rstrip("\n").split("\n")) <= 3 and
                                "arne" in terminal.screen() and "marcus" not in terminal.screen()),
                     terminal.screen())
        terminal.resize(120, 20)
        report.check("and a larger one all of it",
                     terminal.shows(r"RESTARTS(.|\n)*tarald"), terminal.screen())
        terminal.key("q")
        report.check("q ends it and gives the terminal back", terminal.shows("it has ended 0"),
                     terminal.screen())
    for key in ("C-c", "C-z"):
        with Terminal(deployment, words) as terminal:
            terminal.shows("3 tenants, 3 ready")
            terminal.key(key)
            report.check(f"{key} gives the terminal back", eventually(lambda: terminal.is_given_back()),
                         terminal.screen())
    piped = deployment.command("ctl", "top", stdin=subprocess.DEVNULL)
    report.check("without a terminal it says what to do",
                 piped.returncode == 2 and "--once" in piped.stderr, piped.stderr)


def look_at_top_through_a_restart(report, deployment):
    words = [SERVER, "ctl", "top", *map(str, deployment.places())]
    with Terminal(deployment, words) as terminal:
        terminal.shows("3 tenants, 3 ready")
        deployment.stop()
        report.check("ctl top stays while the server is away, with what it knew",
                     terminal.shows(r"no answer, asking again(.|\n)*tarald"), terminal.screen())
        deployment.start()
        report.check("and shows it when it is there again", terminal.shows("3 tenants, 3 ready"),
                     terminal.screen())


def follow(report, deployment):
    def started(*words):
        return subprocess.Popen([SERVER, "ctl", *words, *map(str, deployment.places())],
                                stdout=subprocess.PIPE, text=True)
    with started("events", "--json") as events, started("logs", "arne", "-f", "-n", "1") as logs:
        first = logs.stdout.readline()
        report.check("ctl logs -f begins with the last line", " arne: " in first, first)
        begun = json.loads(events.stdout.readline())
        report.check("ctl events says that it has begun",
                     begun["result"] == {"following": "events"}, begun)
        restarted = deployment.command("ctl", "restart", "arne")
        report.check("ctl restart works beside", restarted.returncode == 0, restarted.stderr)
        line = json.loads(events.stdout.readline())
        report.check("ctl events tells of it in one object a line",
                     line["result"]["event"] == "state" and line["result"]["name"] == "arne", line)
        told = ""
        while "ready" not in told and logs.poll() is None:
            told = logs.stdout.readline()
        report.check("ctl logs -f goes on", " arne: " in told, told)
        for process in (events, logs):
            process.terminate()


def complete(deployment, line, *modes):
    """What bash offers at the end of the line, of which the last word may be empty."""
    words = line.split(" ")
    script = (f"source '{ROOT}/init/completion/posta-server.bash'\n"
              f"COMP_WORDS=({' '.join(repr(word) for word in words)})\n"
              f"COMP_CWORD={len(words) - 1}\n_posta_server\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
    path = f"{pathlib.Path(SERVER).parent}:{os.environ['PATH']}"
    done = run("bash", *modes, "-c", script, env={**os.environ, "PATH": path})
    return done.stdout.split()


def completion(report, deployment):
    manifest = f"--manifest {deployment.manifest}"
    for line, offered in (
            (f"{PROGRAM} iden", ["identity"]),
            (f"{PROGRAM} token ", ["create", "list", "revoke"]),
            (f"{PROGRAM} token revoke --n", ["--name"]),
            (f"{PROGRAM} ctl re", ["reload", "reopen", "restart"]),
            (f"{PROGRAM} ctl {manifest} restart ", ["arne", "marcus", "tarald"]),
            (f"{PROGRAM} ctl {manifest} logs ma", ["marcus"]),
            (f"{PROGRAM} ctl {manifest} wait arne ", ["ready", "stopped"]),
            (f"{PROGRAM} ctl loglevel d", ["debug"]),
            (f"{PROGRAM} ctl top --on", ["--once"]),
            (f"{PROGRAM} key list {manifest} --slug t", ["tarald"])):
        found = complete(deployment, line)
        report.check(f"completes {line.replace(manifest, '').replace('  ', ' ')}|",
                     found == offered, found)
        found = complete(deployment, line, "--posix")
        report.check("and so in bash --posix, as sh is on some systems", found == offered, found)
    installed = json.loads(run("meson", "introspect", "--installed",
                               pathlib.Path(SERVER).parent).stdout)
    where = installed.get(str(ROOT / "init/completion/posta-server.bash"), "")
    report.check("meson installs it where bash looks",
                 where.endswith("/bash-completion/completions/posta-server"), where)
    known = json.loads(deployment.command("ctl", "help", "--json").stdout)["result"]
    found = complete(deployment, f"{PROGRAM} ctl ")
    report.check("completes every word that ctl knows",
                 sorted(found) == sorted(command["command"] for command in known), found)


def examples(report, deployment):
    rules = run("promtool", "check", "rules", ROOT / "init/examples/alerts.yml")
    report.check("promtool accepts the alert rules", rules.returncode == 0, rules.stdout)
    metrics = deployment.command("ctl", "metrics").stdout
    checked = run("promtool", "check", "metrics", input=metrics)
    report.check("promtool accepts the metrics", checked.returncode == 0, checked.stderr)
    names = set(re.findall(r"^# TYPE (\S+)", metrics, re.M))
    dashboard = json.loads((ROOT / "init/examples/grafana-dashboard.json").read_text())
    used = json.dumps(dashboard) + (ROOT / "init/examples/alerts.yml").read_text()
    unknown = {name for name in re.findall(r"posta_[a-z0-9_]+", used)
               if re.sub("_bucket$", "", name) not in names}
    report.check("rules and dashboard name only what is there", not unknown, unknown)


with reporting() as report, Deployment() as deployment:
    for adopted in deployment.adopt_all():
        report.check("adopted", adopted.returncode == 0, adopted.stderr)
    deployment.start()
    look_at_top(report, deployment)
    look_at_top_through_a_restart(report, deployment)
    follow(report, deployment)
    completion(report, deployment)
    examples(report, deployment)
