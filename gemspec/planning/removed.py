"""Plans a key that is ours and that no manifest declares: deleted, released, or protected. Pure.

The marker remembers `protect` and `deletionPolicy: retain`, so that removing the manifest does not undo them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.plan import Block, KeyPlan, Kind
from gemspec.planning import forms, steps, wording

if TYPE_CHECKING:
    from gemspec.plan import Step
    from gemspec.planning.inventory import Generation, Lineage


def plan_removed(lineage: Lineage) -> tuple[KeyPlan, Block | None]:
    """Plan the end of a key. A protected one is drawn as it would be, and blocks."""
    speaking = _speaking(lineage)
    forgets = any(one.marker.retain for one in speaking)
    ends = tuple(_end(lineage.key, one, forgets=forgets) for one in lineage.generations)
    current = lineage.serving or lineage.generations[-1]
    plan = KeyPlan(
        key=lineage.key,
        kind=Kind.FORGET if forgets else Kind.DELETE,
        reason=wording.RETAINED if forgets else wording.UNDECLARED,
        steps=ends,
        current=lineage.serving.live if lineage.serving else None,
        generations=tuple(one.live for one in lineage.generations),
        before=forms.of_live(current.live, current.marker),
    )
    protected = any(one.marker.protect for one in speaking) and not forgets
    return plan, _protected(lineage.key) if protected else None


def _speaking(lineage: Lineage) -> list[Generation]:
    """The generations whose flags count: the serving one, and what was tried after it, be it in training or failed.

    Retired ones may remember old flags.
    """
    serving = lineage.serving
    return [
        one
        for one in lineage.generations
        if serving is None or one is serving or one.is_creating or one.rank > serving.rank
    ]


def _end(key: str, one: Generation, *, forgets: bool) -> Step:
    if forgets and not one.is_failed:
        return steps.forget(key, one, wording.RETAINED)
    if one.is_creating:
        return replace(steps.abandon(key, one), reason=wording.UNDECLARED_TRAINING)
    return steps.delete(key, one, wording.UNDECLARED)


def _protected(key: str) -> Block:
    return Block(
        rule="protect",
        key=key,
        summary=f"{key} is protected, and no manifest declares it any more",
        hint="put its manifest back; to let it go, apply it with lifecycle.protect: false first, then remove it",
    )
