"""Keys whose training data is an object that is missing or cannot be read: no guess costs a model or a training."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from support.planner_dsl import blocks_of, have, key_texts, lines, planned, unmarked, want
from support.planner_strategies import GENEROUS, KEYS, manifests, services

from gemspec.domain.actions import ACTIONS, Effect
from gemspec.domain.model import ParentKey
from gemspec.domain.plan import Action

GONE = "there is no gs://b/x"
MODEL = "tunedModels/wild"


def unread(key, **options):
    """A manifest with data that could not be read."""
    return replace(want(key, None, **options), data_uri="gs://b/x", data_error=GONE)


NOT_COMPARED = f"  note: its training data cannot be compared: {GONE}. a:x goes on serving, and nothing is trained"
BLOCKED = f"blocked a: its training data cannot be looked at: {GONE}"

# name, live, desired, options, expected
TABLE = [
    ("nothing there", [], unread("a"), {}, [BLOCKED]),
    ("it serves", [have("a")], unread("a"), {}, ["no-op a", "  serves: a:x", "  will serve: a:x", NOT_COMPARED]),
    (
        "it serves, and older ones are kept",
        [have("a", "z", 1), have("a", "y", 2), have("a", "x", 3)],
        unread("a", keep=0),
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x", NOT_COMPARED],
    ),
    (
        "what needs no data is done",
        [have("a", settings={"displayName": "old"})],
        unread("a", settings={"displayName": "new"}),
        {},
        [
            "update a: settings differ from the manifest",
            "  serves: a:x",
            "  will serve: a:x",
            "  displayName: old -> new",
            NOT_COMPARED,
        ],
    ),
    (
        "what needs data is blocked",
        [have("a", hyper={"epochCount": 5})],
        unread("a", hyper={"epochCount": 6}),
        {},
        [BLOCKED, "  serves: a:x"],
    ),
    ("asked for anew", [have("a")], unread("a"), {"replace": ["a"]}, [BLOCKED, "  serves: a:x"]),
    (
        "more than one may be meant",
        [have("a"), have("a", "y", None, state="CREATING")],
        unread("a"),
        {},
        [BLOCKED, "  serves: a:x"],
    ),
    ("it failed", [have("a", state="FAILED")], unread("a"), {}, [BLOCKED]),
    ("its deletion has begun", [have("a", terminating=True)], unread("a"), {}, [BLOCKED, "  serves: a:x"]),
    (
        "a model that is imported as it is declared",
        [unmarked(MODEL)],
        unread("a", adopt=MODEL, declared=True),
        {},
        [BLOCKED],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_table(live, desired, options, expected):
    """Current, desired, expected."""
    assert key_texts(planned(live, [desired], **options)) == expected


def test_the_first_training_is_awaited():
    """It is the only training that the manifest can mean."""
    live = [have("a", "x", 1, state="CREATING")]
    assert lines(planned(live, [unread("a")])) == ["await a:x"]


def test_an_undecidable_rename_keeps_the_old_models():
    """The old key's models stay until the data can be read."""
    result = planned([have("old")], [unread("new")])
    assert blocks_of(result) == [
        "! unread-rename new and old",
        "  new may be old under another name, which would be deleted: new cannot be planned, so nobody can tell: "
        f"its training data cannot be looked at: {GONE}",
        "  > resolve that, or write `movedFrom: old` under its metadata; then plan again",
    ]
    assert not planned([have("old")], [unread("new")], exclude=["new"]).steps
    live = [have("old"), have("a", "y")]
    assert not blocks_of(planned(live, [unread("new", hyper={"epochCount": 9}), want("a", "y")]))


def test_a_rename_with_other_troubles():
    """Be it the validation data that is missing, or a parent that cannot be tuned from: the same holds."""
    wrong = {"extras": {"validationDatasetUri": "gs://b/v"}, "validation_error": "there is no gs://b/v"}
    result = planned([have("old")], [replace(want("new"), **wrong)])
    assert blocks_of(result)[0] == "! unread-rename new and old"
    parent, failed = have("p"), have("p", "y", None, state="FAILED")
    live = [parent, failed, have("old", parent_model=parent)]
    result = planned(live, [want("p", "y"), want("new", parent="p")])
    assert blocks_of(result)[:2] == [
        "! unread-rename new and old",
        "  new may be old under another name, which would be deleted: new cannot be planned, so nobody can tell: it "
        "waits for p, which it is tuned from: its training failed",
    ]
    assert not planned(live, [want("p", "y"), want("new", "z", parent="p")]).blocks


def test_validation_data_is_needed_for_a_training_alone():
    """The same rule holds for validation data."""
    wrong = {"extras": {"validationDatasetUri": "gs://b/v"}, "validation_error": "there is no gs://b/v"}
    assert not planned([have("a")], [replace(want("a"), **wrong)]).steps
    result = planned([have("a")], [replace(want("a", "y"), **wrong), want("b")])
    assert lines(result) == ["create b:x serving=1", "await b:x <- create b:x", "blocked a"]
    assert result.is_applyable


@given(services(), manifests(), st.sets(KEYS), st.booleans())
def test_no_guess(live, desired, keys, retry):
    """Whatever is there: nothing is trained or ended for a key that cannot be compared, nothing takes another's place,
    and other keys are planned as if its data could be read.
    """
    guessing = [
        replace(model, dataset=None, data_uri="gs://b/x", data_error=GONE) if model.key in keys else model
        for model in desired
    ]
    result = planned(live, guessing, project=GENEROUS, retry=retry)
    plans = {plan.key: plan for plan in result.keys}
    for plan in plans.values():
        if plan.key in keys and any(model.key == plan.key for model in desired):
            assert not [step for step in plan.steps if ACTIONS[step.action].effect is Effect.ENDS]
            assert not plan.step(Action.CREATE)
            assert plan.current is None or not plan.step(Action.PROMOTE)
    parents = {model.key: model.source.key for model in desired if isinstance(model.source, ParentKey)}
    usual = {plan.key: plan for plan in planned(live, desired, project=GENEROUS, retry=retry).keys}
    for key in plans.keys() & usual.keys() - keys:
        if parents.get(key) not in keys:
            assert [step.ref for step in plans[key].steps] == [step.ref for step in usual[key].steps]
