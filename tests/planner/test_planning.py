"""Planner tables: live models, manifests and the steps of the plan, in the language of support/planner_dsl.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import OWNER, PROJECT, TRAITS, have, lines, planned, unmarked, want

from gemspec.domain.marker import Absent, Corrupt, Newer
from gemspec.domain.model import Permission
from gemspec.domain.project import Limit, Project
from gemspec.planner import PlanOptions, plan


def reader(email):
    return Permission("USER", email, "READER")


def writer(email):
    return Permission("USER", email, "WRITER")


def moved_to(key, model):
    """The model with this key written on it."""
    return replace(model, marker=replace(model.marker, key=key))


LIVE_A = have("a", "x")
EPOCHS = {"epochCount": 5}

PARENT = have("parent")

# name, live, desired, expected
TABLE = [
    ("nothing wanted, nothing there", [], [], []),
    ("a first training", [], [want("a")], ["create a:x serving=1", "await a:x <- create a:x"]),
    ("nothing to do", [have("a")], [want("a")], []),
    ("a training under way is waited for", [have("a", state="CREATING")], [want("a")], ["await a:x"]),
    (
        "other data is the next generation; the old generation is kept",
        [have("a", "x")],
        [want("a", "y")],
        ["create a:y serving=2", "await a:y <- create a:y"],
    ),
    (
        "keepPrevious 0 deletes the old model once the new model serves",
        [have("a", "x")],
        [want("a", "y", keep=0)],
        ["create a:y serving=2", "await a:y <- create a:y", "delete a:x <- await a:y"],
    ),
    (
        "the model before the old model is deleted",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "z")],
        ["create a:z serving=3", "await a:z <- create a:z", "delete a:x <- await a:z"],
    ),
    (
        "an apply that ended before its deletes is finished",
        [have("a", "x", 1), have("a", "y", 2), have("a", "z", 3)],
        [want("a", "z")],
        ["delete a:x"],
    ),
    (
        "a rollback promotes what is there, and trains nothing",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "x")],
        ["promote a:x serving=3"],
    ),
    (
        "a candidate that is wanted serves",
        [have("a", "x", 1), have("a", "y", None)],
        [want("a", "y")],
        ["promote a:y serving=2"],
    ),
    (
        "a candidate that is no longer wanted is deleted, and never counts for keepPrevious",
        [have("a", "x", 1), have("a", "y", None)],
        [want("a", "x")],
        ["delete a:y"],
    ),
    (
        "a training that is no longer wanted ends before its successor begins",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING")],
        [want("a", "z")],
        ["abandon a:y", "create a:z serving=3 <- abandon a:y", "await a:z <- create a:z"],
    ),
    (
        "a revert during a training ends it",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING")],
        [want("a", "x")],
        ["abandon a:y"],
    ),
    (
        "a declared setting that differs is updated",
        [have("a", settings={"temperature": 0.2})],
        [want("a", settings={"temperature": 0.3})],
        ["update a:x temperature"],
    ),
    ("an undeclared setting is not managed", [have("a", settings={"temperature": 0.2})], [want("a")], []),
    (
        "a declared zero equals what the service leaves out",
        [have("a")],
        [want("a", settings={"temperature": 0.0, "description": "", "readerProjectNumbers": ()})],
        [],
    ),
    (
        "an update waits for the training",
        [have("a", state="CREATING")],
        [want("a", settings={"displayName": "new"})],
        ["await a:x", "update a:x displayName <- await a:x"],
    ),
    ("writing down a default retrains nothing", [have("a")], [want("a", hyper=EPOCHS)], []),
    (
        "writing down a default does not lose a training that is under way",
        [have("a", state="CREATING")],
        [want("a", hyper=EPOCHS)],
        ["await a:x"],
    ),
    (
        "a revert finds what a default was written down for",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "x", hyper=EPOCHS)],
        ["promote a:x serving=3"],
    ),
    ("leaving out what was declared retrains nothing", [have("a", hyper=EPOCHS)], [want("a")], []),
    (
        "a hyperparameter that differs is the next generation",
        [have("a")],
        [want("a", hyper={"epochCount": 6})],
        ["create a:x serving=2", "await a:x <- create a:x"],
    ),
    (
        "a setting that the service reports differently than declared is no retrain",
        [have("a", hyper={"epochCount": 9}, reported={"epochCount": 8})],
        [want("a", hyper={"epochCount": 9})],
        [],
    ),
    (
        "permissions that differ are set; a change of role is a change of one field",
        [have("a", permissions=(reader("x@y.z"), reader("gone@y.z")))],
        [want("a", permit=(writer("x@y.z"), reader("new@y.z")))],
        ["permit a:x permissions.USER gone@y.z,permissions.USER new@y.z,permissions.USER x@y.z"],
    ),
    ("permissions that are not declared are left alone", [have("a", permissions=(reader("x@y.z"),))], [want("a")], []),
    (
        "no permissions takes away all",
        [have("a", permissions=(reader("x@y.z"),))],
        [want("a", permit=())],
        ["permit a:x permissions.USER x@y.z"],
    ),
    (
        "permissions of a new model are set as soon as it exists, and the old model is deleted after that",
        [have("a", permissions=(reader("x@y.z"),))],
        [want("a", "y", keep=0, permit=(reader("x@y.z"),))],
        [
            "create a:y as candidate",
            "await a:y <- create a:y",
            "permit a:y permissions.USER x@y.z <- create a:y",
            "promote a:y serving=2 <- await a:y, permit a:y",
            "delete a:x <- promote a:y",
        ],
    ),
    (
        "permissions granted by hand are carried over to the replacement",
        [have("a", permissions=(reader("x@y.z"),))],
        [want("a", "y")],
        [
            "create a:y as candidate",
            "await a:y <- create a:y",
            "permit a:y permissions.USER x@y.z <- create a:y",
            "promote a:y serving=2 <- await a:y, permit a:y",
        ],
    ),
    (
        "permissions that an interrupted apply did not carry over are carried over by the next",
        [have("a", permissions=(reader("x@y.z"),)), have("a", "y", None, permissions=())],
        [want("a", "y")],
        ["permit a:y permissions.USER x@y.z", "promote a:y serving=2 <- permit a:y"],
    ),
    (
        "permissions do not wait for a training",
        [have("a", "y", None, state="CREATING", permissions=())],
        [want("a", "y", permit=(reader("x@y.z"),))],
        ["await a:y", "permit a:y permissions.USER x@y.z", "promote a:y serving=1 <- await a:y, permit a:y"],
    ),
    (
        "permissions stand before a candidate serves",
        [have("a", "x", 1), have("a", "y", None)],
        [want("a", "y", permit=(reader("x@y.z"),))],
        ["permit a:y permissions.USER x@y.z", "promote a:y serving=2 <- permit a:y"],
    ),
    ("a failed training is shown, not retried", [have("a", state="FAILED")], [want("a")], ["failed a"]),
    (
        "a failed training is no reason to keep another manifest from its own",
        [have("a", "x", state="FAILED")],
        [want("a", "y")],
        ["create a:y serving=2", "await a:y <- create a:y", "delete a:x <- create a:y"],
    ),
    (
        "a failed --replace is shown, though the first attempt serves",
        [have("a", "x", 1), have("a", "x", 2, attempt=2, state="FAILED")],
        [want("a", "x")],
        ["failed a"],
    ),
    ("an undeclared key is deleted", [have("a"), have("b")], [want("b")], ["delete a:x"]),
    (
        "all generations of an undeclared key are deleted; a running training is cancelled",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING"), have("b")],
        [want("b")],
        ["delete a:x", "abandon a:y"],
    ),
    ("retain releases", [have("a", retain=True), have("b")], [want("b")], ["forget a:x"]),
    ("protect blocks", [have("a", protect=True), have("b")], [want("b")], ["delete a:x", "! protect a"]),
    (
        "protect guards the key, not superseded generations",
        [have("a", "x", 1, protect=True), have("a", "y", 2, protect=True)],
        [want("a", "z", protect=True)],
        ["create a:z serving=3", "await a:z <- create a:z", "delete a:x <- await a:z"],
    ),
    (
        "protection is lifted by an update",
        [have("a", protect=True)],
        [want("a")],
        ["update a:x lifecycle.protect"],
    ),
    (
        "flags of a retired generation no longer count",
        [have("a", "x", 1, protect=True), have("a", "y", 2), have("b")],
        [want("b")],
        ["delete a:x", "delete a:y <- delete a:x"],
    ),
    (
        "the marker of a released key is removed last",
        [have("a", "x", 1), have("a", "y", 2, retain=True), have("b")],
        [want("b")],
        ["forget a:x", "forget a:y <- forget a:x"],
    ),
    (
        "an interrupted deletion is resumed",
        [have("a", "y", 2, retain=True), have("b")],
        [want("b")],
        ["forget a:y"],
    ),
    (
        "protection of a candidate counts",
        [have("a", "x", 1), have("a", "y", None, protect=True), have("b")],
        [want("b")],
        ["delete a:y", "delete a:x", "! protect a"],
    ),
    (
        "protection counts on the model that serves while its replacement is trained",
        [have("a", "x", 1)],
        [want("a", "y", protect=True)],
        ["update a:x marker", "create a:y serving=2 <- update a:x", "await a:y <- create a:y"],
    ),
    (
        "and while it is in training",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING", protect=True)],
        [want("a", "y", protect=True)],
        ["await a:y", "update a:x marker"],
    ),
    (
        "a failed training is not retried because a default was written down",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED")],
        [want("a", "y", hyper={"epochCount": 5})],
        ["failed a"],
    ),
    (
        "an alive generation counts before a failed one of the same hash",
        [have("a", "x", 1), have("old", "x", 1, state="FAILED")],
        [want("a", "x", moved="old")],
        ["delete a:x"],
    ),
    (
        "the serving model bears its new key at once, whatever its replacement waits for",
        [have("old", "x", 1), have("old", "y", None)],
        [want("a", "y", moved="old", checks=1)],
        ["check a:y", "update a:x marker", "promote a:y serving=2 <- check a:y"],
    ),
    (
        "a pruned generation that is held is moved once",
        [
            have("old", "x", 1),
            have("old", "y", 2),
            have("c", parent_model=have("old", "x", 1), owner="other"),
        ],
        [want("a", "z", moved="old")],
        [
            "update a:y marker",
            "update a:x marker <- update a:y",
            "create a:z serving=3 <- update a:y, update a:x",
            "await a:z <- create a:z",
        ],
    ),
    (
        "a move that was interrupted after its training is resumed",
        [have("old", "y", None), moved_to("a", have("old", "x", 1)), have("a", "z", 2)],
        [want("a", "z", moved="old")],
        ["delete a:y"],
    ),
    (
        "two keys with live models do not become one key",
        [have("old", "y", 1), have("a", "z", 2)],
        [want("a", "z", moved="old")],
        ["blocked a", "! not-a-rename a"],
    ),
    ("models that are not ours are left alone", [unmarked("tunedModels/x"), have("q", owner="other")], [], []),
    (
        "a rename is blocked with the line to write",
        [have("a"), have("b", "y")],
        [want("c"), want("b", "y")],
        ["delete a:x", "create c:x serving=1", "await c:x <- create c:x", "! rename c"],
    ),
    ("movedFrom renames without a training", [have("a")], [want("b", moved="a")], ["update b:x metadata.name"]),
    (
        "movedFrom takes the retired generation along",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("b", "y", moved="a")],
        ["update b:y metadata.name", "update b:x marker <- update b:y"],
    ),
    (
        "a key that has models of its own cannot be joined",
        [have("a"), have("b")],
        [want("b", moved="a")],
        ["blocked b", "! not-a-rename b"],
    ),
    (
        "a move that was interrupted is resumed",
        [moved_to("b", have("a", "y", 2)), have("a", "x", 1)],
        [want("b", "y", moved="a")],
        ["update b:x marker"],
    ),
    (
        "a protected key is not swallowed by another",
        [have("b", "z", 5), have("a", "x", 2, protect=True)],
        [want("b", "z", moved="a", keep=0)],
        ["blocked b", "! not-a-rename b"],
    ),
    (
        "a rename of a child is found, too",
        [PARENT, have("kid", "y", parent_model=PARENT)],
        [want("parent"), want("kid2", "y", parent="parent")],
        ["delete kid:y", "create kid2:y serving=1", "await kid2:y <- create kid2:y", "! rename kid2"],
    ),
    (
        "a held delete of what was moved bears the new name",
        [
            have("a", "x", 1),
            have("a", "y", 2),
            have("a", "z", 3),
            have("kid", "w", owner="other", parent_model=have("a", "x", 1)),
        ],
        [want("b", "z", moved="a")],
        ["update b:z metadata.name", "update b:y marker <- update b:z", "update b:x marker <- update b:z"],
    ),
    (
        "a marker that was cut stops the key it was moved from, as well",
        [unmarked("tunedModels/a-0123456789", Corrupt("cut", None, None))],
        [want("c", "x", moved="a")],
        ["blocked c", "! corrupt-marker c"],
    ),
    (
        "an unknown state stops the key",
        [have("a", "x", 1, state="UNKNOWN")],
        [want("a", "y")],
        ["blocked a", "! unknown-state a"],
    ),
    (
        "a model in an unknown state is not deleted",
        [have("a", "x", 1, state="UNKNOWN"), have("b")],
        [want("b")],
        ["delete a:x", "! unknown-state a"],
    ),
    (
        "protection that came with a failed training counts",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED", protect=True), have("b", "z")],
        [want("b", "z")],
        ["delete a:x", "delete a:y", "! protect a"],
    ),
    (
        "protection is written on what serves, though the training failed",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED", protect=True)],
        [want("a", "y", protect=True)],
        ["update a:x marker", "failed a"],
    ),
    (
        "a child's training is not ended before its successor can start",
        [have("parent", "x", 1), have("kid", "w", 1, state="CREATING", parent_model=have("parent", "x", 1))],
        [want("parent", "y"), want("kid", "w", parent="parent")],
        [
            "create parent:y serving=2",
            "await parent:y <- create parent:y",
            "abandon kid:w <- await parent:y",
            "create kid:w serving=2 <- abandon kid:w, await parent:y",
            "await kid:w <- create kid:w",
        ],
    ),
    (
        "undeclared trainings count as losses",
        [have(f"k{number}", state="CREATING") for number in range(4)] + [have("b", "z")],
        [want("b", "z")],
        [*(f"abandon k{number}:x" for number in range(4)), "! maxDeletes"],
    ),
    ("movedFrom is inert once it is done", [have("b")], [want("b", moved="a")], []),
    (
        "moved and changed in one plan",
        [have("a", "x")],
        [want("b", "y", moved="a")],
        ["update b:x marker", "create b:y serving=2 <- update b:x", "await b:y <- create b:y"],
    ),
    (
        "a child is created after its parent's training",
        [],
        [want("kid", "y", parent="parent"), want("parent")],
        [
            "create parent:x serving=1",
            "await parent:x <- create parent:x",
            "create kid:y serving=1 <- await parent:x",
            "await kid:y <- create kid:y",
        ],
    ),
    (
        "a parent's retrain cascades to its child",
        [have("parent"), have("kid", "y", parent_model=have("parent"))],
        [want("parent", "z"), want("kid", "y", parent="parent")],
        [
            "create parent:z serving=2",
            "await parent:z <- create parent:z",
            "create kid:y serving=2 <- await parent:z",
            "await kid:y <- create kid:y",
        ],
    ),
    (
        "an update of a parent does not",
        [have("parent", settings={"topK": 1}), have("kid", "y", parent_model=have("parent"))],
        [want("parent", settings={"topK": 2}), want("kid", "y", parent="parent")],
        ["update parent:x topK"],
    ),
    (
        "a child of a failed parent waits",
        [have("parent", state="FAILED")],
        [want("parent"), want("kid", "y", parent="parent")],
        ["blocked kid", "failed parent"],
    ),
    (
        "children are deleted before their parents",
        [have("parent"), have("kid", "y", parent_model=have("parent")), have("c", "z"), have("d", "z")],
        [want("c", "z"), want("d", "z")],
        ["delete kid:y", "delete parent:x <- delete kid:y", "! maxDeletes"],
    ),
    (
        "a retired parent stays while something was tuned from it",
        [
            have("parent", "x", 1),
            have("parent", "y", 2),
            have("parent", "z", 3),
            have("kid", "y", owner="other", parent_model=have("parent", "x", 1)),
        ],
        [want("parent", "z")],
        [],
    ),
    (
        "a key that another model was tuned from is not deleted",
        [have("a"), have("b"), have("kid", "y", owner="other", parent_model=have("a"))],
        [want("b")],
        ["delete a:x", "! tuned-from a"],
    ),
    (
        "a corrupt marker that names us blocks",
        [unmarked("tunedModels/q", Corrupt("cut", OWNER, "zz")), have("a")],
        [want("a")],
        ["! corrupt-marker zz"],
    ),
    (
        "a corrupt marker on an id of a declared key stops that key",
        [unmarked("tunedModels/a-0123456789", Corrupt("cut", None, None)), have("b")],
        [want("a"), want("b")],
        ["blocked a", "! corrupt-marker a"],
    ),
    (
        "another project's corrupt marker does not matter",
        [unmarked("tunedModels/q", Corrupt("cut", "other", "a")), have("a")],
        [want("a")],
        [],
    ),
    (
        "a newer marker with our owner refuses",
        [unmarked("tunedModels/q", Newer(2, OWNER, "zz"))],
        [],
        ["! newer-marker zz"],
    ),
    (
        "an id that a released model has is not trained over",
        [unmarked(LIVE_A.name, Absent(released=True))],
        [want("a")],
        ["create a:x serving=1", "await a:x <- create a:x", "! id-taken a"],
    ),
]


@pytest.mark.parametrize(("live", "desired", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_plan(live, desired, expected):
    """Each row of the table: current, desired, expected."""
    assert lines(planned(live, desired)) == expected


@pytest.mark.parametrize(("live", "desired", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_order_of_input_does_not_matter(live, desired, expected):
    """The order of models and of files changes nothing."""
    assert planned(live[::-1], desired[::-1]) == planned(live, desired)


# name, live, desired, options, expected
ASKED = [
    (
        "a child named alone is not trained while its parent's candidate is",
        [PARENT, have("parent", "y", None, state="CREATING")],
        [want("c", parent="parent")],
        {"whole": False},
        ["blocked c"],
    ),
    (
        "--retry-failed trains again under a new id",
        [have("a", state="FAILED")],
        [want("a")],
        {"retry": True},
        ["create a:x#2 serving=2", "await a:x#2 <- create a:x#2", "delete a:x <- create a:x#2"],
    ),
    (
        "--replace trains the same content again",
        [have("a")],
        [want("a")],
        {"replace": {"a"}},
        ["create a:x#2 serving=2", "await a:x#2 <- create a:x#2"],
    ),
    (
        "--replace attaches to a training that is under way",
        [have("a", "x", 1), have("a", "x", 2, attempt=2, state="CREATING")],
        [want("a")],
        {"replace": {"a"}},
        ["await a:x#2"],
    ),
    (
        "what --replace has trained is kept without it",
        [have("a", "x", 1), have("a", "x", 2, attempt=2)],
        [want("a")],
        {},
        [],
    ),
    (
        "--replace attaches to a training that is under way, whatever was declared then",
        [have("a", "x", 1, state="CREATING")],
        [want("a", hyper=EPOCHS)],
        {"replace": {"a"}},
        ["await a:x"],
    ),
    (
        "--retry-failed tries a failed --replace again",
        [have("a", "x", 1), have("a", "x", 2, attempt=2, state="FAILED")],
        [want("a")],
        {"retry": True},
        ["create a:x#3 serving=3", "await a:x#3 <- create a:x#3", "delete a:x#2 <- create a:x#3"],
    ),
    (
        "a child is not trained on a parent that is being replaced",
        [have("parent", "x", 1), have("parent", "y", 2, state="CREATING")],
        [want("kid", "w", parent="parent")],
        {"whole": False},
        ["blocked kid"],
    ),
    (
        "--replace chooses another id where a released model has it",
        [unmarked(LIVE_A.name, Absent(released=True))],
        [want("a")],
        {"replace": {"a"}},
        ["create a:x#2 serving=1", "await a:x#2 <- create a:x#2"],
    ),
    (
        "--replace says that a second training is meant, not a rename",
        [have("a"), have("b", "y")],
        [want("c"), want("b", "y")],
        {"replace": {"c"}},
        ["delete a:x", "create c:x serving=1", "await c:x <- create c:x"],
    ),
    ("single manifests never delete another key", [have("a"), have("b")], [want("b")], {"whole": False}, []),
    (
        "single manifests cannot move a key",
        [have("a")],
        [want("b", moved="a")],
        {"whole": False},
        ["update b:x metadata.name", "! movedFrom b"],
    ),
    (
        "a child planned alone is tuned from the serving parent",
        [have("parent")],
        [want("kid", "y", parent="parent")],
        {"whole": False},
        ["create kid:y serving=1", "await kid:y <- create kid:y"],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in ASKED], ids=[row[0] for row in ASKED]
)
def test_plan_with_options(live, desired, options, expected):
    """Each row of the table: current, desired, options, expected."""
    assert lines(planned(live, desired, **options)) == expected


@pytest.mark.parametrize(
    ("limit", "owned", "removed", "blocked"),
    [
        (Limit(30, percent=True), 2, 1, False),
        (Limit(30, percent=True), 10, 3, False),
        (Limit(30, percent=True), 10, 4, True),
        (Limit(0), 10, 1, True),
        (Limit(4), 10, 4, False),
    ],
)
def test_max_deletes(limit, owned, removed, blocked):
    """Keys that lose their serving model are counted; a percentage allows at least one."""
    labels = "uvwxyz"
    live = [have(f"k{number}", labels[number % 6]) for number in range(owned)]
    desired = [want(f"k{number}", labels[number % 6]) for number in range(removed, owned)]
    result = planned(live, desired, project=Project(OWNER, "emulator", limit, 10))
    assert ("maxDeletes" in [block.rule for block in result.blocks]) is blocked


def test_max_trainings():
    """More trainings than the policy allows are drawn in full, and blocked with the flag that lifts it."""
    result = planned([], [want(f"k{number}") for number in range(11)])
    assert [block.rule for block in result.blocks] == ["maxTrainings"]
    assert result.counts.add == 11
    assert "--max-trainings 11" in result.blocks[0].hint


def test_unset_settings_are_carried_over():
    """What the manifest leaves unset moves from the serving generation to its replacement."""
    live = have("a", "x", settings={"temperature": 0.4, "displayName": "old", "topK": 3})
    (create, _) = planned([live], [want("a", "y", settings={"displayName": "new"})]).steps
    assert create.settings == {"temperature": 0.4, "displayName": "new", "topK": 3}
    assert create.generation.carried == ("temperature", "topK")


def test_notes_say_what_the_service_reports():
    """A difference between the declared and the reported value is a note, and trains nothing."""
    live = have("a", hyper={"epochCount": 9}, reported={"epochCount": 8})
    (key,) = planned([live], [want("a", hyper={"epochCount": 9})]).keys
    assert key.notes == ("epochCount: 9 was asked for, the service reports 8",)


def test_everyone_is_called_out():
    """Sharing a model with everyone has a note in words."""
    (key,) = planned([have("a")], [want("a", permit=(Permission("EVERYONE", "", "READER"),))]).keys
    assert key.notes == ("EVERYONE may use this model: anybody with an account of Google's",)


def test_an_api_key_cannot_set_permissions():
    """The message comes before any training, and only for keys that declare permissions."""
    traits = replace(TRAITS, sets_permissions=False)
    result = plan([want("a", permit=()), want("b")], [], PROJECT, traits, PlanOptions())
    assert [(block.rule, block.key) for block in result.blocks] == [("permissions", "a")]


def test_training_size():
    """Steps are ceil(examples * epochs / batch), known only when both are."""
    (create, _) = planned([], [want("a", hyper={"epochCount": 5, "batchSize": 2})]).steps
    assert create.generation.training.steps == 3
    (create, _) = planned([], [want("a")]).steps
    assert create.generation.training.steps is None
    assert create.generation.training.epochs == 5
    assert create.generation.training.epochs_by_default


def test_replace_of_an_unknown_key_is_refused():
    """--replace names keys that are declared."""
    from gemspec.domain.errors import InputError

    with pytest.raises(InputError, match="--replace nope"):
        planned([], [want("a")], replace={"nope"})
