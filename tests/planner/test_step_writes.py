"""What the steps of a plan write, and the reason of each step."""

from __future__ import annotations

import pytest
from support.planner_dsl import CLOUD, have, planned, reasons, step_writes, twin, unmarked, want

from gemspec.domain.model import ParentModel, Permission

READER = Permission("USER", "x@y.z", "READER")
WRITER = Permission("USER", "x@y.z", "WRITER")
EVERYONE = Permission("EVERYONE", "", "READER")
LEGACY = "tunedModels/legacy"

# name, live, desired, options, expected
REASONS = [
    (
        "a training that is awaited",
        [have("a", state="CREATING")],
        [want("a", settings={"topK": 1})],
        {},
        ["await a:x: its training is in progress", "update a:x: settings differ from the manifest"],
    ),
    (
        "a training with the service's word on what it waits for",
        [have("a", state="CREATING", waiting="queued")],
        [want("a")],
        {},
        ["await a:x: its training is queued at the service"],
    ),
    (
        "protection alone",
        [have("a", "x", 1)],
        [want("a", "y", protect=True)],
        {},
        [
            "update a:x: what the manifest says of protection and deletion",
            "create a:y: tuningTask.trainingData differs from the serving model",
            "await a:y: its training",
        ],
    ),
    (
        "settings of a moved key",
        [have("old")],
        [want("a", moved="old", settings={"topK": 1})],
        {},
        ["update a:x: moved from old"],
    ),
    (
        "permissions that are declared",
        [have("a")],
        [want("a", "y", permit=(READER,))],
        {},
        [
            "create a:y: tuningTask.trainingData differs from the serving model",
            "await a:y: its training",
            "permit a:y: as the manifest says",
            "promote a:y: it has been trained, and those may use it who are to",
        ],
    ),
    (
        "permissions that are carried over",
        [have("a", permissions=(READER,)), have("a", "y", None, permissions=())],
        [want("a", "y")],
        {},
        [
            "permit a:y: carried over from the serving model",
            "promote a:y: it has been trained as the manifest asks, and is to serve, instead of a:x",
        ],
    ),
    (
        "a deletion",
        [
            have("a", "w", 1),
            have("a", "x", 2),
            have("a", "y", 3),
            have("a", "z", None),
            have("a", "v", 4, state="FAILED"),
            have("a", "u", 5, state="CREATING"),
        ],
        [want("a", "y")],
        {},
        [
            "abandon a:u: its training is no longer wanted: it is ended, and the model deleted",
            "delete a:v: its training failed, and it is no longer wanted",
            "delete a:z: it never served, and is no longer wanted",
            "delete a:w: retired; keepPrevious is 1",
        ],
    ),
    (
        "a deletion with its key",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING")],
        [],
        {},
        [
            "delete a:x: no manifest declares it",
            "abandon a:y: no manifest declares it: its training is ended, and the model deleted",
        ],
    ),
    (
        "a deletion with its project",
        [have("a", "x", 1), have("a", "y", 2, state="CREATING")],
        [],
        {"destroy": True},
        [
            "delete a:x: asked for with destroy",
            "abandon a:y: asked for with destroy: its training is ended, and the model deleted",
        ],
    ),
    (
        "what is released",
        [have("a", retain=True)],
        [],
        {"destroy": True},
        ["forget a:x: asked for with destroy; deletionPolicy is retain, so the model stays, without gemspec"],
    ),
    (
        "what is kept though its deletion had begun",
        [have("a", terminating=True)],
        [want("a")],
        {"undelete": {"a"}},
        ["update a:x: asked for with --undelete: its deletion had begun"],
    ),
    (
        "what is held under its new name",
        [
            have("old", "w", 1),
            have("old", "x", 2),
            have("old", "y", 3),
            have("k", owner="other", parent_model=have("old", "w", 1)),
        ],
        [want("a", "y", moved="old")],
        {},
        ["update a:y: moved from old", "update a:x: moved from old", "update a:w: moved from old"],
    ),
    (
        "a failed training beside an equal training",
        [have("a", "x", 1), have("old", "x", 1, state="FAILED")],
        [want("a", moved="old")],
        {},
        ["delete a:x: its training failed, and it is no longer wanted"],
    ),
    (
        "a moved key with a replacement in training",
        [have("old", protect=True)],
        [want("a", "y", moved="old")],
        {},
        [
            "update a:x: moved from old",
            "create a:y: tuningTask.trainingData differs from the serving model",
            "await a:y: its training",
        ],
    ),
    (
        "what is held under its new name, though it never served",
        [have("old"), have("old", "y", None), have("k", owner="other", parent_model=have("old", "y"))],
        [want("a", moved="old")],
        {},
        ["update a:x: moved from old", "update a:y: moved from old"],
    ),
    (
        "what is released once it is trained",
        [have("a", state="CREATING", waiting="queued", retain=True)],
        [],
        {"traits": CLOUD},
        [
            "await a:x: its training is queued at the service",
            "forget a:x: no manifest declares it; deletionPolicy is retain, so the model stays, without gemspec",
        ],
    ),
    (
        "a second training of the same, under way",
        [have("a", made="2026-01-01"), twin(have("a", state="CREATING"), "2026-01-02")],
        [want("a")],
        {"traits": CLOUD},
        ["abandon a:x: it is a second training of the same; the oldest is kept"],
    ),
]

