"""`validate` for code hosts: exit statuses are those of text, and files are named as the repository does."""

from __future__ import annotations

import json

import pytest

from gemspec import cli

PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {examples: [{textInput: x, output: z}]}}
"""
FORMATS = ("text", "json", "github", "sarif")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project folder in a repository."""
    folder = tmp_path / "repository" / "ml"
    folder.mkdir(parents=True)
    (folder / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "a.yaml").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    return folder


def said(capsys, *arguments):
    status = cli.run(["validate", *arguments])
    return status, capsys.readouterr()


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("text", [MODEL, MODEL.replace("baseModel", "baseModell"), "a: [", ""])
def test_the_status_does_not_depend_on_the_format(text, output_format, folder, capsys):
    """0 where the files can be used, 1 where they cannot, or where there are none."""
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    status, streams = said(capsys, "--format", output_format)
    assert status == (0 if text == MODEL else 1)
    assert (streams.err == "") is (output_format != "text")


@pytest.mark.parametrize("arguments", [["--nope"], ["nowhere"], ["--project", "nothing.yaml"]])
def test_every_failure_is_in_the_format(arguments, folder, capsys):
    """An error that has no place in a file is printed without a place."""
    status, streams = said(capsys, "--format=github", *arguments)
    assert (status, streams.err) == (1, "")
    assert streams.out.startswith("::error title=gemspec::")
    status, streams = said(capsys, *arguments, "--format", "sarif")
    [run] = json.loads(streams.out)["runs"]
    assert (status, streams.err, run["results"]) == (1, "", [])
    assert not run["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize("workspace", ["real", "link", "none", "elsewhere"])
def test_files_are_named_as_in_the_repository(workspace, folder, tmp_path, capsys, monkeypatch):
    """By GITHUB_WORKSPACE, also where that is a link; without it as text names them."""
    (folder / "a.yaml").write_text(MODEL.replace("baseModel", "baseModell"), encoding="utf-8")
    (tmp_path / "link").symlink_to(folder.parent)
    match workspace:
        case "link":
            monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "link"))
        case "none":
            monkeypatch.delenv("GITHUB_WORKSPACE")
        case "elsewhere":
            monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    name = "ml/a.yaml" if workspace in ("real", "link") else "a.yaml"
    _, streams = said(capsys, "a.yaml", "--format", "github")
    assert streams.out.startswith(f"::error file={name},line=5,col=3,title=gemspec::{name}:5:3: ")
    _, streams = said(capsys, "a.yaml", "--format", "sarif")
    place = json.loads(streams.out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == name


def test_the_last_format_counts(folder, capsys):
    """For errors, too, as for the command line itself."""
    status, streams = said(capsys, "--format", "sarif", "--nope", "--format", "json")
    assert status == 1
    assert json.loads(streams.out)["errored"]
    assert said(capsys, "--format", "sarif", "--format", "text")[1].out == "1 manifest of project team: valid.\n"
