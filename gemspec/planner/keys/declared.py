"""Plans a declared key: compares its lineage on the service with its manifest, and gives steps with reasons. Pure.

Every such plan has the same shape: find the target generation (matching), make it serve (create, await, promote), set
what the manifest declares (update), then prune generations that are no longer needed (abandon, delete).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain import diff
from gemspec.domain.actions import ACTIONS, Count
from gemspec.domain.model import ParentKey
from gemspec.domain.plan import PERMISSIONS, UNKNOWN, Action, KeyPlan, Kind
from gemspec.planner import messages
from gemspec.planner.keys import attributes, keep, permissions as permitting, retire, steps
from gemspec.planner.keys.matching import match_generation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import Step, StepRef
    from gemspec.planner.context import Context, Parent
    from gemspec.planner.keys.matching import Match


def plan_declared(desired: DesiredModel, lineage: Lineage, context: Context) -> KeyPlan:
    """Plan a key. `lineage` holds its generations, including those of the key that it was moved from."""
    match = match_generation(desired, lineage, context)
    if match.generation is None and desired.dataset is None:
        return _plan_untrainable(desired, lineage, context)
    if match.generation is None and desired.validation_error:
        reason = messages.unread_validation_reason(desired)
        return KeyPlan(desired.key, Kind.BLOCKED, reason, current=lineage.serving.live if lineage.serving else None)
    if match.generation is None:
        return _plan_training(desired, lineage, match, context)
    if match.generation.is_failed:
        return _plan_failed(desired, lineage, match.generation)
    if match.generation.is_terminating and not context.undeletes:
        return _blocked(desired, lineage, messages.terminating_reason(desired.key, match.generation))
    return plan_matched(desired, lineage, match.generation, context)


def _plan_training(desired: DesiredModel, lineage: Lineage, match: Match, context: Context) -> KeyPlan:
    promoted = lineage.promoted
    before = attributes.before(desired, promoted.live, promoted.marker) if promoted else None
    after = attributes.after(desired, source=source_name(desired, context.parent))
    changes = diff.explain(before, after) if before else ()
    parent = (context.parent_ready,) if context.parent_ready else ()
    abandoned = [
        steps.abandon(desired.key, generation, waits=parent)
        for generation in lineage.generations
        if generation.is_creating
    ]
    along = retire.relabel_others(desired, lineage, None)
    permissions = permitting.granted(desired, lineage)
    is_candidate = _is_checked(desired, context) or bool(promoted and permissions)
    create = steps.create(
        desired,
        lineage,
        match,
        context,
        reason=messages.training_reason(desired, lineage, context, changes, match.differs),
        waits=(*(step.ref for step in (*along, *abandoned)), *parent),
        changes=changes,
        serves=not is_candidate,
    )
    waiting = steps.await_created(create)
    granting = permitting.permit_created(desired, create, permissions)
    ready = (waiting.ref, *(step.ref for step in granting))
    accepting = _accept_created(desired, lineage, create, context, waits=ready) if is_candidate else []
    ready = _last(accepting) or ready
    rest = [generation for generation in lineage.generations if not generation.is_creating]
    retired = lineage.retired_by(None)
    held = keep.held(desired, lineage, retired, None, promotes=True, now=context.now)
    ending = retire.prune(desired, lineage, rest, train=match.train, ready=ready, created=(create.ref,), held=held)
    return KeyPlan(
        key=desired.key,
        kind=Kind.REPLACE if promoted else Kind.CREATE,
        reason=create.reason,
        steps=(*along, *abandoned, create, waiting, *granting, *accepting, *ending),
        current=lineage.serving.live if lineage.serving else None,
        target=match.train,
        target_name=create.name,
        before=before,
        after=after,
        changes=changes,
        notes=(
            *messages.lost_notes(create.name, context.tuned.get(create.name or "")),
            *messages.open_notes(permissions, context.traits),
            *messages.unread_notes(promoted, context.traits),
            *messages.keeping_notes(desired, retired, held),
        ),
    )


def _plan_untrainable(desired: DesiredModel, lineage: Lineage, context: Context) -> KeyPlan:
    """Block an imported model: its manifest asks for another training, but declares no data for it."""
    promoted = lineage.promoted
    before = attributes.before(desired, promoted.live, promoted.marker) if promoted else {}
    after = attributes.after(desired, source=source_name(desired, context.parent))
    changes = diff.explain(before, after) if promoted else ()
    return _blocked(desired, lineage, messages.untrainable_reason(desired, changes))


def _blocked(desired: DesiredModel, lineage: Lineage, reason: str) -> KeyPlan:
    return KeyPlan(desired.key, Kind.BLOCKED, reason, current=lineage.serving.live if lineage.serving else None)


def _plan_failed(desired: DesiredModel, lineage: Lineage, failed: Generation) -> KeyPlan:
    """Train nothing, but write protection and the name of the key as the manifest declares them."""
    serving, label = lineage.serving, steps.relabel(desired, failed)
    return KeyPlan(
        key=desired.key,
        kind=Kind.FAILED,
        reason=messages.failed_reason(failed),
        steps=(*retire.relabel_others(desired, lineage, failed), *([label] if label else [])),
        current=serving.live if serving else None,
        target=failed.marker.train,
        target_name=failed.name,
        notes=messages.failed_notes(desired.key, serving),
    )


def plan_matched(desired: DesiredModel, lineage: Lineage, target: Generation, context: Context) -> KeyPlan:
    """Update an existing generation to its manifest and promote it. Permissions, settings and checks come before the
    promotion, so that the model is complete when callers first use it.
    """
    before = attributes.before(desired, target.live, target.marker)
    after = attributes.after(desired, source=source_name(desired, context.parent))
    after = attributes.as_trained(before, after, steps.renewed(desired, target))
    changes = diff.explain(before, after)
    takes_over, serving = _must_be_promoted(lineage, target), lineage.serving
    if takes_over and target.is_unclear and serving and serving is not target:
        return _blocked(desired, lineage, messages.unclear_reason(target, serving))
    todo = _usable(desired, lineage, target, context)
    waits = _last(todo)
    permitted = tuple(change for change in changes if change.path[0] == PERMISSIONS)
    if granting := permitting.permit_there(desired, lineage, target, permitted):
        todo.append(granting)
    others = [change for change in changes if change not in permitted]
    updated = tuple(change for change in others if not takes_over or change.path[0] in desired.settings)
    is_checked = _is_checked(desired, context)
    if updated:
        todo.append(steps.update(desired, target, updated, waits=waits, marked=takes_over))
    elif is_checked or not takes_over:  # a promotion writes the same, but checks may prevent it
        later = waits if target.is_silent else ()
        todo += [replace(step, waits=later) for step in steps.renew(desired, target)]
    ready = tuple(step.ref for step in todo)
    if takes_over:
        remembered = tuple(change for change in others if change not in updated)
        parent = (context.parent_ready,) if context.parent_ready else ()  # callers move parents first
        promote = steps.promote(desired, lineage, target, remembered, waits=(*ready, *parent))
        if is_checked:
            todo.append(steps.check(desired, promote, waits=promote.waits))
            promote = replace(promote, waits=_last(todo))
        todo.append(promote)
        ready = _last(todo)
    rest = [generation for generation in lineage.generations if generation is not target]
    along = retire.relabel_others(desired, lineage, target, waits=ready)
    ready = (*ready, *(step.ref for step in along))  # a model is written to before it is deleted
    todo += along
    retired = lineage.retired_by(target)
    held = keep.held(desired, lineage, retired, target, promotes=takes_over, now=context.now)
    todo += retire.prune(
        desired, lineage, rest, train=target.marker.train, ready=ready, created=(), held=held, target=target
    )
    is_news = takes_over or target.is_creating
    return KeyPlan(
        key=desired.key,
        kind=_kind(todo),
        reason=_reason(todo),
        steps=tuple(todo),
        current=lineage.serving.live if lineage.serving else None,
        target=target.marker.train,
        target_name=target.name,
        before=before,
        after=after,
        changes=changes,
        notes=(
            *messages.candidate_notes(desired, target, context),
            *messages.unchecked_notes(desired, target),
            *(messages.open_notes(granting.permissions, context.traits) if granting else ()),
            *messages.reported_notes(desired, target),
            *messages.keeping_notes(desired, retired, held, is_news=is_news),
            *messages.answering_notes(lineage, target),
        ),
    )


def _usable(desired: DesiredModel, lineage: Lineage, target: Generation, context: Context) -> list[Step]:
    """What has to come before everything else: the end of its training, or an endpoint that deploys it."""
    if target.is_creating:
        return [steps.await_running(desired.key, target)]
    return [steps.redeploy(desired, target, lineage)] if target.is_silent and context.traits.redeploys else []


def _reason(todo: Sequence[Step]) -> str:
    """The promotion says why the key changes; without a promotion the first step does."""
    promoting = (step.reason for step in todo if step.action is Action.PROMOTE)
    return next(promoting, "") or next((step.reason for step in todo), "")


def _kind(todo: Sequence[Step]) -> Kind:
    actions = {step.action for step in todo}
    if any(ACTIONS[action].count is Count.CHANGE for action in actions):
        return Kind.UPDATE
    if Action.AWAIT in actions:
        return Kind.AWAIT
    return Kind.PRUNE if actions else Kind.NO_OP


def _must_be_promoted(lineage: Lineage, target: Generation) -> bool:
    """Whether another generation that is there would outrank the target, or the target has no serving number at all.
    One that does not answer today would take over on the day that somebody deploys it.
    """
    promoted = lineage.promoted
    if target.marker.serving is None or promoted is None or promoted is target:
        return target.marker.serving is None
    return (promoted.marker.serving or 0) >= target.marker.serving


def _is_checked(desired: DesiredModel, context: Context) -> bool:
    return bool(desired.checks) and not context.accepted


def _accept_created(
    desired: DesiredModel, lineage: Lineage, create: Step, context: Context, *, waits: tuple[StepRef, ...]
) -> list[Step]:
    """A candidate serves when it has its permissions and has passed its checks."""
    if not _is_checked(desired, context):
        return [steps.promote_created(create, lineage, messages.PERMITTED_NEW, waits=waits)]
    check = steps.check(desired, create, waits=waits)
    return [check, steps.promote_created(create, lineage, messages.PASSED, waits=(check.ref,))]


def _last(todo: Sequence[Step]) -> tuple[StepRef, ...]:
    return (todo[-1].ref,) if todo else ()


def source_name(desired: DesiredModel, parent: Parent | None) -> str:
    """The remote name of what `desired` is tuned from, as far as it is known."""
    if not isinstance(desired.source, ParentKey):
        return desired.source.name
    return (parent.name if parent else None) or UNKNOWN
