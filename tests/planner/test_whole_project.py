"""Plans that look like another project's: a second repository of one name, a renamed project, another location."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import (
    CLOUD,
    OWNER,
    PROJECT,
    TRAITS,
    blocks_of,
    carry_out,
    have,
    lines,
    planned,
    unmarked,
    want,
)

from gemspec.domain.errors import InputError

PARENT = have("p", owner="old", attempt=2)
OLD = [have("a", owner="old"), have("b", "y", owner="old")]
WANTED = [want("a"), want("b", "y")]


def distinct(*names):
    return replace(PROJECT, distinct_from=names)


def moved(model):
    """A model that was taken over from another project."""
    return replace(model, marker=replace(model.marker, owner=OWNER))


BLOCKED = [
    ("another repository of the same name", [have("a"), have("b", "y")], [want("c", "z")], {}, ["all-undeclared"]),
    ("which leaves the others' keys out", [have("a")], [want("c", "z")], {"exclude": ["a"]}, ["all-undeclared"]),
    ("which asks for its own alone", [have("a")], [want("c", "z")], {"target": ["c"]}, ["all-undeclared"]),
    ("whose owner retains his models", [have("a", retain=True)], [want("c", "z")], {}, ["all-undeclared"]),
    ("whose first training is under way", [have("a", state="CREATING")], [want("c", "z")], {}, ["all-undeclared"]),
    ("that is meant", [have("a")], [want("c", "z")], {"allow": ["all-undeclared"]}, []),
    ("a key of several is declared", [have("a"), have("b", "y")], [want("b", "y"), want("c", "z")], {}, []),
    ("a key is declared under its old name", [have("a")], [want("b", "z", moved="a"), want("c", "z")], {}, []),
    ("keys were renamed", [have("a")], [want("b")], {}, ["rename"]),
    ("a second training of a renamed key is meant", [have("a")], [want("b")], {"replace": ["b"]}, []),
    ("everything is left out", [have("a")], [want("c", "z")], {"exclude": ["*"]}, []),
    ("single manifests cannot tell", [have("a")], [want("c", "z")], {"whole": False}, []),
    ("no manifests at all, as --allow-empty takes them", [have("a")], [], {}, []),
    ("destroy", [have("a")], [want("c", "z")], {"destroy": True}, []),
    ("a failed training is nothing that is owned", [have("a", state="FAILED")], [want("c", "z")], {}, []),
    ("a renamed project", OLD, WANTED, {}, ["renamed-project"]),
    ("with single manifests", OLD, WANTED[:1], {"whole": False}, ["renamed-project"]),
    ("with a part of its keys", OLD, WANTED, {"target": ["a"]}, ["renamed-project"]),
    ("whose trainings go on", [have("a", owner="old", state="CREATING")], WANTED[:1], {}, ["renamed-project"]),
    ("whose first training here failed", [*OLD, have("c", "z", state="FAILED")], WANTED, {}, ["renamed-project"]),
    ("whose model is one of several", [*OLD, have("a", "z", 2, owner="old")], WANTED, {}, ["renamed-project"]),
    ("with a default written down", OLD, [want("a", hyper={"epochCount": 5}), *WANTED[1:]], {}, ["renamed-project"]),
    ("whose keys were renamed, too", OLD, [want("n1"), want("n2", "y")], {}, ["renamed-project"]),
    ("with a parent that was trained twice", [PARENT, have("k", "y", owner="old", parent_model=PARENT)],
     [want("p"), want("k", "y", parent="p")], {}, ["renamed-project"]),
    ("which was taken over in part", [moved(OLD[0]), OLD[1]], WANTED, {}, ["renamed-project"]),
    ("a part of which changed with its name", OLD, [want("a"), want("b", "z")], {}, []),
    ("a second training is meant", OLD, WANTED, {"allow": ["renamed-project"]}, []),
    ("a second training of each key is meant", OLD, WANTED, {"replace": ["a", "b"]}, []),
    ("a project that says it is another", OLD, WANTED, {"project": distinct("old")}, []),
    ("that is distinct from one of two", [*OLD, *(have(one.marker.key, data, owner="older") for one, data in
     zip(OLD, "xy", strict=True))], WANTED, {"project": distinct("old")}, ["renamed-project"]),
    ("a project that owns something", [*OLD, have("c", "z")], [*WANTED, want("c", "z")], {}, []),
    ("a stranger's model", [replace(have("a", owner="old"), is_own=False)], WANTED[:1], {}, []),
    ("a model without a marker", [unmarked("tunedModels/x")], WANTED[:1], {}, []),
    ("what only failed elsewhere", [have("a", owner="old", state="FAILED")], WANTED[:1], {}, []),
    ("another location", [], [want("a")], {"elsewhere": {"eu": [have("a")]}}, ["moved-location"]),
    ("another location, and it is meant", [], [want("a")],
     {"elsewhere": {"eu": [have("a")]}, "allow": ["moved-location"]}, []),
    ("another location with a part of it", [], WANTED, {"elsewhere": {"eu": [have("a")]}}, []),
    ("another project at another location", [], [want("a")], {"elsewhere": {"eu": [have("a", owner="old")]}}, []),
    ("another location, beside models here", [have("b", "y")], WANTED, {"elsewhere": {"eu": [have("a")]}}, []),
]  # fmt: skip


@pytest.mark.parametrize("traits", [TRAITS, CLOUD], ids=["their ids", "our ids"])
@pytest.mark.parametrize(
    ("live", "desired", "asked", "rules"), [row[1:] for row in BLOCKED], ids=[row[0] for row in BLOCKED]
)
def test_what_is_blocked(traits, live, desired, asked, rules):
    """A plan that would change or repeat a whole project's models, and no other."""
    blocks = planned(live, desired, traits=traits, **asked).blocks
    assert [block.rule for block in blocks if block.rule != "maxDeletes"] == rules


