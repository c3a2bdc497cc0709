"""The result of an apply, as a value: how every step of the plan ended, and the counts of the last line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.domain.events import Outcome
from gemspec.domain.plan import Action, StepRef, counts_of

if TYPE_CHECKING:
    from gemspec.domain.events import StepEnded
    from gemspec.domain.plan import Counts


@dataclass(frozen=True, slots=True)
class Result:
    """`ended` has an entry for each step, in the plan's order. `interrupted` is the signal that ended the run, or 0.

    `timed_out`: --wait-timeout passed before every training ended.
    """

    ended: tuple[StepEnded, ...]
    interrupted: int = 0
    timed_out: bool = False

    def having(self, *outcomes: Outcome) -> tuple[StepEnded, ...]:
        return tuple(end for end in self.ended if end.outcome in outcomes)

    @property
    def is_complete(self) -> bool:
        """Whether no step failed; trainings that continue because of --no-wait are no failure."""
        wrong = self.having(Outcome.FAILED, Outcome.SUPERSEDED, Outcome.UNANSWERED)
        return not wrong and not self.interrupted and not self.timed_out

    @property
    def counts(self) -> Counts:
        """The steps that were done, counted as a plan counts its steps."""
        done = self.having(Outcome.DONE)
        return counts_of(StepRef(end.key, end.train, Action(end.action)) for end in done)
