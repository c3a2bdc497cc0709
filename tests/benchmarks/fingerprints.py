"""How fast training data is fingerprinted for the first time, and how much memory that takes."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import projects
from measure import Row, Run, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1_000_000
SIZES = (4, 400)  # megabytes: the largest file of the Gemini API, and one for Vertex AI
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
    """Validate a project of one large file, without and with what is remembered of it."""
    for size in SIZES:
        here = folder / f"data{size}" / "project"
        _make(here, size)
        cache, command = here.parent / "cache", [sys.executable, "-m", "gemspec", "validate"]
        first: list[Run] = []
        for _ in range(runs):
            shutil.rmtree(cache, ignore_errors=True)
            first.append(run(command, here))
        row = Row.of(f"fingerprint of {size} MB of JSONL, first time", first)
        yield Row.of(row.what, first, rate=size / row.seconds)
        yield Row.of(f"fingerprint of {size} MB of JSONL, unchanged", [run(command, here) for _ in range(runs)])


def _make(folder: Path, megabytes: int) -> None:
    folder.mkdir(parents=True)
    (folder / "gemspec.yaml").write_text(PROJECT)
    (folder / "large.yaml").write_text(MODEL)
    left, number = megabytes * MEGABYTE, 0
    with (folder / "data.jsonl").open("w") as file:
        while left > 0:
            turns = [
                {
                    "role": "user",
                    "parts": [{"text": f"Summarize ticket {number}: " + "the printer does not print. " * 30}],
                },
                {"role": "model", "parts": [{"text": f"Ticket {number} is about a printer. " * 10}]},
            ]
            left -= file.write(json.dumps({"contents": turns}) + "\n")
            number += 1
    projects._age(folder)
