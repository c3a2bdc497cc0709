"""The events of an apply, as values: the live display, plain lines and machine output are drawn from these.

`applier` emits them. Events name a step by action, key and train hash (as `plan.StepRef` does) and have no formatting.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemspec.domain.model import Check, Progress


class Outcome(StrEnum):
    """How a step ended.

    WAITING: its training continues after apply has returned (--no-wait, time-out, interrupt). SUPERSEDED: the service
    has changed since the plan, so the step was not taken. NOT_STARTED: a step that it waits for failed, or an interrupt
    came first. UNANSWERED: an interrupt came before the answer to a request, so the step may be done or not.
    """

    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class Checked:
    """A check with the answer of the model; `error` says why there is no answer."""

    check: Check
    passed: bool
    answer: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepWaiting:
    """A step cannot start yet: it waits for the end of another step, `for_action` of `for_key`, generation `for_train`.

    With "" in these it only waits until fewer requests are under way, or for the `reason` that the service gives.
    """

    action: str
    key: str
    train: str
    name: str
    for_action: str = ""
    for_key: str = ""
    for_train: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step has started. `name` is the remote name, "" while it is not known."""

    action: str
    key: str
    train: str
    name: str


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A training has made progress. `elapsed`: seconds since this run began to wait for it."""

    action: str
    key: str
    train: str
    name: str
    progress: Progress
    elapsed: float


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step has ended. `message` says why, where the outcome is not DONE; `hint` what to do next. `elapsed`: seconds.
    `checked`: the results of the checks that the step ran. `call_name`: the name for callers, where the step made the
    model answer.
    """

    action: str
    key: str
    train: str
    name: str
    outcome: Outcome
    elapsed: float = 0.0
    message: str = ""
    hint: str = ""
    checked: tuple[Checked, ...] = ()
    call_name: str = ""


Event = StepWaiting | StepStarted | StepProgress | StepEnded
