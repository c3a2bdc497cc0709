"""Planner tables for models that are there and do not answer, and for previous generations that are kept for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.planner_dsl import CLOUD, have, key_texts, lines, planned, want

from gemspec.domain.model import Answering

DEC = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()
DAY = 86400.0
OLD = {"trained": "2026-11-01T12:00:00Z"}

# name, live, desired, options, expected
ANSWERING = [
    (
        "what is meant and does not answer is deployed",
        [have("a", deployed=False)],
        [want("a")],
        {},
        ["redeploy a:x"],
    ),
    (
        "also where an older generation answers, which stays until then",
        [have("a", "x", 1), have("a", "y", 2, deployed=False)],
        [want("a", "y", keep=0)],
        {},
        ["redeploy a:y", "delete a:x <- redeploy a:y"],
    ),
    (
        "settings are written after it",
        [have("a", deployed=False, settings={"displayName": "old"})],
        [want("a", settings={"displayName": "new"})],
        {},
        ["redeploy a:x", "update a:x displayName <- redeploy a:x"],
    ),
    (
        "a candidate is deployed before its checks",
        [have("a"), have("a", "y", None, deployed=False)],
        [want("a", "y", checks=1, keep=0)],
        {},
        [
            "redeploy a:y",
            "check a:y <- redeploy a:y",
            "promote a:y serving=2 <- check a:y",
            "delete a:x <- promote a:y",
        ],
    ),
    (
        "a rollback deploys, then promotes, then retires",
        [have("a", "x", 1, deployed=False), have("a", "y", 2)],
        [want("a", "x", keep=0)],
        {},
        ["redeploy a:x", "promote a:x serving=3 <- redeploy a:x", "delete a:y <- promote a:x"],
    ),
    (
        "a rollback outranks what does not answer",
        [have("a", "x", 1), have("a", "y", 2, deployed=False)],
        [want("a", "x")],
        {},
        ["promote a:x serving=3"],
    ),
    (
        "what was promoted is put back while its replacement is trained, and goes when that serves",
        [have("a", deployed=False)],
        [want("a", "y", keep=0)],
        {},
        [
            "redeploy a:x",
            "create a:y serving=2",
            "await a:y <- create a:y",
            "delete a:x <- await a:y, redeploy a:x",
        ],
    ),
    (
        "also where a training goes on, or has failed",
        [have("a", deployed=False), have("a", "y", 2, state="CREATING")],
        [want("a", "y")],
        {},
        ["redeploy a:x", "await a:y"],
    ),
    (
        "of a failed one",
        [have("a", deployed=False), have("a", "y", 2, state="FAILED")],
        [want("a", "y")],
        {},
        ["redeploy a:x", "failed a"],
    ),
    (
        "a candidate that nobody wants stays while nothing else answers",
        [have("a", deployed=False), have("a", "y", None)],
        [want("a")],
        {},
        ["redeploy a:x", "delete a:y <- redeploy a:x"],
    ),
    (
        "a previous generation is not put back",
        [have("a", "x", 1, deployed=False), have("a", "y", 2)],
        [want("a", "y")],
        {},
        [],
    ),
    (
        "where nobody can read whether what serves answers, nothing that may answer goes",
        [have("a", "x", 1), have("a", "y", 2, deployed=None)],
        [want("a", "y", keep=0)],
        {},
        [],
    ),
    (
        "what does not answer goes all the same",
        [have("a", "x", 1, deployed=False), have("a", "y", 2, deployed=None)],
        [want("a", "y", keep=0)],
        {},
        ["delete a:x"],
    ),
    (
        "what may not answer is not promoted instead of what does",
        [have("a", "x", 1, deployed=None), have("a", "y", 2)],
        [want("a", "x")],
        {},
        ["blocked a"],
    ),
    (
        "it is where nothing else answers",
        [have("a", "x", None, deployed=None)],
        [want("a", "x")],
        {},
        ["promote a:x serving=1"],
    ),
    (
        "a child is tuned from a parent that does not answer",
        [have("base", deployed=False)],
        [want("base"), want("a", parent="base")],
        {},
        ["redeploy base:x", "create a:x serving=1", "await a:x <- create a:x"],
    ),
    (
        "a child alone, too",
        [have("base", deployed=False)],
        [want("a", parent="base")],
        {"whole": False},
        ["create a:x serving=1", "await a:x <- create a:x"],
    ),
    (
        "a moved key is deployed under its new name",
        [have("old", deployed=False)],
        [want("a", moved="old")],
        {},
        ["redeploy a:x", "update a:x metadata.name <- redeploy a:x"],
    ),
    (
        "a key that nobody declares goes, whether it answers or not",
        [have("a", "x", 1, deployed=False), have("a", "y", 2), have("b", deployed=None)],
        [],
        {"destroy": True},
        ["delete a:x", "delete a:y <- delete a:x", "delete b:x"],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in ANSWERING], ids=[row[0] for row in ANSWERING]
)
def test_answering(live, desired, options, expected):
    assert sorted(lines(planned(live, desired, traits=CLOUD, **options))) == sorted(expected)


@pytest.mark.parametrize(
    ("model", "answering"),
    [
        (have("a"), Answering.YES),
        (have("a", deployed=False), Answering.NO),
        (have("a", deployed=None), Answering.UNKNOWN),
        (have("a", state="CREATING"), Answering.NO),
        (have("a", state="FAILED", deployed=None), Answering.NO),
    ],
)
def test_what_answers(model, answering):
    assert model.answering is answering


def test_what_is_told():
    """Why it is deployed, and what answers meanwhile."""
    live = [have("a", "x", 1, deployed=False), have("a", "y", 2, deployed=False)]
    assert (
        "no endpoint deploys it, and nothing answers: it is deployed again, without a training"
        in key_texts(planned(live, [want("a", "y")], traits=CLOUD))[0]
    )
    live = [have("a", "x", 1, deployed=False), have("a", "y", 2, deployed=None)]
    said = key_texts(planned(live, [want("a", "y")], traits=CLOUD))
    assert any("a:x, which served before, does not answer" in line for line in said)
    assert any("whether a:y answers is not known" in line for line in said)


# name, generations, days, options, deletes, and what the notes say
KEEPING = [
    ("the days have passed", [have("a", "x", 1, **OLD), have("a", "y", 2, **OLD)], 14, ["delete a:x"], ""),
    ("the days have not passed", [have("a", "x", 1, **OLD), have("a", "y", 2, **OLD)], 31, [], "until 2026-12-03"),
    (
        "nobody knows when its successor was promoted",
        [have("a", "x", 1), have("a", "y", 2)],
        14,
        [],
        "for 14d after its successor serves",
    ),
    (
        "each counts from its own successor",
        [have("a", "w", 1), have("a", "x", 2, **OLD), have("a", "y", 3, trained="2026-11-30T00:00:00Z")],
        14,
        ["delete a:w"],
        "until 2026-12-14",
    ),
    (
        "a training that goes on has not taken over",
        [have("a", "x", 1, **OLD), have("a", "y", 2, state="CREATING")],
        14,
        ["await a:y"],
        "for 14d after its successor serves",
    ),
]


@pytest.mark.parametrize(
    ("live", "days", "steps", "note"), [row[1:] for row in KEEPING], ids=[row[0] for row in KEEPING]
)
def test_keeping_for(live, days, steps, note):
    result = planned(live, [want("a", "y", keep=0, days=days)], now=DEC)
    assert lines(result) == steps
    assert note in " ".join(result.keys[0].notes)


def test_keeping_for_beyond_a_replacement_and_a_rollback():
    """Who serves now is kept for as long from the day of the promotion."""
    serving = [have("a", "x", 1, **OLD)]
    replaced = planned(serving, [want("a", "y", keep=0, days=14)], now=DEC)
    assert [step.action for step in replaced.steps] == ["create", "await"]
    assert "for 14d after its successor serves (keepFor is 14d)" in " ".join(replaced.keys[0].notes)
    back = planned([*serving, have("a", "y", 2, **OLD)], [want("a", "x", keep=0, days=14)], now=DEC)
    assert lines(back) == ["promote a:x serving=3"]
    assert "until 2026-12-16" in " ".join(back.keys[0].notes)


def test_without_a_time_everything_is_kept():
    live = [have("a", "x", 1, **OLD), have("a", "y", 2, **OLD)]
    assert lines(planned(live, [want("a", "y", keep=0, days=1)])) == []
    assert lines(planned(live, [want("a", "y", keep=0)])) == ["delete a:x"]


def test_the_marker_says_when_it_was_promoted():
    """To the end of that day: a generation is kept no shorter than it says."""
    promoted = have("a", "y", 2, **OLD)
    marker = replace(promoted.marker, extensions=(("x-promoted", "20261117"),))
    live = [have("a", "x", 1, **OLD), replace(promoted, marker=marker)]
    wanted = [want("a", "y", keep=0, days=14)]
    assert lines(planned(live, wanted, now=DEC)) == []
    assert lines(planned(live, wanted, now=DEC + DAY / 2)) == ["delete a:x"]
