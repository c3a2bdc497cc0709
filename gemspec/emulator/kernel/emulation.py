"""The state that all requests to an app share: its database, its clock, and the faults of its trainings.

`app` makes it; `calls` hands it to the handlers of each service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .database import Database


class Clock:
    """A clock that is `ahead` of another by a number of seconds; both give seconds since 1970.

    It can be moved on, so that a test of a program that waits for trainings need not wait.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.ahead = 0.0

    def __call__(self) -> float:
        return self._clock() + self.ahead

    def microseconds(self) -> int:
        """The time in the unit of the database: microseconds since 1970."""
        return round(self() * 1_000_000)


class TrainingRule(Protocol):
    """A fault file's rule for a training. `seconds` None keeps its duration, `fails` is the reason of its failure."""

    @property
    def seconds(self) -> float | None: ...
    @property
    def fails(self) -> str | None: ...


class TrainingFaults(Protocol):
    """The faults of trainings, which `faults` implements."""

    @property
    def concurrent_trainings(self) -> int | None:
        """How many trainings may run at a time; a create beyond it is refused. None is no limit."""

    def training(self, name: str) -> TrainingRule | None:
        """The rule for the training of a model of that name, which begins; None where there is none."""


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """How long a training takes, in microseconds, and why it fails, if that does not depend on its data."""

    duration: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Emulation:
    """What all requests to an app share. `now` gives microseconds since 1970."""

    database: Database
    training_microseconds: int
    now: Callable[[], int]
    faults: TrainingFaults | None = None

    @property
    def concurrent_trainings(self) -> int | None:
        """How many trainings may run at a time by a fault file; None is no limit."""
        return self.faults.concurrent_trainings if self.faults else None

    def training_outcome(self, name: str) -> TrainingOutcome:
        """The duration and failure of the training of a model of that name, which starts now."""
        rule = self.faults.training(name) if self.faults else None
        if rule is None or rule.seconds is None:
            return TrainingOutcome(self.training_microseconds, rule.fails if rule else None)
        return TrainingOutcome(round(rule.seconds * 1_000_000), rule.fails)
