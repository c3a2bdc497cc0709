"""What a plan must not do unless a person allows it: too many deletes, too many trainings. Pure.

Small rules over finished key plans; `renames` has another. Each gives a verdict, and a block where it does not pass. A
blocked plan is shown in full, with what lifts the block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.model import State
from gemspec.domain.overrides import MAX_DELETES, MAX_TRAININGS, flag_hint
from gemspec.domain.plan import Action, Block, Kind, Verdict
from gemspec.planner.messages import some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.plan import KeyPlan, Step
    from gemspec.domain.project import Limit


Judgement = tuple["Verdict", list[Block]]


def limit_deletes(keys: Sequence[KeyPlan], allowed: Limit, owned: int) -> Judgement:
    """Limit the keys that lose a model or a training, to a number or a percentage of the `owned` keys. A failed model
    is no loss.
    """
    losing = [key.key for key in keys if key.kind is Kind.DELETE and any(_loses(step) for step in key.steps)]
    verdict = Verdict(MAX_DELETES, len(losing), allowed.of(owned))
    if verdict.passed:
        return verdict, []
    summary = (
        f"{len(losing)} of {owned} keys would lose their models ({some(losing)}); "
        f"policy.maxDeletes allows {allowed}" + (f" ({allowed.of(owned)})" if allowed.percent else "")
    )
    return verdict, [Block(MAX_DELETES, summary, flag_hint(MAX_DELETES, count=len(losing)))]


def limit_trainings(keys: Sequence[KeyPlan], allowed: int) -> Judgement:
    """Limit the trainings that the plan starts."""
    trained = [key.key for key in keys if key.step(Action.CREATE)]
    verdict = Verdict(MAX_TRAININGS, len(trained), allowed)
    if verdict.passed:
        return verdict, []
    summary = f"{len(trained)} trainings would start ({some(trained)}); policy.maxTrainings allows {allowed}"
    return verdict, [Block(MAX_TRAININGS, summary, flag_hint(MAX_TRAININGS, count=len(trained)))]


def _loses(step: Step) -> bool:
    return step.action in (Action.DELETE, Action.ABANDON) and step.live is not None and step.live.state != State.FAILED
