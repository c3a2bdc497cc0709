"""What an apply came to, as the JSON document of schemas/result.v1.schema.json. Pure.

`gemspec apply --format json` prints it; the last line of --events repeats its head. What the outcome is called and the
exit status are settled here, so that document, events and process agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec import __version__
from gemspec.domain.events import Outcome
from gemspec.reports.checks import check_entry
from gemspec.reports.serving import serving_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.events import StepEnded
    from gemspec.domain.plan import Plan
    from gemspec.domain.result import Result

FORMAT_VERSION = "1.0"
_IDENTITY = ("owner", "provider", "endpoint", "credential")
_WENT_WRONG = (Outcome.FAILED, Outcome.SUPERSEDED, Outcome.UNANSWERED)
_FINE = ("complete", "in_progress")


def result_document(document: Mapping[str, Any], plan: Plan, result: Result) -> dict[str, Any]:
    """Give what became of `plan`, whose own document is `document`. A result without steps: there was nothing to do."""
    failures = document["failures"]
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        **{name: document[name] for name in _IDENTITY},
        "plan_digest": document["digest"],
        "outcome": outcome(result, failures),
        "exit_status": exit_status(result, failures),
        "counts": counts(result),
        "steps": [step_entry(end) for end in result.ended],
        "keys": [{"key": key, "serving": name} for key, name in serving_names(plan, result).items()],
        "failures": failures,
    }


def outcome(result: Result, failures: Sequence[object] = ()) -> str:
    """What the run came to, in a word. `failures`: keys that stay behind, whatever this run did.

    What went wrong comes before a time-out, since another apply does not mend it.
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


def counts(result: Result) -> dict[str, int]:
    """The numbers of the last line for people, and how many steps went wrong."""
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


def step_entry(end: StepEnded) -> dict[str, Any]:
    """How one step ended."""
    return {
        "action": str(end.action),
        "key": end.key,
        "train": end.train,
        "name": end.name or None,
        "outcome": str(end.outcome).replace(" ", "_"),
        "elapsed_seconds": round(end.elapsed, 3),
        "message": end.message,
        "hint": end.hint,
        "checks": [check_entry(one) for one in end.checked] or None,
    }
