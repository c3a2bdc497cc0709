"""Planner tables of narrow cases: a row for each condition that decides something where broad tables do not.

The two rows of a pair decide differently, so that neither passes by chance.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import CLOUD, have, lines, planned, twin, unmarked, want

from gemspec.domain.marker import Corrupt
from gemspec.domain.model import ParentModel, Permission

READER, WRITER = Permission("USER", "x@y.z", "READER"), Permission("USER", "x@y.z", "WRITER")
EPOCHS, KMS = {"epochCount": 5}, {"kmsKeyName": "key"}
FIRST, SECOND = (twin(have("a"), made) for made in ("2026-01-01", "2026-01-02"))
ALONE = {"whole": False}


def tuned_from(name, model):
    """The model, as if it had been tuned from the model of this name."""
    return replace(model, source=ParentModel(name))


def without_parent(model):
    """The model with a marker that names no parent."""
    return replace(model, marker=replace(model.marker, parent=None))


def like_child(model):
    """The model with a marker that names a parent."""
    return replace(model, marker=replace(model.marker, parent="0" * 12))


def moved(key, model):
    """The model with this key written on it."""
    return replace(model, marker=replace(model.marker, key=key))


def adopted(key):
    """A model after its import, with unknown data."""
    (step,) = planned([unmarked("tunedModels/legacy")], [want(key, None, adopt="tunedModels/legacy")]).steps
    return replace(unmarked("tunedModels/legacy"), marker=step.marker)


# name, live, desired, options, expected
MATCHING = [
    (
        "what a manifest fixes and the service does not report is what it was trained on",
        [replace(have("a", fixed=KMS), fixed={})],
        [want("a", fixed=KMS)],
        {},
        [],
    ),
    (
        "the highest attempt is meant, whichever serves",
        [have("a", "x", 2), have("a", "x", 1, attempt=2)],
        [want("a")],
        {},
        ["promote a:x#2 serving=3"],
    ),
    (
        "though it is the younger model",
        [have("a", "x", 2, made="2026-01-01"), have("a", "x", 1, attempt=2, made="2026-01-02")],
        [want("a")],
        {},
        ["promote a:x#2 serving=3"],
    ),
    (
        "what a manifest fixes beside hyperparameters is part of the training",
        [have("a", fixed=KMS)],
        [want("a", fixed=KMS)],
        {},
        [],
    ),
    (
        "another value of it trains anew",
        [have("a", fixed=KMS)],
        [want("a", fixed={"kmsKeyName": "other"})],
        {},
        ["create a:x serving=2", "await a:x <- create a:x"],
    ),
    (
        "so it does where a default was written down",
        [have("a", fixed=KMS)],
        [want("a", fixed={"kmsKeyName": "other"}, hyper=EPOCHS)],
        {},
        ["create a:x serving=2", "await a:x <- create a:x"],
    ),
    (
        "a default that is written down trains nothing beside it",
        [have("a", fixed=KMS)],
        [want("a", fixed=KMS, hyper=EPOCHS)],
        {},
        [],
    ),
    ("left out it is not managed", [have("a", fixed=KMS)], [want("a", hyper=EPOCHS)], {}, []),
    (
        "a default that is written down trains no child anew",
        [have("p"), have("c", parent_model=have("p"))],
        [want("p"), want("c", parent="p", hyper=EPOCHS)],
        {},
        [],
    ),
    (
        "nor where the parent goes by another name",
        [have("p"), tuned_from("jobs/1", have("c", parent_model=have("p")))],
        [want("p"), want("c", parent="p", hyper=EPOCHS)],
        {},
        [],
    ),
    (
        "nor where its marker does not know the parent",
        [have("p"), without_parent(have("c", parent_model=have("p")))],
        [want("p"), want("c", parent="p", hyper=EPOCHS)],
        {},
        [],
    ),
    (
        "another parent does",
        [have("p"), have("q", "y"), have("c", parent_model=have("q", "y"))],
        [want("p"), want("q", "y"), want("c", parent="p", hyper=EPOCHS)],
        {},
        ["create c:x serving=2", "await c:x <- create c:x"],
    ),
    (
        "a base model is no parent",
        [have("c")],
        [want("c", parent="tunedModels/p")],
        {},
        ["create c:x serving=2", "await c:x <- create c:x"],
    ),
    (
        "nor is a parent a base model",
        [have("p"), have("c", parent_model=have("p"))],
        [want("p"), want("c", hyper=EPOCHS)],
        {},
        ["create c:x serving=2", "await c:x <- create c:x"],
    ),
    (
        "of equal trainings the live training is meant, not the failed training",
        [have("a", "x", 1), have("a", "x", 2, attempt=2, state="FAILED")],
        [want("a", hyper=EPOCHS)],
        {},
        ["delete a:x#2"],
    ),
    (
        "a failed training is tried again, though a default was written down",
        [have("a", "x", 1, state="FAILED")],
        [want("a", hyper=EPOCHS)],
        {"retry": True},
        ["create a:x serving=2", "await a:x <- create a:x", "delete a:x <- create a:x"],
    ),
    (
        "a candidate is not meant where the same training serves",
        [have("a", "x", None), have("a", "x", 1, attempt=2)],
        [want("a", hyper=EPOCHS)],
        {},
        ["delete a:x"],
    ),
    (
        "of either order",
        [have("a", "x", 1), have("a", "x", None, attempt=2)],
        [want("a", hyper=EPOCHS)],
        {},
        ["delete a:x#2"],
    ),
    (
        "of equal candidates the oldest model is meant, whatever its name",
        [
            replace(have("a", "x", None, made="2026-01-02"), name="tunedModels/z"),
            replace(have("a", "x", None, attempt=2, made="2026-01-01"), name="tunedModels/y"),
        ],
        [want("a", hyper=EPOCHS)],
        {},
        ["promote a:x#2 serving=1", "delete a:x"],
    ),
    (
        "--undelete means the newest, though its deletion has begun",
        [have("a", "x", 1), have("a", "x", 2, attempt=2, terminating=True)],
        [want("a")],
        {"undelete": {"a"}},
        ["update a:x#2 marker"],
    ),
    (
        "of equal serving numbers the oldest model serves",
        [have("a", "x", 1, made="2026-01-01"), have("a", "y", 1, made="2026-01-02")],
        [want("a", "y")],
        {},
        ["promote a:y serving=2"],
    ),
    (
        "unknown data does not equal declared data",
        [adopted("a")],
        [want("a")],
        {},
        ["create a:x serving=2", "await a:x <- create a:x"],
    ),
    (
        "a first training serves at once, permitted or not",
        [],
        [want("a", permit=(READER,))],
        {},
        ["create a:x serving=1", "await a:x <- create a:x", "permit a:x permissions.USER x@y.z <- create a:x"],
    ),
]

PARENTS = [
    (
        "a child is tuned from what serves, whatever candidate waits",
        [have("p"), have("p", "y", None)],
        [want("c", parent="p")],
        ALONE,
        ["create c:x serving=1", "await c:x <- create c:x"],
    ),
    (
        "and whichever older training is running",
        [have("p", "x", 2), have("p", "y", 1, state="CREATING")],
        [want("c", parent="p")],
        ALONE,
        ["create c:x serving=1", "await c:x <- create c:x"],
    ),
    (
        "it waits where only a training is there",
        [have("p", "y", 1, state="CREATING")],
        [want("c", parent="p")],
        ALONE,
        ["blocked c"],
    ),
    (
        "and where only a failed parent exists",
        [have("p", state="FAILED")],
        [want("c", parent="p")],
        ALONE,
        ["blocked c"],
    ),
    (
        "a retired parent stays, though its child changes",
        [have("p", "x", 1), have("p", "y", 2), have("p", "z", 3), have("c", parent_model=have("p"))],
        [want("p", "z"), want("c", parent=have("p").name, settings={"topK": 1})],
        {},
        ["update c:x topK"],
    ),
    (
        "one of two is deleted",
        [
            have("p", "w", 1),
            have("p", "x", 2),
            have("p", "y", 3),
            have("p", "z", 4),
            have("c", owner="other", parent_model=have("p", "w")),
        ],
        [want("p", "z")],
        {},
        ["delete p:x"],
    ),
    (
        "a key stays for the older of its models",
        [have("p", "x", 1), have("p", "y", 2), have("c", owner="other", parent_model=have("p", "x"))],
        [],
        {},
        ["delete p:x", "delete p:y <- delete p:x", "! tuned-from p"],
    ),
    (
        "or for the serving model",
        [have("p", "x", 1), have("p", "y", 2), have("c", owner="other", parent_model=have("p", "y"))],
        [],
        {},
        ["delete p:x", "delete p:y <- delete p:x", "! tuned-from p"],
    ),
    (
        "a parent is deleted after its child and its successor's training",
        [have("p"), have("c", parent_model=have("p"))],
        [want("p", "y", keep=0)],
        {},
        ["delete c:x", "create p:y serving=2", "await p:y <- create p:y", "delete p:x <- delete c:x, await p:y"],
    ),
    (
        "a parent's settings do not wait for the end of its child",
        [have("p"), have("c", parent_model=have("p"))],
        [want("p", settings={"topK": 1})],
        {},
        ["delete c:x", "update p:x topK"],
    ),
    (
        "a parent is deleted after a child of the same key",
        [have("a", "x", 1), have("a", "y", 2, parent_model=have("a"))],
        [],
        {},
        ["delete a:y", "delete a:x <- delete a:y"],
    ),
]

REMOVAL = [
    (
        "protection is written on a failed training, too, which may be what decides",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED")],
        [want("a", "y", protect=True)],
        {},
        ["update a:x marker", "update a:y marker", "failed a"],
    ),
    ("released and protected it is released", [have("a", protect=True, retain=True)], [], {}, ["forget a:x"]),
    (
        "failed trainings of a released key are deleted",
        [have("a", "x", 1, retain=True), have("a", "y", 2, state="FAILED")],
        [],
        {},
        ["delete a:y", "forget a:x <- delete a:y"],
    ),
    (
        "protection that came with an older training counts",
        [have("a", "x", 2), have("a", "y", 1, state="CREATING", protect=True)],
        [],
        {},
        ["abandon a:y", "delete a:x", "! protect a"],
    ),
    (
        "a candidate is deleted before the serving model",
        [have("a", "x", None), have("a", "y", 1)],
        [],
        {},
        ["delete a:x", "delete a:y"],
    ),
    (
        "a failed candidate is deleted once",
        [have("a", "x", 1), have("a", "y", None, state="FAILED")],
        [want("a", "z")],
        {},
        ["create a:z serving=2", "await a:z <- create a:z", "delete a:y <- create a:z"],
    ),
    (
        "a training whose deletion has begun is ended once",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING", terminating=True)],
        [want("a")],
        {},
        ["abandon a:y"],
    ),
]

RENAMES = [
    (
        "a removed key beside a new key is no rename, if their data differ",
        [have("old", "y"), have("b", "z")],
        [want("new"), want("b", "z")],
        {},
        ["create new:x serving=1", "delete old:y", "await new:x <- create new:x"],
    ),
    (
        "an equal train hash is a rename, whatever the service reports",
        [have("old", hyper={"epochCount": 9}, reported={"epochCount": 8})],
        [want("new", hyper={"epochCount": 9})],
        {},
        ["create new:x serving=1", "delete old:x", "await new:x <- create new:x", "! rename new"],
    ),
    (
        "so is equal content for which a default was written down",
        [have("old")],
        [want("new", hyper=EPOCHS)],
        {},
        ["create new:x serving=1", "delete old:x", "await new:x <- create new:x", "! rename new"],
    ),
    (
        "a move that has begun beside models that served under that number is none",
        [moved("a", have("q")), have("old", "y")],
        [want("a", moved="old")],
        {},
        ["blocked a", "! not-a-rename a"],
    ),
    (
        "what failed is no life of its own",
        [moved("a", have("q", state="FAILED")), have("old", "y")],
        [want("a", "y", moved="old")],
        {},
        ["update a:y metadata.name", "delete a:x"],
    ),
]

LEAVING_OUT = [
    (
        "the other key's rename is blocked all the same",
        [have("old")],
        [want("new"), want("z", "z")],
        {"exclude": ["z"]},
        ["create new:x serving=1", "delete old:x", "await new:x <- create new:x", "! rename new"],
    ),
    (
        "a key with other content is deleted",
        [have("old", "y"), have("a")],
        [want("new"), want("a")],
        {"exclude": ["new"]},
        ["delete old:y"],
    ),
    (
        "a removed key is no old name of a key that exists",
        [have("a"), have("old")],
        [want("a")],
        {"exclude": ["a"]},
        ["delete old:x"],
    ),
    (
        "a key that is declared is no old name",
        [have("b")],
        [want("new"), want("b", settings={"topK": 1})],
        {"exclude": ["new"]},
        ["update b:x topK"],
    ),
    (
        "a child of other data is no old name of a child",
        [have("a"), have("old", "y", parent_model=have("a"))],
        [want("a"), want("new", parent="a")],
        {"exclude": ["new"]},
        ["delete old:y"],
    ),
    (
        "a model that is no child is none, either",
        [have("a", "z"), have("old")],
        [want("a", "z"), want("new", parent="a")],
        {"exclude": ["new"]},
        ["delete old:x"],
    ),
    (
        "it is a child by its marker",
        [have("a", "z"), like_child(have("old"))],
        [want("a", "z"), want("new", parent="a")],
        {"exclude": ["new"]},
        [],
    ),
    (
        "or by what it was tuned from",
        [have("a", "z"), tuned_from("jobs/1", have("old"))],
        [want("a", "z"), want("new", parent="a")],
        {"exclude": ["new"]},
        [],
    ),
    (
        "a marker of no key can be seen beside a target",
        [have("a"), unmarked("tunedModels/q", Corrupt("cut", "team"))],
        [want("a", settings={"topK": 1})],
        {"target": ["a"]},
        ["update a:x topK", "! corrupt-marker"],
    ),
    (
        "a marker that was cut concerns the key of its id",
        [unmarked(have("b").name, Corrupt("cut", "team"))],
        [want("b")],
        {},
        ["blocked b", "! corrupt-marker b"],
    ),
    (
        "but no undeclared key",
        [unmarked("tunedModels/zz-0123456789", Corrupt("cut", "team"))],
        [want("b")],
        {},
        ["create b:x serving=1", "await b:x <- create b:x", "! corrupt-marker"],
    ),
]

PERMITTED = [
    (
        "those of a model that served before are not touched",
        [have("a", "x", 1, permissions=(READER,)), have("a", "y", 2, permissions=(WRITER,))],
        [want("a")],
        {},
        ["promote a:x serving=3"],
    ),
    (
        "those that are declared and set are not carried over to",
        [have("a", "x", 1, permissions=(READER,)), have("a", "y", None, permissions=(WRITER,))],
        [want("a", "y", permit=(WRITER,))],
        {},
        ["promote a:y serving=2"],
    ),
    (
        "permissions that were not read are set",
        [have("a")],
        [want("a", permit=(READER,))],
        {},
        ["permit a:x permissions.USER x@y.z"],
    ),
    ("none are declared, and none were read", [have("a")], [want("a", permit=())], {}, []),
]

TAKING_OVER = [
    (
        "a child is tuned from an import that --replace names, since that begins no training yet",
        [unmarked("tunedModels/legacy")],
        [want("a", adopt="tunedModels/legacy", declared=True, settings={"topK": 1}), want("b", parent="a")],
        {"replace": {"a"}},
        [
            "import a:x serving=1",
            "update a:x topK <- import a:x",
            "create b:x serving=1 <- import a:x",
            "await b:x <- create b:x",
        ],
    ),
    (
        "failed trainings come along where they can be written on",
        [have("a", owner="old"), have("a", "y", 2, state="FAILED", owner="old")],
        [want("a")],
        {"from_owner": "old"},
        ["import a:x serving=1", "import a:y serving=2 <- import a:x"],
    ),
    (
        "a training of the same is a clash, whatever its number",
        [have("a", "x", 1, owner="old"), have("a", "x", 3), have("a", "y", 4)],
        [want("a")],
        {"from_owner": "old"},
        ["import a:x serving=1", "! import a"],
    ),
    (
        "a replacement beside a candidate is a candidate",
        [have("a", "y", 1, owner="old"), have("a", "x", None)],
        [want("a")],
        {"from_owner": "old"},
        ["import a:y serving=1", "! import a"],
    ),
]

CLOUD_TABLE = [
    (
        "an undeclared training is cancelled, not awaited",
        [have("a", state="CREATING")],
        [],
        {},
        ["abandon a:x"],
    ),
    (
        "of two trainings of the same the oldest is meant, whichever serves",
        [replace(SECOND, marker=have("a", "x", 2).marker), FIRST],
        [want("a")],
        {},
        ["promote a:x serving=3", "delete a:x <- promote a:x"],
    ),
    (
        "a record of a failure is not in the plan, though a release would wait for its end",
        [have("a", "x", 1, retain=True), have("a", "y", 2, state="FAILED")],
        [],
        {},
        ["forget a:x <- delete a:y"],
    ),
    (
        "the marker of a released key waits for its training, and is removed last",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING", retain=True)],
        [],
        {},
        ["await a:y", "forget a:x", "forget a:y <- await a:y, forget a:x"],
    ),
    ("trainings of the same end together with their key", [SECOND, FIRST], [], {}, ["delete a:x", "delete a:x"]),
    (
        "nor does a deletion wait for itself",
        [twin(have("a"), "2026-01-02", "tunedModels/a"), FIRST],
        [],
        {},
        ["delete a:x", "delete a:x"],
    ),
    (
        "duplicates are deleted one after the other",
        [SECOND, FIRST, twin(have("a"), "2026-01-03")],
        [want("a")],
        {},
        ["delete a:x"],
    ),
    ("each once", [SECOND, FIRST], [want("a", keep=0)], {}, ["delete a:x"]),
    (
        "after the kept model serves",
        [SECOND, FIRST, have("a", "y", 2)],
        [want("a")],
        {},
        ["promote a:x serving=3", "delete a:x <- promote a:x"],
    ),
    (
        "a retired model that is moved is written on once",
        [have("old", "x", 1, noted=False), have("old", "y", 2)],
        [want("a", "y", moved="old")],
        {},
        ["update a:y metadata.name", "update a:x marker <- update a:y"],
    ),
    (
        "permissions that no model has are no hindrance",
        [],
        [want("a", permit=())],
        {},
        ["create a:x serving=1", "await a:x <- create a:x"],
    ),
]

TABLE = MATCHING + PARENTS + REMOVAL + RENAMES + LEAVING_OUT + PERMITTED + TAKING_OVER


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_plan(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert lines(planned(live, desired, **options)) == expected


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in CLOUD_TABLE], ids=[row[0] for row in CLOUD_TABLE]
)
def test_plan_for_a_service_that_makes_its_own_ids(live, desired, options, expected):
    """Each row: current, desired, options, expected. Independent steps may be in any order."""
    assert sorted(lines(planned(live, desired, traits=CLOUD, **options))) == sorted(expected)
