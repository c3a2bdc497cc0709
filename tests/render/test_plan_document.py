from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.domain.model import FieldChange
from gemspec.domain.plan import Action, Plan
from gemspec.domain.project import Identity
from gemspec.reports.plan import digest, json_text

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_every_plan_is_described_by_the_schema(case, plan, document):
    """What is printed as JSON validates, read back from its text."""
    VALIDATOR.validate(json.loads(json_text(document(plan))))


def test_warnings_are_in_the_document(cases, document):
    """A warning keeps its place; a warning without a place has no file."""
    there = Problem("few examples", "add some", Origin("a.yaml", 3, 5, "/spec"), Severity.WARNING)
    entries = document(cases["create"], warnings=[there, Problem("odd", severity=Severity.WARNING)])
    VALIDATOR.validate(entries)
    assert [(warning["file"], warning["line"], warning["summary"]) for warning in entries["warnings"]] == [
        ("a.yaml", 3, "few examples"),
        (None, 0, "odd"),
    ]


@pytest.mark.parametrize(
    ("case", "actions"),
    [
        ("create", ["create"]),
        ("replace-and-delete", ["create", "delete"]),
        ("replace-and-keep", ["create"]),
        ("update", ["update"]),
        ("promote", ["update"]),
        ("await", ["no-op"]),
        ("delete", ["delete"]),
        ("forget", ["forget"]),
        ("prune", ["no-op"]),
        ("failed", ["no-op"]),
        ("no-changes", ["no-op"]),
    ],
)
def test_actions_are_terraforms(case, actions, cases, document):
    """A policy written for Terraform plans reads the actions of a key."""
    assert document(cases[case])["resource_changes"][0]["change"]["actions"] == actions


def test_counting_entries_gives_the_summary(case, plan, document):
    """Every created, deleted or forgotten model is the action of one entry, so that a policy can count them."""
    made = document(plan)
    actions = [action for entry in made["resource_changes"] for action in entry["change"]["actions"]]
    counts = made["counts"]
    assert (actions.count("create"), actions.count("delete"), actions.count("forget")) == (
        counts["add"],
        counts["destroy"],
        counts["forget"],
    )


def test_other_generations_are_deposed(cases, document):
    """The serving generation is the entry of the key; other generations have entries with their train hashes."""
    entries = document(cases["delete"])["resource_changes"]
    assert [(entry["address"], entry.get("deposed")) for entry in entries] == [
        ("tuned_model.old-bot", None),
        ("tuned_model.old-bot (deposed 222222222222)", "2" * 12),
        ("tuned_model.old-bot (deposed 111111111111)", "1" * 12),
    ]


def test_replacement_names_the_fields_that_force_it(cases, document):
    """Only fields that a training fixes force the next generation."""
    entry = document(cases["replace-and-keep"])["resource_changes"][0]
    assert entry["change"]["replace_paths"] == [["tuningTask", "trainingData"]]
    assert entry["action_reason"] == "replace_because_cannot_update"


def test_names_that_the_service_makes_are_unknown(cases, document):
    """Where the service chooses ids, the name of a new model is left out and listed as unknown."""
    key = cases["create"].keys[0]
    steps = tuple(replace(step, name=None) for step in key.steps)
    change = document(Plan("o", (replace(key, steps=steps),), steps))["resource_changes"][0]["change"]
    assert "name" not in change["after"]
    assert change["after_unknown"] == {"name": True}


def test_a_parent_without_a_name_is_unknown(cases, document):
    """A child of a model that is still to be made does not know its source's name."""
    key = cases["create"].keys[0]
    after = {"tunedModelSource": {"tunedModel": "(known after apply)"}, "description": "(known after apply)"}
    change = document(Plan("o", (replace(key, after=after),), key.steps))["resource_changes"][0]["change"]
    assert change["after_unknown"] == {"tunedModelSource": {"tunedModel": True}}
    assert change["after"]["description"] == "(known after apply)"


def test_blocked_plans_are_not_applyable(cases, document):
    """A block blocks the whole plan; a failed training only makes it incomplete."""
    assert (document(cases["blocked"])["applyable"], document(cases["blocked"])["complete"]) == (False, False)
    assert (document(cases["failed"])["applyable"], document(cases["failed"])["complete"]) == (True, False)
    assert (document(cases["create"])["applyable"], document(cases["create"])["complete"]) == (True, True)
    assert not document(cases["named-only"])["complete"]


def test_document_has_no_git_commit(cases, document):
    """The commit in a marker is never compared, so the document does not hold it."""
    assert "3c59dc0" not in json_text(document(cases["create"]))


def test_digest_can_be_computed_from_the_document(case, plan, document):
    """A program that reads the document can check its digest, also after a trip through JSON."""
    made = document(plan)
    assert digest(json.loads(json_text(made))) == made["digest"]


def test_digest_stays_where_the_same_would_be_done(cases, document):
    """Foreign models, version, credential, notes, progress and a training that has ended do not change it."""
    plan = cases["everything"]
    first = document(plan)["digest"]
    others = replace(plan, seen=7, ours=3, keys=tuple(replace(key, notes=("x",)) for key in plan.keys))
    done = replace(plan, steps=tuple(step for step in plan.steps if step.action is not Action.AWAIT))
    assert document(others)["digest"] == first
    assert document(done)["digest"] == first
    assert document(replace(plan, steps=plan.steps[::-1]))["digest"] == first
    identity = Identity("emulator", ".gemspec/emulator.db", "somebody else")
    assert document(plan, identity, version="9.9.9")["digest"] == first


def test_digest_changes_with_what_would_be_done(cases, document):
    """Owner, service, and every part of a step that says what is written, to which model, change it."""
    plan = cases["update"]
    (step,) = plan.steps
    changed = [
        replace(step, changes=(*step.changes, FieldChange(("topP",), None, 0.5))),
        replace(step, changes=step.changes[1:]),
        replace(step, train="f" * 12),
        replace(step, key="other"),
        replace(step, name="tunedModels/other"),
        replace(step, action=Action.DELETE),
        replace(step, marker=step.live.marker),
        replace(step, marker=replace(step.live.marker, protect=True)),
    ]
    plans = [plan, replace(plan, owner="else"), *(replace(plan, steps=(other,)) for other in changed)]
    digests = [document(other)["digest"] for other in plans]
    digests.append(document(plan, Identity("gemini", ".gemspec/emulator.db", ""))["digest"])
    digests.append(document(plan, Identity("emulator", "elsewhere", ""))["digest"])
    assert len(set(digests)) == len(digests)


def test_a_create_shows_every_setting_that_it_writes(cases, document):
    """Settings that are carried over or equal, too, so that the digest covers them."""
    (step,) = (entry for entry in document(cases["replace-and-keep"])["steps"] if entry["action"] == "create")
    assert [change["path"] for change in step["changes"]] == ["displayName", "temperature", "tuningTask.trainingData"]
