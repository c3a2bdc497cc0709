"""Equality decides, DeepDiff explains: the two must never disagree."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.diff import explain
from gemspec.identity.hashing import float32

LEAVES = st.one_of(
    st.text(max_size=5),
    st.integers(-3, 3),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(float32),
    st.lists(st.integers(0, 99).map(str), max_size=3).map(tuple),
    st.booleans(),
)
NAMES = st.sampled_from(["temperature", "topK", "tuningTask", "displayName"])
# A branch without leaves means nothing, and no form has such a branch.
FORMS = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=4),
    lambda inner: st.dictionaries(NAMES, LEAVES | inner, min_size=1, max_size=4),
)


def typed(form):
    """Whether 1, 1.0 and True are different: the normal form never mixes them in a field."""
    if isinstance(form, dict):
        return {name: typed(value) for name, value in form.items()}
    return (type(form).__name__, form)


@given(FORMS, FORMS)
def test_equal_exactly_when_nothing_is_found(before, after):
    """Normalised values are equal exactly when DeepDiff finds nothing."""
    if before == after and typed(before) != typed(after):
        return  # 1 == 1.0 == True: no normal form holds both
    assert (explain(before, after) == ()) == (before == after)


@given(FORMS, FORMS)
def test_changes_are_leaves_with_both_sides(before, after):
    """Each change names a leaf and holds its value on both sides."""
    for change in explain(before, after):
        assert change.before != change.after or typed(change.before) != typed(change.after)
        assert change.path


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({}, {"a": ("1",)}, [("a", None, ("1",))]),
        ({"a": ("1", "2")}, {"a": ("1", "3")}, [("a", ("1", "2"), ("1", "3"))]),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, [("a.b", 1, 2), ("a.c", None, 3)]),
        ({"a": {"b": 1, "c": {"d": "x"}}}, {}, [("a.b", 1, None), ("a.c.d", "x", None)]),
        ({"b": 1, "a": "x"}, {"b": 2, "a": "y"}, [("a", "x", "y"), ("b", 1, 2)]),
    ],
)
def test_explain(before, after, expected):
    """Leaves are listed by path. A list is a leaf. Branches that are added or removed are listed leaf by leaf."""
    assert [(change.field, change.before, change.after) for change in explain(before, after)] == expected
