"""A gate is a row of `reports.gates.GATES`, and is in every place that this module checks."""

from __future__ import annotations

import pytest
from support.parity import noticing, unlisted, unnamed

from gemspec.domain.actions import ACTIONS
from gemspec.reports.gates import GATES, Gate

DOCUMENT = {
    "resource_changes": [{"name": "replaced", "kind": "replace"}],
    "steps": [{"key": action, "action": action} for action in ACTIONS],
    "warnings": [{"file": "models/a.yaml"}],
}


def not_in_schemas():
    return unlisted(GATES, "train", "warning")


def not_in_readme():
    return unnamed(GATES, "README.md", "`--fail-on` stops")


def without_words():
    return {name for name, gate in GATES.items() if not gate.words}


def never_shut():
    """A gate that no step, key or warning shuts."""
    return {name for name, gate in GATES.items() if not gate.stops(DOCUMENT)}


PLACES = {"schemas/": not_in_schemas, "README.md": not_in_readme, "words": without_words, "stops": never_shut}


@pytest.mark.parametrize("missing", PLACES.values(), ids=PLACES)
def test_every_gate_is_in_every_place(missing):
    assert missing() == set()


def test_a_made_up_gate_is_noticed(monkeypatch):
    monkeypatch.setitem(GATES, "price", Gate("", lambda document: set()))
    assert noticing(PLACES, "price") == PLACES.keys()
