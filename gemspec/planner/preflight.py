"""Blocks that make a plan unsafe before any policy is checked: unreadable markers, taken ids, partial moves. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemspec.domain.model import Absent, Corrupt, Marker, Newer, State
from gemspec.domain.plan import Action, Block
from gemspec.identity import hashing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation, Inventory
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import KeyPlan, Step
    from gemspec.domain.project import Traits


def unreadable_markers(inventory: Inventory, desired: Sequence[DesiredModel], traits: Traits) -> list[Block]:
    """Report unreadable markers that name our owner, or that are on a model with an id of a declared key."""
    keys = {name: model.key for model in desired for name in (model.key, *model.moved_from)}
    found = ((model, _keys_of(model, inventory.owner, keys)) for model in inventory.unreadable)
    unreadable = [(model, of) for model, of in found if of or _claims(model, inventory.owner)]
    return [_unreadable(model, of, traits) for model, of in unreadable]


def taken_ids(plans: Iterable[KeyPlan], inventory: Inventory) -> list[Block]:
    """Report ids that a training needs and that a model outside our keys has already."""
    creates = (plan.step(Action.CREATE) for plan in plans)
    unmarked = {name for name, model in inventory.models.items() if isinstance(model.marker, Absent | Marker)}
    return [_taken(step, inventory) for step in creates if step and step.name in unmarked]


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
    return [
        Block(
            rule="unknown-state",
            key=moved.get(lineage.key, lineage.key),
            summary=f"{generation.name} is in a state that this gemspec does not know",
            hint="try again later, or with a newer gemspec",
        )
        for lineage in inventory.lineages.values()
        for generation in lineage.generations
        if generation.live.state is State.UNKNOWN
    ]


def joined_keys(desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Report moves that would join models of several keys: a serving model of one of them would be lost.

    Models that an interrupted apply has moved already do not count as a key's own. Models of old keys count only where
    they have served.
    """
    found = []
    for model in desired:
        old = [generation for key in model.moved_from for generation in _served(inventory, key)]
        pairs = [(one, other) for one in old for other in old if _are_apart(one, other)]
        numbers = {generation.marker.serving for generation in old}
        own = [
            generation
            for generation in inventory.lineage(model.key).generations
            if _was_made_here(generation) or (generation.marker.serving in numbers and has_served(generation))
        ]
        if old and own:
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
    marker = generation.marker
    return generation.name.rpartition("/")[2] == hashing.remote_id(marker.owner, marker.key, marker.train)


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


def _claims(model: LiveModel, owner: str) -> bool:
    return isinstance(model.marker, Corrupt | Newer) and model.marker.owner == owner


def _keys_of(model: LiveModel, owner: str, keys: Mapping[str, str]) -> list[str]:
    """Give the keys that an unreadable model concerns: the key in its marker, if the marker names our owner, and the
    declared key that the model's id was made for. The two differ where a marker was copied.

    `keys` maps the key of every manifest, and the keys that it was moved from, to its key.
    """
    marker, found = model.marker, []
    if isinstance(marker, Corrupt | Newer) and marker.owner == owner and marker.key:
        found.append(keys.get(marker.key, marker.key))
    stem = re.fullmatch(r"(?:.*/)?(.+)-[0-9a-f]{10}", model.name)
    if stem and stem[1] in keys:
        found.append(keys[stem[1]])
    return list(dict.fromkeys(found))


def _unreadable(model: LiveModel, keys: Sequence[str], traits: Traits) -> Block:
    key, partner = [*keys, None, None][:2]
    if isinstance(model.marker, Newer):
        return Block(
            rule="newer-marker",
            key=key,
            partner=partner,
            summary=f"{model.name} carries a marker of a later gemspec, which this one cannot judge",
            hint="use the newer gemspec",
        )
    reason = model.marker.reason if isinstance(model.marker, Corrupt) else ""
    return Block(
        rule="corrupt-marker",
        key=key,
        partner=partner,
        summary=f"the marker of {model.name} cannot be trusted: {reason}",
        hint=f"{traits.words.restore(model)}; or, if the model is not needed, delete it by hand",
    )


def _taken(step: Step, inventory: Inventory) -> Block:
    """Say how to manage the model again: its id is a hash of the training, so it is almost surely ours."""
    name = step.name or ""
    model, again = inventory.models[name], f"to train another under another id: --replace {step.key}"
    if isinstance(model.marker, Marker):
        whose = f"it is {model.marker.key} of project {model.marker.owner}"
        return Block("id-taken", f"{name} has the id that this training would get: {whose}", again, key=step.key)
    keep = f"to keep the model: write `import: {{tunedModel: {name}, data: asDeclared}}` in the spec of {step.key}\n"
    return Block(
        rule="id-taken",
        key=step.key,
        summary=f"{name} has the id that this training would get, but no marker of ours: it was removed, or the model "
        "was made by hand",
        hint=again if inventory.lineage(step.key).generations else keep + again,
    )
