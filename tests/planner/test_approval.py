"""What a saved plan approves: the plan that was saved, what happened since, and what is stale in the next plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from support.approvals import READERS, WHERE, document, stale
from support.planner_dsl import carry_out, have, planned, want
from support.planner_strategies import GENEROUS, manifests, services

from gemspec.domain.model import ParentKey
from gemspec.domain.plan import Action
from gemspec.planner import messages
from gemspec.reports import approval
from gemspec.reports.plan import plan_document


def test_the_same_plan_is_approved():
    """With every kind of step."""
    live = [have("a"), have("b", "x", 1), have("b", "y", 2), have("c", settings={"temperature": 0.5}), have("d")]
    desired = [want("a", "y", keep=0), want("b", "x"), want("c", settings={"temperature": 0.2}), want("e", checks=1)]
    approved = document(live, desired)
    assert stale(approved, live, desired) == []
    assert approval.done(approved, approved) == 0


def test_a_lower_serving_number_is_no_difference():
    """The generation with the highest number was deleted before the create was refused."""
    ended = have("a", "y", 2, state="CREATING")
    approved = document([have("a"), ended], [want("a", "z")])
    assert stale(approved, [have("a")], [want("a", "z")]) == []
    assert stale(document([have("a")], [want("a", "z")]), [have("a"), ended], [want("a", "z")]) == [
        f"a: abandon {ended.name} was not approved: {messages.ABANDONED}",
        "a: create tunedModels/a-5aa37d0deb: its marker would say serving=3; approved is 2",
    ]


def test_checks_that_are_taken_out_are_missed():
    """A promotion was approved behind its checks."""
    live = [have("a"), have("a", "y", None)]
    approved = document(live, [want("a", "y", checks=1)])
    assert stale(approved, live, [want("a", "y")]) == [
        f"a: promote {live[1].name}: the checks are not those that were approved"
    ]


def test_settings_that_a_create_would_leave_out_are_missed():
    """A model without its temperature is another model."""
    approved = document([], [want("a", settings={"temperature": 0.2, "topK": 3})])
    assert stale(approved, [], [want("a", settings={"topK": 3})]) == [
        "a: temperature would not be set; approved is nothing -> 0.2"
    ]


def test_settings_that_are_set_already_are_not():
    """An update was carried out in part. A setting that is no longer declared does not count as carried out."""
    wanted = {"temperature": 0.2, "topK": 3}
    approved = document([have("a")], [want("a", settings=wanted)])
    assert stale(approved, [have("a", settings={"topK": 3})], [want("a", settings=wanted)]) == []
    assert stale(approved, [have("a")], [want("a", settings={"temperature": 0.2})]) == [
        "a: topK would not be set; approved is nothing -> 3"
    ]


def test_permissions():
    """Half of them set, the rest may be set. Leaving out a permission that is no longer declared needs approval."""
    live = [have("a", permissions=READERS[2:])]
    approved = document(live, [want("a", permit=READERS[:2])])
    half = [have("a", permissions=READERS[1:])]
    assert stale(approved, half, [want("a", permit=READERS[:2])]) == []
    assert stale(approved, live, [want("a", permit=())]) == [
        "a: permissions.USER a@x.y would not be set; approved is nothing -> READER",
        "a: permissions.USER b@x.y would not be set; approved is nothing -> READER",
    ]


def test_permissions_that_are_carried_over_can_be_resumed():
    """Those of the serving model, half of them set on its replacement."""
    serving = have("a", permissions=READERS)
    approved = document([serving], [want("a", "y")])
    half = [serving, have("a", "y", None, permissions=READERS[:1])]
    assert stale(approved, half, [want("a", "y")]) == []


def test_replace_means_the_training_that_was_approved():
    """Not that of another key with the same content; once it is there nothing; where none was approved none."""
    desired = [want("a"), want("b")]
    flags = {"replace": frozenset({"a"})}
    approved = document([have("a")], desired, **flags)
    now = document([have("a")], desired, approved=approval.trainings(approved), **flags)
    assert [step["key"] for step in now["steps"] if step["action"] == "create"] == ["a", "b"]
    attached = [have("a", state="CREATING")]
    approved = document(attached, [want("a")], **flags)
    assert stale(approved, [have("a")], [want("a")], **flags) == []
    assert document([have("a")], [want("a")], approved=approval.trainings(approved), **flags)["steps"] == []


@given(services(), manifests(), st.data())
def test_a_plan_that_was_carried_out_in_part_can_be_resumed(live, desired, data):
    """After any prefix of its steps, the next plan has only steps that were approved.

    Imports are left out: the trainings that follow from an import were not in the plan. A key that only has a
    training to be abandoned can import once that training has been deleted, if nothing else was begun. Keys that are
    tuned from such a key are left out, too.
    """
    first = planned(live, desired, project=GENEROUS)
    if first.blocks:
        return
    approved = plan_document(first, WHERE, version="1")
    count = data.draw(st.integers(0, len(first.steps)))
    taken = carry_out(replace(first, steps=first.steps[:count]), live)
    second = planned(taken, desired, project=GENEROUS)
    adopted = {step.key for step in first.steps if step.action is Action.IMPORT}
    adopted |= {model.key for model in desired if model.adopts} & {
        step.key for step in first.steps if step.action is Action.ABANDON
    }
    adopted |= {model.key for model in desired if isinstance(model.source, ParentKey) and model.source.key in adopted}
    found = approval.differences(approved, plan_document(second, WHERE, version="1"))
    assert [difference for difference in found if difference.key not in adopted] == []


@pytest.mark.parametrize("name", ["owner", "provider", "endpoint"])
def test_a_plan_of_another_project_or_service_is_not_approved(name):
    """Even where everything else is equal."""
    approved = document([have("a")], [want("a")])
    other = {**approved, name: "other"}
    assert [difference.summary for difference in approval.differences(other, approved)] == [
        f"it approves {name} other, and this is {approved[name]}"
    ]
