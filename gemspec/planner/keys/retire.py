"""Plans a key's other generations once the target serves: they are relabelled, ended or deleted. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.model import Answering
from gemspec.planner import messages
from gemspec.planner.keys import steps

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import Step, StepRef


def relabel_others(
    desired: DesiredModel, lineage: Lineage, target: Generation | None, *, waits: tuple[StepRef, ...] = ()
) -> list[Step]:
    """Write protection and the key of the manifest to the markers of the other generations.

    What serves and what was promoted come first, and previous generations get the new key after them, so that a model
    always serves under the new key. Where the target itself serves, its own steps write the marker: the others wait for
    `waits`. Markers that a create has not written yet are written, too.
    """
    serving = [lineage.serving, lineage.promoted if lineage.promoted is not lineage.serving else None]
    heads = [head for head in serving if head and head is not target and not head.is_terminating]
    first = [step for head in heads if (step := steps.relabel(desired, head))]
    after = tuple(step.ref for step in first) or waits
    rest = [generation for generation in lineage.retired_by(target) if generation not in serving]
    moved = [
        steps.move(desired.key, generation, waits=after) for generation in rest if generation.marker.key != desired.key
    ]
    noted = [
        steps.note(desired.key, generation)
        for generation in rest
        if generation.marker.key == desired.key and not generation.live.is_noted
    ]
    return [*first, *moved, *noted]


def prune(
    desired: DesiredModel,
    lineage: Lineage,
    rest: Sequence[Generation],
    *,
    train: str,
    ready: tuple[StepRef, ...],
    created: tuple[StepRef, ...],
    held: Collection[str],
    target: Generation | None = None,
) -> list[Step]:
    """Delete generations that are not needed once the target (hash `train`) serves, which is after the steps `ready`.

    A failed or unused attempt is deleted only after its successor is `created`, so that attempt numbers only grow.
    Nothing that answers is deleted before its successor does: where nothing serves, an unused attempt waits for that,
    too, and where nobody can read whether the target answers, everything stays that may. `held` are the names of those
    that `keepFor` keeps.
    """
    if target and target.is_unclear:
        rest = [generation for generation in rest if generation.live.answering is Answering.NO]
    twins = [generation for generation in rest if generation.marker.train == train and not generation.is_failed]
    doubled = [_end_twin(desired, generation, waits=ready) for generation in twins[:1]]
    rest = [generation for generation in rest if generation not in twins]
    ended = [steps.abandon(desired.key, generation) for generation in rest if generation.is_creating]
    failed = [
        steps.delete(desired.key, generation, messages.FAILED, waits=created)
        for generation in rest
        if generation.is_failed
    ]
    last = {"waits": ready, "successor": train} if lineage.is_silent else {"waits": created}
    unused = [
        steps.delete(desired.key, generation, messages.NEVER_SERVED, **last)
        for generation in rest
        if generation.is_candidate
    ]
    retired = [generation for generation in lineage.retired_by(target) if generation not in twins]
    reason = messages.pruned_reason(desired)
    pruned = [
        steps.delete(desired.key, generation, reason, waits=ready, successor=train)
        for generation in retired[desired.lifecycle.keep_previous :]
        if generation in rest and generation.name not in held
    ]
    begun = [
        steps.delete(desired.key, generation, messages.TERMINATING, waits=ready, successor=train)
        for generation in rest
        if generation.is_terminating and generation.is_active and not generation.is_candidate
    ]
    return [*doubled, *ended, *failed, *unused, *pruned, *begun]


def _end_twin(desired: DesiredModel, twin: Generation, *, waits: tuple[StepRef, ...]) -> Step:
    """End a duplicate training, which a repeated create may have started on a service that makes its own ids.

    A plan ends only one duplicate, since duplicates share their address.
    """
    if twin.is_creating:
        return replace(steps.abandon(desired.key, twin), reason=messages.DOUBLED)
    successor = twin.marker.train if twin.marker.serving else None
    return steps.delete(desired.key, twin, messages.DOUBLED, waits=waits, successor=successor)
