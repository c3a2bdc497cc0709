"""Every broken input is explained, by every command, and none ends in a traceback.

`GEMSPEC_UPDATE_GOLDEN=1 pytest tests/badinput` writes the goldens. Read each of them: is it true, and does it say what
to write?
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from gemspec import cli
from gemspec.emulator import create_app

from .corpus import HERE, Case, cases
from .generated_cases import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = cases()
SCHEMAS = HERE.parents[1] / "schemas"
FAULTS = ("Traceback", "in a way that it should not")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in the folder of a case, which has a folder above it."""
    (tmp_path / "secret.jsonl").write_text('{"textInput": "SECRET", "output": "SECRET"}\n')
    (tmp_path / "secret.yaml").write_text(MODEL.replace("support", "SECRET"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")

    def run_one(*arguments: str) -> Said:
        status = cli.run(arguments)
        said = capfd.readouterr()
        for fault in FAULTS:
            assert fault not in said.out + said.err, arguments
        return Said(status, said.out, said.err)

    return run_one


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emulator's database, which tests copy, since making it takes time."""
    folder = tmp_path_factory.mktemp("emulator")
    create_app(folder / "emulator.db").state.store.close()
    return folder


@cache
def schema(name: str) -> jsonschema.Draft202012Validator:
    """The schema of a document."""
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}-{case.name}")
def test_explained(case: Case, run: Callable[..., Said]) -> None:
    """`validate` prints the golden text: each problem at its place, with its line, and what to write."""
    case.lay_out(Path())
    said = run("validate")
    assert (said.status, said.out) == (1, "")
    if os.environ.get("GEMSPEC_UPDATE_GOLDEN"):
        case.golden.parent.mkdir(parents=True, exist_ok=True)
        case.golden.write_text(said.err)
    assert said.err == case.golden.read_text()
    assert "SECRET" not in said.err
    assert said.err.replace("\n", "").isprintable()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}-{case.name}")
def test_every_command(case: Case, run: Callable[..., Said]) -> None:
    """No command that reads files gets past them: exit status 1, the same problems everywhere, nothing sent."""
    case.lay_out(Path())
    golden = case.golden.read_text()
    assert run("plan") == run("apply", "--auto-approve") == Said(1, "", golden)
    validated, planned = run("validate", "--format", "json"), run("plan", "--format", "json")
    assert (validated.status, planned.status, validated.err + planned.err) == (1, 1, "")
    schema("validation").validate(validated.document)
    schema("errors").validate(planned.document)
    assert not validated.document["valid"]
    errors = [entry for entry in planned.document["errors"] if entry["severity"] == "error"]
    assert errors == validated.document["errors"]
    assert not Path(".gemspec").exists()  # no service was opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}-{case.name}")
def test_commands_that_read_the_project_alone(case: Case, run: Callable[..., Said], emulator: Path) -> None:
    """`status`, `output` and `ask` fail where the project file is wrong, and ignore the manifests otherwise."""
    case.lay_out(Path())
    shutil.copytree(emulator, ".gemspec")
    wanted = 1 if case.breaks_project else 0
    # Both formats where the project file decides; elsewhere one of each, since a command with a service takes its time.
    commands = [["status"], ["output", "--format", "json"]]
    commands += [["status", "--format", "json"], ["output"]] if case.breaks_project else []
    for command in commands:
        said = run(*command)
        assert said.status == wanted, command
        if "json" in command and wanted:
            schema("errors").validate(said.document)
    asked = run("ask", "support", "hello")
    assert asked.status == 1
    assert ("has no model support" in asked.err) is not case.breaks_project


def test_the_corpus_is_large_and_kept() -> None:
    """At least 80 inputs, and no golden file without a case."""
    assert len(CASES) >= 80
    assert set((HERE / "expected").rglob("*.txt")) == {case.golden for case in CASES}


def test_every_golden_says_what_to_write() -> None:
    """Every problem says what to write: it has a place or is about the arguments, and something after the comma."""
    for case in CASES:
        for line in case.golden.read_text().splitlines():
            if re.match(r"\S", line) and not re.fullmatch(r"\d+ errors?(, \d+ warnings?)?", line):
                assert ", " in line, case
