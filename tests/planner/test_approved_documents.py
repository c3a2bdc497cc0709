"""Edited plan documents: drawings that do not follow from the steps, and steps that were approved with other fields."""

from __future__ import annotations

from copy import deepcopy

import pytest
from support.approvals import READERS, document, stale
from support.planner_dsl import have, unmarked, want

from gemspec.reports import approval

LIVE = [have("a", "x", 1), have("a", "y", 2), have("b", settings={"topK": 3}), have("c")]
DESIRED = [want("a", "z"), want("b", settings={"topK": 4}), want("c")]
LEGACY = unmarked("tunedModels/legacy")


def step_of(made, action):
    return next(step for step in made["steps"] if step["action"] == action)


def entry_of(made, key):
    return next(entry for entry in made["resource_changes"] if entry["name"] == key)


# kind that is drawn, live, desired
KINDS = [
    ("create", [], [want("a")]),
    ("replace", [have("a", "x", 1), have("a", "y", 2)], [want("a", "z", permit=READERS)]),
    ("import", [LEGACY], [want("a", None, adopt=LEGACY.name, settings={"topK": 1})]),
    ("update", [have("a")], [want("a", settings={"topK": 1})]),
    ("update", [have("a", permissions=())], [want("a", permit=READERS)]),
    ("update", [have("a", "x", 1), have("a", "y", 2)], [want("a", checks=1)]),
    ("failed", [have("a", "x", state="FAILED")], [want("a")]),
    ("failed", [have("a", "x", 1), have("a", "y", 2, state="FAILED")], [want("a", "y", protect=True)]),
    ("await", [have("a", state="CREATING")], [want("a")]),
    ("prune", [have("a", "x", 1), have("a", "y", 2, state="CREATING")], [want("a")]),
    ("prune", [have("a", "x", 1), have("a", "y", 2)], [want("a", "y", keep=0)]),
    ("forget", [have("a", retain=True)], []),
    ("delete", [have("a")], []),
    ("delete", [have("a", state="CREATING")], []),
    ("no-op", [have("a")], [want("a")]),
    ("blocked", [], [want("a", parent="b")]),
]


@pytest.mark.parametrize(("kind", "live", "desired"), KINDS)
def test_the_drawing_of_a_plan_follows_from_its_steps(kind, live, desired):
    made = document(live, desired)
    assert entry_of(made, "a")["kind"] == kind
    assert approval.is_coherent(made)


def drawn_twice(made):
    made["resource_changes"].append(entry_of(made, "c"))


def not_drawn(made):
    made["resource_changes"].remove(entry_of(made, "b"))


def miscounted(made):
    made["counts"]["destroy"] = 0


def drawn_as_nothing(made):
    entry_of(made, "b")["kind"] = "no-op"


def drawn_as_more(made):
    entry_of(made, "c")["kind"] = "update"


def checked_alone(made):
    """Nothing is promoted after the check."""
    made["steps"] = [{**made["steps"][0], "action": "check", "key": "c"}]
    made["resource_changes"] = [entry_of(made, "c")]
    made["counts"] = dict.fromkeys(made["counts"], 0)


def without_kind(made):
    del entry_of(made, "c")["kind"]


@pytest.mark.parametrize(
    "edit",
    [drawn_twice, not_drawn, miscounted, drawn_as_nothing, drawn_as_more, checked_alone, without_kind],
    ids=lambda e: e.__name__,
)
def test_a_drawing_that_does_not_follow_from_the_steps_is_noticed(edit):
    made = document(LIVE, DESIRED)
    edit(made)
    assert not approval.is_coherent(made)


# name, action, the step's fields as they were approved, the differences of the step that is planned
EDITS = [
    ("nothing", "create", {}, []),
    ("a name that only the service could know then", "create", {"name": None}, []),
    ("another model", "delete", {"name": "tunedModels/other"}, ["delete NAME: approved is tunedModels/other"]),
    ("a change from another value", "update", {"changes": [{"path": "topK", "before": 2, "after": 4}]}, ["topK 2"]),
    ("a change to another value", "update", {"changes": [{"path": "topK", "before": 3, "after": 5}]}, ["topK 5"]),
    ("no change of this field", "update", {"changes": []}, ["topK would be 3 -> 4; approved is no change"]),
    ("another successor", "delete", {"successor": "0" * 12}, ["delete NAME: another generation would take its place"]),
    ("no successor", "delete", {"successor": None}, ["delete NAME: another generation would take its place"]),
    ("a higher serving number", "create", {"marker": {"serving": 9}}, []),
    (
        "a lower serving number",
        "create",
        {"marker": {"serving": 2}},
        ["create NAME: its marker would say serving=3; approved is 2"],
    ),
    (
        "a candidate",
        "create",
        {"marker": {"serving": None}},
        ["create NAME: its marker would say serving=3; approved is nothing"],
    ),
    (
        "more protection",
        "create",
        {"marker": {"protect": True}},
        ["create NAME: its marker would say protect=False; approved is True"],
    ),
    (
        "another number of examples",
        "create",
        {"marker": {"examples": 9}},
        ["create NAME: its marker would say examples=1; approved is 9"],
    ),
    ("waiting is not compared", "await", {"name": "tunedModels/other", "successor": "0" * 12}, []),
]


