"""One process, measured from outside: seconds, peak memory; and rows of the table."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service import Service


@dataclass(frozen=True, slots=True)
class Run:
    """seconds: from start to end. peak: megabytes resident at most. requests: how many the service was sent."""

    seconds: float
    peak: float
    requests: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of a command's `runs`, and their extremes; `requests` are those of the last, `peak` is megabytes."""

    what: str
    runs: int
    seconds: float
    seconds_least: float
    seconds_most: float
    peak: float
    requests: int | None
    goal: str = ""
    rate: float | None = None

    @classmethod
    def of(cls, what: str, runs: Sequence[Run], goal: str = "", *, megabytes: float | None = None) -> Row:
        """Take the medians; `megabytes` is how much data each run has read."""
        seconds = [run.seconds for run in runs]
        middle = statistics.median(seconds)
        peak = statistics.median(run.peak for run in runs)
        rate = megabytes / middle if megabytes else None
        return cls(what, len(runs), middle, min(seconds), max(seconds), peak, runs[-1].requests, goal, rate)

    @staticmethod
    def head() -> str:
        """The line above the rows."""
        return f"{'':<58}{'runs':>4}{'seconds':>8}{'(least':>8}{'most)':>7}{'MB':>6}{'requests':>10}  goal"

    def line(self) -> str:
        """The row, for people."""
        requests = "" if self.requests is None else f"{self.requests:,}"
        rate = f" ({self.rate:,.0f} MB/s)" if self.rate else ""
        figures = (
            f"{self.runs:>4}{self.seconds:>8.2f}{self.seconds_least:>8.2f}{self.seconds_most:>7.2f}{self.peak:>6.0f}"
        )
        return f"{self.what + rate:<58}{figures}{requests:>10}  {self.goal}".rstrip()

    def as_dict(self) -> dict[str, object]:
        """The row, for programs."""
        return asdict(self)


def surroundings() -> dict[str, str]:
    """The environment of every process: this checkout first, and compiled once, as what is installed is."""
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), *sys.path]))
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "NO_COLOR": "1", "PYTHONPATH": paths}


def run(command: Sequence[str], folder: Path, **environment: str) -> Run:
    """Run a process to its end, in `folder`. Raises AssertionError with its output where it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = folder.parent / "cache"
    env = {**surroundings(), "XDG_CACHE_HOME": str(cache), **environment}
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    assert process.returncode == 0, said.decode()[-2000:]
    return Run(seconds, used.ru_maxrss / 1024)


def counted(service: Service, folder: Path, words: Sequence[str]) -> Run:
    """Run a gemspec command against a service, and count its requests."""
    before = service.requests
    run = service.gemspec(folder, *words)
    return Run(run.seconds, run.peak, service.requests - before)
