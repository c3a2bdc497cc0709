"""`gemspec init` writes a project that works, and never overwrites."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from gemspec import cli
from gemspec.cli.commands.init import FILES, owner_name
from gemspec.identity.hashing import OWNER_PATTERN
from gemspec.manifest import load


def test_it_validates_without_a_word(tmp_path):
    """No error and no warning; at least the twenty examples that are advised."""
    assert cli.run(["init", str(tmp_path / "bots")]) == 0
    workspace = load([str(tmp_path / "bots")])
    assert workspace.warnings == ()
    assert workspace.project.owner == "bots"
    assert [model.dataset.examples >= 20 for model in workspace.desired] == [True]


def test_gemini_is_warned_only_of_what_google_retired(tmp_path):
    """There is no base model to tune that Google has not retired."""
    assert cli.run(["init", str(tmp_path), "--provider", "gemini", "--name", "bots"]) == 0
    workspace = load([str(tmp_path)])
    assert (workspace.project.provider, workspace.project.owner) == ("gemini", "bots")
    assert [problem for problem in workspace.warnings if "retired" not in problem.summary] == []


def test_vertex_validates_without_a_word(tmp_path):
    """What it needs otherwise is its own; the data are the same."""
    assert cli.run(["init", str(tmp_path / "bots"), "--provider", "vertex"]) == 0
    assert cli.run(["init", str(tmp_path / "others")]) == 0
    workspace = load([str(tmp_path / "bots")])
    assert workspace.warnings == ()
    assert (workspace.project.provider, workspace.project.owner) == ("vertex", "bots")
    assert [model.dataset for model in workspace.desired] == [
        model.dataset for model in load([str(tmp_path / "others")]).desired
    ]


def test_this_folder_is_the_default(tmp_path, monkeypatch, capsys):
    """Then there is no `cd` to do next."""
    (tmp_path / "my-bots").mkdir()
    monkeypatch.chdir(tmp_path / "my-bots")
    assert cli.run(["init"]) == 0
    said = capsys.readouterr().out
    assert "Project my-bots" in said
    assert "cd " not in said
    assert {str(path.relative_to(Path.cwd())) for path in Path.cwd().rglob("*") if path.is_file()} == set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_overwritten(file, tmp_path, capsys):
    """Whichever file exists, even as a link that leads nowhere: it stays, and no other is written."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(tmp_path / "nowhere", path)
    assert cli.run(["init", str(tmp_path)]) == 1
    assert file in capsys.readouterr().err.replace("\n  ", "")
    assert [file for file in tmp_path.rglob("*") if file.is_symlink() or file.is_file()] == [path]


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    """A sentence, no traceback."""
    (tmp_path / "models").write_text("")
    assert cli.run(["init", str(tmp_path), "--name", "bots"]) == 1
    assert "number-generator.yaml cannot be written" in capsys.readouterr().err.replace("\n  ", " ")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("support-bots", "support-bots"),
        ("Support Böts (2)", "support-bots-2"),
        ("2024_bots", "bots"),
        ("a" * 50, "a" * 30),
        ("a" * 29 + "-bots", "a" * 29),
        ("model-zoo", "model-zoo"),
        ("tests-of-tone", "tests-of-tone"),
    ],
)
def test_the_name_is_the_folders_made_valid(folder, name, tmp_path):
    """As much of it as a name can hold."""
    assert owner_name(tmp_path / folder) == name
    assert re.fullmatch(OWNER_PATTERN, name)


NAMELESS = [
    *("models", "My Models", "src", "gemspec", "project-2", "App", "main", "master", "repo", "code", "test", "tmp"),
    *("home", "work", "tuned_models", "東京", "42", "x"),
]


@pytest.mark.parametrize("folder", NAMELESS)
def test_a_folder_that_says_nothing_names_no_project(folder, tmp_path, monkeypatch, capsys):
    """Without a terminal it is an error with the flag to give, and nothing is written. A parent's name helps nobody."""
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    assert cli.run(["init"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "says nothing about the project" in said
    assert "gemspec init --name support-bots" in said
    assert list(Path.cwd().iterdir()) == []
    assert cli.run(["init", "--name", "support-bots"]) == 0


@pytest.mark.parametrize(("answer", "owner"), [("team-bots\n", "team-bots"), ("9lives\n", None), ("", None)])
def test_a_person_is_asked_for_the_name(answer, owner, tmp_path, monkeypatch, capsys):
    """On a terminal. A name that cannot be is refused, and writes nothing."""
    stdin = io.StringIO(answer)
    stdin.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", stdin)
    assert cli.run(["init", str(tmp_path / "models")]) == (0 if owner else 1)
    assert "the folder's name (models) says nothing about the project" in capsys.readouterr().out
    if owner:
        assert load([str(tmp_path / "models")]).project.owner == owner
    else:
        assert not (tmp_path / "models").exists()
