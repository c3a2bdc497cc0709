"""Models tuned from models: parents first when they are trained, children first when they go, and a failure stays in
its own branch.
"""

from __future__ import annotations

import pytest

from .project_fixture import PROMPT, check

KEYS = ("parent", "child", "grandchild", "alone")


@pytest.fixture
def family(bots):
    """Three generations of keys, each tuned from the one before, and one that stands alone; once trained."""

    def declare(word, alone="one", **how):
        bots.declare("parent", word, **how)
        bots.declare("child", "child", parent="parent")
        bots.declare("grandchild", "grandchild", parent="child")
        bots.declare("alone", alone)

    declare("one")
    assert bots.carried_out().status == 0
    bots.service.noted()
    return declare


def steps(service):
    """What was done since the last look, with keys for names: `["create parent", "delete child"]`."""
    return [found for request in service.noted() if (found := step(request))]


def step(request):
    method, path = request.split()
    key = path.removeprefix("tunedModels/").rpartition("-")[0]
    return f"{method.lower()} {key}" if key and not path.endswith("generateContent") else None


def creates(bots):
    """The keys of all models, in the order in which their trainings began."""
    models = [bots.service.raw(name) for name in bots.service.models]
    models.sort(key=lambda model: model["createTime"])
    return [model["name"].removeprefix("tunedModels/").rpartition("-")[0] for model in models]


def source(service, name):
    return service.raw(name).get("tunedModelSource", {}).get("tunedModel")


def test_parents_are_trained_before_their_children(bots, service, family):
    """At first, and when the parent has a new generation: each child is tuned from what its parent now serves with."""
    before = bots.outputs()
    assert [key for key in creates(bots) if key != "alone"] == ["parent", "child", "grandchild"]
    family("two")
    assert bots.carried_out().status == 0
    after = bots.outputs()
    assert after["alone"] == before["alone"]
    assert all(after[key] != before[key] for key in KEYS if key != "alone")
    assert source(service, after["child"]) == after["parent"]
    assert source(service, after["grandchild"]) == after["child"]
    assert [key for key in creates(bots) if key != "alone"][3:] == ["parent", "child", "grandchild"]
    assert service.trainings == 7
    assert bots.is_settled()


def test_retired_children_are_deleted_before_their_parents(bots, service, family):
    """With the third generation the first is deleted, children first. Serving and kept models are untouched."""
    first = bots.outputs()
    family("two")
    assert bots.carried_out().status == 0
    second = bots.outputs()
    family("three")
    service.noted()
    assert bots.carried_out().status == 0
    assert [line for line in steps(service) if line.startswith("delete")] == [
        "delete grandchild",
        "delete child",
        "delete parent",
    ]
    third = bots.outputs()
    assert sorted(service.models) == sorted({*second.values(), *third.values()})
    assert not {first["parent"], first["child"], first["grandchild"]} & set(service.models)


def test_destroy_deletes_children_first(bots, service, family):
    """No parent goes while a child of its own is there. One at a time, lest the order be by chance."""
    family("two")
    assert bots.carried_out().status == 0
    parents = {name: source(service, name) for name in service.models}
    service.noted()
    assert bots.carried_out("destroy", "--parallelism", "1").status == 0
    gone = [request.removeprefix("DELETE ") for request in service.noted() if request.startswith("DELETE")]
    assert sorted(gone) == sorted(parents)
    assert all(gone.index(name) < gone.index(parent) for name, parent in parents.items() if parent)


def test_a_failed_training_stays_in_its_branch(bots, service, family):
    """Its children are not started and continue serving as they were; what does not depend on it is carried out."""
    before = bots.outputs()
    family("!fail", alone="two")
    said = bots.carried_out()
    assert said.status == 1
    after = bots.outputs()
    assert {key: after[key] for key in KEYS[:3]} == {key: before[key] for key in KEYS[:3]}
    assert after["alone"] != before["alone"]
    assert bots.answer(after["alone"]) == "two"
    assert [bots.answer(after[key]) for key in KEYS[:3]] == ["one", "child", "grandchild"]
    assert service.trainings == 6
    text = " ".join(said.out.split())
    assert "child: create tunedModels/child-" in text
    assert text.count("the training of parent failed") == 2  # child, grandchild


def test_a_failed_parent_blocks_its_children_until_it_is_fixed(bots, service, family):
    """A plan says so and does nothing, run after run; other keys continue; then everything follows in order."""
    family("!fail")
    assert bots.carried_out().status == 1
    family("!fail", alone="two")
    trainings = service.trainings
    assert bots.carried_out().status == 1
    assert service.trainings == trainings + 1
    assert bots.answer(bots.output("alone")) == "two"
    assert bots.carried_out("apply", "--exclude", "parent").status == 0
    family("two", alone="two")
    service.noted()
    assert bots.carried_out().status == 0
    assert bots.is_settled()
    after = bots.outputs()
    assert source(service, after["grandchild"]) == after["child"]
    assert source(service, after["child"]) == after["parent"]
    assert bots.answer(after["parent"]) == "two"
    assert service.trainings == trainings + 1 + 3


def test_children_wait_for_their_parents_checks(bots, service, family):
    """Nothing is tuned from a candidate that failed its check; once it is accepted, its children follow."""
    before = bots.outputs()
    family("spam", checks=[check("equals", "ham")])
    assert bots.carried_out().status == 1
    assert bots.outputs() == before
    assert service.trainings == 5
    assert PROMPT in bots.said("check", "parent").out
    assert bots.carried_out("check", "--accept", "parent").status == 0
    assert service.trainings == 5
    assert bots.carried_out().status == 0
    after = bots.outputs()
    assert bots.answer(after["parent"]) == "spam"
    assert source(service, after["child"]) == after["parent"]
    assert service.trainings == 7
    assert bots.is_settled()


def test_a_parents_rollback_brings_its_children_back(bots, service, family):
    """What was tuned from it is still there: a write for each, and no training."""
    before = bots.outputs()
    family("two")
    assert bots.carried_out().status == 0
    trainings = service.trainings
    family("one")
    service.noted()
    assert bots.carried_out().status == 0
    assert bots.outputs() == before
    assert service.trainings == trainings
    assert sorted(steps(service)) == ["patch child", "patch grandchild", "patch parent"]
    assert bots.is_settled()
