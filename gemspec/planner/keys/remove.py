"""Plans a key of ours that no manifest declares: its models are deleted, or kept and released, or protected. Pure.

The marker remembers `protect` and `deletionPolicy: retain`, so that removing the manifest does not undo them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.model import State
from gemspec.domain.plan import Action, Block, KeyPlan, Kind
from gemspec.planner import messages
from gemspec.planner.keys import attributes, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.lineage import Generation, Inventory, Lineage
    from gemspec.domain.plan import Step
    from gemspec.domain.project import Traits


def is_ended(key: str, inventory: Inventory) -> bool:
    """Whether an undeclared key is deleted or released. Models of another account beside our own keys are not."""
    lineage = inventory.lineages.get(key)
    return lineage is not None and not (inventory.has_own and lineage.is_of_others)


def left_alone(key: str, inventory: Inventory) -> KeyPlan | None:
    """What a plan says of an undeclared key that it leaves as it is; None where that is nothing."""
    if is_ended(key, inventory):
        return None
    lineage = inventory.lineage(key)
    notes = [messages.others_note(generation.name) for generation in lineage.generations]
    notes += [messages.unlabelled_note(generation.name) for generation in lineage.unlabelled]
    return KeyPlan(key, Kind.NO_OP, notes=tuple(notes)) if notes else None


def plan_removed(lineage: Lineage, traits: Traits, *, destroys: bool) -> tuple[KeyPlan, Block | None]:
    """Plan the end of a key: `destroys` asks for it, or no manifest declares the key.

    A protected key is planned as a delete, and blocks the plan. The generations with the deciding flags end last, so
    that an interrupted delete or release continues as it began. Where the service does not write to a model in
    training, its release waits for the end of the training.
    """
    speaking = _deciding(lineage)
    forgets = any(generation.marker.retain for generation in speaking)
    why = messages.DESTROYED if destroys else messages.UNDECLARED
    deciding = [
        generation
        for generation in lineage.generations
        if (generation.marker.retain if forgets else generation in speaking)
    ]
    first = {
        generation.name: _end(lineage.key, generation, why, forgets=forgets)
        for generation in lineage.generations
        if generation not in deciding
    }
    last = [
        _after(_end(lineage.key, generation, why, forgets=forgets), generation, first, lineage)
        for generation in deciding
    ]
    current = lineage.serving or lineage.promoted or lineage.generations[-1]
    todo = [*first.values(), *last]
    waiting = [] if traits.writes_in_training else [_await(step) for step in todo if _releases_training(step)]
    awaited = {step.train: step.ref for step in waiting}
    todo = [replace(step, waits=(*step.waits, awaited[step.train])) if step.train in awaited else step for step in todo]
    plan = KeyPlan(
        key=lineage.key,
        kind=Kind.FORGET if forgets else Kind.DELETE,
        reason=messages.retained_reason(why) if forgets else why,
        steps=(*waiting, *todo),
        current=lineage.serving.live if lineage.serving else None,
        generations=tuple(generation.live for generation in lineage.generations),
        before=attributes.of_live(current.live, current.marker),
        notes=(*(messages.released_later(step.name) for step in waiting), *_aside(lineage)),
    )
    protected = any(generation.marker.protect for generation in speaking) and not forgets
    return plan, _protected(lineage.key, destroys=destroys) if protected else None


def _aside(lineage: Lineage) -> list[str]:
    """Notes on models of the key that are left alone."""
    return [
        *(messages.shared_note(lineage.key, generation.name) for generation in lineage.shared),
        *(messages.unlabelled_note(generation.name) for generation in lineage.unlabelled),
        *(messages.unmarked_note(live.name) for live in lineage.unmarked),
    ]


def _after(step: Step, generation: Generation, first: Mapping[str, Step], lineage: Lineage) -> Step:
    """Let a step wait for `first`, except for models that its own model was tuned from: these are deleted later."""
    sources = {generation.name: generation.live.source.name for generation in lineage.generations}
    held: list[str] = [generation.name]
    while (source := sources.get(held[-1])) and source not in held:
        held.append(source)
    # A duplicate training has the same address: no step waits for itself.
    return replace(step, waits=tuple(o.ref for name, o in first.items() if name not in held and o.ref != step.ref))


def _deciding(lineage: Lineage) -> list[Generation]:
    """The generations with the flags that count: the serving generation and later attempts, whether in training,
    failed, or a candidate. Earlier generations may remember old flags.
    """
    serving = lineage.serving
    return [
        generation
        for generation in lineage.generations
        if serving is None
        or generation is serving
        or generation.is_creating
        or generation.marker.serving is None
        or generation.rank > serving.rank
    ]


def _end(key: str, generation: Generation, why: str, *, forgets: bool) -> Step:
    if forgets and not generation.is_failed:
        return steps.forget(key, generation, messages.retained_reason(why))
    if generation.is_creating:
        return replace(steps.abandon(key, generation), reason=messages.ended_reason(why))
    return steps.delete(key, generation, why)


def _releases_training(step: Step) -> bool:
    return step.action is Action.FORGET and step.live is not None and step.live.state is State.CREATING


def _await(step: Step) -> Step:
    return replace(step, action=Action.AWAIT, reason=messages.running_reason(step.live), waits=())


def _protected(key: str, *, destroys: bool) -> Block:
    lifted = "first apply its manifest with lifecycle.protect: false, then"
    if destroys:
        return Block("protect", f"{key} is protected", f"to let it go: {lifted} destroy", key=key)
    return Block(
        rule="protect",
        key=key,
        summary=f"{key} is protected, and no manifest declares it any more",
        hint=f"to keep it: put its manifest back\nto let it go: {lifted} remove it",
    )
