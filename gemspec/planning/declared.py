"""Plans one declared key: its lineage on the service against its manifest, as steps with their reasons. Pure.

The shape of every such plan: settle the target generation (pairing), bring it to serve (create, await, promote), set
what the manifest declares (update), then let go of what nobody needs any more (abandon, delete).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec import fielddiff
from gemspec.model import ParentKey
from gemspec.plan import CHANGING, PERMISSIONS, UNKNOWN, Action, KeyPlan, Kind
from gemspec.planning import forms, steps, wording
from gemspec.planning.pairing import pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.model import DesiredModel
    from gemspec.plan import Step, StepRef
    from gemspec.planning.inventory import Generation, Lineage
    from gemspec.planning.pairing import Pairing
    from gemspec.planning.setting import Parent, Setting


def plan_declared(desired: DesiredModel, lineage: Lineage, setting: Setting) -> KeyPlan:
    """Plan one key. `lineage` holds its generations, those of the key it was moved from among them."""
    pairing = pair(desired, lineage, setting)
    if pairing.generation is None:
        return _plan_training(desired, lineage, pairing, setting)
    if pairing.generation.is_failed:
        return _plan_failed(desired, lineage, pairing.generation)
    return _plan_paired(desired, lineage, pairing.generation, setting)


def _plan_training(desired: DesiredModel, lineage: Lineage, pairing: Pairing, setting: Setting) -> KeyPlan:
    serving = lineage.serving
    before = forms.before(desired, serving.live, serving.marker) if serving else None
    after = forms.after(desired, source=_source_name(desired, setting.parent))
    changes = fielddiff.explain(before, after) if before else ()
    parent = (setting.parent_ready,) if setting.parent_ready else ()
    abandoned = [steps.abandon(desired.key, one, waits=parent) for one in lineage.generations if one.is_creating]
    moved = [steps.move(desired.key, one) for one in lineage.retired_by(None) if one.marker.key != desired.key]
    create = steps.create(
        desired,
        lineage,
        pairing,
        setting,
        reason=wording.training_reason(desired, lineage, setting, changes),
        waits=(*(step.ref for step in (*moved, *abandoned)), *parent),
        changes=changes,
    )
    waiting = steps.await_created(create)
    permitting = _permit_created(desired, lineage, create)
    ready = (waiting.ref, *(step.ref for step in permitting))
    rest = [one for one in lineage.generations if not one.is_creating]
    ending = _let_go(desired, lineage, rest, train=pairing.train, ready=ready, created=(create.ref,))
    return KeyPlan(
        key=desired.key,
        kind=Kind.REPLACE if serving else Kind.CREATE,
        reason=create.reason,
        steps=(*moved, *abandoned, create, waiting, *permitting, *ending),
        current=serving.live if serving else None,
        target=pairing.train,
        target_name=create.name,
        before=before,
        after=after,
        changes=changes,
        notes=(
            *wording.open_notes(desired),
            *wording.unread_notes(serving, setting.traits),
            *wording.keeping_notes(desired, lineage.retired_by(None)),
        ),
    )


def _plan_failed(desired: DesiredModel, lineage: Lineage, failed: Generation) -> KeyPlan:
    """Nothing is trained, but what the manifest says of protection counts at once, on both models."""
    serving = lineage.serving
    remembering = [one for one in (serving, failed) if one is not None]
    return KeyPlan(
        key=desired.key,
        kind=Kind.FAILED,
        reason=wording.failed_reason(failed),
        steps=tuple(step for one in remembering if (step := steps.relabel(desired, one))),
        current=serving.live if serving else None,
        target=failed.marker.train,
        target_name=failed.name,
        notes=wording.failed_notes(serving),
    )


def _plan_paired(desired: DesiredModel, lineage: Lineage, target: Generation, setting: Setting) -> KeyPlan:
    before = forms.before(desired, target.live, target.marker)
    after = forms.as_trained(before, forms.after(desired, source=_source_name(desired, setting.parent)))
    changes = fielddiff.explain(before, after)
    todo: list[Step] = [steps.await_running(desired.key, target)] if target.is_creating else []
    takes_over = _must_be_promoted(lineage, target)
    permitted = tuple(change for change in changes if change.path[0] == PERMISSIONS)
    if permitted:
        step = steps.on(desired.key, target, Action.PERMIT, wording.PERMITTED)
        wanted = desired.permissions or ()
        todo.append(steps.permit(step, wanted, permitted, reason=step.reason, waits=_last(todo)))
    if takes_over:
        todo.append(steps.promote(desired, lineage, target, waits=_last(todo)))
    if updated := tuple(change for change in changes if change not in permitted):
        todo.append(steps.update(desired, target, updated, waits=_last(todo), marked=takes_over))
    ready = _last(todo)
    rest = [one for one in lineage.generations if one is not target]
    todo += _moves(desired, lineage, target, waits=ready)
    todo += _let_go(desired, lineage, rest, train=target.marker.train, ready=ready, created=(), target=target)
    kept = lineage.retired_by(target) if takes_over or target.is_creating else []
    return KeyPlan(
        key=desired.key,
        kind=_kind(todo),
        reason=next((step.reason for step in todo), ""),
        steps=tuple(todo),
        current=lineage.serving.live if lineage.serving else None,
        target=target.marker.train,
        target_name=target.name,
        before=before,
        after=after,
        changes=changes,
        notes=(
            *(wording.open_notes(desired) if permitted else ()),
            *wording.reported_notes(desired, target),
            *wording.keeping_notes(desired, kept),
        ),
    )


def _kind(todo: Sequence[Step]) -> Kind:
    actions = {step.action for step in todo}
    if actions & set(CHANGING):
        return Kind.UPDATE
    if Action.AWAIT in actions:
        return Kind.AWAIT
    return Kind.PRUNE if actions else Kind.NO_OP


def _must_be_promoted(lineage: Lineage, target: Generation) -> bool:
    """Whether another ACTIVE generation would outrank the target, or the target has no serving number at all."""
    serving = lineage.serving
    return target.marker.serving is None or (serving is not None and serving.rank > target.rank)


def _moves(desired: DesiredModel, lineage: Lineage, target: Generation, *, waits: tuple[StepRef, ...]) -> list[Step]:
    """Generations that stay and bear the name of the key they were moved from, after the target, which goes first so
    that there is always one that serves under the new name.
    """
    kept = lineage.retired_by(target)[: desired.lifecycle.keep_previous]
    return [steps.move(desired.key, one, waits=waits) for one in kept if one.marker.key != desired.key]


def _let_go(
    desired: DesiredModel,
    lineage: Lineage,
    rest: Sequence[Generation],
    *,
    train: str,
    ready: tuple[StepRef, ...],
    created: tuple[StepRef, ...],
    target: Generation | None = None,
) -> list[Step]:
    """Delete what nobody needs once the target (hash `train`) serves; `ready` are the steps after which it does.

    A failed attempt goes only after its successor is `created`, so that attempts are never counted anew.
    """
    ended = [steps.abandon(desired.key, one) for one in rest if one.is_creating]
    failed = [steps.delete(desired.key, one, wording.FAILED, waits=created) for one in rest if one.is_failed]
    unused = [steps.delete(desired.key, one, wording.NEVER_SERVED) for one in rest if one.is_candidate]
    pruned = lineage.retired_by(target)[desired.lifecycle.keep_previous :]
    reason = wording.pruned_reason(desired)
    retired = [steps.delete(desired.key, one, reason, waits=ready, successor=train) for one in pruned]
    return [*ended, *failed, *unused, *retired]


def _permit_created(desired: DesiredModel, lineage: Lineage, create: Step) -> list[Step]:
    """Set permissions as soon as the model exists, since it may begin to serve at any time.

    Where the manifest leaves them unset, those that were granted by hand on the serving generation are carried over.
    """
    granted = lineage.serving.live.permissions if lineage.serving else ()
    permissions = granted if desired.permissions is None else desired.permissions
    if not permissions:
        return []
    reason = wording.DECLARED if desired.permissions else wording.CARRIED
    changes = fielddiff.explain({PERMISSIONS: {}}, {PERMISSIONS: forms.permission_form(permissions)})
    return [steps.permit(create, permissions, changes, reason=reason, waits=(create.ref,))]


def _last(todo: Sequence[Step]) -> tuple[StepRef, ...]:
    return (todo[-1].ref,) if todo else ()


def _source_name(desired: DesiredModel, parent: Parent | None) -> str:
    if not isinstance(desired.source, ParentKey):
        return desired.source.name
    return (parent.name if parent else None) or UNKNOWN
