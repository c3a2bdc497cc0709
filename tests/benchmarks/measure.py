"""One process, measured from outside: seconds, peak memory; and rows of the table."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service import Service


@dataclass(frozen=True, slots=True)
class Run:
    """seconds: from start to end. peak: megabytes resident at most. requests: how many the service was sent."""

    seconds: float
    peak: float
    requests: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of a command's runs; seconds_least and seconds_most are their extremes."""

    what: str
    seconds: float
    seconds_least: float
    seconds_most: float
    peak: float
    requests: int | None
    rate: float | None = None

    @classmethod
    def of(cls, what: str, runs: Sequence[Run], rate: float | None = None) -> Row:
        """Take the medians; rate is megabytes a second, where there is such a thing."""
        seconds = [one.seconds for one in runs]
        middle = statistics.median(seconds)
        peak = statistics.median(one.peak for one in runs)
        return cls(what, middle, min(seconds), max(seconds), peak, runs[-1].requests, rate)

    @staticmethod
    def head() -> str:
        """The line above the rows."""
        return f"{'':<56}{'seconds':>9}{'(least':>9}{'most)':>8}{'MB':>7}{'requests':>10}"

    def line(self) -> str:
        """The row, for people."""
        requests = "" if self.requests is None else f"{self.requests:,}"
        rate = f"  {self.rate:,.0f} MB/s" if self.rate else ""
        figures = f"{self.seconds:>9.2f}{self.seconds_least:>9.2f}{self.seconds_most:>8.2f}{self.peak:>7.0f}"
        return f"{self.what:<56}{figures}{requests:>10}{rate}"

    def as_dict(self) -> dict[str, object]:
        """The row, for programs."""
        return asdict(self)


def run(command: Sequence[str], folder: Path, **environment: str) -> Run:
    """Run a process to its end, in `folder`. Raises AssertionError with what it said where it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = folder.parent / "cache"
    env = {**os.environ, "XDG_CACHE_HOME": str(cache), "NO_COLOR": "1", **environment}
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    assert process.returncode == 0, said.decode()[-2000:]
    return Run(seconds, used.ru_maxrss / 1024)


def median(what: str, service: Service, folder: Path, words: Sequence[str], runs: int) -> Row:
    """Run a gemspec command against a service, several times, and count its requests."""
    measured = []
    for _ in range(runs):
        before = service.requests
        one = service.gemspec(folder, *words)
        measured.append(Run(one.seconds, one.peak, service.requests - before))
    return Row.of(what, measured)
