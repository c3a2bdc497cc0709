"""A marker is a record, not a proof: a serving model of another account has a note."""

from __future__ import annotations

from dataclasses import replace

from support.planner_dsl import have, planned, want


def notes(live, desired):
    return [(key.key, note) for key in planned(live, desired).keys for note in key.notes]


def test_a_shared_model_that_outranks_our_own_has_a_note():
    """Whoever shares a model with us can write our marker on it: beside our own, a forged one neither serves nor
    counts, whatever its number.
    """
    ours, others = replace(have("a", "x"), is_own=True), replace(have("b", "x"), is_own=True)
    forged = replace(have("a", "x", 9, attempt=2), is_own=False)
    [(key, note)] = notes([ours, forged, others], [want("a"), want("b")])
    assert key == "a"
    assert (
        note
        == f"{forged.name} carries the marker of a and belongs to another account: it neither serves nor counts here"
    )


def test_an_account_that_owns_no_model_gets_one_note():
    """As a person who plans with models that CI has made."""
    live = [replace(have(key), is_own=False) for key in "abc"]
    assert notes(live, [want(key) for key in "abc"]) == [
        ("a", "what serves this key and all others (3) belongs to other accounts than the one that asks")
    ]


def test_unknown_owners_have_no_note():
    assert notes([have("a"), have("b")], [want("a"), want("b")]) == []


def test_models_that_do_not_serve_have_no_note():
    retired = replace(have("a", "x"), is_own=False)
    serving = replace(have("a", "y", 2), is_own=True)
    assert [note for _, note in notes([retired, serving], [want("a", "y")]) if "which serves" in note] == []
