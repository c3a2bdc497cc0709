"""What makes a plan unsafe before any policy is asked: unreadable markers, taken ids, moves without the whole picture.
Pure.
"""

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
    """Markers that name our owner, or that stand on an id of a declared key, but cannot be read."""
    keys = {name: one.key for one in desired for name in (one.key, one.moved_from) if name}
    found = ((model, _keys_of(model, inventory.owner, keys)) for model in inventory.unreadable)
    unreadable = [(model, of) for model, of in found if of or _claims(model, inventory.owner)]
    return [_unreadable(model, of, traits) for model, of in unreadable]


def taken_ids(plans: Iterable[KeyPlan], inventory: Inventory) -> list[Block]:
    """Ids that a training needs and that a model without any marker already has."""
    creates = (plan.step(Action.CREATE) for plan in plans)
    unmarked = {name for name, model in inventory.models.items() if isinstance(model.marker, Absent | Marker)}
    return [_taken(step, inventory) for step in creates if step and step.name in unmarked]


def partial_moves(desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Moves need to know that no other manifest declares the old key; single manifests cannot tell."""
    return [
        Block(
            rule="movedFrom",
            key=one.key,
            summary=f"{one.key} is moved from {one.moved_from}, which takes the whole project to decide",
            hint="plan the project folder instead of single manifests",
        )
        for one in desired
        if one.moved_from and inventory.lineage(one.moved_from).generations
    ]


def unknown_states(inventory: Inventory, desired: Sequence[DesiredModel]) -> list[Block]:
    """Models of ours in a state that this gemspec does not know: nobody can say whether they serve."""
    moved = {one.moved_from: one.key for one in desired if one.moved_from}
    return [
        Block(
            rule="unknown-state",
            key=moved.get(lineage.key, lineage.key),
            summary=f"{one.name} is in a state that this gemspec does not know",
            hint="try again later, or with a newer gemspec",
        )
        for lineage in inventory.lineages.values()
        for one in lineage.generations
        if one.live.state is State.UNKNOWN
    ]


def joined_keys(desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """A key that has a life of its own cannot take over another: one of the two serving models would go.

    Models that an apply had moved already when it was interrupted are no life of its own; nor are, on the other side,
    those that never served.
    """
    found = []
    for one in desired:
        old = [each for each in inventory.lineage(one.moved_from or "").generations if _has_served(each)]
        numbers = {each.marker.serving for each in old}
        own = [
            each
            for each in inventory.lineage(one.key).generations
            if _was_made_here(each) or (each.marker.serving in numbers and _has_served(each))
        ]
        if old and own:
            found.append(_joined(one, own[0], old[0]))
    return found


def _has_served(generation: Generation) -> bool:
    return generation.marker.serving is not None and not generation.is_failed


def _was_made_here(generation: Generation) -> bool:
    """Whether the key that a model has now is the one that it was made as."""
    marker = generation.marker
    return generation.name.rpartition("/")[2] == hashing.remote_id(marker.owner, marker.key, marker.train)


def _joined(desired: DesiredModel, own: Generation, old: Generation) -> Block:
    return Block(
        rule="not-a-rename",
        key=desired.key,
        summary=f"{desired.key} cannot take over {desired.moved_from}: both have models ({own.name}, {old.name})",
        hint=f"take `movedFrom: {desired.moved_from}` out",
    )


def unsettable_permissions(desired: Sequence[DesiredModel], traits: Traits) -> list[Block]:
    """Permissions that are declared but that these credentials can neither read nor set: known before any training."""
    if traits.sets_permissions or not traits.has_permissions:
        return []
    words = traits.words
    return [
        Block(
            rule="permissions",
            key=one.key,
            summary=f"{one.key} declares permissions, which {words.weak_credentials} can neither read nor set",
            hint=f"use {words.strong_credentials}; or leave `permissions` out",
        )
        for one in desired
        if one.permissions is not None
    ]


def _claims(model: LiveModel, owner: str) -> bool:
    return isinstance(model.marker, Corrupt | Newer) and model.marker.owner == owner


def _keys_of(model: LiveModel, owner: str, keys: Mapping[str, str]) -> list[str]:
    """The keys that an unreadable model concerns: the one that it claims, where it claims to be ours, and the declared
    one whose id it has, where that is another: a marker that was copied concerns both.

    `keys` maps every name that a manifest speaks for, its own or the one it was moved from, to its key.
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
    """The id is computed from what is trained, so the model is almost surely ours: say how it is so again."""
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
