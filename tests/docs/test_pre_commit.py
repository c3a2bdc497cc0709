"""The hook for pre-commit: it runs a command that there is, whenever a file that gemspec reads has changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gemspec import cli
from gemspec.manifest.data.readers import READERS

[HOOK] = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_it_has_what_pre_commit_asks_for():
    """And an environment of its own, with gemspec in it."""
    assert {"id", "name", "entry", "language"} <= set(HOOK)
    assert (HOOK["id"], HOOK["language"]) == ("gemspec-validate", "python")


def test_it_checks_the_project_and_not_the_files_that_changed(tmp_path, monkeypatch):
    """Manifests refer to each other and to data, so a part of them cannot be checked alone."""
    assert HOOK["pass_filenames"] is False
    program, *words = HOOK["entry"].split()
    assert program == "gemspec"
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init", "--name", "first", "."]) == 0
    assert cli.run(words) == 0
    (tmp_path / "models" / "number-generator.yaml").write_text("a: [")
    assert cli.run(words) == 1


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json", *READERS])
def test_it_runs_for_every_kind_of_file(suffix):
    """Manifests and data alike, and not for others."""
    assert re.search(HOOK["files"], f"data/a{suffix}")
    assert not re.search(HOOK["files"], f"data/a{suffix}.md")