@pytest.mark.parametrize(("action", "fields", "expected"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_a_step_is_compared_with_the_approved_step(action, fields, expected):
    planned = document(LIVE, DESIRED)
    approved = deepcopy(planned)
    step = step_of(approved, action)
    step |= {name: {**step[name], **value} if name == "marker" else value for name, value in fields.items()}
    name = step_of(planned, action)["name"]
    found = [difference.summary.replace(name, "NAME") for difference in approval.differences(approved, planned)]
    short = {"topK 2": "topK would be 3 -> 4; approved is 2 -> 4", "topK 5": "topK would be 3 -> 4; approved is 3 -> 5"}
    assert found == [short.get(words, words) for words in expected]


def test_a_marker_that_was_not_approved_is_reported_field_by_field():
    """The update was approved without a marker."""
    approved = document([have("a", settings={"topK": 3})], [want("a", settings={"topK": 4})])
    live = [have("a", settings={"topK": 3}, protect=True)]
    found = stale(approved, live, [want("a", settings={"topK": 4})])
    assert "a: lifecycle.protect would be True -> False; approved is no change" in found
    assert f"a: update {live[0].name}: its marker would say owner=team; approved is nothing" in found


def test_only_the_create_of_another_training_is_reported():
    """Each field that differs is reported once for the create. The name is left out: it follows from the fields."""
    approved = document([have("a", "x", 1)], [want("a", "y", checks=1)])
    assert stale(approved, [have("a", "x", 1)], [want("a", "z", checks=1)]) == [
        "a: tuningTask.trainingData would be 344428b0270e/1; approved is b445c6d3f758/1"
    ]


def test_another_attempt_is_another_training():
    approved = document([have("a")], [want("a")], replace=frozenset({"a"}))
    now = [have("a"), have("a", "x", None, attempt=2, state="FAILED")]
    made = document(now, [want("a")], retry_failed=True)
    create = step_of(made, "create")
    found = [difference.summary for difference in approval.differences(approved, made)]
    assert f"create {create['name']} was not approved, but another training of the same" in found


def test_a_training_of_another_key_approves_nothing():
    approved = document([], [want("b", "y")])
    made = document([], [want("a", "x"), want("b", "y")])
    create = step_of(made, "create")
    assert [(difference.key, difference.summary) for difference in approval.differences(approved, made)] == [
        ("a", f"create {create['name']} was not approved: {create['reason']}")
    ]


def test_approved_steps_that_are_no_longer_needed_are_counted():
    """Waiting does not count."""
    approved = document(LIVE, DESIRED)
    assert approval.done(approved, document(LIVE, DESIRED)) == 0
    assert (
        approval.done(approved, document([have("a", "z", 3), have("b", settings={"topK": 4}), have("c")], DESIRED)) == 3
    )


def test_flags_of_the_approved_plan_that_are_missing_now_are_reported():
    """Flags that are new change steps, and steps are compared anyway."""
    approved = document(
        [have("a"), have("b"), have("c")],
        [want("a"), want("b")],
        targets=("a", "b"),
        excludes=("c",),
        replace=frozenset({"a"}),
        undelete=frozenset({"b"}),
        retry_failed=True,
    )
    plain = document([have("a")], [want("a")])
    assert approval.missing_flags(approved, plain) == [
        "--target a",
        "--target b",
        "--exclude c",
        "--replace a",
        "--undelete b",
        "--retry-failed",
    ]
    assert approval.missing_flags(approved, approved) == []
    assert approval.missing_flags(plain, approved) == []


def test_trainings_are_those_of_creates():
    """Not the models that they replace, nor models that are updated."""
    approved = document(LIVE, DESIRED)
    assert approval.trainings(approved) == {("a", have("a", "z").marker.train)}


def test_a_model_to_be_trained_may_have_no_name_yet():
    """The service chooses the name."""
    made = document([], [want("a")])
    create = step_of(made, "create")
    create["name"] = None
    assert [difference.summary for difference in approval.differences(document([], []), made)] == [
        f"create a new model was not approved: {create['reason']}"
    ]
    approved = deepcopy(made)
    step_of(approved, "create")["marker"]["protect"] = True
    assert [difference.summary for difference in approval.differences(approved, made)] == [
        "create a new model: its marker would say protect=False; approved is True"
    ]


def test_a_candidate_where_a_serving_model_was_approved_is_reported():
    approved = document([], [want("a")])
    made = deepcopy(approved)
    step_of(made, "create")["marker"]["serving"] = None
    (found,) = approval.differences(approved, made)
    assert found.summary.endswith("its marker would say serving=nothing; approved is 1")


def test_fields_of_only_one_of_two_trainings_are_reported():
    approved = document([], [want("a", hyper={"epochCount": 9})])
    assert stale(approved, [], [want("a", hyper={"batchSize": 2})]) == [
        "a: tuningTask.hyperparameters.batchSize would be 2; approved is nothing",
        "a: tuningTask.hyperparameters.epochCount would be nothing; approved is 9",
    ]


def test_changed_checks_are_reported():
    """By their digest in the step that runs them."""
    live = [have("a"), have("a", "y", None)]
    approved = document(live, [want("a", "y", checks=1)])
    assert stale(approved, live, [want("a", "y", checks=2)]) == [
        f"a: check {live[1].name}: the checks are not those that were approved"
    ]


def test_fields_that_are_set_already_are_those_of_the_same_key():
    """Another key comes before it in the document, and has further models."""
    desired = [want("a", settings={"topK": 1}), want("b", "y", settings={"topK": 2, "topP": 0.5})]
    others = [have("a", settings={"topK": 1})]
    approved = document([*others, have("b", "y")], desired)
    assert stale(approved, [*others, have("b", "y", settings={"topK": 2})], desired) == []
    assert stale(approved, [*others, have("b", "y", settings={"topP": 0.5})], desired) == []
