"""`status --data` and `data prune` for programs: documents by their schemas, and nothing that is not asked for."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from gemspec.util.schema_files import load

from .language import play

ORPHANS = """
    a says one
    $ apply
    somebody stores gemspec/team/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: two
    8 days later
    somebody stores gemspec/team/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd: two
"""


def document(stage, *words, kind):
    """What a command prints, held against its schema."""
    stage.run(list(words))
    found = json.loads(stage.said[stage.said.index("{") :])
    assert list(Draft202012Validator(load(kind)).iter_errors(found)) == []
    return found


def test_status(make_stage):
    """With --data alone."""
    stage = make_stage("vertex")
    play(stage, ORPHANS)
    assert document(stage, "status", "--format", "json", kind="Status")["data"] is None
    found = document(stage, "status", "--data", "--format", "json", kind="Status")["data"]
    assert found["folder"] == "gs://my-bucket/gemspec/team/"
    names = [(entry["name"], entry["prunable"], entry["age_seconds"] // (24 * 3600)) for entry in found["objects"]]
    assert names == [
        ("cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.jsonl", True, 8),
        ("dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.jsonl", False, 0),
    ]


def test_prune(make_stage):
    """What became of every object, with what it is kept for."""
    stage = make_stage("vertex")
    play(stage, ORPHANS)
    found = document(stage, "data", "prune", "--format", "json", kind="Data")
    outcomes = {entry["name"][:6]: (entry["outcome"], len(entry["users"])) for entry in found["objects"]}
    assert outcomes.pop("cccccc") == ("deleted", 0)
    assert outcomes.pop("dddddd") == ("kept", 0)
    assert [*outcomes.values()] == [("kept", 1)]
    assert (found["days"], found["exit_status"], stage.status) == (7, 0, 0)
    again = document(stage, "data", "prune", "--format", "json", kind="Data")
    assert {entry["outcome"] for entry in again["objects"]} == {"kept"}


def test_prune_that_fails(make_stage):
    """The rest is deleted, and the exit status is 1."""
    stage = make_stage("vertex")
    play(stage, ORPHANS)
    stage.service.refuses[
        "/storage/v1/b/my-bucket/o/gemspec/team/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.jsonl"
    ] = 403
    found = document(stage, "data", "prune", "--format", "json", kind="Data")
    [failed] = [entry for entry in found["objects"] if entry["outcome"] == "failed"]
    assert "not today" in failed["error"]
    assert (found["exit_status"], stage.status) == (1, 1)
    stage.run(["data", "prune"])
    assert stage.status == 1
    assert "cccc.jsonl was not deleted" in " ".join(stage.said.split())


def test_nothing_is_deleted_where_the_policy_does_not_allow_the_bucket(make_stage):
    """The places of a policy from outside the checkout count for what deletes, too."""
    stage = make_stage("vertex")
    play(stage, ORPHANS)
    before = stage.there.uploads("team")
    text = (stage.here / "gemspec.yaml").read_text()
    places = "  policy: {places: {projects: [my-project], buckets: [other-bucket]}}"
    (stage.here / "policy.yaml").write_text(f"{text.replace('my-bucket', 'other-bucket')}{places}\n")
    stage.run(["data", "prune", "--auto-approve", "--policy-from", "policy.yaml"])
    assert stage.status == 1
    assert 'the bucket "my-bucket" is not allowed' in stage.said
    assert stage.there.uploads("team") == before


def test_nothing_is_deleted_unasked(make_stage):
    """Without a terminal to ask at."""
    stage = make_stage("vertex")
    play(stage, ORPHANS)
    before = stage.there.uploads("team")
    for words in (["data", "prune"], ["data", "prune", "--format", "json"]):
        stage.run(words, asks=False)
        assert stage.status == 1
        assert "cannot ask for approval" in " ".join(stage.said.split())
    assert stage.there.uploads("team") == before


@pytest.mark.parametrize("words", [["status", "--data"], ["data", "prune"]])
def test_a_service_without_a_bucket(make_stage, words):
    """The document says so, and the exit status is 0."""
    stage = make_stage("gemini")
    play(stage, "a says one\n$ apply")
    kind = "Status" if words[0] == "status" else "Data"
    found = document(stage, *words, "--format", "json", kind=kind)
    assert (found["data"] if kind == "Status" else found)["folder"] is None
    assert stage.status == 0
