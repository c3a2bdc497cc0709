"""A step and a kind are rows of `domain.actions`, and are in every place that this module checks.

The second half makes an action and a kind up, and shows which places notice.
"""

from __future__ import annotations

from dataclasses import fields
from unittest.mock import AsyncMock, Mock

import anyio
import pytest
from support.parity import ROOT, made_up, noticing, refused, unlisted, unnamed

from gemspec.applier.actions import Actions
from gemspec.domain.actions import ACTIONS, KINDS, Action, ActionRow, Count, Effect, Kind, KindRow
from gemspec.domain.plan import Counts, Step
from gemspec.render.terminal.key import SYMBOLS
from gemspec.reports.gates import GATES
from gemspec.reports.result import _after

NAME = "reticulate"


def without_row():
    return set(Action) - ACTIONS.keys()


def not_carried_out():
    actions = Actions(AsyncMock(), AsyncMock(), AsyncMock(), Mock(), {}, Mock())
    return refused(Action, lambda action: anyio.run(actions.take, Step(action, "key", "train", "name", ""), Mock()))


def not_followed():
    return refused(Action, lambda action: _after(Step(action, "key", "train", "name", ""), "name", None))


def not_planned():
    planner = "".join(path.read_text() for path in (ROOT / "gemspec/planner").rglob("*.py"))
    return {action for action in Action if f"Action.{action.name}" not in planner}


def not_in_schemas():
    return unlisted(Action, "promote", "abandon")


def not_in_contributing():
    return unnamed(Action, "CONTRIBUTING.md", "| step |")


def without_gate():
    return {action for action, row in ACTIONS.items() if row.gate is not None and row.gate not in GATES}


def without_symbol():
    return {action for action, row in ACTIONS.items() if row.symbol and row.symbol not in SYMBOLS}


def without_kind():
    """What writes has to show somewhere: an approval holds the drawing of a key against its steps."""
    return {action for action, row in ACTIONS.items() if (row.writes and not row.kinds) or row.kinds - KINDS.keys()}


def without_count():
    return {action for action, row in ACTIONS.items() if row.writes and row.count is Count.NOWHERE}


def without_words():
    return {
        action
        for action, row in ACTIONS.items()
        if not row.short or not all("{name}" in words for words in (row.doing, row.done, row.to_do))
    }


PLACES = {
    "domain/actions.py: ACTIONS": without_row,
    "applier/actions.py: take": not_carried_out,
    "reports/result.py: _after": not_followed,
    "planner/": not_planned,
    "schemas/": not_in_schemas,
    "CONTRIBUTING.md": not_in_contributing,
}
CELLS = {
    "gate": without_gate,
    "symbol": without_symbol,
    "kinds": without_kind,
    "count": without_count,
    "words": without_words,
}


@pytest.mark.parametrize("missing", [*PLACES.values(), *CELLS.values()], ids=[*PLACES, *CELLS])
def test_every_action_is_in_every_place(missing):
    assert missing() == set()


def test_a_made_up_action_is_noticed_in_every_place():
    """Nothing tied these lists together before: a new member of Action passed mypy and every test of behaviour."""
    with made_up(Action, NAME) as action:
        assert noticing(PLACES, action) == PLACES.keys()


def test_a_made_up_row_is_noticed_in_every_cell(monkeypatch):
    row = ActionRow(
        Effect.WRITES, Count.NOWHERE, frozenset(), "?", "redeploying", "redeployed", "redeploy", "", "price"
    )
    with made_up(Action, NAME) as action:
        monkeypatch.setitem(ACTIONS, action, row)
        assert noticing(CELLS, action) == CELLS.keys()
        assert PLACES["domain/actions.py: ACTIONS"]() == set()


def kinds_without_row():
    return set(Kind) - KINDS.keys()


def kinds_not_in_schemas():
    return unlisted(Kind, "prune", "no-op")


def kinds_without_symbol():
    return {kind for kind, row in KINDS.items() if row.symbol and row.symbol not in SYMBOLS}


def kinds_without_step():
    """A kind is what a step makes of a key, or that nothing is done to it."""
    made = {kind for row in ACTIONS.values() for kind in row.kinds}
    return {kind for kind, row in KINDS.items() if not row.is_undone and kind not in made}


def kinds_without_change():
    """`resource_changes` has a word for every change, and the schema of plans lists it."""
    known = {"", "create", "update"} - unlisted({"create", "update"}, "no-op", "delete", "forget")
    return {kind for kind, row in KINDS.items() if row.change not in known}


def kinds_without_reason():
    return {kind for kind, row in KINDS.items() if row.reason and unlisted({row.reason}, "training_failed")}


KIND_PLACES = {"domain/actions.py: KINDS": kinds_without_row, "schemas/": kinds_not_in_schemas}
KIND_CELLS = {
    "symbol": kinds_without_symbol,
    "step": kinds_without_step,
    "change": kinds_without_change,
    "reason": kinds_without_reason,
}


@pytest.mark.parametrize(
    "missing",
    [*KIND_PLACES.values(), *KIND_CELLS.values()],
    ids=[*KIND_PLACES, *(f"kind {cell}" for cell in KIND_CELLS)],
)
def test_every_kind_is_in_every_place(missing):
    assert missing() == set()


def test_a_made_up_kind_is_noticed(monkeypatch):
    with made_up(Kind, NAME) as kind:
        assert noticing(KIND_PLACES, kind) == KIND_PLACES.keys()
        monkeypatch.setitem(KINDS, kind, KindRow("?", "redeploy", "because"))
        assert noticing(KIND_CELLS, kind) == KIND_CELLS.keys()


def test_counts_are_the_same_everywhere():
    """A summary line, a plan and the schemas count by the same words."""
    counts = {count for count in Count if count}
    assert {field.name for field in fields(Counts)} == counts
    assert not unnamed(counts, "schemas/plan.v1.schema.json", '"required": ["imports",')
    assert not unnamed(counts, "schemas/event.v1.schema.json", '"required": ["imports",')
