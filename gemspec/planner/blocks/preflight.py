"""Blocks that make a plan unsafe before any policy is checked: unreadable markers, taken ids, partial moves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from gemspec.domain.lineage import key_in
from gemspec.domain.marker import MAX_NUMBER, Absent, Corrupt, Marker, Newer
from gemspec.domain.model import State
from gemspec.domain.overrides import ID_TAKEN, flag_hint
from gemspec.domain.plan import Action, Block
from gemspec.identity import hashing
from gemspec.planner import messages
from gemspec.planner.keys.lost import not_ours_line
from gemspec.planner.keys.remove import is_ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation, Inventory
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import KeyPlan, Step
    from gemspec.domain.project import Traits


def unreadable_markers(inventory: Inventory, desired: Sequence[DesiredModel], traits: Traits) -> list[Block]:
    """Report unreadable markers that concern our keys: those that name our owner, and those of no owner that are on a
    model with an id of a declared key.

    A marker of another project never does. Nor does a marker on a model of another account, beside models of our own.
    """
    keys = {name: model.key for model in desired for name in (model.key, *model.moved_from)}
    found = [(model, _claim(model, inventory.owner)) for model in inventory.unreadable]
    unreadable = []
    for model, (owner, claimed) in found:
        of = (
            _keys_of(model, inventory.owner, claimed if owner == inventory.owner else None, keys)
            if _may_be_ours(owner, inventory)
            else []
        )
        if model.is_own is False:
            of = [key for key in of if key in keys.values() and not _has_own(key, desired, inventory)]
        if of or (owner == inventory.owner and model.is_own is not False):
            unreadable.append((model, of))
    return [_unreadable(model, of, traits) for model, of in unreadable]


def used_up(plans: Iterable[KeyPlan]) -> list[Block]:
    """Report steps that would write a number which no marker can hold."""
    written = [(plan.key, step.marker) for plan in plans for step in plan.steps if step.marker]
    found = {}
    for key, marker in written:
        numbers = {"serving number": marker.serving or 0, "attempt": marker.attempt, "generation number": marker.gen}
        if above := next((name for name, number in numbers.items() if number > MAX_NUMBER), None):
            found[key] = above
    return [
        Block(
            rule="numbers",
            key=key,
            summary=f"{key} has used up every {word} that a marker can hold ({MAX_NUMBER})",
            hint="the numbers begin again where its models are released and the serving one is imported: apply with "
            "lifecycle.deletionPolicy: retain, then without the manifest, then with spec.import",
        )
        for key, word in found.items()
    ]


def taken_ids(plans: Iterable[KeyPlan], inventory: Inventory) -> list[Block]:
    """Report ids that a training needs and that a model outside our keys has already."""
    creates = (plan.step(Action.CREATE) for plan in plans)
    return [_taken(step, inventory) for step in creates if step and step.name in inventory.models]


def partial_moves(desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Report moves in a plan of single manifests: these cannot show whether another manifest declares the old key."""
    return [
        Block(
            rule="movedFrom",
            key=model.key,
            summary=f"{model.key} is moved from {old}, which takes the whole project to decide",
            hint="plan the project folder instead of single manifests",
        )
        for model in desired
        for old in model.moved_from
        if inventory.lineage(old).generations
    ]


def unknown_states(inventory: Inventory, desired: Sequence[DesiredModel]) -> list[Block]:
    """Report our models in a state that this gemspec does not know: whether they serve is unclear."""
    moved = {old: model.key for model in desired for old in model.moved_from}
    declared = {*moved, *(model.key for model in desired)}
    return [
        Block(
            rule="unknown-state",
            key=moved.get(lineage.key, lineage.key),
            summary=f"{generation.name} is in a state that this gemspec does not know",
            hint="try again later, or with a newer gemspec",
        )
        for lineage in inventory.lineages.values()
        if lineage.key in declared or is_ended(lineage.key, inventory)
        for generation in lineage.generations
        if generation.live.state is State.UNKNOWN
    ]


