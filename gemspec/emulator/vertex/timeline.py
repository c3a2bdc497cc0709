"""What a tuning job has come to, and when jobs leave the queue: pure functions of what is stored and the time.

Times are microseconds since 1970. `..training` is the same for the Gemini API.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..kernel.fields import Value

CANCELLED, INTERNAL = 1, 13  # google.rpc.Code


@dataclass(frozen=True, slots=True)
class Timeline:
    """One job's times as stored.

    begins: when it leaves the queue; duration: how long it takes from then; fails: it ends half way; cancelled: when a
    cancellation takes effect, if one came; failure: why it fails, where that is not its data.
    """

    created: int
    begins: int
    duration: int
    fails: bool = False
    cancelled: int | None = None
    failure: str | None = None

    @property
    def starts(self) -> int:
        """When it is RUNNING: after a tenth of its time, which it is PENDING."""
        return self.begins + self.duration // 10

    @property
    def end(self) -> int:
        """When it ends, by itself or cancelled."""
        return self._own_end if self.cancelled is None else min(self._own_end, max(self.created, self.cancelled))

    @property
    def is_cancelled(self) -> bool:
        """Whether a cancellation came in time."""
        return self.cancelled is not None and self.cancelled <= self._own_end

    def is_done(self, now: int) -> bool:
        """Whether it has ended, in whatever way."""
        return now >= self.end

    def has_succeeded(self, now: int) -> bool:
        """Whether its model is there."""
        return self.is_done(now) and not self.is_cancelled and not self.fails

    def state(self, now: int) -> str:
        """A JobState."""
        if self.is_done(now):
            return f"JOB_STATE_{'CANCELLED' if self.is_cancelled else 'FAILED' if self.fails else 'SUCCEEDED'}"
        if self.cancelled is not None:
            return "JOB_STATE_CANCELLING"
        if now < self.begins:
            return "JOB_STATE_QUEUED"
        return "JOB_STATE_PENDING" if now < self.starts else "JOB_STATE_RUNNING"

    def updated(self, now: int) -> int:
        """When it last went from one state to another."""
        latest = max(self.created, min(now, self.end))
        return max(moment for moment in (self.created, self.begins, self.starts, self.end) if moment <= latest)

    def has_started(self, now: int) -> bool:
        """Whether it has ever been RUNNING."""
        return self.starts <= min(now, self.end)

    def error(self, now: int) -> Value | None:
        """The google.rpc.Status of a job that ended badly, else None."""
        if not self.is_done(now) or self.has_succeeded(now):
            return None
        if self.is_cancelled:
            return {"code": CANCELLED, "message": "The tuning job was cancelled."}
        return {"code": INTERNAL, "message": self.failure or "Tuning failed: an example has the model text !fail."}

    @property
    def _own_end(self) -> int:
        return self.begins + (self.duration // 2 if self.fails else self.duration)


def schedule(busy: Iterable[int], waiting: Iterable[tuple[int, int]], limit: int | None, now: int) -> dict[int, int]:
    """When each waiting job begins, in their order.

    busy: when the jobs end that run now; waiting: (number, time it takes) of each; limit: how many run at once.
    """
    ends = sorted(busy)
    begins: dict[int, int] = {}
    for number, time in waiting:
        free = now
        while limit is not None and len(ends) >= limit:
            free = max(free, heapq.heappop(ends))
        begins[number] = free
        heapq.heappush(ends, free + time)
    return begins
