"""Plans the adoption of a model that exists already: `spec.import`. Pure.

It puts our marker on an unmarked model and updates its settings to those of the manifest. It never replaces the model
in the same plan. Once the key has a model of its own, `spec.import` does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from gemspec.domain import diff
from gemspec.domain.lineage import Generation, Lineage
from gemspec.domain.model import (
    UNKNOWN_DATA,
    Absent,
    Corrupt,
    DeletionPolicy,
    LiveModel,
    Marker,
    Newer,
    ParentKey,
    State,
)
from gemspec.domain.plan import Block, KeyPlan, Kind
from gemspec.identity import hashing
from gemspec.planner import attributes, messages, steps
from gemspec.planner.declared import plan_matched, source_name
from gemspec.planner.matching import is_equal, match_generation, train_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Inventory
    from gemspec.domain.model import DesiredModel, FieldChange
    from gemspec.domain.project import Traits
    from gemspec.planner.context import Context

_RULE = "import"


def to_adopt(desired: DesiredModel, lineage: Lineage, inventory: Inventory) -> LiveModel | None:
    """Give the model that this key will adopt; None where there is none, or the key has models already."""
    if desired.adopts is None or lineage.generations:
        return None
    return inventory.find(desired.adopts.name)


def plan_adoption(desired: DesiredModel, live: LiveModel, context: Context) -> KeyPlan:
    """Plan the marker, then the settings of the manifest. Fields that need a new training are noted, not changed."""
    context = replace(context, again=False)
    adopted = Generation(live, _marker(desired, live, context))
    lineage = Lineage(desired.key, (adopted,))
    paired = plan_matched(desired, lineage, adopted, context)
    adopt = steps.adopt(desired, adopted, messages.ADOPTED)
    later = (replace(step, waits=step.waits or (adopt.ref,)) for step in paired.steps)
    differing: tuple[FieldChange, ...] = ()
    if match_generation(desired, lineage, context).generation is None:
        before = attributes.before(desired, live, adopted.marker)
        differing = diff.explain(before, attributes.after(desired, source=source_name(desired, context.parent)))
    return replace(
        paired,
        kind=Kind.IMPORT,
        reason=adopt.reason,
        steps=(adopt, *later),
        notes=messages.adopted_notes(desired, differing),
        settled=not differing,
    )


def inert_notes(desired: DesiredModel, lineage: Lineage, inventory: Inventory) -> tuple[str, ...]:
    """Note an import that has no effect, since its key has models already."""
    live = inventory.find(desired.adopts.name) if desired.adopts else None
    if live is None or not lineage.generations or not isinstance(live.marker, Absent):
        return ()
    return (f"{live.name} is not imported: {desired.key} has {lineage.generations[-1].name} already",)


def unadoptable(desired: Sequence[DesiredModel], inventory: Inventory, traits: Traits) -> list[Block]:
    """Report imports that cannot be carried out, each with what to do instead."""
    found = []
    for model in desired:
        known = inventory.joined(model.key, model.moved_from).generations
        if model.adopts is None or known:
            continue
        if words := _obstacle(inventory.find(model.adopts.name), inventory.owner, traits):
            summary, hint = words
            found.append(Block(_RULE, f"{model.key} cannot import {model.adopts.name}: {summary}", hint, key=model.key))
    return found


def _obstacle(live: LiveModel | None, ours: str, traits: Traits) -> tuple[str, str] | None:
    """Give what prevents an adoption, and what to do about it; None where nothing does."""
    if live is None:
        return "it is not on the service, or these credentials cannot see it", "take `import` out, or correct the name"
    match live.marker:
        case Marker(owner=owner, key=key) if owner == ours:
            return f"it is {key} already", f"to rename that key: `movedFrom: {key}`; else take `import` out"
        case Marker(owner=owner, key=key):
            took = f"`gemspec import --from-owner {owner}` takes over what that project has of the keys here"
            return f"it is {key} of project {owner}", f"{took}; else take `import` out"
        case Corrupt() | Newer():
            return "it carries a marker that this gemspec cannot read", traits.words.remove(live)
        case Absent():
            pass
        case never:
            assert_never(never)
    if live.state is State.CREATING:
        return "it is still in training", "plan again when it has been trained"
    if live.state is not State.ACTIVE:
        return f"its state is {live.state}", "take `import` out"
    return None


def _marker(desired: DesiredModel, live: LiveModel, context: Context) -> Marker:
    """Give the marker of an adopted model.

    Where the model is known to come from the training that the manifest asks for, the marker has its train hash; else a
    hash that no manifest can ask for.
    """
    known = desired.dataset if desired.adopts and desired.adopts.as_declared else None
    data, examples = attributes.data_of(known) if known else (UNKNOWN_DATA, 0)
    marker = Marker(
        owner=context.owner,
        key=desired.key,
        train=hashing.train_hash(live.source, {}, known.fingerprint if known else f"{UNKNOWN_DATA} {live.name}"),
        data=data,
        examples=examples,
        serving=1,
        protect=desired.lifecycle.protect,
        retain=desired.lifecycle.deletion_policy is DeletionPolicy.RETAIN,
    )
    if known is None or not is_equal(desired, Generation(live, marker), context.parent):
        return marker
    parent = context.parent if isinstance(desired.source, ParentKey) else None
    return replace(marker, train=train_of(desired, parent, 1), parent=parent.train if parent else None)
