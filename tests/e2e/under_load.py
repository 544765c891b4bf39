"""Runs load.py beside something that happens, and what its answers say afterwards."""

import json
import pathlib
import subprocess

THREADS = 24
# A GET is answered; a POST of text is refused by the tenant, for its method or for its type.
RIGHT = ("200", "405", "415")
HERE = pathlib.Path(__file__).resolve().parent


class Load:
    """`with Load(port, certificate) as load: ...`; afterwards load.result and its sums."""

    def __init__(self, port, certificate="", least=600):
        self.words = [str(port), str(certificate), str(THREADS), str(least)]
        self.result = None

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/bin/python3", HERE / "load.py", *self.words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "busy":
            raise RuntimeError("the load did not come up")
        return self

    def __exit__(self, *_):
        try:
            output, _ = self.process.communicate("", timeout=300)
            self.result = json.loads(output)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def count(self, slug=None, good=None):
        """Answers of one tenant or all; only those that are right or are not."""
        total = 0
        for outcome, times in self.result["outcomes"].items():
            tenant, kind = outcome.split(" ")
            if slug in (None, tenant) and good in (None, kind in RIGHT):
                total += times
        return total

    def __str__(self):
        return json.dumps(self.result, sort_keys=True)
