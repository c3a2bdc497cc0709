"""What apply reports while it works, as lines of JSON by schemas/event.v1.schema.json, for --events.

One of the displays of `events`, beside `progress` and `live`: first the plan, then a line an event, at last a summary.
It writes through a function and takes the time from another, so that files, threads and clocks stay with the caller.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, assert_never

from gemspec import __version__
from gemspec.domain.events import StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.reports.result import step_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gemspec.domain.events import Event
    from gemspec.domain.model import Progress

FORMAT_VERSION = "1.0"
_PLANNED = ("owner", "provider", "endpoint", "credential", "applyable", "counts")
_SUMMARY = ("outcome", "exit_status", "counts")


class EventLines:
    """Gives each event to `write` as one line in ASCII. `clock`: seconds since 1970."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self.is_ended = False

    def planned(self, document: Mapping[str, Any]) -> None:
        """Tell what would be done: the head of a plan's document."""
        head = {name: document[name] for name in _PLANNED}
        steps = len(document["steps"])
        self._say(
            "planned", {"gemspec_version": __version__, **head, "steps": steps, "plan_digest": document["digest"]}
        )

    def __call__(self, event: Event) -> None:
        match event:
            case StepWaiting():
                self._say("step_waiting", {**_address(event), "waits_for": _waits_for(event), "reason": event.reason})
            case StepStarted():
                self._say("step_started", _address(event))
            case StepProgress():
                elapsed = {"elapsed_seconds": round(event.elapsed, 3)}
                self._say("step_progress", {**_address(event), **_progress(event.progress), **elapsed})
            case StepEnded():
                self._say("step_ended", step_entry(event))
            case never:
                assert_never(never)

    def summary(self, result: Mapping[str, Any]) -> None:
        """End with the head of a result's document."""
        self._end({name: result[name] for name in _SUMMARY}, "")

    def broken_off(self, outcome: str, exit_status: int, message: str) -> None:
        """End without a result: nothing was applied, or nobody knows what was."""
        self._end({"outcome": outcome, "exit_status": exit_status, "counts": None}, message)

    def _end(self, head: Mapping[str, Any], message: str) -> None:
        self._say("summary", {**head, "message": message})
        self.is_ended = True

    def _say(self, kind: str, content: Mapping[str, Any]) -> None:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"format_version": FORMAT_VERSION, "time": moment, "type": kind, **content}
        self._write(json.dumps(entry, allow_nan=False) + "\n")


def _address(event: StepWaiting | StepStarted | StepProgress) -> dict[str, str | None]:
    return {"action": str(event.action), "key": event.key, "train": event.train, "name": event.name or None}


def _waits_for(event: StepWaiting) -> dict[str, str] | None:
    """The step that has to end first; None for one that only stands in line."""
    if not event.for_action:
        return None
    return {"action": event.for_action, "key": event.for_key, "train": event.for_train}


def _progress(progress: Progress) -> dict[str, Any]:
    """A loss that is no number (it ran away) is null: JSON has no word for it."""
    last = progress.last
    return {
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "percent": progress.percent,
        "waiting": progress.waiting or None,
        "epoch": last.epoch if last else None,
        "loss": last.mean_loss if last and isfinite(last.mean_loss) else None,
    }
