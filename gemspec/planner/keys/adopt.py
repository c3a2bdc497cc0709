"""Plans the adoption of a model that exists already: `spec.import`. Pure.

It puts our marker on an unmarked model and updates its settings to those of the manifest. It never replaces the model
in the same plan. Once the key has a model of its own, `spec.import` does nothing, but for a model of this key that lost
its marker: that is adopted beside the others, which stay as they are until the next plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from gemspec.domain import diff
from gemspec.domain.lineage import Generation, Lineage
from gemspec.domain.marker import UNKNOWN_DATA, Absent, Corrupt, Marker, Newer
from gemspec.domain.model import DeletionPolicy, LiveModel, ParentKey, State
from gemspec.domain.plan import Block, KeyPlan, Kind
from gemspec.identity import hashing
from gemspec.planner import messages
from gemspec.planner.keys import attributes, lost, steps
from gemspec.planner.keys.declared import plan_matched, source_name
from gemspec.planner.keys.matching import is_equal, match_generation, train_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Inventory
    from gemspec.domain.model import DesiredModel, FieldChange
    from gemspec.domain.plan import Step, StepRef
    from gemspec.domain.project import Traits
    from gemspec.planner.context import Context

_RULE = "import"


def to_adopt(desired: DesiredModel, lineage: Lineage, inventory: Inventory) -> LiveModel | None:
    """Give the model that this key will adopt; None where there is none, or the key has models already."""
    live = inventory.find(desired.adopts.name) if desired.adopts else None
    if live is None or any(live.name == generation.name for generation in lineage.unlabelled):
        return None  # labels are written again without an import
    is_again = not _is_marked(live) and lost.is_kin(live, desired, lineage, inventory.owner)
    return live if is_again or not lineage.generations else None


def plan_adoption(desired: DesiredModel, live: LiveModel, lineage: Lineage, context: Context) -> KeyPlan:
    """Plan the marker, then the settings of the manifest. Fields that need a new training are noted, not changed.

    Beside other generations the adopted model serves where the manifest means it, or where it is newer than what
    serves. Nothing of the others is written or deleted by this plan.
    """
    context = replace(context, again=False)
    adopted, meant = _adopted(desired, live, lineage, context)
    beside = lineage.joined(Lineage(desired.key, (adopted,)))
    adopt = steps.adopt(desired, adopted, messages.ADOPTED)
    paired = plan_matched(desired, beside, adopted, context) if meant or not lineage.generations else None
    own = [step for step in paired.steps if step.name == live.name] if paired else []
    later = (replace(step, waits=_among(step, own) or (adopt.ref,)) for step in own)
    differing: tuple[FieldChange, ...] = ()
    if not meant:
        before = attributes.before(desired, live, adopted.marker)
        differing = diff.explain(before, attributes.after(desired, source=source_name(desired, context.parent)))
    return replace(
        paired or KeyPlan(desired.key, Kind.IMPORT, target=adopted.marker.train, target_name=live.name),
        kind=Kind.IMPORT,
        reason=adopt.reason,
        steps=(adopt, *later),
        current=lineage.serving.live if lineage.serving else paired.current if paired else None,
        generations=tuple(generation.live for generation in lineage.generations),
        notes=(
            *messages.adopted_notes(desired, differing),
            *_others_notes(lineage),
            *(messages.unmarked_note(other.name) for other in lineage.unmarked if other.name != live.name),
        ),
        settled=meant and not lineage.generations,
        is_compared=not desired.data_error,
    )


def _adopted(desired: DesiredModel, live: LiveModel, lineage: Lineage, context: Context) -> tuple[Generation, bool]:
    """The model with the marker that it gets, and whether it is what the manifest means."""
    marker = _marker(desired, live, lineage, context)
    candidate = Generation(live, replace(marker, serving=None))
    match = match_generation(desired, lineage.joined(Lineage(desired.key, (candidate,))), context)
    meant = match.generation is not None and match.generation.name == live.name
    return Generation(live, replace(marker, serving=_number(desired, live, lineage, meant=meant))), meant


def _number(desired: DesiredModel, live: LiveModel, lineage: Lineage, *, meant: bool) -> int | None:
    """The serving number of an adopted model; None where checks come before its promotion, or where it never served.

    A model that is older than what serves, and that the manifest does not mean, gets a number that no other has and
    that does not outrank the serving model.
    """
    serving = lineage.serving
    if serving is None or (not meant and live.age > serving.live.age):
        return lineage.next_serving
    if meant:
        return None if desired.checks else lineage.next_serving
    taken = {generation.marker.serving for generation in lineage.generations}
    return next((number for number in range((serving.marker.serving or 1) - 1, 0, -1) if number not in taken), None)


def _among(step: Step, steps: Sequence[Step]) -> tuple[StepRef, ...]:
    refs = {other.ref for other in steps}
    return tuple(ref for ref in step.waits if ref in refs)


def _others_notes(lineage: Lineage) -> tuple[str, ...]:
    names = ", ".join(generation.name for generation in lineage.generations)
    return (f"the other models of this key ({names}) are left to the next plan",) if names else ()


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
        if model.adopts is None:
            continue
        lineage = inventory.joined(model.key, model.moved_from)
        live = inventory.find(model.adopts.name)
        if lineage.generations and (live is None or to_adopt(model, lineage, inventory) is None):
            continue
        if words := _obstacle(live, inventory.owner, traits):
            summary, hint = words
            found.append(Block(_RULE, f"{model.key} cannot import {model.adopts.name}: {summary}", hint, key=model.key))
    return found


def _obstacle(live: LiveModel | None, ours: str, traits: Traits) -> tuple[str, str] | None:
    """Give what prevents an adoption, and what to do about it; None where nothing does."""
    if live is None:
        return "it is not on the service, or these credentials cannot see it", "take `import` out, or correct the name"
    match Absent() if live.is_unlabelled else live.marker:
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


def _is_marked(live: LiveModel) -> bool:
    return not isinstance(live.marker, Absent) and not live.is_unlabelled


def _marker(desired: DesiredModel, live: LiveModel, lineage: Lineage, context: Context) -> Marker:
    """Give the marker of an adopted model.

    Where the model is known to come from the training that the manifest asks for, the marker has its train hash; else a
    hash that no manifest can ask for.
    """
    again = lost.attempt_of(live, desired, lineage, context)
    says = again is not None or (desired.adopts is not None and desired.adopts.as_declared)
    known = desired.dataset if says else None
    data, examples = attributes.data_of(known) if known else (UNKNOWN_DATA, 0)
    parent = context.parent if isinstance(desired.source, ParentKey) else None
    marker = Marker(
        owner=context.owner,
        key=desired.key,
        train=hashing.train_hash(live.source, {}, known.fingerprint if known else f"{UNKNOWN_DATA} {live.name}"),
        data=data,
        examples=examples,
        protect=desired.lifecycle.protect,
        retain=desired.lifecycle.deletion_policy is DeletionPolicy.RETAIN,
        gen=lineage.next_gen,
    )
    if known is None or not (again or is_equal(desired, Generation(live, marker), context.parent)):
        return marker
    train = train_of(desired, parent, again or 1)
    if train in {generation.marker.train for generation in lineage.generations}:
        train = hashing.train_hash(live.source, {}, f"{UNKNOWN_DATA} {live.name}")
        return replace(marker, train=train)  # else it would count as a second training of the same
    return replace(marker, train=train, attempt=again or 1, parent=parent.train if parent else None)
