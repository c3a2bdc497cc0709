"""Every JSON document that a command prints is described by its schema, errors included."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

import httpx
import jsonschema
import pytest

from gemspec import cli
from gemspec.domain.marker import Absent
from gemspec.domain.model import BaseModel, LiveModel, State
from gemspec.reports.output import output_document

SCHEMAS = Path(__file__).parents[2] / "schemas"
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {examples: [{textInput: x, output: z}]}}
"""
UNMARKED = """{
  "baseModel": "models/gemini-1.0-pro-001",
  "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "x", "output": "z"}]}}}
}"""


def printed(*arguments: str) -> tuple[int, object]:
    """The exit status and the document on standard output."""
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
    """A single document, with or without errors."""
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


@pytest.mark.usefixtures("service")
def test_output(folder):
    """The names of what serves, whatever the manifests say."""
    cli.run(["apply", "--auto-approve", "--no-wait"])
    status, document = printed("output", "--format", "json")
    check(document, "output")
    assert status == 0


def test_output_of_several_resources():
    """On Vertex AI a model is several resources."""
    names = {"job": "tuningJobs/1", "model": "models/2@1", "endpoint": "endpoints/3"}
    model = LiveModel("tuningJobs/1", State.ACTIVE, BaseModel("gemini-2.5-flash"), Absent(), resources=names)
    document = output_document({"a": model})
    check(document, "output")
    assert document == {"a": names}


def test_check(folder):
    """The checks that were run, if any; or the errors in their place."""
    status, document = printed("check", "--format", "json")
    check(document, "checks" if folder == MODEL else "errors")
    assert status == (0 if folder == MODEL else 1)


@pytest.mark.parametrize(("expected", "status"), [("z", 0), ("y", 1)])
def test_check_of_a_model(expected, status, service, clock, tmp_path, monkeypatch):
    """A single document, passed or not, and an exit status for scripts."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    checks = f"  checks: [{{prompt: x, expect: {{equals: {expected}}}}}]\n"
    (tmp_path / "a.yaml").write_text(MODEL + checks, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["apply", "--auto-approve", "--no-wait"]) == 0
    clock.now += 10
    found, document = printed("check", "--format", "json", "a")
    check(document, "checks")
    assert (found, [model["passed"] for model in document["models"]]) == (status, [status == 0])


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("arguments", [(), ("--auto-approve", "--max-trainings", "0"), ("--events", "-")])
def test_apply_that_is_not_begun(arguments, folder):
    """Without a terminal, with a block or a mistake: the errors document."""
    status, document = printed("apply", "--format", "json", *arguments)
    check(document, "errors")
    assert status == 1


@pytest.mark.usefixtures("service")
def test_import(folder, clock):
    """What was written, with what was left out, and what was not; or the errors."""
    body = {**json.loads(UNMARKED), "displayName": "x"}
    for name in ("faq", "late"):
        url = f"{os.environ['GEMSPEC_ENDPOINT']}/v1beta/tunedModels?tunedModelId={name}"
        httpx.post(url, json=body).raise_for_status()
        clock.now += 9
    status, document = printed("import", "--all", "--format", "json")
    if "baseModell" not in folder:
        check(document, "import")
        assert [entry["file"] for entry in document["written"]] == ["faq.yaml"]
        assert [entry["tunedModel"] for entry in document["skipped"]] == ["tunedModels/late"]
        status, document = printed("import", "--format", "json", "faq")
    check(document, "errors")
    assert status == 1


@pytest.mark.parametrize(
    "arguments", [("plan", "--nope"), ("status", "zzz"), ("output", "zzz"), ("plan", "nowhere"), ("check", "zzz")]
)
def test_errors(arguments, tmp_path, monkeypatch):
    """Wrong flags and unknown keys, too."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, document = printed(arguments[0], "--format", "json", *arguments[1:])
    check(document, "errors")
    assert status == 1
