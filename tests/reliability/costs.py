"""Runs costly inputs one after the other, each in a fork, and prints what each came to as a line of JSON."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gemspec import cli

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS = ("Traceback", "in a way that it should not")
STEP = {"action": "delete", "key": "a", "train": "0" * 12}


def run_all(folder: Path, names: Iterable[str]) -> None:
    """Run cases by their names; `folder` is for their files."""
    for name in names:
        place = folder / re.sub(r"\W+", "-", name)
        words = _lay_out(name, place)
        sys.stdout.flush()
        if not (child := os.fork()):
            _run(name, place, words)
        os.waitpid(child, 0)
        print((place / "cost.json").read_text(), flush=True)
        shutil.rmtree(place)


def _lay_out(name: str, place: Path) -> list[str]:
    place.mkdir(parents=True)
    files: dict[str, str | bytes]
    if name.startswith("plan: "):
        files, words = {"plan.json": _plan(name.removeprefix("plan: "))}, ["show", "plan.json"]
    else:
        from .costly_inputs import case

        files, words = case(name), ["validate"]
    for file, content in files.items():
        (place / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return words


def _plan(what: str) -> str:
    from .hostile_plans import digested, plan

    document = plan("d")
    if what == "many steps":
        return json.dumps(digested({**document, "steps": document["steps"] * 1500}))
    if what == "steps of nothing":
        return json.dumps({**document, "steps": [{}] * 300_000})
    if what == "deep":
        return '{"format_version": "1.0", "steps": ' + "[" * 980_000
    return '{"format_version": "1.0", "counts": ' + "9" * 980_000 + "}"


def _run(name: str, place: Path, words: list[str]) -> None:
    """Run one case in this process, and end it."""
    os.chdir(place)
    for stream, file in ((1, "out"), (2, "err")):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    before = _seconds()
    status = cli.run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    said = Path("err").read_text(errors="replace") + Path("out").read_text(errors="replace")
    cost = {
        "name": name,
        "status": status,
        "seconds": round(_seconds() - before, 2),
        "megabytes": _megabytes(),
        "fault": next((fault for fault in FAULTS if fault in said), ""),
        "said": said[:200],
    }
    Path("cost.json").write_text(json.dumps(cost))
    os._exit(0)


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _megabytes() -> int:
    """The most memory that this process has had; where nothing says that, of it and those that it was forked from."""
    try:
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        peak = None
    if peak:
        return int(peak[1]) // 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024**2 if sys.platform == "darwin" else most // 1024
