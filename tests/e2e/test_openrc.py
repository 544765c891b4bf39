#!/usr/bin/python3
"""Under a real OpenRC: installed, checked, started, reloaded, upgraded, killed, started again, stopped."""

from container import Container
from support import ROOT, SLUGS, eventually, reporting, run

MANIFEST = "/etc/posta/identities.toml"
SERVER = "posta-server"


def said(answer):
    return f"{answer.returncode}: {answer.stdout}{answer.stderr}"


def install(report, box):
    answer = box.install()
    report.check("meson install puts binary and OpenRC files in place", answer.returncode == 0
                 and all((box.root / place).exists() for place in (
                     "usr/local/bin/posta-server", "etc/init.d/posta", "etc/conf.d/posta",
                     "usr/local/share/posta/examples/Caddyfile")), said(answer))
    (box.root / "etc/conf.d/posta").write_text("# the operator's own\n")
    run("meson", "install", "--no-rebuild", "-C", ROOT / "build" / "release",
        env={"DESTDIR": str(box.root), "PATH": "/usr/bin:/bin"})
    report.check("installing again keeps the operator's settings",
                 (box.root / "etc/conf.d/posta").read_text() == "# the operator's own\n")
    answer = run("/usr/bin/python3", ROOT / "tests/data/legacy/make.py", box.root / "legacy")
    (box.root / "etc/posta").mkdir()
    (box.root / "etc/posta/identities.toml").write_text("")


def boot(report, box):
    answer = box.shell("mkdir -p /run/openrc && touch /run/openrc/softlevel && openrc boot")
    report.check("OpenRC 0.45 reaches its boot level", answer.returncode == 0, said(answer))
    for slug in SLUGS:
        answer = box.run(SERVER, "identity", "adopt", f"--slug={slug}", "--url",
                         f"https://{slug}.posta.no", "--from", f"/legacy/{slug}")
        report.check(f"adopt takes over {slug}", answer.returncode == 0, said(answer))


def smoke(box):
    return box.run(SERVER, "smoke", "--connect", "127.0.0.1:80")


def pid_of_supervisor(box):
    answer = box.shell("cat /run/posta/supervisor.pid")
    return int(answer.stdout) if answer.stdout.strip().isdigit() else 0


def ours(box):
    """Processes of the server in the container, without the one that asks."""
    answer = box.shell("for d in /proc/[0-9]*; do"
                       "  readlink $d/exe | grep -q posta-server && echo ${d#/proc/}; done")
    return answer.stdout.split()


def start(report, box):
    answer = box.run("rc-service", "posta", "check")
    report.check("rc-service posta check finds nothing wrong", answer.returncode == 0, said(answer))
    answer = box.run("rc-service", "posta", "start")
    report.check("start succeeds", answer.returncode == 0, said(answer))
    answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(smoke(box)))
    report.check("every identity answers by smoke", answer, said(answer or smoke(box))
                 + box.shell("tail -n 30 /var/log/posta.log").stdout)
    answer = box.run("rc-service", "posta", "status")
    report.check("status says started", "started" in answer.stdout, said(answer))


def reload(report, box):
    before = {slug: box.shell(f"cat /run/posta/{slug}.pid").stdout for slug in SLUGS}
    answer = box.run(SERVER, "identity", "add", "--slug", "ny", "--url", "https://ny.posta.no")
    report.check("an identity is added", answer.returncode == 0, said(answer))
    answer = box.run("rc-service", "posta", "reload")
    report.check("reload succeeds", answer.returncode == 0, said(answer))
    report.check("the new identity is served", eventually(
        lambda: box.run(SERVER, "smoke", "--slug", "ny", "--connect",
                        "127.0.0.1:80").returncode == 0), box.shell(
                            "tail -n 30 /var/log/posta.log").stdout)
    after = {slug: box.shell(f"cat /run/posta/{slug}.pid").stdout for slug in SLUGS}
    report.check("the others were not touched", before == after, f"{before} {after}")

    manifest = box.root / MANIFEST.lstrip("/")
    good = manifest.read_text()
    manifest.write_text(good + "\nnonsense = 1\n")
    answer = box.run("rc-service", "posta", "reload")
    report.check("a manifest with mistakes is refused by reload", answer.returncode != 0,
                 said(answer))
    manifest.write_text(good)
    report.check("and all are still served", smoke(box).returncode == 0)


def upgrade(report, box):
    old = pid_of_supervisor(box)
    daemon = box.shell(f"cut -d' ' -f4 /proc/{old}/stat").stdout.strip()
    program = "/usr/local/bin/posta-server"
    # As `install` does it: another file by the same name.
    box.shell(f"cp {program} {program}.new && mv {program}.new {program}")
    answer = box.run(SERVER, "ctl", "upgrade")
    report.check("ctl upgrade succeeds", answer.returncode == 0, said(answer)
                 + box.shell("tail -n 30 /var/log/posta.log").stdout)
    new = box.shell(f"stat -c %i {program}").stdout.strip()

    def images():
        answer = box.shell("for p in " + " ".join(ours(box)) + "; do stat -Lc %i /proc/$p/exe; done")
        return set(answer.stdout.split())
    # Those that drain have 10 s.
    report.check("every process is of the new file", eventually(lambda: images() == {new}),
                 f"{images()} {new}")
    report.check("the supervisor is the process that it was, under the same daemon",
                 pid_of_supervisor(box) == old and box.shell(
                     f"cut -d' ' -f4 /proc/{old}/stat").stdout.strip() == daemon)
    answer = box.run("rc-service", "posta", "status")
    report.check("status still says started", "started" in answer.stdout, said(answer))
    report.check("and all are served", smoke(box).returncode == 0)
    box.shell(f"cp {program} {program}.good; rm {program}; head -c 100000 {program}.good > {program};"
              f" chmod 755 {program}")
    answer = box.run(f"{program}.good", "ctl", "upgrade")
    report.check("a torn program does not take over", answer.returncode == 1, said(answer))
    box.shell(f"mv {program}.good {program}")
    report.check("and all are still served by the one before", smoke(box).returncode == 0
                 and pid_of_supervisor(box) == old)


def kill(report, box):
    old, family = pid_of_supervisor(box), ours(box)
    box.shell(f"kill -9 {old}")
    report.check("supervise-daemon starts it again after kill -9", eventually(
        lambda: pid_of_supervisor(box) not in (0, old) and smoke(box).returncode == 0),
        box.shell("tail -n 30 /var/log/posta.log").stdout)
    left = eventually(lambda: not set(family) & set(ours(box)))
    report.check("no orphan of the old one is left", left, f"{family} {ours(box)}")


def stop(report, box):
    answer = box.run("rc-service", "posta", "stop")
    report.check("stop succeeds", answer.returncode == 0, said(answer))
    report.check("nothing is left running", eventually(lambda: not ours(box)), ours(box))
    manifest = box.root / MANIFEST.lstrip("/")
    good = manifest.read_text()
    manifest.write_text(good.replace("slug", "slgu", 1))
    answer = box.run("rc-service", "posta", "start")
    report.check("start refuses a manifest with mistakes, and names the line",
                 answer.returncode != 0 and f"{MANIFEST}:" in answer.stdout + answer.stderr,
                 said(answer))
    manifest.write_text(good)


def main():
    with reporting() as report:
        box = Container()
        install(report, box)
        with box:
            boot(report, box)
            start(report, box)
            reload(report, box)
            kill(report, box)
            upgrade(report, box)
            stop(report, box)


if __name__ == "__main__":
    main()
