"""Whether a request is retried: which failures are transient, how long to wait, and how often at most.

Pure; `session` sends and waits. Each request has its own budget (ATTEMPTS, BUDGET). All requests of a run to the same
host share a `RetryBudget`: when a service is down, every request in flight fails, and not all may be sent eight times.
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
BUDGET = 120.0  # seconds for a request with all its retries
MAX_WAIT = 60.0  # seconds; a longer delay (a daily quota) is not worth waiting for
RESERVE = 100  # failures of a run beyond its answers, after which nothing is retried


class RetryBudget:
    """The retries that a run may make at a host: a failure takes 1 from RESERVE, an answer gives 1 back.

    So retries are unlimited while half of all requests are answered, and bounded while none is.
    """

    def __init__(self, reserve: int = RESERVE) -> None:
        self._reserve = self._left = reserve
        self.requests = self.failed = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is retried at present."""
        return self._left == 0

    def note(self, *, failed: bool) -> None:
        """Count a request that was sent."""
        self.requests += 1
        self.failed += failed
        self._left = max(0, self._left - 1) if failed else min(self._reserve, self._left + 1)


class RetryableError(Exception):
    """A failed attempt that is worth a retry, after `delay` seconds or, for None, after the back-off.

    `response` is the answer, if any; `garbled` says that it cannot be read. `effort` tells a person how often it was
    tried, once there are no more retries. Never leaves `session`.
    """

    def __init__(self, response: httpx.Response | None = None, delay: float | None = None, *, garbled: bool = False):
        super().__init__("retried")
        self.response = response
        self.delay = delay
        self.garbled = garbled
        self.effort = ""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides whether a request is retried, within the budget of its run."""

    budget: RetryBudget

    def __call__(self, failure: Exception) -> bool | float:
        """Tell stamina whether to go on: True for its own back-off, seconds where the service asked for them."""
        if not isinstance(failure, RetryableError):
            return False
        if self.budget.is_spent:
            failed, requests = self.budget.failed, self.budget.requests
            failure.effort = f"{failed} of {requests} requests of this run failed, so none is repeated any more"
            return False
        return True if failure.delay is None else failure.delay


def retry_needed(response: httpx.Response) -> RetryableError | None:
    """Give the failure to retry after, for an answer that is a transient error or cannot be read; else None."""
    if response.status_code in RETRIED:
        refusal = status.parse_refusal(response.status_code, response.content, retry_after(response))
        delay = refusal.retry_delay
        if errors.classify(refusal) is Kind.CONCURRENCY or (delay is not None and delay > MAX_WAIT):
            return None  # takes as long as a training, or a day
        return RetryableError(response, delay)
    return RetryableError(response, garbled=True) if _is_garbled(response) else None


def retry_after(response: httpx.Response) -> str:
    """Give the Retry-After header in seconds, also where it is a date; "" where there is none."""
    text: str = response.headers.get("retry-after", "")
    try:
        later = parsedate_to_datetime(text) - parsedate_to_datetime(response.headers["date"])
    except (ValueError, TypeError, KeyError):
        return text
    return str(max(0.0, later.total_seconds()))


def _is_garbled(response: httpx.Response) -> bool:
    """Whether an answer is cut off or not of the service: a success that is not JSON, or an error with broken JSON.

    Error pages in other formats come from other servers. They stay, since they say best what is wrong.
    """
    body = response.content.strip()
    if not body or not (response.is_success or body.startswith((b"{", b"["))):
        return False
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return True
    return False
