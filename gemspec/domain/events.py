"""What apply reports while it works, as values: the live display, plain lines and machine output are all drawn from
these.

Events name a step by action, key and train hash (as `plan.StepRef` does) and carry no formatting.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemspec.domain.model import Check, Progress


class Outcome(StrEnum):
    """How a step ended.

    WAITING: its training goes on after apply has returned (--no-wait, time-out, interrupt). SUPERSEDED: the service no
    longer looks as the plan saw it, so the step was not taken. NOT_STARTED: a step that it waits for did not end well,
    or an interrupt came first. UNANSWERED: the service was asked, and an interrupt left it no time to answer, so that
    it may be done or not.
    """

    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class Checked:
    """One check and what the model answered; `error` says why there is no answer, where the service gave none."""

    check: Check
    passed: bool
    answer: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepWaiting:
    """A step cannot start yet: it waits for the end of another step, `for_action` of `for_key`, generation `for_train`.

    With "" in these it only waits for its turn, behind as many requests as may be under way at a time, or for the
    `reason` that the service gives.
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
    """`name` is the remote name, "" while only the service can know it."""

    action: str
    key: str
    train: str
    name: str


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A training has moved on. `elapsed`: seconds since this run began to wait for it."""

    action: str
    key: str
    train: str
    name: str
    progress: Progress
    elapsed: float


@dataclass(frozen=True, slots=True)
class StepEnded:
    """`message` says why, where the outcome is not DONE; `hint` what to do next. `elapsed`: seconds. `checked`: what
    the model answered, where the step asked it.
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


Event = StepWaiting | StepStarted | StepProgress | StepEnded
