"""The models that `gemspec check` runs checks on, its messages where there is none, and its output without ticks."""

from __future__ import annotations

import io
import sys

import pytest

from gemspec import cli
from gemspec.cli.commands import check
from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel, DesiredModel, LiveModel, State
from gemspec.domain.training_data import Dataset

BASE = BaseModel("models/gemini-1.0-pro-001")
DESIRED = DesiredModel("a", BASE, Dataset("0" * 64, 1))
FILES = {
    "gemspec.yaml": "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n",
    "a.yaml": """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {examples: [{textInput: x, output: y}]}}
  checks: [{prompt: x, expect: {equals: z}}]
""",
}


def live(number: int, *, serving: int | None = None, state: str = "ACTIVE", at: str = "", **marker) -> LiveModel:
    mark = Marker("team", marker.pop("key", "a"), f"{number:012}", "0" * 12, 1, serving=serving, **marker)
    return LiveModel(f"tunedModels/{number}", State(state), BASE, mark, create_time=at)


SERVING, RETIRED = live(1, serving=2), live(2, serving=1)
OLD, NEW = live(9, at="2026-01-01T00:00:00Z"), live(3, at="2026-01-02T00:00:00Z")


@pytest.mark.parametrize(
    ("models", "asked"),
    [
        ([], {}),
        ([SERVING], {"serving": 1}),
        ([RETIRED, SERVING, OLD], {"serving": 1, "candidate": 9}),
        ([NEW, OLD], {"candidate": 3}),
        ([live(4, attempt=1), live(3, attempt=2)], {"candidate": 3}),
        ([live(4, state="CREATING"), live(5, state="FAILED"), live(6, state="UNKNOWN")], {}),
        ([live(4, serving=7, state="CREATING"), SERVING], {"serving": 1}),
        ([live(4, key="b"), live(5, serving=1, key="b")], {}),
    ],
)
def test_the_serving_model_and_the_newest_candidate_are_checked(models, asked):
    """No model that trains, failed or retired, and none of another key."""
    found = check._to_ask(DESIRED, take_inventory(models, "team"))
    assert found == {role: f"tunedModels/{number}" for role, number in asked.items()}


def test_a_key_that_is_to_be_moved_is_checked_by_its_old_name():
    desired = DesiredModel("b", BASE, Dataset("0" * 64, 1), moved_from=("a",))
    assert check._to_ask(desired, take_inventory([SERVING], "team")) == {"serving": SERVING.name}


@pytest.mark.parametrize(
    ("models", "summary"),
    [
        ([], "a has no model to ask yet"),
        (
            [live(1, state="CREATING"), live(2, state="FAILED")],
            "a has no model to ask yet: its training is in progress",
        ),
        ([live(1, state="FAILED")], "a has no model to ask: its training failed"),
    ],
)
def test_why_there_is_nothing_to_check(models, summary):
    error = check._no_model(DESIRED, take_inventory(models, "team"))
    assert error.summary == summary
    assert error.hint


@pytest.fixture
def folder(tmp_path, monkeypatch, service, clock):
    """A project with a candidate that fails its check."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["apply", "--auto-approve", "--no-wait"]) == 0
    clock.now += 10
    return tmp_path


@pytest.mark.parametrize(("encoding", "marks"), [("ascii", ("FAIL", "✗")), ("utf-8", ("✗", "FAIL"))])
@pytest.mark.parametrize("words", [["check"], ["apply", "--auto-approve"]], ids=" ".join)
def test_ticks_are_words_where_they_cannot_be_seen(folder, monkeypatch, words, encoding, marks):
    out = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.run(words) == 1
    out.flush()
    said = out.buffer.getvalue().decode(encoding)
    assert marks[0] in said
    assert marks[1] not in said
    assert "\\u2717" not in said


@pytest.mark.parametrize(("answer", "status"), [("yes", 0), ("no", 1), ("a", 1)])
def test_accepting_needs_a_confirmation(folder, monkeypatch, capsys, answer, status):
    """Only `yes` promotes it."""
    stdin = io.StringIO(f"{answer}\n")
    stdin.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", stdin)
    assert cli.run(["check", "--accept", "a"]) == status
    said = capsys.readouterr()
    assert "serve a, whatever its checks say? Only `yes` will be accepted." in said.out
    assert ("not confirmed, and nothing was done" in said.err) == (status == 1)
    assert cli.run(["output", "a"]) == status


def test_nothing_is_accepted_for_a_glob(folder, capsys):
    """KEY is a name, though a plan could take globs."""
    assert cli.run(["check", "--accept", "*", "--auto-approve"]) == 1
    assert "no manifest declares *" in capsys.readouterr().err


def test_a_project_without_checks_gets_a_message(folder, capsys):
    (folder / "a.yaml").write_text(FILES["a.yaml"].rpartition("  checks")[0], encoding="utf-8")
    assert cli.run(["check"]) == 0
    assert capsys.readouterr().out.startswith("No manifest has checks.")


def test_manifests_from_standard_input(tmp_path, monkeypatch, capsys):
    """A project with piped manifests gets a message; `-` reads them."""
    project = FILES["gemspec.yaml"].replace("provider: emulator", 'provider: emulator, manifests: ["-"]')
    (tmp_path / "gemspec.yaml").write_text(project)
    monkeypatch.chdir(tmp_path)
    assert cli.run(["check"]) == 1
    assert "the manifests of this project come from standard input, pipe them" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILES["a.yaml"].encode())))
    assert cli.run(["check", "-"]) == 0
    assert "a has checks, and no model to ask yet." in capsys.readouterr().out
