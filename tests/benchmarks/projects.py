"""Projects of any number of models, each of 15 examples, as the figures of peers are for."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = 15
APPLY = ("apply", "--auto-approve")
PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: bench}
spec: {provider: emulator, policy: {maxTrainings: 100000}}
"""
MODEL = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {{name: {key}}}
spec:
  displayName: Model {number}
  description: The model of number {number}
  baseModel: models/gemini-1.5-flash-001-tuning
  temperature: {temperature}
  topP: 0.9
  topK: 40
  tuningTask:
    hyperparameters: {{epochCount: 5, batchSize: 4, learningRate: 0.001}}
    trainingData:
"""


def make(folder: Path, models: int, *, inline: bool = False, temperature: float = 0.5) -> Path:
    """Write a project with a file a manifest. Data is in JSONL files or inline. Equal numbers make equal data."""
    folder.mkdir(parents=True)
    (folder / "gemspec.yaml").write_text(PROJECT)
    for number in range(models):
        key = f"model-{number:05d}"
        examples = [(f"question {n} of {number}: {number} + {n}?", str(number + n)) for n in range(EXAMPLES)]
        text = MODEL.format(key=key, number=number, temperature=temperature)
        if inline:
            pairs = (f'        - textInput: "{given}"\n          output: "{wanted}"\n' for given, wanted in examples)
            text += "      examples:\n" + "".join(pairs)
        else:
            text += f"      files: [{key}.jsonl]\n"
            rows = (json.dumps({"textInput": given, "output": wanted}) + "\n" for given, wanted in examples)
            (folder / f"{key}.jsonl").write_text("".join(rows))
        (folder / f"{key}.yaml").write_text(text)
    age(folder)
    return folder


def age(folder: Path) -> None:
    """Wait until every file has been at rest for as long as files in a repository have: data of young files is read
    again by every plan."""
    youngest = max(entry.stat().st_ctime for entry in os.scandir(folder))
    time.sleep(max(0.0, youngest + 2.5 - time.time()))
