"""Plans the takeover of another project's models: `gemspec import --from-owner`, for a project that was renamed. Pure.

Only the owner in the markers changes. Keys, serving numbers and train hashes stay, so that the next plan has nothing to
do. Keys that our manifests do not declare stay with the other project.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import InputError, Problem
from gemspec.domain.lineage import Generation, take_inventory
from gemspec.domain.model import State
from gemspec.domain.plan import Block, KeyPlan, Kind, Plan
from gemspec.planner.blocks import preflight
from gemspec.planner.keys import steps

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
    takeable = [model for model in live if not (traits.keeps_failed and model.state is State.FAILED)]
    ours, theirs = take_inventory(live, owner), take_inventory(takeable, old)
    by_key = sorted(desired, key=lambda model: model.key)
    found = [(model, _lineage(model, theirs), _lineage(model, ours)) for model in by_key]
    taken = [(model, lineage, own) for model, lineage, own in found if lineage.generations]
    keys = [_take(model, lineage, owner, old) for model, lineage, _ in taken]
    blocks = [*preflight.unreadable_markers(theirs, desired, traits), *preflight.unknown_states(theirs, desired)]
    blocks = [block for block in blocks if block.key in {model.key for model in desired}]
    blocks += [block for model, lineage, own in taken if (block := _clash(model, lineage, own, old))]
    if not traits.writes_in_training:
        blocks += [block for model, lineage, _ in taken for block in _in_training(model, lineage)]
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
    """The generations of a key, or else of the keys that it was moved from. Those keep the old key until a plan moves
    them.
    """
    lineage = inventory.lineage(desired.key)
    return lineage if lineage.generations else inventory.joined(desired.key, desired.moved_from)


def _take(desired: DesiredModel, lineage: Lineage, owner: str, old: str) -> KeyPlan:
    """Take the serving generation first, so that a generation of ours serves at every moment."""
    serving = lineage.serving or lineage.promoted
    ordered = sorted(lineage.generations, key=lambda generation: generation is not serving)
    todo: list[Step] = []
    for generation in ordered:
        ours = Generation(generation.live, replace(generation.marker, owner=owner))
        step = steps.adopt(desired, ours, f"taken over from project {old}")
        todo.append(replace(step, waits=(todo[-1].ref,) if todo else ()))
    return KeyPlan(
        key=desired.key,
        kind=Kind.IMPORT,
        reason=todo[0].reason,
        steps=tuple(todo),
        current=lineage.serving.live if lineage.serving else None,
        generations=tuple(generation.live for generation in lineage.generations),
        target=ordered[0].marker.train,
        target_name=ordered[0].name,
    )


def _clash(desired: DesiredModel, theirs: Lineage, ours: Lineage, old: str) -> Block | None:
    """Report lineages that were trained separately: they cannot be merged. An interrupted takeover can go on."""
    same = {generation.marker.train for generation in ours.generations} & {
        generation.marker.train for generation in theirs.generations
    }
    numbers = {generation.marker.serving for generation in ours.generations} & {
        generation.marker.serving for generation in theirs.generations
    }
    if not ours.generations or not (same or numbers - {None} or _outranks(theirs.promoted, ours.promoted)):
        return None
    return Block(
        rule="import",
        key=desired.key,
        summary=f"{desired.key} has models of its own: {ours.generations[-1].name}; {old}'s cannot be added to them",
        hint="delete or release one of the two lineages first",
    )


def _in_training(desired: DesiredModel, theirs: Lineage) -> list[Block]:
    """Report models that cannot be taken over yet. They block their whole key, since its models belong together."""
    return [
        Block(
            rule="import",
            key=desired.key,
            summary=f"{generation.name} is still in training: until that has ended nothing can be written on it",
            hint="run the same command again when it has been trained",
        )
        for generation in theirs.generations
        if generation.is_creating
    ]


def _outranks(theirs: Generation | None, ours: Generation | None) -> bool:
    """Whether `theirs` would serve in place of `ours`."""
    return theirs is not None and (ours is None or theirs.rank > ours.rank)


def _left(desired: Sequence[DesiredModel], theirs: Inventory) -> tuple[str, ...]:
    declared = {name for model in desired for name in (model.key, *model.moved_from)}
    return tuple(key for key in theirs.lineages if key not in declared)