WRITTEN = [
    (
        "what never served bears the new key, too, where something was tuned from it",
        [have("old"), have("old", "y", None), have("k", owner="other", parent_model=have("old", "y"))],
        [want("a", moved="old")],
        {},
        ["update a:x (metadata.name) [a serving=1]", "update a:y [a]"],
    ),
    (
        "so does what is being deleted",
        [
            have("old", "y", 1, terminating=True),
            have("old", "x", 2),
            have("k", owner="other", parent_model=have("old", "y")),
        ],
        [want("a", moved="old")],
        {},
        ["update a:x (metadata.name) [a serving=2]", "update a:y [a serving=1 terminating]"],
    ),
    (
        "permissions that a candidate has of its own stay beside those that are carried over",
        [have("a", permissions=(READER,)), have("a", "y", None, permissions=(EVERYONE,))],
        [want("a", "y")],
        {},
        ["permit a:y (permissions.USER x@y.z) READER=EVERYONE READER=x@y.z", "promote a:y [a serving=2]"],
    ),
    (
        "what the manifest leaves unset is carried over, where it can be step_writes and says something",
        [
            have(
                "a",
                settings={
                    "topK": 3,
                    "temperature": 0.0,
                    "displayName": "",
                    "readerProjectNumbers": (),
                    "serviceAccount": "who@x.y",
                },
            )
        ],
        [want("a", "y", protect=True, retain=True)],
        {},
        [
            "update a:x [a serving=1 protect retain]",
            "create a:y (lifecycle.deletionPolicy, lifecycle.protect, tuningTask.trainingData) temperature=0.0 "
            "topK=3 [a serving=2 protect retain]",
            "await a:y",
        ],
    ),
    (
        "just the settings that differ are step_writes, and no marker that says the same",
        [have("a", settings={"topK": 3, "temperature": 0.5})],
        [want("a", settings={"topK": 4, "temperature": 0.5})],
        {},
        ["update a:x (topK) topK=4"],
    ),
    (
        "protection and settings in a single write",
        [have("a", settings={"topK": 3})],
        [want("a", settings={"topK": 4}, protect=True, retain=True)],
        {},
        ["update a:x (lifecycle.deletionPolicy, lifecycle.protect, topK) topK=4 [a serving=1 protect retain]"],
    ),
    (
        "a promotion writes the marker, and the update before it does not",
        [have("a", "x", 1, settings={"topK": 3}), have("a", "y", 2)],
        [want("a", settings={"topK": 4}, protect=True)],
        {},
        [
            "update a:x (topK) topK=4",
            "update a:y [a serving=2 protect]",
            "promote a:x (lifecycle.protect) [a serving=3 protect]",
        ],
    ),
    (
        "a release that is taken back",
        [have("a", retain=True)],
        [want("a")],
        {},
        ["update a:x (lifecycle.deletionPolicy) [a serving=1]"],
    ),
    (
        "a candidate's checks, and the generation that has to serve before the old generation is deleted",
        [have("a")],
        [want("a", "y", checks=2, keep=0)],
        {},
        [
            "create a:y (tuningTask.trainingData) [a]",
            "await a:y",
            "check a:y checks=2",
            "promote a:y [a serving=2]",
            "delete a:x after a:y",
        ],
    ),
    (
        "permissions",
        [have("a", permissions=(READER,))],
        [want("a", "y", permit=(WRITER,))],
        {},
        [
            "create a:y (permissions.USER x@y.z, tuningTask.trainingData) [a]",
            "await a:y",
            "permit a:y (permissions.USER x@y.z) WRITER=x@y.z",
            "promote a:y [a serving=2]",
        ],
    ),
    (
        "a child remembers its parent",
        [have("a")],
        [want("a"), want("b", parent="a")],
        {},
        ["create b:x [b serving=1 from]", "await b:x"],
    ),
    (
        "retired generations bear the new key",
        [have("old", "x", 1), have("old", "y", 2)],
        [want("a", "y", moved="old")],
        {},
        ["update a:y (metadata.name) [a serving=2]", "update a:x [a serving=1]"],
    ),
    (
        "so does what is held",
        [
            have("old", "w", 1),
            have("old", "x", 2),
            have("old", "y", 3),
            have("k", owner="other", parent_model=have("old", "w", 1)),
        ],
        [want("a", "y", moved="old")],
        {},
        ["update a:y (metadata.name) [a serving=3]", "update a:x [a serving=2]", "update a:w [a serving=1]"],
    ),
    (
        "an import is protected from its first moment",
        [unmarked(LEGACY)],
        [want("a", None, adopt=LEGACY, protect=True, retain=True)],
        {},
        ["import a:? [a serving=1 protect retain]"],
    ),
    (
        "an import of a child",
        [have("p"), unmarked(LEGACY, source=ParentModel(have("p").name))],
        [want("p"), want("a", parent="p", adopt=LEGACY, declared=True)],
        {},
        ["import a:x [a serving=1 from]"],
    ),
    (
        "a takeover",
        [have("a", "x", 1, owner="old", protect=True), have("a", "y", 2, owner="old")],
        [want("a", "y")],
        {"from_owner": "old"},
        ["import a:y [a serving=2]", "import a:x [a serving=1 protect]"],
    ),
    (
        "what is deleted after another has taken its place",
        [have("a", "w", 1), have("a", "x", 2), have("a", "y", 3, terminating=True), have("a", "z", 4)],
        [want("a", "z")],
        {},
        ["delete a:w after a:z", "delete a:y after a:z"],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS]
)
def test_why_steps_are_taken(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert reasons(planned(live, desired, **options)) == expected


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in WRITTEN], ids=[row[0] for row in WRITTEN]
)
def test_what_steps_write(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert step_writes(planned(live, desired, **options)) == expected
