"""Warnings: what is right as far as it goes, and probably not meant. The tables are meant to be read top to bottom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gemspec.domain.errors import Severity
from gemspec.manifest import load

from .manifest_fixture import PROJECT, VERTEX, model, on_vertex, write

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


def test_a_file_that_is_named_twice(here: Path) -> None:
    """Its lines are counted once."""
    files = ["d.jsonl", "*.jsonl"]
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"files": files}}), "d.jsonl": rows(("", "b"), fill=20)})
    assert "2 examples have an empty input or output, write text" in warnings()[0]
    assert "21 examples repeat an earlier one (lines 1, 2, 3 and 18 more; the first repeats line 1)" in warnings()[1]


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
    """A retired model is reported on Google's services only: the emulator still has it."""
    manifest = model(tuningTask={"trainingData": {"files": ["d.jsonl"]}})
    write(here, {"gemspec.yaml": PROJECT.replace("emulator", provider), "m.yaml": manifest, "d.jsonl": rows(fill=20)})
    found = warnings()
    assert len(found) == count
    assert all("Google has retired models/gemini-1.0-pro-001" in line for line in found)


EPOCHS = "write one, such as 3: Vertex AI may choose many (40 was seen), and each costs as much as the first"


@pytest.mark.parametrize(
    ("hyperparameters", "expected"),
    [
        ({"epochCount": 3}, []),
        ({"learningRateMultiplier": 1}, [f"m.yaml:6:16: warning: epochCount is not set, {EPOCHS}"]),
        (None, [f"m.yaml:6:3: warning: epochCount is not set, {EPOCHS}"]),
    ],
)
def test_epochs(here: Path, hyperparameters: object, expected: list[str]) -> None:
    """On Vertex AI nobody knows how many it takes where a manifest does not say; on the Gemini API it is five."""
    task = {"hyperparameters": hyperparameters, "trainingData": {"files": ["d.jsonl"]}}
    task = {name: value for name, value in task.items() if value is not None}
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(tuningTask=task), "d.jsonl": rows(fill=20)})
    assert warnings() == expected
    write(here, {"m.yaml": model(tuningTask=task)})
    assert warnings() == []


def test_epochs_of_nothing_to_train(here: Path) -> None:
    """A model that is imported without data is never trained."""
    name = "projects/my-project/locations/us-central1/models/1"
    manifest = on_vertex(tuningTask={"hyperparameters": {}}, **{"import": {"tunedModel": name}})
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": manifest})
    assert warnings() == []


@pytest.mark.parametrize(("name", "count"), [("gemini-1.5-flash-002", 1), ("gemini-2.5-flash", 0)])
def test_retired_models_on_vertex(here: Path, name: str, count: int) -> None:
    """Each service has retired other models."""
    task = {"hyperparameters": {"epochCount": 3}, "trainingData": {"files": ["d.jsonl"]}}
    manifest = on_vertex(tuningTask=task, baseModel=f"publishers/google/models/{name}")
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": manifest, "d.jsonl": rows(fill=20)})
    found = warnings()
    assert len(found) == count
    assert all(f"Google has retired publishers/google/models/{name}, new trainings" in line for line in found)


def test_conversations(here: Path) -> None:
    """They are looked at like all examples; a system instruction counts as part of the prompt."""
    task = {"hyperparameters": {"epochCount": 3}, "trainingData": {"files": ["d.jsonl"]}}
    lines = [
        chat("a", "b", "c", "d"),
        chat("a", "b", "c", "e"),
        chat("a", "b", told="x"),
        chat("a", "c", told="y"),
        chat("", "b", told="z"),
        chat("long " * 110_000, "b"),
    ]
    data = "".join(f"{json.dumps(line)}\n" for line in lines) + rows(fill=20)
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(tuningTask=task), "d.jsonl": data})
    assert warnings() == [
        "d.jsonl:2: warning: this example has the input of an earlier one, and another output (line 1), "
        "a model cannot learn both: keep one",
        "d.jsonl:5: warning: this example has an empty input or output, write text, or remove the example",
        "d.jsonl:6: warning: this example is longer than about 131,072 tokens, "
        "Vertex AI leaves out or cuts what is longer: shorten it",
    ]


def chat(*turns: str, told: str | None = None) -> dict[str, object]:
    """A conversation of these texts, the user's first."""
    roles = ("user", "model") * len(turns)
    said = [{"role": role, "parts": [{"text": text}]} for role, text in zip(roles, turns, strict=False)]
    return {"contents": said} | ({"systemInstruction": {"parts": [{"text": told}]}} if told else {})