TEXTS = [
    (
        [have("a")],
        [want("c", "z")],
        {},
        [
            "! all-undeclared",
            "  project team owns a here, and the manifests declare none of them: they may be those of another "
            "repository with the same project name",
            "  > if this is another project: write another name under metadata in gemspec.yaml",
            "  > if its keys were renamed: write `movedFrom: OLD-KEY` under the metadata of each",
            "  > if all that it owns is to be deleted: --allow all-undeclared",
        ],
    ),
    (
        OLD,
        [want("a"), want("n", "y", moved="m")],
        {"project": distinct("prod")},
        [
            "! renamed-project",
            "  all that would be trained (a, n) is what project old has here: team looks like its new name",
            "  > if old is its old name: write `movedFrom: [m, b]` under the metadata of n, then `gemspec import "
            "--from-owner old` takes its models over without a training",
            "  > if old is another project: write `distinctFrom: [prod, old]` under metadata in gemspec.yaml",
        ],
    ),
    (
        [],
        [want("a")],
        {"elsewhere": {"europe-west4": [have("a")], "us": []}, "traits": CLOUD},
        [
            "! moved-location",
            "  all that would be trained is what project team has in europe-west4 already (a)",
            "  > to go on with those models: write `location: europe-west4` under vertex in gemspec.yaml",
            "  > if they are to be trained here, too: --allow moved-location",
        ],
    ),
]


@pytest.mark.parametrize(("live", "desired", "asked", "expected"), TEXTS)
def test_what_it_says(live, desired, asked, expected):
    """What is the matter, and each way on."""
    assert blocks_of(planned(live, desired, **asked)) == expected


def test_a_renamed_project_is_taken_over_as_it_says():
    """To the letter: the takeover, then nothing to do; nor any other way to train."""
    taken = planned(OLD, WANTED, from_owner="old")
    assert lines(taken) == ["import a:x serving=1", "import b:y serving=1"]
    assert lines(planned(carry_out(taken, OLD), WANTED)) == []


def test_notes_of_single_keys():
    """A part of another project, of which a distinct one is not spoken; another location; what nobody could look at."""
    live = [have("a", owner="old")]
    (key, other) = planned(live, WANTED).keys
    assert key.notes == (
        f"{live[0].name} of project old was trained on just this; if old is this project's old name, "
        "`gemspec import --from-owner old` takes it over without a training",
    )
    assert other.notes == ()
    assert [key.notes for key in planned(live, WANTED, project=distinct("old")).keys] == [(), ()]
    (key, other) = planned([], WANTED, elsewhere={"eu": [have("b", "y")], "us": None}).keys
    assert key.notes == ("us cannot be read: whether this project has models there is not known",)
    assert other.notes == (f"{have('b', 'y').name} in eu was trained on just this",)


def test_a_distinct_project_is_not_taken_over():
    """The project file and the flag contradict each other."""
    with pytest.raises(InputError, match="it is another project"):
        planned(OLD, WANTED, from_owner="old", project=distinct("old"))


def test_owner_is_the_project_of_these_tests():
    """`distinctFrom` may name the project itself, as lists that overlays share do."""
    assert lines(planned([have("a")], [want("a")], project=distinct(OWNER))) == []
