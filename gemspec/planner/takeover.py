"""Plans the takeover of another project's models: `gemspec import --from-owner`, for a project that was renamed. Pure.

Only the owner in the markers changes: keys, serving numbers and train hashes stay, so that the plan after it has
nothing to do. Keys that no manifest of ours declares stay with the other project.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import InputError, Problem
from gemspec.domain.lineage import Generation, take_inventory
from gemspec.domain.model import State
from gemspec.domain.plan import Block, KeyPlan, Kind, Plan
from gemspec.planner import preflight, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.domain.lineage import Inventory, Lineage
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import Step
    from gemspec.domain.project import Traits


def plan_takeover(
    desired: Sequence[DesiredModel], live: Iterable[LiveModel], owner: str, old: str, traits: Traits
) -> Plan:
    """Plan new markers on the models that project `old` has for keys that `desired` declares.

    Failed trainings that the service keeps as records stay `old`'s: nothing can be written on them. Raises InputError
    where `old` is this project itself.
    """
    if old == owner:
        raise InputError([Problem(f"--from-owner {old}: that is this project itself", "name the other project")])
    live = list(live)
    takeable = [one for one in live if not (traits.keeps_failed and one.state is State.FAILED)]
    ours, theirs = take_inventory(live, owner), take_inventory(takeable, old)
    found = [(one, _lineage(one, theirs), _lineage(one, ours)) for one in sorted(desired, key=lambda one: one.key)]
    taken = [each for each in found if each[1].generations]
    keys = [_take(one, lineage, owner, old) for one, lineage, _ in taken]
    blocks = [*preflight.unreadable_markers(theirs, desired, traits), *preflight.unknown_states(theirs, desired)]
    blocks = [block for block in blocks if block.key in {one.key for one in desired}]
    blocks += [block for one, lineage, own in taken if (block := _clash(one, lineage, own, old))]
    if not traits.writes_in_training:
        blocks += [block for one, lineage, _ in taken for block in _in_training(one, lineage)]
    return Plan(
        owner=owner,
        keys=tuple(keys),
        steps=tuple(step for key in keys for step in key.steps),
        blocks=tuple(blocks),
        seen=len(ours.models),
        ours=ours.ours,
        left_out=_left(desired, theirs),
    )


def _lineage(desired: DesiredModel, inventory: Inventory) -> Lineage:
    """The generations of a key, or else of the key that it was moved from: they keep that key, for a plan to move."""
    lineage = inventory.lineage(desired.key)
    return lineage if lineage.generations else inventory.lineage(desired.moved_from or "")


def _take(desired: DesiredModel, lineage: Lineage, owner: str, old: str) -> KeyPlan:
    """The serving generation first, so that there is never a moment in which none of ours serves."""
    serving = lineage.serving
    ordered = [*([serving] if serving else []), *(one for one in lineage.generations if one is not serving)]
    todo: list[Step] = []
    for one in ordered:
        ours = Generation(one.live, replace(one.marker, owner=owner))
        step = steps.adopt(desired, ours, f"taken over from project {old}")
        todo.append(replace(step, waits=(todo[-1].ref,) if todo else ()))
    return KeyPlan(
        key=desired.key,
        kind=Kind.IMPORT,
        reason=todo[0].reason,
        steps=tuple(todo),
        current=serving.live if serving else None,
        generations=tuple(one.live for one in lineage.generations),
        target=ordered[0].marker.train,
        target_name=ordered[0].name,
    )


def _clash(desired: DesiredModel, theirs: Lineage, ours: Lineage, old: str) -> Block | None:
    """Two lineages that were made apart cannot become one. One whose takeover was interrupted can be finished."""
    same = {one.marker.train for one in ours.generations} & {one.marker.train for one in theirs.generations}
    numbers = {one.marker.serving for one in ours.generations} & {one.marker.serving for one in theirs.generations}
    if not ours.generations or not (same or numbers - {None} or _outranks(theirs.serving, ours.serving)):
        return None
    return Block(
        rule="import",
        key=desired.key,
        summary=f"{desired.key} has models of its own: {ours.generations[-1].name}; {old}'s cannot be added to them",
        hint="delete or release one of the two lineages first",
    )


def _in_training(desired: DesiredModel, theirs: Lineage) -> list[Block]:
    """Models that cannot be taken over yet. Nothing of their key is, since its models belong together."""
    return [
        Block(
            rule="import",
            key=desired.key,
            summary=f"{one.name} is still in training: until that has ended nothing can be written on it",
            hint="run the same command again when it has been trained",
        )
        for one in theirs.generations
        if one.is_creating
    ]


def _outranks(one: Generation | None, other: Generation | None) -> bool:
    """Whether `one` would serve in place of `other`."""
    return one is not None and (other is None or one.rank > other.rank)


def _left(desired: Sequence[DesiredModel], theirs: Inventory) -> tuple[str, ...]:
    declared = {one.key for one in desired} | {one.moved_from for one in desired}
    return tuple(key for key in theirs.lineages if key not in declared)
