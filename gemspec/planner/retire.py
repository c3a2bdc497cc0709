"""What becomes of a key's other generations once the target serves: moved along, ended, or deleted. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.planner import messages, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import Step, StepRef


def relabel_others(
    desired: DesiredModel, lineage: Lineage, target: Generation | None, *, waits: tuple[StepRef, ...] = ()
) -> list[Step]:
    """Tell the others what the manifest says: the model that serves at once, of protection and of its key's name; then,
    of the name alone, those that served before it. What nobody has written on them yet is written along.

    The serving model goes first, so that there is always one that serves under the new name; where it is the target
    itself, its own steps do that: `waits`.
    """
    serving = lineage.serving
    is_other = serving is not None and serving is not target and not serving.is_terminating
    first = steps.relabel(desired, serving) if serving and is_other else None
    after = (first.ref,) if first else waits
    rest = [one for one in lineage.retired_by(target) if one is not serving]
    moved = [steps.move(desired.key, one, waits=after) for one in rest if one.marker.key != desired.key]
    noted = [steps.note(desired.key, one) for one in rest if one.marker.key == desired.key and not one.live.is_noted]
    return [*([first] if first else []), *moved, *noted]


def prune(
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

    A failed or unused attempt goes only after its successor is `created`, so that attempts are never counted anew.
    """
    twins = [one for one in rest if one.marker.train == train and not one.is_failed]
    doubled = [_end_twin(desired, one, waits=ready) for one in twins[:1]]
    rest = [one for one in rest if one not in twins]
    ended = [steps.abandon(desired.key, one) for one in rest if one.is_creating]
    failed = [steps.delete(desired.key, one, messages.FAILED, waits=created) for one in rest if one.is_failed]
    unused = [steps.delete(desired.key, one, messages.NEVER_SERVED, waits=created) for one in rest if one.is_candidate]
    retired = [one for one in lineage.retired_by(target) if one not in twins]
    reason = messages.pruned_reason(desired)
    pruned = [
        steps.delete(desired.key, one, reason, waits=ready, successor=train)
        for one in retired[desired.lifecycle.keep_previous :]
    ]
    begun = [
        steps.delete(desired.key, one, messages.TERMINATING, waits=ready, successor=train)
        for one in rest
        if one.is_terminating and one.is_active and not one.is_candidate
    ]
    return [*doubled, *ended, *failed, *unused, *pruned, *begun]


def _end_twin(desired: DesiredModel, twin: Generation, *, waits: tuple[StepRef, ...]) -> Step:
    """End a second training of the same, which a service that makes its own ids may have begun on an unclear answer.

    One at a time, since they share their address.
    """
    if twin.is_creating:
        return replace(steps.abandon(desired.key, twin), reason=messages.DOUBLED)
    return steps.delete(desired.key, twin, messages.DOUBLED, waits=waits)
