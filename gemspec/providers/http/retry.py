"""Whether a request is sent once more: which answers pass, how long to wait for the next one, and how often at most.

Pure; `http` sends and waits. A request has a budget of its own (ATTEMPTS, BUDGET). All requests of a run to one host
share another: a service that is down is asked by everything that is going on, and must not be asked eight times by
each.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from gemspec.providers.http import errors, status
from gemspec.providers.http.errors import Kind

if TYPE_CHECKING:
    import httpx

RETRIED = frozenset({429, 500, 502, 503, 504})
# 0.07 % of requests would fail for good after six attempts at a service that fails three in ten; after eight, one in
# fifteen thousand.
ATTEMPTS = 8
BUDGET = 120.0  # seconds of one request with all its repeats
LONGEST_WAIT = 60.0  # seconds: whoever asks for more (a daily quota) is not worth waiting for
RESERVE = 100  # failures of a run beyond its answers, after which nothing is repeated


class RepeatBudget:
    """What a run may repeat at one host: each failure costs one of RESERVE, each answer gives one back.

    So there is no limit while half of all requests are answered, and a bound where none is.
    """

    def __init__(self, reserve: int = RESERVE) -> None:
        self._reserve = self._left = reserve
        self.requests = self.failed = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is to be repeated now."""
        return self._left == 0

    def note(self, *, failed: bool) -> None:
        """Count one request that was sent."""
        self.requests += 1
        self.failed += failed
        self._left = max(0, self._left - 1) if failed else min(self._reserve, self._left + 1)


class TryAgain(Exception):  # noqa: N818 - a signal to the retry loop, never seen outside of `http`
    """An attempt that is worth repeating: after `delay` seconds, or when the back-off says (None).

    `response` is what was answered, if anything; `garbled` says that it cannot be read. `effort` tells a person what
    was tried, once there is nothing more to try.
    """

    def __init__(self, response: httpx.Response | None = None, delay: float | None = None, *, garbled: bool = False):
        super().__init__("retried")
        self.response = response
        self.delay = delay
        self.garbled = garbled
        self.effort = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """Decides for one request whether it is repeated, within the budget of its run."""

    budget: RepeatBudget

    def __call__(self, failure: Exception) -> bool | float:
        """Tell stamina whether to go on: True for its own back-off, seconds where the service asked for them."""
        if not isinstance(failure, TryAgain):
            return False
        if self.budget.is_spent:
            failed, requests = self.budget.failed, self.budget.requests
            failure.effort = f"{failed} of {requests} requests of this run failed, so none is repeated any more"
            return False
        return True if failure.delay is None else failure.delay


def judged(response: httpx.Response) -> TryAgain | None:
    """Say whether an answer is worth asking again for: one that passes, or one that cannot be read."""
    if response.status_code in RETRIED:
        refusal = status.read(response.status_code, response.content, retry_after(response))
        delay = refusal.retry_delay
        if errors.kind(refusal) is Kind.CONCURRENCY or (delay is not None and delay > LONGEST_WAIT):
            return None  # what takes as long as a training, or a day
        return TryAgain(response, delay)
    return TryAgain(response, garbled=True) if _is_garbled(response) else None


def retry_after(response: httpx.Response) -> str:
    """Give the Retry-After header in seconds, also where it is a date; "" where there is none."""
    text: str = response.headers.get("retry-after", "")
    try:
        later = parsedate_to_datetime(text) - parsedate_to_datetime(response.headers["date"])
    except (ValueError, TypeError, KeyError):
        return text
    return str(max(0.0, later.total_seconds()))


def _is_garbled(response: httpx.Response) -> bool:
    """Whether an answer is cut off, or is none of the service's: a success that is no JSON, a refusal that was begun as
    JSON. Other pages that refuse are those of another server, and say so better.
    """
    body = response.content.strip()
    if not body or not (response.is_success or body.startswith((b"{", b"["))):
        return False
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return True
    return False
