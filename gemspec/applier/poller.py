"""Waits for trainings: a single poller for all of them, which polls less often as time passes.

The number of requests grows with the pages of the list, not with the number of trainings (a provider's `poll` ensures
that). A service that does not answer for a while ends no wait: a training takes hours, an outage minutes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from gemspec.domain.errors import UnavailableError
from gemspec.domain.model import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemspec.domain.model import LiveModel
    from gemspec.providers.base import Provider

_SHORTEST, _LONGEST = 1.0, 30.0  # seconds between polls
_MANY = 2  # from this many models on, a poll costs no more for another model: a provider lists them
_SHARE = 20  # the interval is a twentieth of the time already waited
_PATIENCE = 10  # polls in a row that may stay unanswered, each after its own retries

log = logging.getLogger("gemspec.apply")


class TrainingPoller:
    """Polls all models that are waited for. `run` ends when it is cancelled; `wait` may be called from many tasks."""

    def __init__(self, provider: Provider, clock: Callable[[], float] = anyio.current_time) -> None:
        self._provider = provider
        self._clock = clock
        self._waiting: dict[str, _Wait] = {}
        self._more = anyio.Event()
        self._ended = anyio.Event()
        self._unanswered = 0
        self._took = 0.0

    async def wait(self, name: str, on_progress: Callable[[LiveModel], None]) -> LiveModel | None:
        """Wait until the training of `name` has ended; None when the model is gone.

        `on_progress` is called with each new state. Raises errors.ServiceError when the service refuses the poll.
        """
        wait = self._waiting[name] = _Wait(on_progress, since=self._clock())
        self._more.set()
        try:
            await wait.ended.wait()
        finally:
            del self._waiting[name]
            self._ended.set()
            self._ended = anyio.Event()
        if wait.error:
            raise wait.error
        return wait.model

    @property
    def next_end(self) -> anyio.Event:
        """Is set when the next wait for a training ends. Take it before a request that the end may influence."""
        return self._ended

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            self._more = anyio.Event()
            if not self._waiting:
                await self._more.wait()
                continue
            await self._poll()
            least = self._least()
            await anyio.sleep(least)  # so that trainings which begin in a row share a poll
            with anyio.move_on_after(self._interval() - least):
                await self._more.wait()

    def _least(self) -> float:
        """The least seconds between two polls, so that there is about one request a second: a second for a single
        model, two for several, and at least as long as the last poll took, which may be a list of many pages.
        """
        return min(max(_SHORTEST * min(len(self._waiting), _MANY), self._took), _LONGEST)

    def _interval(self) -> float:
        """Seconds until the next poll, by the training that started last."""
        waited = min((self._clock() - wait.since for wait in self._waiting.values()), default=0.0)
        return min(max(waited / _SHARE, self._least()), _LONGEST)

    async def _poll(self) -> None:
        asked = {name: wait for name, wait in self._waiting.items() if not wait.ended.is_set()}
        begun = self._clock()
        try:
            models = await self._provider.poll(asked.keys())
        except UnavailableError as error:
            self._bear(error, asked)
            return
        except Exception as error:  # every waiting step reports it; the poller itself goes on
            _end_all(asked, error)
            return
        self._unanswered, self._took = 0, self._clock() - begun
        for name, model in models.items():
            if self._waiting.get(name) is asked[name]:  # a step that has timed out no longer waits
                asked[name].take(model)

    def _bear(self, error: UnavailableError, asked: dict[str, _Wait]) -> None:
        self._unanswered += 1
        log.debug("poll %d in a row without an answer: %s", self._unanswered, error.summary)
        if self._unanswered >= _PATIENCE:
            self._unanswered = 0
            _end_all(asked, error)


class _Wait:
    """The wait for a model, and how it ended."""

    def __init__(self, on_progress: Callable[[LiveModel], None], *, since: float) -> None:
        self.since = since
        self.ended = anyio.Event()
        self.model: LiveModel | None = None
        self.error: Exception | None = None
        self._on_progress = on_progress

    def take(self, model: LiveModel | None) -> None:
        changed, self.model = model != self.model, model
        if model and changed:
            self._on_progress(model)
        if model is None or model.state in (State.ACTIVE, State.FAILED):
            self.ended.set()


def _end_all(asked: dict[str, _Wait], error: Exception) -> None:
    for wait in asked.values():
        wait.error = error
        wait.ended.set()
