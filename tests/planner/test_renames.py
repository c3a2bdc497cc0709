"""Keys that look renamed: how they are paired, and that the advice trains nothing and deletes nothing that serves."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import example, given, strategies as st
from support.planner_dsl import CLOUD, TRAITS, blocks_of, carry_out, have, lines, planned, want
from support.planner_strategies import GENEROUS
from support.rename_advice import Following, pairs

from gemspec.domain.lineage import take_inventory
from gemspec.domain.model import State
from gemspec.domain.plan import Action
from gemspec.planner.pairing import pair

PARENT = have("parent")
ALLOWED = ["all-undeclared"]

TABLE = [
    (
        "equal data: each new key gets an old one of its own, in order",
        [have("k1"), have("k2"), have("k3")],
        [want("n1"), want("n2"), want("k3")],
        {},
        [("k1", "n1"), ("k2", "n2")],
    ),
    ("similar names belong together", [have("faq-en"), have("faq-de")], [want("de"), want("en")], {},
     [("faq-de", "de"), ("faq-en", "en")]),
    ("equal content comes before names", [have("k1", "x"), have("k2", "y")], [want("n1", "y"), want("n2", "x")], {},
     [("k2", "n1"), ("k1", "n2")]),
    ("more new keys than old ones: the likeliest is renamed", [have("bot")], [want("a"), want("bots")], {},
     [("bot", "bots")]),
    ("more old keys than new ones", [have("k1"), have("k2")], [want("k22")], {}, [("k2", "k22")]),
    (
        "a key that can be no other comes first",
        [have("k1", hyper={"epochCount": 3}, reported={"epochCount": 3}), have("k2")],
        [want("k1x"), want("n", hyper={"epochCount": 3})],
        {},
        [("k2", "k1x"), ("k1", "n")],
    ),
    ("two keys that swap their names", [have("a", "x"), have("b", "y")], [want("a", "y"), want("b", "x")], {},
     [("b", "a"), ("a", "b")]),
    ("names that move on by one", [have("a", "x"), have("b", "y")], [want("b", "x"), want("c", "y")], {},
     [("a", "b"), ("b", "c")]),
    ("a name that is given to something new at once", [have("b", "y")], [want("a", "y"), want("b", "z")], {},
     [("b", "a")]),
    ("a name that is there already", [have("a", "x"), have("b", "y")], [want("b", "x")], {}, [("a", "b")]),
    ("content that passes between keys that stay", [have("next", "y"), have("stable", "x")],
     [want("next", "z"), want("stable", "y")], {}, []),
    ("a second key with the content of one that stays", [have("a")], [want("a"), want("b")], {}, []),
    ("a second training that was asked for", [have("a")], [want("b")], {"replace": ["b"]}, []),
    ("an old key that is left out", [have("k1"), have("k2")], [want("n1"), want("n2")], {"exclude": ["k1"]},
     [("k1", "n1"), ("k2", "n2")]),
    ("a new key that alone is asked for", [have("k1"), have("k2")], [want("n1"), want("n2")], {"target": ["n1"]},
     [("k1", "n1")]),
    ("a half of a swap", [have("a", "x"), have("b", "y")], [want("a", "y"), want("b", "x")], {"target": ["a"]}, []),
    ("a single manifest of a key that may be renamed", [have("a")], [want("b")], {"whole": False}, [("a", "b")]),
    (
        "parent and child at once, where the parent was trained a second time",
        [have("p", attempt=2), have("kid", "y", parent_model=have("p", attempt=2))],
        [want("q"), want("child", "y", parent="q")],
        {},
        [("kid", "child"), ("p", "q")],
    ),
    (
        "a parent whose child keeps its name",
        [PARENT, have("kid", "y", parent_model=PARENT)],
        [want("q"), want("kid", "y", parent="q")],
        {},
        [("parent", "q")],
    ),
    ("a key with an older name", [have("b")], [want("c", moved="a")], {}, [("b", "c")]),
]  # fmt: skip


@pytest.mark.parametrize("traits", [TRAITS, CLOUD], ids=["their ids", "our ids"])
@pytest.mark.parametrize(
    ("live", "desired", "asked", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def testpairs(traits, live, desired, asked, expected):
    """Old and new keys are paired one to one: equal content, then names, then order."""
    result = planned(live, desired, project=GENEROUS, traits=traits, allow=ALLOWED, **asked)
    assert sorted(pairs(result)) == sorted(expected)
    assert {block.rule for block in result.blocks} <= {"rename"}


ADVICE = [
    (
        [have("b")],
        [want("c", moved="a")],
        "write `movedFrom: [a, b]` under its metadata and nothing is trained; "
        "if a second training is meant: --replace c",
    ),
    (
        [have("a", "x"), have("b", "y")],
        [want("b", "x")],
        "b has models of its own, so it cannot take a over: put the manifest of b back as it was, and name this one "
        "b-new, with `movedFrom: a` under its metadata; if a second training is meant: --replace b",
    ),
    (
        [have("b", "y")],
        [want("a", "y"), want("b", "z")],
        "to rename it without a training, apply twice: first with `movedFrom: b` under its metadata, and without the "
        "manifest of b; then as both are now; if a second training is meant: --replace a",
    ),
    (
        [have("a", "x"), have("b", "y")],
        [want("a", "y"), want("b", "x")],
        "to rename it without a training, apply twice: first named a-new, with `movedFrom: b` under its metadata; then "
        "named a, with `movedFrom: a-new`; if a second training is meant: --replace a",
    ),
]


@pytest.mark.parametrize(("live", "desired", "advice"), ADVICE)
def test_advice(live, desired, advice):
    """What lifts the first block."""
    assert planned(live, desired, project=GENEROUS).blocks[0].hint == advice


CHAINS = [
    ("a chain finds the first name", [have("a")], ["update c:x metadata.name"]),
    ("a chain finds the last name", [have("b")], ["update c:x metadata.name"]),
    ("a chain that is done", [have("c")], []),
    ("a move that was interrupted before the next", [moved := replace(
        have("a", "x", 2), marker=replace(have("a", "x", 2).marker, key="b")), have("a", "y", 1)],
     ["update c:x metadata.name", "update c:y marker <- update c:x"]),
    ("two old keys that were trained apart", [have("a", "x", 1), have("b", "y", 2)], ["blocked c", "! not-a-rename c"]),
    ("two old keys of one number", [moved, have("a", "y", 2)], ["blocked c", "! not-a-rename c"]),
]  # fmt: skip


@pytest.mark.parametrize(("live", "expected"), [row[1:] for row in CHAINS], ids=[row[0] for row in CHAINS])
@pytest.mark.parametrize("order", list(permutations("ab")), ids=str)
def test_chains(live, expected, order):
    """`movedFrom: [a, b]` finds whichever is there, in whatever order they are written."""
    assert lines(planned(live, [want("c", moved=order)], project=GENEROUS)) == expected


def test_both_ends_of_a_chain_are_meant_by_every_name():
    """--target and --exclude take each name that a key has had."""
    for name in "abc":
        assert lines(planned([have("b")], [want("c", moved=("a", "b"))], exclude=[name])) == []
        assert lines(planned([have("b")], [want("c", moved=("a", "b"))], target=[name])) == ["update c:x metadata.name"]


def test_a_chain_is_taken_over_with_its_project():
    """All generations under all old names."""
    live = [have("a", "x", 1, owner="old"), have("b", "y", 2, owner="old")]
    result = planned(live, [want("c", "y", moved=("a", "b"))], from_owner="old")
    assert lines(result) == ["import c:y serving=2", "import c:x serving=1 <- import c:y"]


def test_as_many_as_can_be_are_paired():
    """A key with a second choice leaves the first to a key that has no other."""
    assert pair({"n1": {"k1": (False, -1.0), "k2": (False, -0.5)}, "n2": {"k1": (False, -0.1)}}) == {
        "n1": "k2",
        "n2": "k1",
    }
    many = {f"n{new}": {f"k{old}": (False, 0.0) for old in range(40)} for new in range(60)}
    assert len(set(pair(many).values())) == 40


NAMES = st.sampled_from(["a", "b", "c", "d", "bot-1", "bot-2"])


@st.composite
def histories(draw):
    """Keys with models, some of equal data, and what is declared after people have given them other names."""
    keys = draw(st.lists(NAMES, unique=True, min_size=1, max_size=5))
    before = {key: draw(st.sampled_from("xxyz")) for key in keys}
    earlier = draw(st.dictionaries(st.sampled_from(keys), st.sampled_from("xyz")))
    names = draw(st.permutations(sorted({*keys, "e", "f", *draw(st.lists(NAMES, max_size=2))})))
    after = {}
    for key, name in zip(keys, names, strict=False):
        how = draw(st.sampled_from(["renamed", "renamed", "kept", "dropped", "changed"]))
        if how != "dropped":
            to = key if how in ("kept", "changed") else name
            after.setdefault(to, draw(st.sampled_from("xyzw")) if how == "changed" else before[key])
    for key in draw(st.lists(NAMES, max_size=2)):
        after.setdefault(key, draw(st.sampled_from("xyzw")))
    return before, {key: data for key, data in earlier.items() if data != before[key]}, after


@given(histories(), st.sampled_from([TRAITS, CLOUD]))
@example(({"a": "x", "b": "y"}, {}, {"a": "y", "b": "x"}), CLOUD)
@example(({"a": "x", "b": "y", "c": "z"}, {}, {"b": "x", "c": "y", "d": "z", "a": "w"}), TRAITS)
@example(({"a": "x", "b": "x", "c": "x"}, {}, {"d": "x", "e": "x", "c": "x"}), CLOUD)
@example(({"b": "y"}, {"b": "x"}, {"a": "y", "b": "x"}), TRAITS)
def test_advice_to_the_letter(history, traits):
    """Who follows all advice at once trains nothing that there was, and every model continues serving, under its new
    name; leaving keys out as advised does neither.
    """
    was, earlier, now = history
    live = [have(key, label, 2, gen=2) for key, label in was.items()]
    live = _settled([*live, *(have(key, label) for key, label in earlier.items())], _wanted(was), _wanted(now), traits)
    assert None not in _all_serving(live)


def _settled(live, before, after, traits, rounds=4):
    """Apply these manifests, after what a blocked plan advises: first its first half, then its second."""
    result = planned(live, list(after.values()), project=GENEROUS, traits=traits, allow=ALLOWED)
    found = pairs(result)
    assert {block.rule for block in result.blocks} <= {"rename"}, blocks_of(result)
    assert len({old for old, _ in found}) == len({new for _, new in found}) == len(found)
    if not found:
        return _applied(live, after, result)
    assert rounds
    _leave_out(live, list(after.values()), traits, result)
    following = Following(before, after, result, _named)
    wanted = [(old, planned([], [after[new]], project=GENEROUS).steps[0].train) for old, new in found]
    meant = [{one.name for one in live if (one.marker.key, one.marker.train) == equal} for equal in wanted]
    for manifests in (following.first(), following.second()):
        live = _settled(live, before, manifests, traits, rounds - 1)
        serving = {generation.live.name for generation in _all_serving(live)}
        assert all(names & serving for names in meant)
    return live


def _all_serving(live):
    return [lineage.serving for lineage in take_inventory(live, GENEROUS.owner).lineages.values()]


def _leave_out(live, desired, traits, result):
    """Leave out what blocks, as advised, until nothing does: then none of it is touched, and nothing repeated."""
    excluded = set()
    while result.blocks:
        assert not set(result.excludable) <= excluded
        excluded |= set(result.excludable)
        result = planned(live, desired, project=GENEROUS, traits=traits, allow=ALLOWED, exclude=sorted(excluded))
    assert not [step for step in result.steps if step.key in excluded]
    assert not pairs(result)


def _applied(live, manifests, result):
    """Apply, as the reader of manifests would let it be."""
    for model in manifests.values():
        assert not set(model.moved_from) & manifests.keys()
    renamed = {model.key for model in manifests.values() if model.moved_from}
    assert not {step.key for step in result.steps if step.action is Action.CREATE} & renamed
    steps = [replace(step, name=step.name or f"jobs/{step.key}-{step.train}") for step in result.steps]
    live = carry_out(replace(result, steps=tuple(steps)), live)
    return [replace(model, state=State.ACTIVE) for model in live]


def _wanted(labels):
    return {key: want(key, label) for key, label in labels.items()}


def _named(model, key, moved):
    return replace(model, key=key, moved_from=moved)
