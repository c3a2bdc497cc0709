"""Failed trainings that a service keeps as records: nothing can be written on them, nor can they be deleted. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.model import State
from gemspec.domain.plan import Action, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemspec.domain.plan import KeyPlan, Step

_ENDING = (Kind.DELETE, Kind.FORGET)


def leave_records(keys: Iterable[KeyPlan]) -> list[KeyPlan]:
    """Take out what would change failed trainings; a key that has nothing else, and that nobody declares, is gone."""
    left = [replace(key, steps=tuple(step for step in key.steps if not _is_of_record(step))) for key in keys]
    return [_settled(key) for key in left if key.steps or key.kind not in _ENDING]


def _settled(key: KeyPlan) -> KeyPlan:
    return replace(key, kind=Kind.NO_OP, reason="") if key.kind is Kind.PRUNE and not key.steps else key


def _is_of_record(step: Step) -> bool:
    return step.action in (Action.DELETE, Action.UPDATE) and step.live is not None and step.live.state is State.FAILED
