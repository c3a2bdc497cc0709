"""Runs command-line tests that are scripts one can read (tests/cli/scripts/*.txt).

A script opens with what it shows. Then:

    -- NAME            the lines up to a line `--` become the file NAME
    $ COMMAND          runs `gemspec ...` (or a command of the shell), and compares what it prints with the lines below;
                       `2| ` stands before standard error, `[exit N]` after a status that is not 0
    @ N                N seconds pass at the service
    ! METHOD NAME BODY somebody else's request to the service: `! DELETE tunedModels/a`; BODY, in JSON, may be left out

`GEMSPEC_UPDATE_GOLDEN=1 pytest tests/cli` writes what was printed into the scripts, to be read before it is committed.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import httpx

from gemspec import cli

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


# A line of an apply's progress, as `key: created tunedModels/...`.
_STEP = re.compile(r"[a-z][a-z0-9-]*: (?!.*\berror\b).*tunedModels/")


@dataclass
class Clock:
    """The service's time, which scripts move."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Script:
    """One script over one service and one folder."""

    path: Path
    folder: Path
    clock: Clock
    said: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Run every line; `said` is then the script as it should read."""
        lines = iter(self.path.read_text().splitlines())
        for line in lines:
            if line.startswith("-- "):
                self._file(line, lines)
            elif line.startswith("@ "):
                self.clock.now += float(line.removeprefix("@ "))
                self.said += [line, ""]
            elif line.startswith("! "):
                self._request(*line.removeprefix("! ").split(" ", 2))
                self.said += [line, ""]
            elif line.startswith("$ "):
                self.said += [line, *self._command(line.removeprefix("$ ")), ""]
            elif not any(said.startswith("$ ") for said in self.said):
                self.said.append(line)
            elif line.startswith("# "):
                self.said += [line]

    def text(self) -> str:
        """What the script should say."""
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.said)).strip() + "\n"

    def _file(self, line: str, lines) -> None:
        target = self.folder / line.removeprefix("-- ")
        target.parent.mkdir(parents=True, exist_ok=True)
        content = []
        for text in lines:
            if text == "--":
                break
            content.append(text)
        target.write_text("".join(f"{text}\n" for text in content))
        self.said += [line, *content, "--", ""]

    def _request(self, method: str, name: str, body: str = "") -> None:
        url = f"{os.environ['GEMSPEC_ENDPOINT']}/v1beta/{name}"
        httpx.request(method, url, content=body, headers={"Content-Type": "application/json"}).raise_for_status()

    def _command(self, command: str) -> list[str]:
        words = shlex.split(command)
        if words[0] != "gemspec":
            subprocess.run(command, shell=True, cwd=self.folder, check=True)
            return []
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(words[1:])
        said = [self._plain(line) for line in out.getvalue().splitlines()]
        said += [f"2| {line}" for line in _in_order(self._plain(line) for line in err.getvalue().splitlines())]
        return said + ([f"[exit {status}]"] if status else [])

    def _plain(self, line: str) -> str:
        """Take out what differs from run to run: the service's port, digests over it, the time."""
        line = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8085", line)
        line = re.sub(r'("elapsed_seconds": )[\d.]+', r"\g<1>0.0", line)
        line = re.sub(r"\bsha256:[0-9a-f]{64}\b", "sha256:...", line)  # is over the port, too
        return re.sub(r" after \d+s$", "", line).rstrip()


def _in_order(lines: Iterable[str]) -> list[str]:
    """Steps of different keys run side by side: their lines are put key by key, each key's own in their order."""
    result: list[str] = []
    for is_step, group in groupby(lines, key=lambda line: _STEP.match(line) is not None):
        found = list(group)
        result += sorted(found, key=lambda line: line.partition(":")[0]) if is_step else found
    return result


def is_updating() -> bool:
    """Whether goldens are written instead of compared."""
    return bool(os.environ.get("GEMSPEC_UPDATE_GOLDEN"))
