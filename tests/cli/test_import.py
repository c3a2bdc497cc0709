"""`gemspec import --out -`, which scripts cannot show: a manifest has lines that look like theirs."""

from __future__ import annotations

import io
import json
import os
import sys

import httpx
import pytest

from gemspec import cli

PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = {
    "description": "no\x1b[31m\u202e",
    "baseModel": "models/gemini-1.0-pro-001",
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}},
}


@pytest.fixture
def folder(service, clock, tmp_path, monkeypatch):
    """A project on a service with a single model, which has no marker."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    url = f"{os.environ['GEMSPEC_ENDPOINT']}/v1beta/tunedModels?tunedModelId=faq"
    httpx.post(url, content=json.dumps(MODEL)).raise_for_status()
    clock.now += 10
    return tmp_path


@pytest.mark.parametrize("key", ["faq", "answers"])
def test_print_the_manifest(folder, key, monkeypatch, capsys):
    """Just that, in text that a terminal can show, and nothing in files; plan takes it from standard input."""
    assert cli.run(["import", "faq", "--out", "-", *(["--key", key] if key != "faq" else [])]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.replace("\n", "").isprintable()
    assert f"\n  name: {key}\n" in said.out
    assert os.listdir(folder) == ["gemspec.yaml"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said.out.encode()), "utf-8"))
    assert cli.run(["plan", "-"]) == 0
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy." in capsys.readouterr().out


def test_from_another_folder(folder, tmp_path_factory, monkeypatch, capsys):
    """With --project, which the next steps then need, too."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    project = str(folder / "gemspec.yaml")
    assert cli.run(["import", "faq", "--project", project]) == 0
    said = capsys.readouterr().out
    assert (folder / "faq.yaml").is_file()
    assert f"gemspec plan --project {project} " in said
    assert cli.run(["plan", "--project", project]) == 0
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy." in capsys.readouterr().out
