"""Every JSON document that a command prints is described by its schema, errors included."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import jsonschema
import pytest

from gemspec import cli

SCHEMAS = Path(__file__).parents[2] / "schemas"
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {examples: [{textInput: x, output: z}]}}
"""


def printed(*arguments: str) -> tuple[int, object]:
    """The exit status and the one document on standard output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        status = cli.run(arguments)
    return status, json.loads(out.getvalue())


def check(document: object, name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.fixture(
    params=[MODEL, MODEL.replace("baseModel", "baseModell"), "a: [", ""], ids=["good", "typo", "bad", "none"]
)
def folder(request, tmp_path, monkeypatch):
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(request.param, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return request.param


def test_validate(folder):
    """Good or bad, one document."""
    status, document = printed("validate", "--format", "json")
    check(document, "validation")
    assert status == (0 if folder == MODEL else 1)


def test_plan(folder):
    """A plan, or the errors in its place."""
    status, document = printed("plan", "--format", "json")
    check(document, "plan" if folder == MODEL else "errors")
    assert status == (0 if folder == MODEL else 1)


def test_status(folder):
    """What the service holds, whatever the manifests say."""
    status, document = printed("status", "--format", "json")
    check(document, "status")
    assert status == 0


@pytest.mark.parametrize("arguments", [("plan", "--nope"), ("status", "zzz"), ("output", "zzz"), ("plan", "nowhere")])
def test_errors(arguments, tmp_path, monkeypatch):
    """Wrong flags and unknown keys, too."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, document = printed(arguments[0], "--format", "json", *arguments[1:])
    check(document, "errors")
    assert status == 1
