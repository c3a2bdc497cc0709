"""The result of an apply, as the JSON document of schemas/result.v1.schema.json. Pure.

`gemspec apply --format json` prints it, and the last line of --events repeats its head. The outcome and the exit status
are decided here, so that document, events and process agree. So is which model serves each key afterwards: it follows
from the models of the plan and the steps that were done, without reading the service again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, assert_never

from gemspec.domain.actions import ACTIONS
from gemspec.domain.events import Outcome
from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Absent
from gemspec.domain.model import BaseModel, LiveModel, State
from gemspec.domain.plan import Action
from gemspec.reports.checks import CheckEntry, check_entry
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.events import StepEnded
    from gemspec.domain.plan import KeyPlan, Plan, Step, StepRef
    from gemspec.domain.result import Result
    from gemspec.reports.plan import FailureEntry, PlanDocument

FORMAT_VERSION = "1.0"
_WENT_WRONG = (Outcome.FAILED, Outcome.SUPERSEDED, Outcome.UNANSWERED)
_FINE = ("complete", "in_progress")


class ResultCounts(TypedDict):
    """The numbers of the last line for people, and how many steps went wrong."""

    imported: int
    added: int
    changed: int
    destroyed: int
    forgotten: int
    in_training: int
    failed: int


class StepResult(TypedDict):
    """How a step ended."""

    action: str
    key: str
    train: str
    name: str | None
    outcome: str
    elapsed_seconds: float
    message: str
    hint: str
    checks: list[CheckEntry] | None


class EndpointChange(TypedDict):
    """What callers named before, and what they have to name now; null where nothing answers."""

    old: str | None
    new: str | None


class KeyServing(TypedDict):
    """Which model serves a key; null where none does. `endpointChanged` is null where callers name what they did."""

    key: str
    serving: str | None
    endpointChanged: EndpointChange | None


class ResultDocument(TypedDict):
    """The result document."""

    format_version: str
    gemspec_version: str
    owner: str
    provider: str
    endpoint: str
    credential: str
    plan_digest: str
    outcome: str
    exit_status: int
    counts: ResultCounts
    steps: list[StepResult]
    keys: list[KeyServing]
    failures: list[FailureEntry]


def result_document(document: PlanDocument, plan: Plan, result: Result) -> ResultDocument:
    """Give the result of `plan`, which has the document `document`. Without steps there was nothing to do."""
    failures = document["failures"]
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": document["owner"],
        "provider": document["provider"],
        "endpoint": document["endpoint"],
        "credential": document["credential"],
        "plan_digest": document["digest"],
        "outcome": outcome(result, failures),
        "exit_status": exit_status(result, failures),
        "counts": counts(result),
        "steps": [step_result(end) for end in result.ended],
        "keys": _keys(plan, result),
        "failures": failures,
    }


def _keys(plan: Plan, result: Result) -> list[KeyServing]:
    changed = changed_names(plan, result)
    return [
        {"key": key, "serving": name, "endpointChanged": changed.get(key)}
        for key, name in serving_names(plan, result).items()
    ]


def outcome(result: Result, failures: Sequence[object] = ()) -> str:
    """Name the outcome of the run. `failures`: keys that stay behind their manifests regardless of this run.

    A failure comes before a time-out, since another apply does not fix it.
    """
    if result.interrupted:
        return "interrupted"
    if failures or result.having(*_WENT_WRONG):
        return "incomplete"
    if result.timed_out:
        return "timed_out"
    if result.having(Outcome.WAITING):
        return "in_progress"
    return "incomplete" if result.having(Outcome.NOT_STARTED) else "complete"


def exit_status(result: Result, failures: Sequence[object] = ()) -> int:
    """0 for success, also while trainings continue; 1 for a failure; 128 and the number of a signal after a signal."""
    if result.interrupted:
        return 128 + result.interrupted
    return 0 if outcome(result, failures) in _FINE else 1


def counts(result: Result) -> ResultCounts:
    """Count the steps that were done, the trainings that continue, and the failures."""
    done = result.counts
    return {
        "imported": done.imports,
        "added": done.add,
        "changed": done.change,
        "destroyed": done.destroy,
        "forgotten": done.forget,
        "in_training": len(result.having(Outcome.WAITING)),
        "failed": len(result.having(*_WENT_WRONG)),
    }


def step_result(end: StepEnded) -> StepResult:
    """Give how a step ended."""
    return {
        "action": str(end.action),
        "key": end.key,
        "train": end.train,
        "name": end.name or None,
        "outcome": str(end.outcome).replace(" ", "_"),
        "elapsed_seconds": round(end.elapsed, 3),
        "message": end.message,
        "hint": end.hint,
        "checks": [check_entry(checked) for checked in end.checked] or None,
    }


def serving_names(plan: Plan, result: Result) -> dict[str, str | None]:
    """Key -> remote name of the model that serves it, None where none does; in the plan's order."""
    ended = {step.ref: end for step, end in zip(plan.steps, result.ended, strict=True)} if result.ended else {}
    serving = {key.key: _serving(key, plan.owner, ended) for key in plan.keys if not _is_uncertain(key, ended)}
    return {key: model.name if model else None for key, model in serving.items()}


