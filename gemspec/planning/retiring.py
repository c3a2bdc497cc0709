"""What becomes of a key's other generations once the target serves: moved along, ended, or deleted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.planning import steps, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.model import DesiredModel
    from gemspec.plan import Step, StepRef
    from gemspec.planning.inventory import Generation, Lineage


def moves(desired: DesiredModel, lineage: Lineage, target: Generation, *, waits: tuple[StepRef, ...]) -> list[Step]:
    """Generations that stay and bear the name of the key they were moved from, after the target, which goes first so
    that there is always one that serves under the new name.
    """
    kept = lineage.retired_by(target)[: desired.lifecycle.keep_previous]
    return [steps.move(desired.key, one, waits=waits) for one in kept if one.marker.key != desired.key]


def let_go(
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
    ended = [steps.abandon(desired.key, one) for one in rest if one.is_creating]
    failed = [steps.delete(desired.key, one, wording.FAILED, waits=created) for one in rest if one.is_failed]
    unused = [steps.delete(desired.key, one, wording.NEVER_SERVED, waits=created) for one in rest if one.is_candidate]
    pruned = lineage.retired_by(target)[desired.lifecycle.keep_previous :]
    reason = wording.pruned_reason(desired)
    retired = [steps.delete(desired.key, one, reason, waits=ready, successor=train) for one in pruned]
    return [*ended, *failed, *unused, *retired]
