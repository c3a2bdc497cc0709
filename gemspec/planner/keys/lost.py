"""Models that look like ours and do not say so any more: their labels, or the line of their description, were taken
off. Pure.

A marker that is gone is not a model that is gone. Where a manifest declares the key, labels that are gone are written
again by a drawn update. A model without any trace of a marker blocks the writes of its key, with the lines that settle
whose it is. Nothing of them is ever deleted in the same plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.lineage import Generation, key_in
from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import ParentKey
from gemspec.domain.plan import Action, Block, KeyPlan, Kind
from gemspec.identity import hashing
from gemspec.planner import messages
from gemspec.planner.keys import steps
from gemspec.planner.keys.matching import is_equal, train_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gemspec.domain.lineage import Inventory, Lineage
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import Step
    from gemspec.planner.context import Context, Parent

_RULE = "unmarked"
_ENDS = (Action.DELETE, Action.ABANDON, Action.FORGET)


def is_kin(live: LiveModel, desired: DesiredModel, lineage: Lineage, owner: str) -> bool:
    """Whether a model may be one of this key, although it does not say so: by its id, or by its training's record."""
    if any(live.name == lost.name for lost in lineage.lost):
        return True
    was, keys = live.trained_as, (desired.key, *desired.moved_from)
    is_bare = isinstance(live.marker, Absent) or live.is_unlabelled
    return is_bare and (key_in(live.name) in keys or (was is not None and was.owner == owner and was.key in keys))


def attempt_of(live: LiveModel, desired: DesiredModel, lineage: Lineage, context: Context) -> int | None:
    """At which attempt a training of `desired` makes just this model, as its id or its training's record says; None
    where it is another.
    """
    if isinstance(desired.source, ParentKey) and context.parent is None:
        return None
    seen = max((generation.marker.attempt for generation in lineage.generations), default=0)
    keys = (desired.key, *desired.moved_from)
    return next(
        (
            attempt
            for attempt in range(1, seen + len(lineage.lost) + 2)
            for key in keys
            if context.holds(live, key, train_of(desired, context.parent, attempt))
        ),
        None,
    )


def plan_unmarked(desired: DesiredModel, lineage: Lineage, context: Context) -> KeyPlan | None:
    """Block a key that has models without any trace of a marker, unless its manifest imports one of them. Other keys go
    on.
    """
    found = [live for live in lineage.lost if live in lineage.unmarked]
    if not found or (desired.adopts and any(live.goes_by(desired.adopts.name) for live in found)):
        return None
    live, key = found[0], desired.key
    is_same = attempt_of(live, desired, lineage, context) is not None
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    says = ". Its id is that of just what the manifest asks for" if is_same else ""
    keep = messages.import_line(key, live.name, "asDeclared" if is_same else "unknown")
    exact = "" if is_same else "; `data: asDeclared` only where it was trained on just the data that is declared"
    return KeyPlan(
        key=key,
        kind=Kind.BLOCKED,
        reason=f"{live.name}{more} has an id of {key} and no marker: it was removed, or the model was made by "
        f"hand{says}",
        current=lineage.serving.live if lineage.serving else None,
        is_unclear=lineage.lost_newest is not None,
        notes=(f"to keep the model: {keep}{exact}", not_ours_line(live.name)),
    )


def not_ours_line(name: str) -> str:
    """What settles that a model is not this project's."""
    return f"if it is not this project's: write `notOurs: [{name}]` under spec in gemspec.yaml"


def same_elsewhere(plans: Iterable[KeyPlan], desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Block trainings of which a model is there that lost its marker under a key which no manifest declares."""
    declared = {model.key: model for model in desired}
    spoken_for = {name for model in desired for name in (model.key, *model.moved_from)}
    lost = [live for key, lineage in inventory.every.items() if key not in spoken_for for live in lineage.lost]
    creates = [create for plan in plans if (create := plan.step(Action.CREATE))]
    found = [(create, live) for create in creates for live in lost if _makes(create, declared[create.key], live)]
    return [
        Block(
            rule=_RULE,
            key=create.key,
            summary=f"{live.name} holds just what {create.key} would be trained on, and its marker is gone",
            hint=f"to keep the model: {messages.import_line(create.key, live.name)}\n{not_ours_line(live.name)}",
        )
        for create, live in found
    ]


def _makes(create: Step, desired: DesiredModel, live: LiveModel) -> bool:
    """Whether this training would make just this model once more."""
    owner = create.marker.owner if create.marker else ""
    if live.is_unlabelled and isinstance(live.marker, Marker):
        return live.marker.train == create.train or is_equal(desired, Generation(live, live.marker), None)
    key = key_in(live.name)
    return key is not None and live.name.rpartition("/")[2] == hashing.remote_id(owner, key, create.train)


def labelled_again(planned: KeyPlan, lineage: Lineage, *, but: Collection[str] = ()) -> KeyPlan:
    """Add updates that give unlabelled models their labels back, and drop what would end them in the same plan.

    `lineage` is of today; `planned` takes them for labelled, without those of other plans (`but`).
    """
    unlabelled = [generation for generation in lineage.unlabelled if generation.name not in but]
    names = {generation.name for generation in unlabelled}
    todo = [step for step in planned.steps if not (step.name in names and step.action in _ENDS)]
    written = {step.name for step in todo if step.action in (Action.UPDATE, Action.PROMOTE)}
    again = [steps.note(planned.key, generation) for generation in unlabelled if generation.name not in written]
    if planned.kind is Kind.BLOCKED or not names:
        return planned
    kind = Kind.UPDATE if planned.kind in (Kind.NO_OP, Kind.PRUNE, Kind.AWAIT) else planned.kind
    reason = planned.reason if kind is planned.kind else messages.UNLABELLED
    current = lineage.serving.live if lineage.serving else None
    return replace(planned, kind=kind, reason=reason, steps=(*again, *todo), current=current)


def others_kept(planned: KeyPlan) -> KeyPlan:
    """Drop the end of models of other accounts, which only these can delete, with a note for each."""
    ends = [step for step in planned.steps if step.action in _ENDS and step.live and step.live.is_own is False]
    if not ends:
        return planned
    steps = tuple(step for step in planned.steps if step not in ends)
    kind = Kind.NO_OP if planned.kind is Kind.PRUNE and not steps else planned.kind
    notes = tuple(messages.others_note(step.name or "") for step in ends)
    return replace(planned, kind=kind, steps=steps, notes=(*planned.notes, *notes))


def released_notes(
    create: Step | None, desired: DesiredModel, models: Collection[LiveModel], parent: Parent | None
) -> tuple[str, ...]:
    """Note models that hold what would be trained: those that were released, and those of another project's training
    that carry no marker any more, since they may have been taken over from it.
    """
    if create is None or create.marker is None:
        return ()
    owner = create.marker.owner
    return tuple(
        messages.released_note(desired.key, live.name, was_released=not live.is_unlabelled)
        for live in models
        if (was := live.trained_as)
        if (live.is_unlabelled if was.owner != owner else _is_released(live))
        if was.train == create.train or is_equal(desired, Generation(live, was), parent)
    )


def _is_released(live: LiveModel) -> bool:
    return isinstance(live.marker, Absent) and live.marker.released
