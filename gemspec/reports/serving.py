"""Which model serves each key once a run has ended, as far as the run can tell: the plan's models, and what was done.

Pure: nothing is read again. A key where a write failed, was superseded or not answered is left out, since the service
may hold something else than this run knows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.actions import ACTIONS
from gemspec.domain.events import Outcome
from gemspec.domain.lineage import take_inventory
from gemspec.domain.model import Absent, BaseModel, LiveModel, State
from gemspec.domain.plan import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.events import StepEnded
    from gemspec.domain.plan import KeyPlan, Plan, Step, StepRef
    from gemspec.domain.result import Result


def serving_names(plan: Plan, result: Result) -> dict[str, str | None]:
    """Key -> remote name of the model that serves it, None where none does; in the plan's order."""
    ended = {step.ref: end for step, end in zip(plan.steps, result.ended, strict=True)} if result.ended else {}
    return {key.key: _serving(key, plan.owner, ended) for key in plan.keys if not _is_uncertain(key, ended)}


def _is_uncertain(key: KeyPlan, ended: Mapping[StepRef, StepEnded]) -> bool:
    outcomes = {(step.action, ended[step.ref].outcome) for step in key.steps if step.ref in ended}
    return any(
        outcome in (Outcome.SUPERSEDED, Outcome.UNANSWERED) or (outcome is Outcome.FAILED and ACTIONS[action].writes)
        for action, outcome in outcomes
    )


def _serving(key: KeyPlan, owner: str, ended: Mapping[StepRef, StepEnded]) -> str | None:
    seen = [*key.generations, key.current] if key.current else key.generations
    done = [(step, ended[step.ref]) for step in key.steps if step.ref in ended]
    models = _carried_out({model.name: model for model in seen}, done)
    lineage = take_inventory(models.values(), owner).lineage(key.key)
    return lineage.serving.name if lineage.serving else None


def _carried_out(models: dict[str, LiveModel], steps: Sequence[tuple[Step, StepEnded]]) -> dict[str, LiveModel]:
    """The models of a key after those of `steps` that were done. Only markers and states are followed."""
    for step, end in steps:
        if end.outcome is Outcome.DONE:
            model = _after(step, end.name, models.get(end.name, step.live))
            models.pop(end.name, None)
            if model:
                models[end.name] = model
    return models


def _after(step: Step, name: str, model: LiveModel | None) -> LiveModel | None:
    """The model that a step was about, once it is done; None where it is gone."""
    match step.action:
        case Action.ABANDON | Action.DELETE:
            return None
        case Action.CREATE:
            # What it was tuned from plays no part in who serves.
            return LiveModel(name, State.CREATING, BaseModel(""), step.marker) if step.marker else model
        case Action.AWAIT:
            return replace(model, state=State.ACTIVE) if model else None
        case Action.FORGET:
            return replace(model, marker=Absent()) if model else None
        case Action.IMPORT | Action.UPDATE | Action.CHECK | Action.PROMOTE | Action.PERMIT:
            return replace(model, marker=step.marker) if model and step.marker else model
        case never:
            assert_never(never)
