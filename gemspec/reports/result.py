"""What an apply came to, as the JSON document of schemas/result.v1.schema.json. Pure.

`gemspec apply --format json` prints it; the last line of --events repeats its head. What the outcome is called and the
exit status are settled here, so that document, events and process agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from gemspec.domain.events import Outcome
from gemspec.reports.checks import CheckEntry, check_entry
from gemspec.reports.serving import serving_names
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.events import StepEnded
    from gemspec.domain.plan import Plan
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
    """How one step ended."""

    action: str
    key: str
    train: str
    name: str | None
    outcome: str
    elapsed_seconds: float
    message: str
    hint: str
    checks: list[CheckEntry] | None


class KeyServing(TypedDict):
    """Which model serves a key; null where none does."""

    key: str
    serving: str | None


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
    """Give what became of `plan`, whose own document is `document`. A result without steps: there was nothing to do."""
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
        "keys": [{"key": key, "serving": name} for key, name in serving_names(plan, result).items()],
        "failures": failures,
    }


def outcome(result: Result, failures: Sequence[object] = ()) -> str:
    """Name what the run came to. `failures`: keys that stay behind their manifests, whatever this run did.

    What went wrong comes before a time-out, since another apply does not fix it.
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
    """0 where all is well or only goes on; 1 where not; as shells have it after a signal."""
    if result.interrupted:
        return 128 + result.interrupted
    return 0 if outcome(result, failures) in _FINE else 1


def counts(result: Result) -> ResultCounts:
    """Count what was done, what goes on and what went wrong."""
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
    """Give how one step ended."""
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
