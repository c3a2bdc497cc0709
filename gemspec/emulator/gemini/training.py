"""The state of a training: a pure function of what was stored when it started, and of the time.

No clock, no I/O. `tuned_models` and `operations` read it. Times are microseconds since 1970.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..kernel.fields import Value

CANCELLED, INTERNAL = 1, 13  # google.rpc.Code

# Batch sizes 4 or 16 and learning rates 0.001 or 0.0002 are published "by number of examples"; the threshold is not:
# this value is the emulator's own.
MANY_EXAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Training:
    """A training as stored.

    duration: in microseconds; fails: it ends half way, FAILED; cancelled: when it was cancelled, if it was; failure:
    why it fails, where the reason is not its data.
    """

    start: int
    duration: int
    examples: int
    epochs: int
    batch: int
    fails: bool = False
    cancelled: int | None = None
    failure: str | None = None

    @property
    def total_steps(self) -> int:
        """ceil(examples * epochs / batch), as recorded of the service."""
        return -(-self.examples * self.epochs // self.batch)

    @property
    def end(self) -> int:
        """When it ends by itself or was cancelled."""
        planned = self.start + (self.duration // 2 if self.fails else self.duration)
        return planned if self.cancelled is None else min(planned, max(self.start, self.cancelled))

    def is_done(self, now: int) -> bool:
        """Whether it has ended, successfully or not."""
        return now >= self.end

    def state(self, now: int) -> str:
        """The state of its model. A cancelled training leaves a FAILED model. What the service does is not known; an
        ACTIVE model that was never fully trained would be the laxer reading."""
        if not self.is_done(now):
            return "CREATING"
        return "FAILED" if self.error(now) else "ACTIVE"

    def error(self, now: int) -> Value | None:
        """The google.rpc.Status of a training that ended badly, else None."""
        if not self.is_done(now):
            return None
        if self.cancelled is not None:
            return {"code": CANCELLED, "message": "The operation was cancelled."}
        if self.fails:
            return {"code": INTERNAL, "message": self.failure or "Tuning failed: an example has the output !fail."}
        return None

    def completed_steps(self, now: int) -> int:
        """Steps done by now, from 0 to total_steps."""
        elapsed = min(now, self.end) - self.start
        if elapsed >= self.duration:
            # A failing training of duration 0 has no half of its time, but half of its steps.
            return self.total_steps // 2 if self.fails else self.total_steps
        return max(0, elapsed * self.total_steps // self.duration)

    def completed_percent(self, now: int) -> float:
        """Steps done in percent of all."""
        return 100 * self.completed_steps(now) / self.total_steps

    def snapshots(self, now: int) -> list[Value]:
        """A TuningSnapshot for each step done, with a mean loss that falls from step to step."""
        return [self._snapshot(step) for step in range(1, self.completed_steps(now) + 1)]

    def _snapshot(self, step: int) -> Value:
        return {
            "step": step,
            "epoch": step * self.batch // self.examples,
            "mean_loss": 8 * math.exp(-4 * step / self.total_steps),
            "compute_time": self.start + -(-self.duration * step // self.total_steps),
        }


def default_batch_size(examples: int) -> int:
    """The batch size of a training that does not set it."""
    return 16 if examples >= MANY_EXAMPLES else 4


def default_learning_rate(examples: int) -> float:
    """The learning rate of a training that sets neither a rate nor a multiplier."""
    return 0.0002 if examples >= MANY_EXAMPLES else 0.001
