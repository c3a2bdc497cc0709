"""Models whose deletion has begun: nothing relies on them, and --undelete keeps them."""

from __future__ import annotations

import pytest
from support.planner_dsl import have, lines, planned, want

from gemspec.domain.errors import InputError


def terminating(*args, **options):
    return have(*args, terminating=True, **options)


# name, live, desired, options, expected
TABLE = [
    (
        "an end that was broken off is finished, whatever keepPrevious says",
        [terminating("a", "x", 1), have("a", "y", 2)],
        [want("a", "y", keep=2)],
        {},
        ["delete a:x"],
    ),
    (
        "it is none of those that are kept",
        [have("a", "w", 1), terminating("a", "x", 2), have("a", "y", 3)],
        [want("a", "y")],
        {},
        ["delete a:x"],
    ),
    ("it is not matched again", [terminating("a", "x", 1), have("a", "y", 2)], [want("a", "x")], {}, ["blocked a"]),
    ("nor is it trained again", [terminating("a", "x", 1)], [want("a", "x")], {}, ["blocked a"]),
    ("nor is it waited for", [terminating("a", "x", 1, state="CREATING")], [want("a", "x")], {}, ["blocked a"]),
    (
        "it answers until something else serves",
        [terminating("a", "x", 1)],
        [want("a", "y", keep=3)],
        {},
        ["create a:y serving=2", "await a:y <- create a:y", "delete a:x <- await a:y"],
    ),
    (
        "a duplicate of the same training is meant before it",
        [have("a", "x", 1), terminating("a", "x", 2, attempt=2)],
        [want("a", "x")],
        {},
        ["promote a:x serving=3", "delete a:x#2 <- promote a:x"],
    ),
    (
        "no child is tuned from it",
        [terminating("parent")],
        [want("kid", "y", parent="parent")],
        {"whole": False},
        ["blocked kid"],
    ),
    (
        "nor where its manifest is there",
        [terminating("parent")],
        [want("parent"), want("kid", "y", parent="parent")],
        {},
        ["blocked kid", "blocked parent"],
    ),
    ("the deletion of a removed key is resumed", [terminating("a")], [], {}, ["delete a:x"]),
    (
        "a candidate is deleted when its successor is made",
        [have("a", "x", 1), terminating("a", "y", None)],
        [want("a", "z", checks=1)],
        {},
        [
            "create a:z as candidate",
            "await a:z <- create a:z",
            "check a:z <- await a:z",
            "promote a:z serving=2 <- check a:z",
            "delete a:y <- create a:z",
        ],
    ),
    ("--undelete keeps what serves", [terminating("a")], [want("a")], {"undelete": {"a"}}, ["update a:x marker"]),
    (
        "--undelete matches it again",
        [terminating("a", "x", 1), have("a", "y", 2)],
        [want("a", "x")],
        {"undelete": {"a"}},
        ["promote a:x serving=3"],
    ),
    (
        "--undelete waits for a training",
        [terminating("a", "x", 1, state="CREATING")],
        [want("a", "x")],
        {"undelete": {"a"}},
        ["await a:x", "update a:x marker"],
    ),
    ("--undelete of what is kept is nothing to do", [have("a")], [want("a")], {"undelete": {"a"}}, []),
    (
        "--undelete keeps nothing that the manifest does not mean",
        [terminating("a", "x", 1), have("a", "y", 2)],
        [want("a", "y")],
        {"undelete": {"a"}},
        ["delete a:x"],
    ),
    (
        "--replace trains another",
        [terminating("a")],
        [want("a", keep=0)],
        {"replace": {"a"}},
        ["create a:x#2 serving=2", "await a:x#2 <- create a:x#2", "delete a:x <- await a:x#2"],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_plan(live, desired, options, expected):
    assert sorted(lines(planned(live, desired, **options))) == sorted(expected)


def test_a_kept_model_is_no_longer_marked_as_terminating():
    for live in ([terminating("a")], [terminating("a"), have("a", "y", 2)]):
        [step] = planned(live, [want("a")], undelete={"a"}).steps
        assert step.marker is not None
        assert not step.marker.terminating


def test_the_message_says_what_to_do():
    [key] = planned([terminating("a")], [want("a")]).keys
    assert "--undelete a keeps it" in key.reason
    assert terminating("a").name in key.reason


def test_only_declared_keys_can_be_kept():
    with pytest.raises(InputError, match="--undelete b: no manifest declares this key"):
        planned([terminating("a")], [want("a")], undelete={"b"})