def joined_keys(desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Report moves that would join models of several keys: a serving model of one of them would be lost.

    Models that an interrupted apply has moved already do not count as a key's own, nor do models that go back to those
    beside which they were made. Models of old keys count only where they have served.
    """
    found = []
    for model in desired:
        shared = {generation.name for generation in inventory.joined(model.key, model.moved_from).shared}
        served = [generation for key in model.moved_from for generation in _served(inventory, key)]
        old = [generation for generation in served if generation.name not in shared]
        pairs = [(one, other) for one in old for other in old if _are_apart(one, other)]
        numbers = {generation.marker.serving for generation in old}
        own = [
            generation
            for generation in inventory.lineage(model.key).generations
            if generation.name not in shared
            if _was_made_here(generation) or (generation.marker.serving in numbers and has_served(generation))
        ]
        if old and own and not all(_goes_back(one, mine) for one in old for mine in own):
            found.append(_joined(model, own[0], old[0]))
        elif pairs:
            found.append(_joined(model, *pairs[0]))
    return found


def _are_apart(one: Generation, other: Generation) -> bool:
    """Whether models of two old keys were made for each: neither key was moved to the other."""
    if one.marker.key >= other.marker.key:
        return False
    made_apart = _was_made_here(one) and _was_made_here(other)
    return made_apart or (one.marker.serving == other.marker.serving and one.marker.train != other.marker.train)


def _served(inventory: Inventory, key: str) -> list[Generation]:
    return [generation for generation in inventory.lineage(key).generations if has_served(generation)]


def has_served(generation: Generation) -> bool:
    """Whether a generation serves, has served, or will when it is trained."""
    return generation.marker.serving is not None and not generation.is_failed


def _was_made_here(generation: Generation) -> bool:
    """Whether a model was created under the key that its marker has now."""
    return was_made_as(generation, generation.marker.key)


def _goes_back(moved: Generation, own: Generation) -> bool:
    """Whether a model was moved away from the lineage of another, and before it: the serving model is moved first.
    Numbers of generations grow with their age, which is not so where a key was left and given to something else.
    """
    is_later = (own.marker.serving or 0) < (moved.marker.serving or 0) and own.marker.gen != moved.marker.gen
    is_in_order = (own.marker.gen < moved.marker.gen) == (own.live.age < moved.live.age)
    return was_made_as(moved, own.marker.key) and is_later and is_in_order


def was_made_as(generation: Generation, key: str) -> bool:
    """Whether a model was created under this key, by its id or its training's record, whatever key it has now."""
    marker, was = generation.marker, generation.live.trained_as
    if was is not None:
        return (was.owner, was.key) == (marker.owner, key)
    return generation.name.rpartition("/")[2] == hashing.remote_id(marker.owner, key, marker.train)


def _joined(desired: DesiredModel, own: Generation, old: Generation) -> Block:
    """Say how to keep both: without the line, the old key's models would be deleted."""
    key = old.marker.key
    what = key if own.marker.key == desired.key else f"{own.marker.key} and {key}"
    return Block(
        rule="not-a-rename",
        key=desired.key,
        summary=f"{desired.key} cannot take over {what}: both have models ({own.name}, {old.name})",
        hint=f"to keep both: put the manifest of {key} back, and take {key} out of `movedFrom`\n"
        f"to delete the models of {key}: take it out alone",
    )


def unsettable_permissions(desired: Sequence[DesiredModel], traits: Traits) -> list[Block]:
    """Report declared permissions that these credentials can neither read nor set, before any training starts."""
    if traits.sets_permissions or not traits.has_permissions:
        return []
    words = traits.words
    return [
        Block(
            rule="permissions",
            key=model.key,
            summary=f"{model.key} declares permissions, which {words.weak_credentials} can neither read nor set",
            hint=f"use {words.strong_credentials}; or leave `permissions` out",
        )
        for model in desired
        if model.permissions is not None
    ]


def _claim(model: LiveModel, ours: str) -> tuple[str | None, str | None]:
    """The owner and key that an unreadable marker names. Where it does not name ours in full, its training's record
    does, if that is ours.
    """
    marker, was = model.marker, model.trained_as
    owner, key = (marker.owner, marker.key) if isinstance(marker, Corrupt | Newer) else (None, None)
    if was is not None and was.owner == ours and (owner != ours or key is None):
        return was.owner, was.key
    return owner, key


def _may_be_ours(owner: str | None, inventory: Inventory) -> bool:
    return owner in (None, inventory.owner)


def _has_own(key: str, desired: Sequence[DesiredModel], inventory: Inventory) -> bool:
    """Whether our own account has models of this key, or of a key that it was moved from."""
    names = {key}.union(*(model.moved_from for model in desired if model.key == key))
    return any(not inventory.lineage(name).is_of_others for name in names)


def _keys_of(model: LiveModel, ours: str, claimed: str | None, keys: Mapping[str, str]) -> list[str]:
    """Give the keys that an unreadable model concerns: the key that its marker names, and the declared key that the
    model was trained for, by its id or by the record of its training. The two differ where a marker was copied, or its
    key was edited.

    `keys` maps the key of every manifest, and the keys that it was moved from, to its key.
    """
    found = [keys.get(claimed, claimed)] if claimed else []
    was = model.trained_as
    # A takeover keeps the key: the record of another project counts, where the marker names ours.
    trained_for = was.key if was and (was.owner == ours or claimed) else key_in(model.name)
    if trained_for and trained_for in keys:
        found.append(keys[trained_for])
    return list(dict.fromkeys(found))


def _unreadable(model: LiveModel, keys: Sequence[str], traits: Traits) -> Block:
    key, partner = [*keys, None, None][:2]
    if isinstance(model.marker, Newer):
        return Block(
            rule="newer-marker",
            key=key,
            partner=partner,
            summary=f"{model.name} carries a marker of a later gemspec, which this one cannot judge",
            hint=f"use the newer gemspec\n{not_ours_line(model.name)}",
        )
    reason = model.marker.reason if isinstance(model.marker, Corrupt) else ""
    return Block(
        rule="corrupt-marker",
        key=key,
        partner=partner,
        summary=f"the marker of {model.name} cannot be trusted: {reason}",
        hint=f"{traits.words.restore(model)}; or, if the model is not needed, delete it by hand\n"
        f"{not_ours_line(model.name)}",
    )


def _taken(step: Step, inventory: Inventory) -> Block:
    """Say how to manage the model again: its id is a hash of the training, so it is almost surely ours."""
    name = step.name or ""
    model, again = inventory.models[name], flag_hint(ID_TAKEN, key=step.key)
    keep = f"to keep the model: {messages.import_line(step.key, name)}\n{again}"
    match model.marker:
        case Marker(owner=owner, key=key):
            state, hint = f": it is {key} of project {owner}", again
        case Absent() if model.is_own is False:
            state, hint = ", and belongs to another account", again
        case Absent(released=True):
            state, hint = ", and was released: it holds just what the manifest asks for", keep
        case Absent():
            state, hint = ", but no marker of ours: it was removed, or the model was made by hand", keep
        case Corrupt() | Newer():
            state, hint = ", and a marker that this gemspec cannot read", again
        case never:
            assert_never(never)
    return Block(ID_TAKEN, f"{name} has the id that this training would get{state}", hint, key=step.key)
