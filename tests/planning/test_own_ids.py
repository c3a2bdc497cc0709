"""Planner tables for a service that makes its own ids and keeps failed trainings as records, as Vertex AI does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import TRAITS, have, lines, planned, want

CLOUD = replace(
    TRAITS, assigns_ids=True, keeps_failed=True, bills_tokens=True, has_permissions=False, sets_permissions=False
)


def twin(model, made):
    """A second training of the same, under another id."""
    return replace(model, name=f"{model.name}-{made}", create_time=made)


FIRST, SECOND = (twin(have("a"), made) for made in ("2026-01-01", "2026-01-02"))
RUNNING = [replace(one, state=have("a", state="CREATING").state) for one in (FIRST, SECOND)]

# name, live, desired, options, expected
TABLE = [
    ("a name that nobody knows yet", [], [want("a")], {}, ["create a:x serving=1", "await a:x <- create a:x"]),
    (
        "a record of a failure stays when its training is retried",
        [have("a", state="FAILED")],
        [want("a")],
        {"retry": True},
        ["create a:x#2 serving=2", "await a:x#2 <- create a:x#2"],
    ),
    ("and when nobody declares its key any more", [have("a", state="FAILED")], [], {}, []),
    ("it is shown while it is wanted", [have("a", state="FAILED")], [want("a")], {}, ["failed a"]),
    (
        "what else the key has goes",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED")],
        [],
        {},
        ["delete a:x"],
    ),
    ("of two trainings of the same the oldest is kept", [SECOND, FIRST], [want("a")], {}, ["delete a:x"]),
    ("be they under way", RUNNING, [want("a")], {}, ["abandon a:x", "await a:x"]),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_plan(live, desired, options, expected):
    """Each row: current, desired, what was asked, expected."""
    assert sorted(lines(planned(live, desired, traits=CLOUD, **options))) == sorted(expected)


def test_the_oldest_is_the_one_that_is_kept():
    """The other one is named, and so is why."""
    result = planned([SECOND, FIRST], [want("a")], traits=CLOUD)
    (step,) = result.steps
    assert (step.name, step.reason) == (SECOND.name, "it is a second training of the same; the oldest is kept")
    assert result.keys[0].target_name == FIRST.name


def test_what_a_training_costs_is_estimated():
    """In tokens, four characters each, where tokens are paid for."""
    (key,) = planned([], [want("a")], traits=CLOUD).keys
    assert key.steps[0].generation.training.tokens == 1
    (key,) = planned([], [want("a")]).keys
    assert key.steps[0].generation.training.tokens is None


def test_no_word_of_permissions():
    """Nobody is told to grant what models do not have."""
    (key,) = planned([have("a")], [want("a", "y")], traits=CLOUD).keys
    assert [note for note in key.notes if "API key" in note] == []
