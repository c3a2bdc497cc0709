"""How fast training data is fingerprinted for the first time, and how much memory that takes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import projects
from measure import Row, run
from service import GEMSPEC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1_000_000
SMALL, LARGE = 4, 1_000  # megabytes: the largest file of the Gemini API, and that of Vertex AI
GOAL = "250 MB/s, constant memory"
PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: bench}
spec: {provider: emulator, vertex: {project: my-project, location: us-central1, bucket: my-bucket}}
"""
MODEL = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: large}
spec:
  baseModel: gemini-2.5-flash
  tuningTask: {hyperparameters: {epochCount: 1}, trainingData: {files: [data.jsonl]}}
"""


def rows(folder: Path, runs: int) -> Iterator[Row]:
    """Validate a project with a single file, of each form, without and with the cache."""
    command = [*GEMSPEC, "validate"]
    for form, size in (("text", SMALL), ("text", LARGE), ("contents", LARGE), ("of four turns", LARGE)):
        here = folder / f"{form} {size}" / "project"
        _make(here, form, size)
        what, cache = f"{size:,} MB {form}", here.parent / "cache"
        first = []
        for _ in range(runs):
            shutil.rmtree(cache, ignore_errors=True)
            first.append(run(command, here))
        yield Row.of(f"fingerprint, {what}", first, GOAL, megabytes=size if size == LARGE else None)
    yield Row.of(f"fingerprint, {what}, unchanged", [run(command, here) for _ in range(runs)], "no read")


def _make(folder: Path, form: str, megabytes: int) -> None:
    folder.mkdir(parents=True)
    (folder / "gemspec.yaml").write_text(PROJECT)
    (folder / "large.yaml").write_text(MODEL)
    left, number = megabytes * MEGABYTE, 0
    with (folder / "data.jsonl").open("w") as file:
        while left > 0:
            left -= file.write(json.dumps(_row(form, number)) + "\n")
            number += 1
    projects.age(folder)


def _row(form: str, number: int) -> dict[str, Any]:
    """An example of about 1,200 characters."""
    asked = f"Summarize ticket {number}: " + "the printer does not print. " * 30
    answered = f"Ticket {number} is about a printer. " * 10
    if form == "text":
        return {"textInput": asked, "output": answered}
    between = [] if form == "contents" else [("model", "Which one?"), ("user", "The one below.")]
    turns = [("user", asked), *between, ("model", answered)]
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}
