"""Planner tables for checks, adoption, what was lost, what is left out, the end of a project, and its new name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import data, have, lines, planned, unmarked, want

from gemspec.domain.errors import InputError
from gemspec.domain.marker import UNKNOWN_DATA, Corrupt, Newer

CANDIDATE = have("a", "y", serving=None)
LEGACY = unmarked("tunedModels/legacy")

# name, live, desired, options, expected
CHECKS = [
    (
        "a first training is checked before it serves",
        [],
        [want("a", checks=1)],
        {},
        [
            "create a:x as candidate",
            "await a:x <- create a:x",
            "check a:x <- await a:x",
            "promote a:x serving=1 <- check a:x",
        ],
    ),
    (
        "a replacement serves only after its checks, and only then the one before the old one goes",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "z", checks=2)],
        {},
        [
            "create a:z as candidate",
            "await a:z <- create a:z",
            "check a:z <- await a:z",
            "promote a:z serving=3 <- check a:z",
            "delete a:x <- promote a:z",
        ],
    ),
    (
        "a candidate that waits is checked again",
        [have("a"), CANDIDATE],
        [want("a", "y", checks=1)],
        {},
        ["check a:y", "promote a:y serving=2 <- check a:y"],
    ),
    (
        "a candidate in training is waited for first",
        [have("a"), have("a", "y", serving=None, state="CREATING")],
        [want("a", "y", checks=1)],
        {},
        ["await a:y", "check a:y <- await a:y", "promote a:y serving=2 <- check a:y"],
    ),
    (
        "without checks a candidate serves",
        [have("a"), CANDIDATE],
        [want("a", "y")],
        {},
        ["promote a:y serving=2"],
    ),
    (
        "--accept promotes against the checks",
        [have("a"), CANDIDATE],
        [want("a", "y", checks=1)],
        {"accept": {"a"}},
        ["promote a:y serving=2"],
    ),
    (
        "--replace trains again beside the candidate, which goes when its successor is made",
        [have("a"), CANDIDATE],
        [want("a", "y", checks=1)],
        {"replace": {"a"}},
        [
            "create a:y#2 as candidate",
            "await a:y#2 <- create a:y#2",
            "delete a:y <- create a:y#2",
            "check a:y#2 <- await a:y#2",
            "promote a:y#2 serving=2 <- check a:y#2",
        ],
    ),
    (
        "a rollback is checked too",
        [have("a", "x", 1), have("a", "y", 2)],
        [want("a", "x", checks=1)],
        {},
        ["check a:x", "promote a:x serving=3 <- check a:x"],
    ),
    (
        "settings are written before the checks ask",
        [have("a"), have("a", "y", serving=None, settings={"temperature": 0.5})],
        [want("a", "y", checks=1, settings={"temperature": 0.2}, protect=True)],
        {},
        [
            "update a:y temperature",
            "update a:x marker",
            "check a:y <- update a:y",
            "promote a:y serving=2 <- check a:y",
        ],
    ),
    (
        "a model that serves is not checked again",
        [have("a", settings={"temperature": 0.5})],
        [want("a", checks=1, settings={"temperature": 0.2})],
        {},
        ["update a:x temperature"],
    ),
    (
        "a candidate that nobody wants any more goes",
        [have("a"), CANDIDATE],
        [want("a", "x", checks=1)],
        {},
        ["delete a:y"],
    ),
    (
        "a child waits for its parent's promotion",
        [],
        [want("a", checks=1), want("b", parent="a")],
        {},
        [
            "create a:x as candidate",
            "await a:x <- create a:x",
            "check a:x <- await a:x",
            "promote a:x serving=1 <- check a:x",
            "create b:x serving=1 <- promote a:x",
            "await b:x <- create b:x",
        ],
    ),
    (
        "a child that is rolled back serves after its parent does",
        [have("a", "x", 1), have("a", "y", 2), have("b", "x", 1, parent_model=have("a", "x", 1)), have("b", "z", 2)],
        [want("a", "x", checks=1), want("b", "x", parent="a")],
        {},
        ["check a:x", "promote a:x serving=3 <- check a:x", "promote b:x serving=3 <- promote a:x"],
    ),
    (
        "moving a key needs no check",
        [have("old")],
        [want("a", moved="old", checks=1)],
        {},
        ["update a:x metadata.name"],
    ),
]

ADOPTION = [
    ("only the marker is written", [LEGACY], [want("a", None, adopt=LEGACY.name)], {}, ["import a:? serving=1"]),
    (
        "declared data is remembered where it is said to be that",
        [LEGACY],
        [want("a", adopt=LEGACY.name, declared=True)],
        {},
        ["import a:x serving=1"],
    ),
    (
        "what the manifest sets is set after it",
        [LEGACY],
        [want("a", None, adopt=LEGACY.name, settings={"temperature": 0.2}, checks=1)],
        {},
        ["import a:? serving=1", "update a:? temperature <- import a:?"],
    ),
    (
        "other data does not replace it in the same plan",
        [LEGACY],
        [want("a", "x", adopt=LEGACY.name)],
        {},
        ["import a:? serving=1"],
    ),
    (
        "nor does another base, whatever is said of the data",
        [unmarked("tunedModels/q", reported={"epochCount": 3})],
        [want("a", "x", adopt="tunedModels/q", declared=True, hyper={"epochCount": 5})],
        {"replace": {"a"}},
        ["import a:x serving=1"],
    ),
    (
        "a child is tuned from it once it is ours",
        [LEGACY],
        [want("a", None, adopt=LEGACY.name), want("b", parent="a")],
        {},
        ["import a:? serving=1", "create b:x serving=1 <- import a:?", "await b:x <- create b:x"],
    ),
    (
        "no child is tuned from what the next plan will train anew",
        [LEGACY],
        [want("a", "x", adopt=LEGACY.name), want("b", parent="a")],
        {},
        ["import a:? serving=1", "blocked b"],
    ),
    (
        "a key with models of its own imports nothing",
        [have("a"), LEGACY],
        [want("a", adopt=LEGACY.name)],
        {},
        [],
    ),
    ("what is not there", [], [want("a", None, adopt="tunedModels/q")], {}, ["blocked a", "! import a"]),
    (
        "what is in training",
        [unmarked("tunedModels/q", state="CREATING")],
        [want("a", None, adopt="tunedModels/q")],
        {},
        ["blocked a", "! import a"],
    ),
    (
        "what failed",
        [unmarked("tunedModels/q", state="FAILED")],
        [want("a", None, adopt="tunedModels/q")],
        {},
        ["blocked a", "! import a"],
    ),
    (
        "what is another project's",
        [have("z", owner="other")],
        [want("a", None, adopt=have("z", owner="other").name)],
        {},
        ["blocked a", "! import a"],
    ),
    (
        "what is another key's",
        [have("b")],
        [want("b"), want("a", None, adopt=have("b").name)],
        {},
        ["blocked a", "! import a"],
    ),
    (
        "what carries a marker that cannot be read",
        [unmarked("tunedModels/q", Corrupt("cut"))],
        [want("a", None, adopt="tunedModels/q")],
        {},
        ["blocked a", "! import a"],
    ),
]

LEAVING_OUT = [
    (
        "the others of a blocked key are applied when it is left out",
        [unmarked("tunedModels/q", Corrupt("cut", "team", "a"))],
        [want("a"), want("b")],
        {"exclude": ["a"]},
        ["create b:x serving=1", "await b:x <- create b:x"],
    ),
    (
        "a corrupt marker of a key that nobody declares can be left out",
        [unmarked("tunedModels/q", Newer(2, "team", "z"))],
        [want("b")],
        {"exclude": ["z"]},
        ["create b:x serving=1", "await b:x <- create b:x"],
    ),
    (
        "a marker copied onto another key's id stops both, and both can be left out",
        [have("a"), unmarked(have("b").name, Corrupt("copied", "team", "a"))],
        [want("a"), want("b"), want("c")],
        {},
        ["create c:x serving=1", "await c:x <- create c:x", "blocked a", "blocked b", "! corrupt-marker a"],
    ),
    (
        "leaving them out applies the rest",
        [have("a"), unmarked(have("b").name, Corrupt("copied", "team", "a"))],
        [want("a"), want("b"), want("c")],
        {"exclude": ["a", "b"]},
        ["create c:x serving=1", "await c:x <- create c:x"],
    ),
    ("a protected key stays", [have("a", protect=True)], [want("b", "y")], {"exclude": ["a", "b"]}, []),
    (
        "an excluded parent keeps its children out",
        [],
        [want("a"), want("b", parent="a"), want("c", parent="b"), want("d")],
        {"exclude": ["a"]},
        ["create d:x serving=1", "await d:x <- create d:x"],
    ),
    (
        "a targeted child brings its parents",
        [],
        [want("a"), want("b", parent="a"), want("d")],
        {"target": ["b"]},
        [
            "create a:x serving=1",
            "await a:x <- create a:x",
            "create b:x serving=1 <- await a:x",
            "await b:x <- create b:x",
        ],
    ),
    ("globs", [], [want("a-1"), want("a-2"), want("b")], {"target": ["a-*"], "exclude": ["*-2", "b"]}, None),
    ("a key that goes can be targeted", [have("a"), have("b")], [], {"target": ["a"]}, ["delete a:x"]),
    (
        "both ends of a child's rename stay out",
        [have("a"), have("old", parent_model=have("a"))],
        [want("a"), want("new", parent="a")],
        {"exclude": ["new"]},
        [],
    ),
    (
        "an unknown state stops a key under its new name, too",
        [have("old", "x", 1), have("old", "y", 2, state="UNKNOWN")],
        [want("a", "z", moved="old")],
        {"target": ["a"]},
        ["blocked a", "! unknown-state a"],
    ),
    ("both ends of a rename stay out", [have("old")], [want("new")], {"exclude": ["new"]}, []),
    ("a moved key is meant by its old name too", [have("old")], [want("a", moved="old")], {"exclude": ["old"]}, []),
    (
        "a failed key that is left out is no failure",
        [have("a", state="FAILED")],
        [want("a"), want("b")],
        {"exclude": ["a"]},
        ["create b:x serving=1", "await b:x <- create b:x"],
    ),
]

ENDS = [
    (
        "everything that is ours goes, children first, whatever is declared",
        [have("a"), have("b", parent_model=have("a")), have("c", owner="other"), LEGACY],
        [want("a")],
        {"destroy": True},
        ["delete b:x", "delete a:x <- delete b:x"],
    ),
    (
        "no limit stands against it",
        [have(key) for key in "abcdef"],
        [],
        {"destroy": True},
        [f"delete {key}:x" for key in "abcdef"],
    ),
    ("protection does", [have("a", protect=True)], [], {"destroy": True}, ["delete a:x", "! protect a"]),
    ("what is retained is released", [have("a", retain=True)], [], {"destroy": True}, ["forget a:x"]),
    ("trainings end", [have("a", state="CREATING")], [], {"destroy": True}, ["abandon a:x"]),
    (
        "protected keys can be left out",
        [have("a", protect=True), have("b")],
        [],
        {"destroy": True, "exclude": ["a"]},
        ["delete b:x"],
    ),
]

OLD = [have("a", "x", 1, owner="old"), have("a", "y", 2, owner="old"), have("b", owner="old")]
TAKEOVER = [
    (
        "the serving generation first; keys that nobody declares stay",
        OLD,
        [want("a", "y")],
        {"from_owner": "old"},
        ["import a:y serving=2", "import a:x serving=1 <- import a:y"],
    ),
    (
        "an interrupted takeover is finished",
        [OLD[0], have("a", "y", 2)],
        [want("a", "y")],
        {"from_owner": "old"},
        ["import a:x serving=1"],
    ),
    (
        "a key that has been trained again meanwhile is not mixed with it",
        [*OLD, have("a", "z", 1)],
        [want("a", "z")],
        {"from_owner": "old"},
        ["import a:y serving=2", "import a:x serving=1 <- import a:y", "! import a"],
    ),
    (
        "a lineage that would serve in place of ours is not added to it",
        [have("a", "y", 2, owner="old"), have("a", "z", 1)],
        [want("a", "z")],
        {"from_owner": "old"},
        ["import a:y serving=2", "! import a"],
    ),
    (
        "a key that was renamed with its project is taken under its old name",
        [have("b", "y", owner="old")],
        [want("a", "y", moved="b")],
        {"from_owner": "old"},
        ["import a:y serving=1"],
    ),
    (
        "what cannot be read is not passed over",
        [OLD[0], unmarked(OLD[1].name, Corrupt("edited", "old", "a"))],
        [want("a", "y")],
        {"from_owner": "old"},
        ["import a:x serving=1", "! corrupt-marker a"],
    ),
    ("nothing to take", [have("a")], [want("a")], {"from_owner": "old"}, []),
]

TABLES = CHECKS + ADOPTION + LEAVING_OUT + ENDS + TAKEOVER


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"),
    [row[1:] for row in TABLES if row[4] is not None],
    ids=[row[0] for row in TABLES if row[4] is not None],
)
def test_plan(live, desired, options, expected):
    """Each row: current, desired, options, expected. The order of models does not matter."""
    assert lines(planned(live, desired, **options)) == expected
    assert planned(live[::-1], desired[::-1], **options) == planned(live, desired, **options)


def test_globs():
    """Targets and excludes are patterns over whole keys."""
    desired = [want("a-1"), want("a-2"), want("b")]
    result = planned([], desired, target=["a-*"], exclude=["*-2"])
    assert [key.key for key in result.keys] == ["a-1"]
    assert result.left_out == ("a-2", "b")


@pytest.mark.parametrize("option", ["target", "exclude"])
def test_a_glob_that_matches_nothing_is_an_error(option):
    """A typo in --exclude must not apply what was to be left out."""
    with pytest.raises(InputError, match=f"--{option} q\\*: no key matches.*the keys are a, b"):
        planned([have("b")], [want("a")], **{option: ["q*"]})


def test_accept_of_an_unknown_key_is_refused():
    """A typo is no reason to accept nothing in silence."""
    with pytest.raises(InputError, match="--accept q: no manifest declares this key"):
        planned([], [want("a")], accept={"q"})


def test_a_project_does_not_take_over_itself():
    """That would be no name of another project."""
    with pytest.raises(InputError, match="--from-owner team: that is this project itself"):
        planned([], [], from_owner="team")


def test_blocked_keys_are_named_for_exclude():
    """Both keys of a rename are planned, or none where a limit blocks."""
    assert planned([have("old")], [want("new")]).excludable == ("new", "old")
    live = [have(key) for key in "abcdef"]
    assert planned([*live, have("p", protect=True)], [want("z", "z")]).excludable == ()


def test_adopted_data_can_be_declared_later():
    """With unknown data everything but a retrain works, until the data is declared."""
    live = have_adopted("a", LEGACY.name)
    assert lines(planned([live], [want("a", None, adopt=LEGACY.name, settings={"temperature": 1.0})])) == [
        "update a:? temperature"
    ]
    (key,) = planned([live], [want("a", None, adopt=LEGACY.name, hyper={"epochCount": 9})]).keys
    assert key.reason == (
        "tuningTask.hyperparameters.epochCount changed, but its manifest declares no training data, so nothing can be "
        "trained"
    )
    declared = planned([live], [want("a", "x", adopt=LEGACY.name, declared=True)])
    assert lines(declared) == ["update a:x tuningTask.trainingData"]
    assert declared.steps[0].marker.data == data("x").fingerprint[:12]
    assert declared.steps[0].marker.train == live.marker.train
    assert lines(planned([live], [want("a", "x", adopt=LEGACY.name)])) == [
        "create a:x serving=2",
        "await a:x <- create a:x",
    ]


def test_the_data_stays_known_when_the_import_is_taken_out():
    """The declared data is in the marker: no later plan trains because `import` was removed."""
    live = have_adopted("a", LEGACY.name)
    (step,) = planned([live], [want("a", "x", adopt=LEGACY.name, declared=True)]).steps
    assert planned([relabelled(live, step.marker)], [want("a", "x")]).steps == ()


def test_an_import_without_effect_has_a_note():
    """A key that has models takes no other in."""
    (key,) = planned([have("a"), LEGACY], [want("a", adopt=LEGACY.name)]).keys
    assert key.notes == (f"{LEGACY.name} is not imported: a has {have('a').name} already",)


def test_a_model_that_the_service_lost_is_called_so():
    """Something was tuned from it, so that it was there."""
    parent = have("a")
    child = have("b", parent_model=parent)
    key = planned([child], [want("a"), want("b", parent="a")]).keys[0]
    assert key.reason == "the service has no model of this key"
    assert key.notes == (f"the service has lost {parent.name}: it was there when {child.name} was tuned from it",)


def test_a_key_without_a_serving_model_has_a_note():
    """Generations are there, but none that serves."""
    (key,) = planned([have("a", "y", state="FAILED")], [want("a")]).keys
    assert key.reason == "none of its models serves"


def test_a_candidate_has_a_note_on_what_it_waits_for():
    """The two ways on from checks that fail."""
    (key,) = planned([have("a"), CANDIDATE], [want("a", "y", checks=1)]).keys
    assert key.notes[0] == (
        "where a check fails it goes on waiting: `gemspec check --accept a` lets it serve all the same, "
        "`gemspec apply --replace a` trains it again"
    )


def have_adopted(key, name):
    """A model as the import of it leaves it."""
    (step,) = planned([unmarked(name)], [want(key, None, adopt=name)]).steps
    assert step.marker.data == UNKNOWN_DATA
    return relabelled(unmarked(name), step.marker)


def relabelled(live, marker):
    return replace(live, marker=marker)
