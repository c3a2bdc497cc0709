"""What is too much is reported in one sentence, and costs no time: each limit is far above what anybody needs."""

from __future__ import annotations

import pytest

from gemspec.manifest.syntax import error_limits

from .manifest_fixture import PROJECT, model, problems, write


def test_globs_beyond_the_limit_are_not_matched(here):
    """Neither are other problems made of that nothing was searched."""
    project = PROJECT.rstrip().removesuffix("}") + ", manifests: [%s]}\n"
    write(here, {"gemspec.yaml": project % ("m.yaml, " * 1001), "m.yaml": model()})
    assert problems() == ["gemspec.yaml:4:39: manifests has 1,001 items, at most 1,000 are allowed"]
    write(here, {"gemspec.yaml": project % ("x" * 1001)})
    assert problems() == ["gemspec.yaml:4:40: manifests[0] has 1,001 characters, at most 1,000 are allowed"]


def test_documents_beyond_the_limit_are_not_read(here, monkeypatch):
    """It says so: whose they are, nobody knows."""
    monkeypatch.setattr("gemspec.manifest.syntax.yaml_reader.MAX_DOCUMENTS", 3)
    write(here, {"m.yaml": model() + "---\na: 1\n" * 3})
    (problem,) = problems()
    assert problem.startswith("m.yaml:")
    assert "documents, and what follows was not read, split it into several files" in problem


def test_only_the_first_names_are_guessed(here, monkeypatch):
    """The others are reported without a guess."""
    monkeypatch.setattr(error_limits, "MAX_GUESSED", 1)
    child = "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: %s}\nspec: {tunedModelSource: {key: parnet}, "
    child += 'tuningTask: {trainingData: {examples: [{textInput: "1", output: "2"}]}}}\n'
    write(here, {"m.yaml": "---\n".join([child % "b", child % "c", child % "parent-1"])})
    found = [problem for problem in problems() if "no manifest has the name" in problem]
    assert len(found) == 3
    assert sum("did you mean" in line for line in found) == 1


def test_rows_of_one_line_are_told_in_part(here):
    """They look like one row, and there may be hundreds of thousands."""
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"files": ["d.json"]}}), "d.json": f"[{'1,' * 5000}1]"})
    found = problems()
    assert any("and 4,901 more problems in this file" in line for line in found), found[-3:]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[{}, 1e999]", "d.json:1:6: this number is too large"),
        ('[\r\n{"textInput": "1",\r"output": "2"},\n{"a": 1, "a": 2}]', 'd.json:4:10: the field "a" stands here twice'),
        ('[{"textInput": "1"},', "d.json:1:21: a value is missing here"),
        ('[{"textInput": "1"}] x', "d.json:1:22: there is something after the end"),
        ("[" * 2000, "d.json:1:65: this is nested more than 64 levels deep"),
        ('[\n\n{"textInput": "1"}]', "d.json:3"),
    ],
)
def test_places_in_json_data(text, told, here):
    """Rows are read without a tree of places; what is wrong still has one."""
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"files": ["d.json"]}}), "d.json": text})
    assert [problem for problem in problems() if problem.startswith(told)], problems()