def changed_names(plan: Plan, result: Result) -> dict[str, EndpointChange]:
    """Key -> what callers named before and what they have to name now, for keys where that differs. A key whose new
    name this run has not learned is left out.
    """
    ended = {step.ref: end for step, end in zip(plan.steps, result.ended, strict=True)} if result.ended else {}
    learned = {end.name: end.call_name for end in ended.values() if end.call_name}
    found: dict[str, EndpointChange] = {}
    for key in plan.keys:
        if _is_uncertain(key, ended):
            continue
        old = (key.current.call_name if key.current else "") or None
        serving = _serving(key, plan.owner, ended)
        known = {model.name: model.call_name for model in (*key.generations, key.current) if model} | learned
        new = known.get(serving.name, "") if serving else None
        if new != "" and new != old:
            found[key.key] = {"old": old, "new": new}
    return found


def _is_uncertain(key: KeyPlan, ended: Mapping[StepRef, StepEnded]) -> bool:
    outcomes = {(step.action, ended[step.ref].outcome) for step in key.steps if step.ref in ended}
    return key.is_unclear or any(
        outcome in (Outcome.SUPERSEDED, Outcome.UNANSWERED) or (outcome is Outcome.FAILED and ACTIONS[action].writes)
        for action, outcome in outcomes
    )


def _serving(key: KeyPlan, owner: str, ended: Mapping[StepRef, StepEnded]) -> LiveModel | None:
    seen = [*key.generations, key.current] if key.current else key.generations
    done = [(step, ended[step.ref]) for step in key.steps if step.ref in ended]
    models = _carried_out({model.name: model for model in seen}, done)
    lineage = take_inventory(models.values(), owner).lineage(key.key)
    return lineage.serving.live if lineage.serving else None


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
    """The model of a step after the step; None where it is gone."""
    match step.action:
        case Action.ABANDON | Action.DELETE:
            return None
        case Action.CREATE:
            # What it was tuned from plays no part in who serves.
            return LiveModel(name, State.CREATING, BaseModel(""), step.marker) if step.marker else model
        case Action.AWAIT:
            return replace(model, state=State.ACTIVE) if model else None
        case Action.REDEPLOY:
            return replace(model, is_deployed=True) if model else None
        case Action.FORGET:
            return replace(model, marker=Absent(released=True)) if model else None
        case Action.IMPORT | Action.UPDATE | Action.PROMOTE:
            return replace(model, marker=step.marker or model.marker, is_unlabelled=False) if model else None
        case Action.CHECK | Action.PERMIT:
            return model
        case never:
            assert_never(never)
