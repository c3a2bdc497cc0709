"""Warnings: what is right as far as it goes, and probably not meant. The tables are meant to be read top to bottom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gemspec.errors import Severity
from gemspec.manifest import load

from .workbench import PROJECT, model, write

if TYPE_CHECKING:
    from pathlib import Path

FEW = "20 or more are advised, 100 to 500 recommended"


def rows(*pairs: tuple[str, str], fill: int = 0) -> str:
    """JSON Lines of these examples, and of so many others."""
    pairs = (*pairs, *((f"in {number}", f"out {number}") for number in range(fill)))
    return "".join(f"{json.dumps({'textInput': given, 'output': wanted})}\n" for given, wanted in pairs)


def warnings() -> list[str]:
    """What a person is advised in the current folder."""
    found = load().warnings
    assert all(problem.severity is Severity.WARNING for problem in found)
    return [str(problem) for problem in found]


DATA = {
    "nothing to say": (rows(fill=20), []),
    "few examples": (rows(fill=19), [f"m.yaml:6:33: warning: only 19 examples, {FEW}"]),
    "one example": (rows(fill=1), [f"m.yaml:6:33: warning: only 1 example, {FEW}"]),
    "an example twice": (
        rows(("a", "b"), ("a", "b"), fill=20),
        ["d.jsonl:2: warning: this example repeats an earlier one (line 1), keep one, unless it is to weigh more"],
    ),
    "many examples twice": (
        rows(*[("a", "b")] * 9, fill=20),
        [
            "d.jsonl:2: warning: 8 examples repeat an earlier one "
            "(lines 2, 3, 4 and 5 more; the first repeats line 1), keep one, unless it is to weigh more"
        ],
    ),
    "two answers": (
        rows(("a", "b"), ("a", "c"), ("x", "y"), ("a", "d"), fill=20),
        [
            "d.jsonl:2: warning: 2 examples have the input of an earlier one, and another output "
            "(lines 2 and 4; the first repeats line 1), a model cannot learn both: keep one"
        ],
    ),
    "blank text": (
        rows(("", "b"), ("c", " \n"), fill=20),
        [
            "d.jsonl:1: warning: 2 examples have an empty input or output (lines 1 and 2), "
            "write text, or remove the example"
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), DATA.values(), ids=DATA)
def test_data(here: Path, content: str, expected: list[str]) -> None:
    """Each kind is one line for each file, with the first places."""
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"files": ["d.jsonl"]}}), "d.jsonl": content})
    assert warnings() == expected


def test_data_of_several_files(here: Path) -> None:
    """What repeats an example of another file names that file."""
    files = {"a.jsonl": rows(("a", "b"), fill=20), "b.jsonl": rows(("a", "c"))}
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"files": sorted(files)}}), **files})
    assert warnings() == [
        "b.jsonl:1: warning: this example has the input of an earlier one, and another output (a.jsonl:1), "
        "a model cannot learn both: keep one"
    ]


def test_examples_of_a_manifest(here: Path) -> None:
    """Inline examples are looked at like those of files."""
    examples = [{"textInput": "a", "output": "b"}] * 2
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"examples": examples}})})
    assert warnings() == [
        f"m.yaml:6:33: warning: only 2 examples, {FEW}",
        "m.yaml:6:81: warning: this example repeats an earlier one (line 6), keep one, unless it is to weigh more",
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("learningRate", 0.001, None),
        ("learningRate", 0.5, "learningRate 0.5 is unusually large, 0.0001 to 0.01 is usual"),
        ("learningRate", 1e-7, "learningRate 1e-07 is unusually small, 0.0001 to 0.01 is usual"),
        ("learningRateMultiplier", 1, None),
        ("learningRateMultiplier", 50, "learningRateMultiplier 50 is unusually large, 0.1 to 10 is usual"),
    ],
)
def test_learning_rates(here: Path, name: str, value: float, expected: str | None) -> None:
    """A rate that is far from what people use is probably a slip."""
    task = {"hyperparameters": {name: value}, "trainingData": {"files": ["d.jsonl"]}}
    write(here, {"m.yaml": model(tuningTask=task), "d.jsonl": rows(fill=20)})
    assert [line.partition("warning: ")[2] for line in warnings()] == ([expected] if expected else [])


@pytest.mark.parametrize(("provider", "count"), [("gemini", 1), ("emulator", 0)])
def test_retired_models(here: Path, provider: str, count: int) -> None:
    """What Google has retired is told where it matters: the emulator still has it."""
    manifest = model(tuningTask={"trainingData": {"files": ["d.jsonl"]}})
    write(here, {"gemspec.yaml": PROJECT.replace("emulator", provider), "m.yaml": manifest, "d.jsonl": rows(fill=20)})
    found = warnings()
    assert len(found) == count
    assert all("Google has retired models/gemini-1.0-pro-001" in line for line in found)
