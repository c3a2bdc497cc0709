"""What an apply came to, as a value: every step of the plan with how it ended, and the counts of the last line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.domain.events import Outcome
from gemspec.domain.plan import CHANGING, Action

if TYPE_CHECKING:
    from gemspec.domain.events import StepEnded


@dataclass(frozen=True, slots=True)
class Result:
    """`ended` has one entry a step, in the plan's order. `interrupted` is the signal that ended the run, or 0.

    `timed_out`: --wait-timeout passed before every training ended.
    """

    ended: tuple[StepEnded, ...]
    interrupted: int = 0
    timed_out: bool = False

    def having(self, *outcomes: Outcome) -> tuple[StepEnded, ...]:
        return tuple(end for end in self.ended if end.outcome in outcomes)

    @property
    def is_complete(self) -> bool:
        """Whether nothing went wrong; trainings that go on because of --no-wait are no failure."""
        wrong = self.having(Outcome.FAILED, Outcome.SUPERSEDED, Outcome.UNANSWERED)
        return not wrong and not self.interrupted and not self.timed_out

    @property
    def imported(self) -> int:
        return self._done(Action.IMPORT)

    @property
    def added(self) -> int:
        return self._done(Action.CREATE)

    @property
    def changed(self) -> int:
        done = self.having(Outcome.DONE)
        trained = {end.key for end in done if end.action == Action.CREATE}
        return len({end.key for end in done if end.action in CHANGING} - trained)

    @property
    def destroyed(self) -> int:
        return self._done(Action.DELETE) + self._done(Action.ABANDON)

    @property
    def forgotten(self) -> int:
        return self._done(Action.FORGET)

    def _done(self, action: Action) -> int:
        return sum(end.action == action for end in self.having(Outcome.DONE))
