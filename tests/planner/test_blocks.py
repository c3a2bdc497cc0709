"""The blocks of plans: the messages that people read, and the hints that lift them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import OWNER, TRAITS, blocks_of, have, planned, unmarked, want

from gemspec.domain.marker import Absent, Corrupt, Newer
from gemspec.domain.project import Limit, Project

OWN_IDS = replace(TRAITS, assigns_ids=True, keeps_failed=True)


def limits(deletes, trainings=10):
    return {"project": Project(OWNER, "emulator", Limit(deletes), trainings)}


# name, live, desired, options, expected
HINDRANCES = [
    (
        "too many deletes, five by name",
        [have(k) for k in "abcdefg"],
        [want("g")],
        {},
        [
            "! maxDeletes",
            "  6 of 7 keys would lose their models (a, b, c, d, e and 1 more); policy.maxDeletes allows 30% (2)",
            "  > if that is meant: --max-deletes 6",
        ],
    ),
    (
        "five of them",
        [have(k) for k in "abcdef"],
        [want("f")],
        {},
        [
            "! maxDeletes",
            "  5 of 6 keys would lose their models (a, b, c, d, e); policy.maxDeletes allows 30% (1)",
            "  > if that is meant: --max-deletes 5",
        ],
    ),
    (
        "a number of deletes is no percentage",
        [have("a"), have("b")],
        [],
        limits(1),
        [
            "! maxDeletes",
            "  2 of 2 keys would lose their models (a, b); policy.maxDeletes allows 1",
            "  > if that is meant: --max-deletes 2",
        ],
    ),
    (
        "what failed and what is released is no loss",
        [have("a"), have("b", state="FAILED"), have("c", retain=True), have("d", "x", 1), have("d", "y", 2)],
        [want("d", "y", keep=0)],
        limits(1),
        [],
    ),
    (
        "trainings alone are counted as such",
        [have("a")],
        [want("a"), want("b", "y"), want("c", "z")],
        limits(1, 1),
        [
            "! maxTrainings",
            "  2 trainings would start (b, c); policy.maxTrainings allows 1",
            "  > if that is meant: --max-trainings 2",
        ],
    ),
    ("as many as are allowed", [have("a")], [want("a"), want("b", "y")], limits(1, 1), []),
    (
        "a rename",
        [have("old")],
        [want("new")],
        {},
        [
            "! rename new and old",
            "  new would be trained on exactly what old was, while old goes: it looks renamed",
            "  > write `movedFrom: old` under its metadata and nothing is trained; if a second training is "
            "meant: --replace new",
        ],
    ),
    (
        "an import of what is not there",
        [],
        [want("a", None, adopt="tunedModels/q")],
        {},
        [
            "! import a",
            "  a cannot import tunedModels/q: it is not on the service, or these credentials cannot see it",
            "  > take `import` out, or correct the name",
        ],
    ),
    (
        "of what is ours",
        [have("b")],
        [want("b"), want("a", None, adopt=have("b").name)],
        {},
        [
            "! import a",
            "  a cannot import b:x: it is b already",
            "  > to rename that key: `movedFrom: b`; else take `import` out",
        ],
    ),
    (
        "of another project's",
        [have("z", owner="other")],
        [want("a", None, adopt=have("z", owner="other").name)],
        {},
        [
            "! import a",
            "  a cannot import tunedModels/z-29a64cce7d: it is z of project other",
            "  > `gemspec import --from-owner other` takes over what that project has of the keys here; else "
            "take `import` out",
        ],
    ),
    (
        "of what is in training",
        [unmarked("tunedModels/q", state="CREATING")],
        [want("a", None, adopt="tunedModels/q")],
        {},
        [
            "! import a",
            "  a cannot import tunedModels/q: it is still in training",
            "  > plan again when it has been trained",
        ],
    ),
    (
        "of what failed",
        [unmarked("tunedModels/q", state="FAILED")],
        [want("a", None, adopt="tunedModels/q")],
        {},
        ["! import a", "  a cannot import tunedModels/q: its state is FAILED", "  > take `import` out"],
    ),
    (
        "of what cannot be read",
        [unmarked("tunedModels/q", Corrupt("cut"))],
        [want("a", None, adopt="tunedModels/q")],
        {},
        [
            "! import a",
            "  a cannot import tunedModels/q: it carries a marker that this gemspec cannot read",
            '  > take the line that begins with "[gemspec:" out of its description',
        ],
    ),
    ("one whose key is moved from another", [have("old")], [want("a", moved="old", adopt="tunedModels/q")], {}, []),
    (
        "a marker of a later gemspec, copied",
        [unmarked(have("b").name, Newer(2, "team", "a"))],
        [want("a"), want("b")],
        {},
        [
            "! newer-marker a and b",
            "  tunedModels/b-604a24977c carries a marker of a later gemspec, which this one cannot judge",
            "  > use the newer gemspec",
            "  > if it is not this project's: write `notOurs: [tunedModels/b-604a24977c]` under spec in gemspec.yaml",
        ],
    ),
    (
        "a marker that was cut",
        [unmarked("tunedModels/q", Corrupt("it is cut", "team"))],
        [],
        {},
        [
            "! corrupt-marker",
            "  the marker of tunedModels/q cannot be trusted: it is cut",
            "  > put the last line of its description back as it was; or, if the model is not needed, delete it "
            "by hand",
            "  > if it is not this project's: write `notOurs: [tunedModels/q]` under spec in gemspec.yaml",
        ],
    ),
    (
        "a model that was released",
        [unmarked(have("a").name, Absent(released=True))],
        [want("a")],
        {},
        [
            "! id-taken a",
            "  a:x has the id that this training would get, and was released: it holds just what the manifest asks for",
            "  > to keep the model: write `import: {tunedModel: a:x, data: asDeclared}` in the spec of a",
            "  > to train another under another id: --replace a",
        ],
    ),
    (
        "by another key",
        [replace(have("b", "y"), name=have("a").name)],
        [want("a"), want("b", "y")],
        {},
        [
            "! id-taken a",
            "  a:x has the id that this training would get: it is b of project team",
            "  > to train another under another id: --replace a",
        ],
    ),
    (
        "an unknown state",
        [have("a", state="UNKNOWN")],
        [want("a")],
        {},
        [
            "! unknown-state a",
            "  tunedModels/a-505394a846 is in a state that this gemspec does not know",
            "  > try again later, or with a newer gemspec",
        ],
    ),
    (
        "protection",
        [have("a", protect=True)],
        [],
        {},
        [
            "! protect a",
            "  a is protected, and no manifest declares it any more",
            "  > to keep it: put its manifest back",
            "  > to let it go: first apply its manifest with lifecycle.protect: false, then remove it",
        ],
    ),
    (
        "protection of a project",
        [have("a", protect=True)],
        [],
        {"destroy": True},
        [
            "! protect a",
            "  a is protected",
            "  > to let it go: first apply its manifest with lifecycle.protect: false, then destroy",
        ],
    ),
    (
        "a parent",
        [have("a"), have("k", owner="other", parent_model=have("a"))],
        [],
        {},
        [
            "! tuned-from a",
            "  a cannot be deleted: tunedModels/k-9fa24941d5 was tuned from a:x",
            "  > delete tunedModels/k-9fa24941d5 first, or put the manifest of a back",
        ],
    ),
    (
        "two lives",
        [have("a"), have("old", "y")],
        [want("a", moved="old")],
        {},
        [
            "! not-a-rename a",
            "  a cannot take over old: both have models (a:x, tunedModels/old-3c23227b63)",
            "  > to keep both: put the manifest of old back, and take old out of `movedFrom`",
            "  > to delete the models of old: take it out alone",
        ],
    ),
    (
        "a move that takes the whole project",
        [have("old")],
        [want("a", moved="old"), want("b", "y", moved="nothing"), want("c", "z")],
        {"whole": False},
        [
            "! movedFrom a",
            "  a is moved from old, which takes the whole project to decide",
            "  > plan the project folder instead of single manifests",
        ],
    ),
    (
        "a takeover beside models of the same training",
        [have("a", owner="old"), have("a")],
        [want("a")],
        {"from_owner": "old"},
        [
            "! import a",
            "  a has models of its own: tunedModels/a-505394a846; old's cannot be added to them",
            "  > delete or release one of the two lineages first",
        ],
    ),
    (
        "of the same serving number",
        [have("a", "y", 1, owner="old"), have("a", "x", 1), have("a", "z", 2)],
        [want("a")],
        {"from_owner": "old"},
        [
            "! import a",
            "  a has models of its own: tunedModels/a-5aa37d0deb; old's cannot be added to them",
            "  > delete or release one of the two lineages first",
        ],
    ),
    ("of a lower one", [have("a", "y", 1, owner="old"), have("a", "x", 2)], [want("a")], {"from_owner": "old"}, []),
    (
        "of candidates alone",
        [have("a", "y", None, owner="old"), have("a", "x", None)],
        [want("a")],
        {"from_owner": "old"},
        [],
    ),
    (
        "of an unknown state",
        [have("a", state="UNKNOWN", owner="old"), have("b", state="UNKNOWN", owner="old")],
        [want("a")],
        {"from_owner": "old"},
        [
            "! unknown-state a",
            "  a:x is in a state that this gemspec does not know",
            "  > try again later, or with a newer gemspec",
        ],
    ),
    (
        "a parent of what is about to be trained",
        [have("a")],
        [want("c", parent=have("a").name)],
        {"allow": ["all-undeclared"]},
        [
            "! tuned-from a",
            "  a cannot be deleted: c:x was tuned from a:x",
            "  > delete c:x first, or put the manifest of a back",
        ],
    ),
    (
        "whatever its name will be",
        [have("a")],
        [want("c", parent=have("a").name)],
        {"traits": OWN_IDS, "allow": ["all-undeclared"]},
        [
            "! tuned-from a",
            "  a cannot be deleted: c was tuned from a:x",
            "  > delete c first, or put the manifest of a back",
        ],
    ),
    (
        "by another name of it",
        [have("a", "y"), replace(have("b"), aliases=frozenset({"models/1"}))],
        [want("a", "y"), want("c", parent="models/1")],
        {},
        [
            "! tuned-from b",
            "  b cannot be deleted: c:x was tuned from b:x",
            "  > delete c:x first, or put the manifest of b back",
        ],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in HINDRANCES], ids=[row[0] for row in HINDRANCES]
)
def test_blocks(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert blocks_of(planned(live, desired, **options)) == expected
