"""The events of an apply as lines of JSON by schemas/event.v1.schema.json, for --events.

A display of `domain.events`, like `render.terminal.progress` for people: first the plan, then a line for each event, at
last a summary. It writes through a function and takes the time from another function, so that files and clocks stay
with the caller.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypedDict, assert_never

from gemspec.domain.events import StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.reports.result import EndpointChange, ResultCounts, StepResult, step_result
from gemspec.reports.values import last_loss
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.domain.events import Event
    from gemspec.reports.plan import PlanCounts, PlanDocument
    from gemspec.reports.result import ResultDocument
    from gemspec.reports.steps import StepAddress

FORMAT_VERSION = "1.0"


class LineHead(TypedDict):
    """The fields of every line."""

    format_version: str
    time: str


class StepHead(TypedDict):
    """The step that an event is about."""

    action: str
    key: str
    train: str
    name: str | None


class PlannedLine(LineHead):
    """The plan, before anything is done."""

    type: Literal["planned"]
    gemspec_version: str
    owner: str
    provider: str
    endpoint: str
    credential: str
    applyable: bool
    counts: PlanCounts
    steps: int
    plan_digest: str


class WaitingLine(LineHead, StepHead):
    """A step cannot start yet. `waits_for` is null for a step that only waits for its turn."""

    type: Literal["step_waiting"]
    waits_for: StepAddress | None
    reason: str


class StartedLine(LineHead, StepHead):
    """A step has started."""

    type: Literal["step_started"]


class ProgressLine(LineHead, StepHead):
    """A training has made progress."""

    type: Literal["step_progress"]
    completed_steps: int
    total_steps: int | None
    percent: float | None
    waiting: str | None
    epoch: int | None
    loss: float | None
    elapsed_seconds: float


class EndedLine(LineHead, StepResult):
    """A step has ended, or will not start."""

    type: Literal["step_ended"]


class KeyEndpointChange(EndpointChange):
    """Of which key."""

    key: str


class SummaryLine(LineHead):
    """The outcome of the run; `counts` is null where nothing was applied. `endpointChanged`: the keys whose callers
    have to name something else now.
    """

    type: Literal["summary"]
    outcome: str
    exit_status: int
    counts: ResultCounts | None
    endpointChanged: list[KeyEndpointChange]
    message: str


Line = PlannedLine | WaitingLine | StartedLine | ProgressLine | EndedLine | SummaryLine


class EventLines:
    """Gives each event to `write` as a line in ASCII. `clock`: seconds since 1970."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self.is_ended = False

    def planned(self, document: PlanDocument) -> None:
        """Write the head of a plan's document."""
        line: PlannedLine = {
            **self._head(),
            "type": "planned",
            "gemspec_version": __version__,
            "owner": document["owner"],
            "provider": document["provider"],
            "endpoint": document["endpoint"],
            "credential": document["credential"],
            "applyable": document["applyable"],
            "counts": document["counts"],
            "steps": len(document["steps"]),
            "plan_digest": document["digest"],
        }
        self._write_line(line)

    def __call__(self, event: Event) -> None:
        match event:
            case StepWaiting():
                self._write_line(_waiting(self._head(), event))
            case StepStarted():
                self._write_line({**self._head(), "type": "step_started", **_step(event)})
            case StepProgress():
                self._write_line(_progress(self._head(), event))
            case StepEnded():
                self._write_line({**self._head(), "type": "step_ended", **step_result(event)})
            case never:
                assert_never(never)

    def summary(self, result: ResultDocument) -> None:
        """End with the head of a result's document."""
        changes = [(entry["key"], entry["endpointChanged"]) for entry in result["keys"]]
        changed = [KeyEndpointChange(key=key, **change) for key, change in changes if change]
        self._end(result["outcome"], result["exit_status"], result["counts"], "", changed)

    def broken_off(self, outcome: str, exit_status: int, message: str) -> None:
        """End without a result: nothing was applied, or that is unknown."""
        self._end(outcome, exit_status, None, message)

    def _end(
        self,
        outcome: str,
        exit_status: int,
        counts: ResultCounts | None,
        message: str,
        changed: Sequence[KeyEndpointChange] = (),
    ) -> None:
        line: SummaryLine = {
            **self._head(),
            "type": "summary",
            "outcome": outcome,
            "exit_status": exit_status,
            "counts": counts,
            "endpointChanged": [*changed],
            "message": message,
        }
        self._write_line(line)
        self.is_ended = True

    def _head(self) -> LineHead:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"format_version": FORMAT_VERSION, "time": moment}

    def _write_line(self, line: Line) -> None:
        self._write(json.dumps(line, allow_nan=False) + "\n")


def _step(event: StepWaiting | StepStarted | StepProgress) -> StepHead:
    return {"action": str(event.action), "key": event.key, "train": event.train, "name": event.name or None}


def _waiting(head: LineHead, event: StepWaiting) -> WaitingLine:
    waits_for: StepAddress | None = None
    if event.for_action:
        waits_for = {"action": event.for_action, "key": event.for_key, "train": event.for_train}
    return {**head, "type": "step_waiting", **_step(event), "waits_for": waits_for, "reason": event.reason}


def _progress(head: LineHead, event: StepProgress) -> ProgressLine:
    progress = event.progress
    return {
        **head,
        "type": "step_progress",
        **_step(event),
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "percent": progress.percent,
        "waiting": progress.waiting or None,
        "epoch": progress.last.epoch if progress.last else None,
        "loss": last_loss(progress),
        "elapsed_seconds": round(event.elapsed, 3),
    }
