"""SIGINT and SIGTERM at any moment of a command's life, by a seed: what it leaves is whole, and it never says too much.

A signal before the command line is loaded, or after its end, ends the process as it ends any other.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
from support.served import PATIENCE, TRAINING_SECONDS

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXAMPLES = 2_000
# Signals are blocked until Python itself has begun, which is not ours to fix; then all is as `main` has it.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
from gemspec.__main__ import main
main()
"""
COMMANDS = {
    "plan": ("plan", "--out", "plan.json", "--write", "markdown=plan.md", "--format", "json"),
    "apply": ("apply", "--auto-approve", "--format", "json", "--events", "events"),
}


@dataclass
class Ended:
    """A command that was signalled: its exit status (negative where the signal itself ended it), what it printed."""

    status: int
    out: str
    err: str

    @property
    def problems(self):
        """What it should not have done."""
        if self.status not in (0, 130, 143, -signal.SIGINT, -signal.SIGTERM):
            yield f"exit status {self.status}"
        if re.search(r"Traceback|Exception ignored", self.err):
            yield "a traceback"
        if self.status >= 0:  # else it may have said nothing yet
            yield from (["no document"] if not _is_document(self.out) else [])
        elif self.out and not _is_document(self.out):
            yield "half a document"


def _is_document(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


@pytest.fixture
def run(project):
    """Run a command, and signal it after so many seconds; None waits for its end."""

    def signalled(words, seconds=None, number=signal.SIGINT):
        command = [sys.executable, "-c", PROGRAM, *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process = subprocess.Popen(command, cwd=project.folder, env=project.environ(), **pipes)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        with process:
            if seconds is not None:
                time.sleep(seconds)
                process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
            return Ended(process.returncode, out, err)

    return signalled


@pytest.mark.parametrize("what", COMMANDS)
def test_at_any_time(what, run, project, service, in_full, tally):
    """Files are the old ones or the new ones, and none is left beside them; then one more apply completes it."""
    rows = (json.dumps({"text_input": f"{n}", "output": "x"}) for n in range(EXAMPLES))
    (project.folder / "a.jsonl").write_text("\n".join(rows))
    began = time.monotonic()
    assert run(COMMANDS["plan"]).status == 0
    length, draw = time.monotonic() - began, random.Random(7)
    found = {}
    for n in range(100 if in_full else 1):
        seconds, number = draw.uniform(0, length), SIGNALS[n % 2]
        ended = run(COMMANDS[what], seconds, number)
        problems = [*ended.problems, *_left(project.folder, ended)]
        if problems:
            found[f"{signal.Signals(number).name} after {seconds:.3f} of {length:.3f}s"] = (problems, ended)
    tally(f"interrupted: at any time, {what}", n + 1, len(found))
    assert not found
    assert len(service.models) <= 1
    service.now += TRAINING_SECONDS
    assert project.run("apply", "--auto-approve", "--no-wait") == 0
    assert service.trainings == 1


def _left(folder, ended):
    """What is wrong with the files that a command has left."""
    names = {path.name for path in folder.iterdir()}
    if more := names - {"gemspec.yaml", "a.yaml", "a.jsonl", "plan.json", "plan.md", "events"}:
        yield f"it left {more}"
    if not _is_document((folder / "plan.json").read_text()):
        yield "half a plan"
    if not (folder / "plan.md").read_text().endswith("\n"):
        yield "half a table"
    if "events" in names and ended.status >= 0:
        lines = (folder / "events").read_text().splitlines()
        os.unlink(folder / "events")
        if not lines or json.loads(lines[-1])["type"] != "summary":
            yield f"events without an end: {lines}"
