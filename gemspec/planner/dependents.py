"""Corrects the plans of single keys where they depend on each other, and adds notes that concern all keys. Pure.

No model is deleted while a live model outside the plan's deletes was tuned from it, and children are deleted before
their parents. Failed trainings that a service keeps as records are left as they are. A note points out serving models
of other accounts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.marker import Marker
from gemspec.domain.model import ParentModel, State
from gemspec.domain.plan import Action, Block, Kind
from gemspec.planner import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import KeyPlan, Step


def keep_parents(keys: Sequence[KeyPlan], models: Iterable[LiveModel]) -> tuple[list[KeyPlan], list[Block]]:
    """Drop deletes of models that a live model was tuned from, and order the other deletes children first.

    A previous generation is kept, with a note. The deletion of a whole key is blocked.
    """
    children = _children(keys, list(models))
    deletes = {step.name: step for plan in keys for step in plan.steps if _deletes(step)}
    held = _held(children, set(deletes))
    plans = [_order(_keep(plan, held), children, deletes) for plan in keys]
    blocks = [_block(plan, held) for plan in keys if plan.kind is Kind.DELETE and held.keys() & _names(plan)]
    return plans, blocks


def leave_records(keys: Iterable[KeyPlan]) -> list[KeyPlan]:
    """Drop steps on failed trainings that the service keeps as records: they can be neither written nor deleted.

    A key that no manifest declares and that has no other models is not part of the plan.
    """
    left = [replace(key, steps=tuple(step for step in key.steps if not _is_of_record(step))) for key in keys]
    return [_without_record(key) for key in left if key.steps or key.kind not in (Kind.DELETE, Kind.FORGET)]


def _without_record(key: KeyPlan) -> KeyPlan:
    if key.kind is not Kind.PRUNE:
        return key
    return replace(key, reason=key.steps[0].reason) if key.steps else replace(key, kind=Kind.NO_OP, reason="")


def _is_of_record(step: Step) -> bool:
    return step.action in (Action.DELETE, Action.UPDATE) and step.live is not None and step.live.state is State.FAILED


def note_other_accounts(keys: Sequence[KeyPlan]) -> list[KeyPlan]:
    """Add a note to each key whose serving model belongs to another account, or a single note where all of them do.

    A marker is a record, not a proof: anybody who shares a model with us can write our marker on it, with the highest
    serving number of a key. Where all models belong to another account, CI most likely made them.
    """
    serving = [key for key in keys if key.current and key.current.is_own is not None]
    others = [key for key in serving if key.current and not key.current.is_own]
    if others and others == serving:
        notes = {others[0].key: messages.none_own_note(len(others))}
    else:
        notes = {key.key: messages.not_own_note(key.current.name) for key in others if key.current}
    return [replace(key, notes=(*key.notes, notes[key.key])) if key.key in notes else key for key in keys]


def _children(keys: Sequence[KeyPlan], models: Sequence[LiveModel]) -> dict[str | None, set[str]]:
    """Parent name -> names of the models tuned from it, including those that the plan will train."""
    result: dict[str | None, set[str]] = {}
    for model in models:
        if isinstance(model.source, ParentModel) and model.state is not State.FAILED:
            result.setdefault(model.source.name, set()).add(model.name)
    for plan in keys:
        for step in plan.steps:
            if step.generation and isinstance(step.generation.source, ParentModel):
                source = step.generation.source.name
                known = next((model.name for model in models if model.goes_by(source)), source)
                result.setdefault(known, set()).add(step.name or step.key)
    return result


def _held(children: Mapping[str | None, set[str]], deletes: set[str | None]) -> dict[str | None, str]:
    """Deletes that are not possible: name -> a model tuned from it. A kept model keeps its own parent in turn."""
    held: dict[str | None, str] = {}
    while True:
        going = deletes - held.keys()
        more = {name: min(left) for name in going if (left := children.get(name, set()) - going)}
        if not more:
            return held
        held |= more


def _keep(plan: KeyPlan, held: Mapping[str | None, str]) -> KeyPlan:
    """Drop held deletes of generations. Where a whole key is deleted they stay in the plan, and a block explains."""
    if plan.kind is Kind.DELETE:
        return plan
    steps = tuple(kept for step in plan.steps if (kept := _kept(plan, step) if step.name in held else step))
    notes = tuple(
        f"{name} is kept: {held[name]} was tuned from it" for name in sorted(_names(plan) & held.keys(), key=str)
    )
    kind = Kind.NO_OP if plan.kind is Kind.PRUNE and not steps else plan.kind
    return replace(plan, kind=kind, steps=steps, notes=(*plan.notes, *notes))


def _kept(plan: KeyPlan, step: Step) -> Step | None:
    """What replaces a held delete: nothing, or for a model of the old key an update to the new key."""
    if not _deletes(step):
        return step
    marker = step.live.marker if step.live else None
    moved = replace(step, action=Action.UPDATE, successor=None)
    if not isinstance(marker, Marker) or marker.key == plan.key or moved.ref in {step.ref for step in plan.steps}:
        return None
    return replace(moved, reason=messages.moved_reason(marker.key), marker=replace(marker, key=plan.key))


def _order(plan: KeyPlan, children: Mapping[str | None, set[str]], deletes: Mapping[str | None, Step]) -> KeyPlan:
    steps = []
    for step in plan.steps:
        first = [deletes[child].ref for child in sorted(children.get(step.name, ())) if child in deletes]
        steps.append(replace(step, waits=(*step.waits, *first)) if first and _deletes(step) else step)
    return replace(plan, steps=tuple(steps))


def _block(plan: KeyPlan, held: Mapping[str | None, str]) -> Block:
    name = min(str(name) for name in _names(plan) & held.keys())
    return Block(
        rule="tuned-from",
        key=plan.key,
        summary=f"{plan.key} cannot be deleted: {held[name]} was tuned from {name}",
        hint=f"delete {held[name]} first, or put the manifest of {plan.key} back",
    )


def _names(plan: KeyPlan) -> set[str | None]:
    return {step.name for step in plan.steps if _deletes(step)}


def _deletes(step: Step) -> bool:
    return step.action in (Action.DELETE, Action.ABANDON)
