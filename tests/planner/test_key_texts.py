"""The texts of a plan for each key: kind and reason, the serving model and the next, differences and notes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import TRAITS, have, key_texts, planned, unmarked, want

from gemspec.domain import diff
from gemspec.domain.marker import Corrupt
from gemspec.domain.model import Permission
from gemspec.domain.plan import Kind

BY_KEY = replace(TRAITS, sets_permissions=False)
OWN_IDS = replace(TRAITS, assigns_ids=True, keeps_failed=True)
READER = Permission("USER", "x@y.z", "READER")
WRITER = Permission("USER", "x@y.z", "WRITER")
EVERYONE = Permission("EVERYONE", "", "READER")
LEGACY = "tunedModels/legacy"

# name, live, desired, options, expected
TOLD = [
    ("nothing to do", [have("a")], [want("a")], {}, ["no-op a", "  serves: a:x", "  will serve: a:x"]),
    (
        "a first training, on the defaults of its service",
        [],
        [want("a")],
        {},
        ["create a: the service has no model of this key", "  will serve: a:x"],
    ),
    (
        "a replacement: the fields that a training fixes are why, the others are set along",
        [have("a", settings={"topK": 3})],
        [want("a", "y", settings={"topK": 4})],
        {},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  topK: 3 -> 4",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "several of them are named together",
        [have("a")],
        [want("a", "y", hyper={"epochCount": 9})],
        {},
        [
            "replace a: tuningTask.hyperparameters.epochCount, tuningTask.trainingData differ from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.hyperparameters.epochCount: 5 -> 9",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a replacement that was asked for",
        [have("a")],
        [want("a")],
        {"replace": {"a"}},
        [
            "replace a: asked for with --replace",
            "  serves: a:x",
            "  will serve: a:x#2",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a training that is tried again",
        [have("a", state="FAILED")],
        [want("a")],
        {"retry": True},
        ["create a: asked for with --retry-failed", "  will serve: a:x#2"],
    ),
    (
        "--retry-failed where nothing failed",
        [have("a")],
        [want("a", "y")],
        {"retry": True},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a child of a parent that is trained anew",
        [have("a"), have("b", "z", parent_model=have("a"))],
        [want("a", "y"), want("b", "z", parent="a")],
        {},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
            "replace b: a, which it is tuned from, has a new generation",
            "  serves: b:z",
            "  will serve: b:z",
            "  tunedModelSource.tunedModel: a:x -> a:y",
            "  note: b:z goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a child of the same parent, of other data",
        [have("a"), have("b", "z", parent_model=have("a"))],
        [want("a"), want("b", "y", parent="a")],
        {},
        [
            "no-op a",
            "  serves: a:x",
            "  will serve: a:x",
            "replace b: tuningTask.trainingData differs from the serving model",
            "  serves: b:z",
            "  will serve: b:y",
            "  tuningTask.trainingData: z -> y",
            "  note: b:z goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a rollback",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a")],
        {},
        [
            "update a: generation 1 was trained on just what the manifest asks for, "
            "so it serves again without a training, instead of a:y",
            "  serves: a:y",
            "  will serve: a:x",
            "  note: a:y goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a candidate that takes over",
        [have("a"), have("a", "y", None)],
        [want("a", "y")],
        {},
        [
            "update a: it has been trained as the manifest asks, and is to serve, instead of a:x",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a candidate that is still in training",
        [have("a"), have("a", "y", None, state="CREATING")],
        [want("a", "y", checks=1)],
        {},
        [
            "update a: it is in training as the manifest asks, and is to serve, instead of a:x",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a candidate that its checks may keep back",
        [have("a"), have("a", "y", None)],
        [want("a", "y", checks=1)],
        {},
        [
            "update a: it has been trained as the manifest asks, and is to serve, instead of a:x",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: where a check fails it goes on waiting: `gemspec check --accept a` lets it serve all the "
            "same, `gemspec apply --replace a` trains it again",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a candidate whose checks do not count",
        [have("a"), have("a", "y", None)],
        [want("a", "y", checks=1)],
        {"accept": {"a"}},
        [
            "update a: it has been trained as the manifest asks, and is to serve, instead of a:x",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: its checks are not asked",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a training without checks, where there are some now",
        [have("a"), have("a", "y", 2, state="CREATING")],
        [want("a", "y", checks=1)],
        {},
        [
            "await a: its training is in progress",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: its training began without checks: it serves as soon as it is trained",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a training that the service has queued",
        [have("a", state="CREATING", waiting="queued")],
        [want("a")],
        {},
        ["await a: its training is queued at the service", "  will serve: a:x"],
    ),
    (
        "checks of what serves already are no matter",
        [have("a")],
        [want("a", checks=1)],
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "settings and what has retired",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "y", settings={"topK": 4})],
        {},
        ["update a: settings differ from the manifest", "  serves: a:y", "  will serve: a:y", "  topK: None -> 4"],
    ),
    (
        "what has retired goes",
        [have("a", "w", 1), have("a", "x", 2), have("a", "y", 3)],
        [want("a", "y")],
        {},
        ["prune a: retired; keepPrevious is 1", "  serves: a:y", "  will serve: a:y"],
    ),
    (
        "a failed training, and what goes on",
        [have("a"), have("a", "y", 2, state="FAILED", failure="no quota")],
        [want("a", "y")],
        {},
        [
            "failed a: the training of a:y failed: no quota",
            "  serves: a:x",
            "  will serve: a:y",
            "  note: a:x goes on serving",
            "  note: to train it again: --retry-failed; or change the manifest; to leave it out: --exclude a",
        ],
    ),
    (
        "a failed training of which nothing is known",
        [have("a", state="FAILED")],
        [want("a")],
        {},
        [
            "failed a: the training of a:x failed",
            "  will serve: a:x",
            "  note: to train it again: --retry-failed; or change the manifest; to leave it out: --exclude a",
        ],
    ),
    (
        "a child of a failed parent",
        [have("a", state="FAILED"), have("b", parent_model=have("a"))],
        [want("a"), want("b", parent="a")],
        {},
        [
            "failed a: the training of a:x failed",
            "  will serve: a:x",
            "  note: to train it again: --retry-failed; or change the manifest; to leave it out: --exclude a",
            "blocked b: it waits for a, which it is tuned from: its training failed",
            "  serves: b:x",
        ],
    ),
    (
        "a child of a parent that is not there",
        [have("b", parent_model=have("a"))],
        [want("b", parent="a")],
        {},
        ["blocked b: it waits for a, which it is tuned from: no model of it can be used yet", "  serves: b:x"],
    ),
    (
        "a child of what the next plan trains anew",
        [unmarked(LEGACY)],
        [want("a", adopt=LEGACY), want("b", parent="a")],
        {},
        [
            "import a: it exists already, and its manifest imports it",
            "  serves: a:?",
            "  will serve: a:?",
            "  note: its tuningTask.trainingData differs from the manifest, so the next plan will train a "
            "replacement; if it was trained on just this data, write `data: asDeclared` under spec.import",
            "blocked b: it waits for a, which it is tuned from: the next plan will train it anew",
        ],
    ),
    (
        "a child whose parent is not part of the plan",
        [have("a")],
        [want("b", parent="a")],
        {"whole": False},
        [
            "create b: the service has no model of this key",
            "  will serve: b:x",
            "  note: a is not part of this plan: tunedModels/a-505394a846, which serves, is tuned from, whatever "
            "its manifest says",
        ],
    ),
    (
        "there is nothing to say where it is not trained",
        [have("a"), have("b", parent_model=have("a"))],
        [want("b", parent="a")],
        {"whole": False},
        ["no-op b", "  serves: b:x", "  will serve: b:x"],
    ),
    (
        "what is being deleted",
        [have("a", "x", 1, terminating=True), have("a", "y", 2)],
        [want("a")],
        {},
        [
            "blocked a: the manifest means a:x, which another apply is deleting, or one that was broken off: "
            "plan again when that has ended; --undelete a keeps it where it has not, --replace a trains another",
            "  serves: a:y",
        ],
    ),
    (
        "what no data was declared for",
        [have("a")],
        [want("a", None, hyper={"epochCount": 9})],
        {},
        [
            "blocked a: tuningTask.hyperparameters.epochCount changed, but its manifest declares no training "
            "data, so nothing can be trained",
            "  serves: a:x",
        ],
    ),
    (
        "nor any model is there",
        [],
        [want("a", None)],
        {},
        [
            "blocked a: it has no model that serves, but its manifest declares no training data, so nothing can "
            "be trained"
        ],
    ),
    (
        "what must be put in order first",
        [have("a"), unmarked("tunedModels/q", Corrupt("cut", "team", "a"))],
        [want("a")],
        {},
        ["blocked a: its models on the service must be put in order first", "  serves: a:x"],
    ),
    (
        "what is no longer declared",
        [have("a", "x", 1), have("a", "y", 2)],
        [],
        {"target": ["a"]},
        ["delete a: no manifest declares it", "  serves: a:y"],
    ),
    ("what never served", [have("a", "y", None, settings={"topK": 3})], [], {}, ["delete a: no manifest declares it"]),
    (
        "what is released",
        [have("a", retain=True)],
        [],
        {},
        [
            "forget a: no manifest declares it; deletionPolicy is retain, so the model stays, without gemspec",
            "  serves: a:x",
        ],
    ),
    ("the end of a project", [have("a")], [], {"destroy": True}, ["delete a: asked for with destroy", "  serves: a:x"]),
    (
        "a key under a new name",
        [have("old", "x", 1), have("old", "y", 2)],
        [want("a", "y", moved="old")],
        {},
        ["update a: moved from old", "  serves: a:y", "  will serve: a:y", "  metadata.name: old -> a"],
    ),
    (
        "what is imported as it is",
        [unmarked(LEGACY)],
        [want("a", adopt=LEGACY, declared=True)],
        {},
        ["import a: it exists already, and its manifest imports it", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "what is imported with other data, perhaps",
        [unmarked(LEGACY)],
        [want("a", adopt=LEGACY, settings={"topK": 3})],
        {},
        [
            "import a: it exists already, and its manifest imports it",
            "  serves: a:?",
            "  will serve: a:?",
            "  topK: None -> 3",
            "  note: its tuningTask.trainingData differs from the manifest, so the next plan will train a "
            "replacement; if it was trained on just this data, write `data: asDeclared` under spec.import",
        ],
    ),
    (
        "what is imported and will be trained anew",
        [unmarked(LEGACY)],
        [want("a", adopt=LEGACY, declared=True, hyper={"epochCount": 9})],
        {},
        [
            "import a: it exists already, and its manifest imports it",
            "  serves: a:x",
            "  will serve: a:x",
            "  note: its tuningTask.hyperparameters.epochCount differs from the manifest, so the next plan will "
            "train a replacement",
        ],
    ),
    (
        "what is imported and cannot be trained anew",
        [unmarked(LEGACY)],
        [want("a", None, adopt=LEGACY, hyper={"epochCount": 9})],
        {},
        [
            "import a: it exists already, and its manifest imports it",
            "  serves: a:?",
            "  will serve: a:?",
            "  note: its manifest asks for another tuningTask.hyperparameters.epochCount, and declares no "
            "training data: nothing will be trained",
        ],
    ),
    (
        "what was imported already",
        [have("a")],
        [want("a", adopt=have("a").name)],
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "what another project is left with",
        [have("a", owner="old"), have("a", "y", 2, owner="old")],
        [want("a", "y")],
        {"from_owner": "old"},
        ["import a: taken over from project old", "  serves: a:y", "  will serve: a:y"],
    ),
    (
        "permissions that everybody has are carried over",
        [have("a", permissions=(EVERYONE,))],
        [want("a", "y")],
        {},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.trainingData: x -> y",
            "  note: EVERYONE may use this model: anybody with an account of Google's",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "permissions that differ",
        [have("a", permissions=(READER,))],
        [want("a", permit=(WRITER,))],
        {},
        [
            "update a: who may use it differs from the manifest",
            "  serves: a:x",
            "  will serve: a:x",
            "  permissions.USER x@y.z: READER -> WRITER",
        ],
    ),
    (
        "a hyperparameter that the service reports as it was asked for",
        [have("a", hyper={"epochCount": 5})],
        [want("a", hyper={"epochCount": 5})],
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "one that it does not report",
        [have("a", hyper={"epochCount": 5}, reported={})],
        [want("a", hyper={"epochCount": 5})],
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "one that it reports otherwise",
        [have("a", hyper={"epochCount": 9}, reported={"epochCount": 8})],
        [want("a", hyper={"epochCount": 9})],
        {},
        ["no-op a", "  serves: a:x", "  will serve: a:x", "  note: epochCount: 9 was asked for, the service reports 8"],
    ),
    (
        "what has retired is kept, since something was tuned from it",
        [
            have("a", "w", 1),
            have("a", "x", 2),
            have("a", "y", 3),
            have("k", owner="other", parent_model=have("a", "w", 1)),
        ],
        [want("a", "y")],
        {},
        [
            "no-op a: retired; keepPrevious is 1",
            "  serves: a:y",
            "  will serve: a:y",
            "  note: a:w is kept: tunedModels/k-3e09a857af was tuned from it",
        ],
    ),
    (
        "what failed was tuned from it is no reason",
        [
            have("a", "w", 1),
            have("a", "x", 2),
            have("a", "y", 3),
            have("k", state="FAILED", owner="other", parent_model=have("a", "w", 1)),
        ],
        [want("a", "y")],
        {},
        ["prune a: retired; keepPrevious is 1", "  serves: a:y", "  will serve: a:y"],
    ),
    (
        "a release that is taken back",
        [have("a", retain=True)],
        [want("a")],
        {},
        [
            "update a: settings differ from the manifest",
            "  serves: a:x",
            "  will serve: a:x",
            "  lifecycle.deletionPolicy: retain -> delete",
        ],
    ),
    (
        "a promotion is why, whatever else is done",
        [have("a", "x", 1), have("a", "y", None)],
        [want("a", "y", settings={"topK": 1})],
        {},
        [
            "update a: it has been trained as the manifest asks, and is to serve, instead of a:x",
            "  serves: a:x",
            "  will serve: a:y",
            "  topK: None -> 1",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a child planned alone, of nothing that serves",
        [have("a", state="FAILED")],
        [want("b", parent="a")],
        {"whole": False},
        ["blocked b: it waits for a, which it is tuned from: no model of it can be used yet"],
    ),
    (
        "what a manifest fixes, and takes from somewhere else",
        [have("a", fixed={"kmsKeyName": "k"})],
        [want("a", fixed={"kmsKeyName": "l"}, parent="tunedModels/p")],
        {},
        [
            "replace a: baseModel, kmsKeyName, tunedModelSource.tunedModel differ from the serving model",
            "  serves: a:x",
            "  will serve: a:x",
            "  baseModel: models/gemini-1.0-pro-001 -> None",
            "  kmsKeyName: k -> l",
            "  tunedModelSource.tunedModel: None -> tunedModels/p",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "permissions that nobody has read",
        [have("a")],
        [want("a", permit=(READER,))],
        {},
        [
            "update a: who may use it differs from the manifest",
            "  serves: a:x",
            "  will serve: a:x",
            "  permissions.USER x@y.z: None -> READER",
        ],
    ),
    (
        "what goes beside what is kept for its child",
        [
            have("a", "w", 1),
            have("a", "x", 2),
            have("a", "y", 3),
            have("a", "z", 4),
            have("k", owner="other", parent_model=have("a", "w", 1)),
        ],
        [want("a", "z")],
        {},
        [
            "prune a: retired; keepPrevious is 1",
            "  serves: a:z",
            "  will serve: a:z",
            "  note: a:w is kept: tunedModels/k-3e09a857af was tuned from it",
        ],
    ),
    (
        "permissions that an API key cannot carry over",
        [have("a")],
        [want("a", "y")],
        {"traits": BY_KEY},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.trainingData: x -> y",
            "  note: an API key cannot read who else may use a:x: grant it on the new model yourself",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "nor has to, where there are none",
        [],
        [want("a", "y")],
        {"traits": BY_KEY},
        ["create a: the service has no model of this key", "  will serve: a:y"],
    ),
    (
        "nor has to, where models have no permissions",
        [have("a")],
        [want("a")],
        {"traits": replace(BY_KEY, has_permissions=False), "replace": {"a"}},
        [
            "replace a: asked for with --replace",
            "  serves: a:x",
            "  will serve: a:x#2",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a child of what only the service can name",
        [have("a"), have("b", "z", parent_model=have("a"))],
        [want("a", "y"), want("b", "z", parent="a")],
        {"traits": OWN_IDS},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: what has no name yet",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
            "replace b: a, which it is tuned from, has a new generation",
            "  serves: b:z",
            "  will serve: what has no name yet",
            "  tunedModelSource.tunedModel: a:x -> (known after apply)",
            "  note: b:z goes on answering (keepPrevious is 1)",
        ],
    ),
    ("a record of a failure alone is no key", [have("a", state="FAILED")], [], {"traits": OWN_IDS}, []),
    (
        "beside what serves it is nothing to do",
        [have("a"), have("a", "y", 2, state="FAILED")],
        [want("a")],
        {"traits": OWN_IDS},
        ["no-op a", "  serves: a:x", "  will serve: a:x"],
    ),
    (
        "beside what goes it is no reason to prune",
        [have("a", "w", 1), have("a", "x", 2), have("a", "y", 3), have("a", "z", 4, state="FAILED")],
        [want("a", "y")],
        {"traits": OWN_IDS},
        ["prune a: retired; keepPrevious is 1", "  serves: a:y", "  will serve: a:y"],
    ),
    (
        "what is not managed is no reason",
        [have("a", fixed={"kmsKeyName": "k"})],
        [want("a", "y")],
        {},
        [
            "replace a: tuningTask.trainingData differs from the serving model",
            "  serves: a:x",
            "  will serve: a:y",
            "  tuningTask.trainingData: x -> y",
            "  note: a:x goes on answering (keepPrevious is 1)",
        ],
    ),
    (
        "a child of what nothing can be trained for",
        [],
        [want("a", None), want("b", parent="a")],
        {},
        [
            "blocked a: it has no model that serves, but its manifest declares no training data, so nothing can "
            "be trained",
            "blocked b: it waits for a, which it is tuned from: no model of it can be used yet",
        ],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD]
)
def test_texts_of_keys(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert key_texts(planned(live, desired, **options)) == expected


ROWS = pytest.mark.parametrize(("live", "desired", "options"), [row[1:4] for row in TOLD], ids=[row[0] for row in TOLD])


@ROWS
def test_what_differs_is_the_difference_of_the_two_forms(live, desired, options):
    """A key that changes has both forms. A key that is deleted has only the form before."""
    for key in planned(live, desired, **options).keys:
        if key.changes:
            assert key.changes == diff.explain(key.before, key.after)
        if key.kind in (Kind.REPLACE, Kind.UPDATE):
            assert key.before["metadata"] == {"name": key.current.marker.key}
            assert key.after["metadata"] == {"name": key.key}


@ROWS
def test_a_step_on_a_model_carries_it_as_it_was_seen(live, desired, options):
    """Apply writes only while the marker is still the same."""
    there = {model.name: model for model in live}
    for step in planned(live, desired, **options).steps:
        if step.name in there:
            assert step.live == there[step.name]
