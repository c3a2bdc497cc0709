"""The loop over the steps of a plan: start steps that are ready, some in parallel, and report how each step ended.

Writes are shielded: after an interrupt, a request under way has a few seconds to end, so that the report is true.
Trainings continue at the service when this process ends; the next run attaches to them. `actions` carries out the
steps, `poller` waits.
"""

from __future__ import annotations

import logging
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import anyio
import anyio.lowlevel

from gemspec.applier.actions import Actions, Data, known_names
from gemspec.applier.checks import ChecksFailed
from gemspec.applier.poller import TrainingPoller
from gemspec.applier.preconditions import Preconditions, Superseded
from gemspec.domain.errors import ChangedError, GemspecError, QuotaError
from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.domain.plan import Action, StepRef
from gemspec.domain.result import Result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gemspec.domain.events import Checked, Event
    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import Plan, Step
    from gemspec.providers.base import Provider

_TURN = 60.0  # seconds between attempts to start a training beyond the quota, unless a training of ours ends before
GRACE = 5.0  # seconds for a request under way after an interrupt

log = logging.getLogger("gemspec.apply")


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """`wait_timeout` in seconds for the whole run; `rev` is the Git commit that markers remember."""

    wait: bool = True
    wait_timeout: float = math.inf
    parallelism: int = 10
    rev: str | None = None


class CutOff(GemspecError):  # noqa: N818 - the end of a request, not a malfunction
    """A request got no answer in the time after an interrupt."""


class Run:
    """An apply of a plan. Await `run` once; `interrupt` may be called while it runs."""

    def __init__(
        self,
        plan: Plan,
        provider: Provider,
        data: Data,
        options: ApplyOptions,
        emit: Callable[[Event], None],
    ) -> None:
        self._plan = plan
        self._options = options
        self._emit = emit
        self._poller = TrainingPoller(provider)
        preconditions = Preconditions(plan, provider)
        names = known_names(plan)
        self._actions = Actions(provider, preconditions, self._poller, data, names, self._sending, options.rev)
        self._limiter = anyio.CapacityLimiter(options.parallelism)
        self._finished: dict[StepRef, anyio.Event] = {step.ref: anyio.Event() for step in plan.steps}
        self._ended: dict[StepRef, StepEnded] = {}
        self._started: dict[StepRef, float] = {}
        self._superseded: dict[str, str] = {}
        self._scope = anyio.CancelScope()
        self._queue = anyio.Lock()
        self._writes: dict[anyio.CancelScope, Step] = {}
        self._deadline = math.inf
        self._interrupted = 0
        self._timed_out = False

    async def run(self) -> Result:
        """Carry out the plan and report how every step ended. Errors of steps are in the result, not raised."""
        self._deadline = anyio.current_time() + self._options.wait_timeout
        async with anyio.create_task_group() as polling:
            polling.start_soon(self._poller.run)
            with self._scope:
                async with anyio.create_task_group() as steps:
                    for step in self._plan.steps:
                        steps.start_soon(self._run_step, step)
            polling.cancel_scope.cancel()
        for step in self._plan.steps:
            if step.ref not in self._ended:
                self._end(step, *self._interruption(step))
        ended = tuple(self._ended[step.ref] for step in self._plan.steps)
        return Result(ended, interrupted=self._interrupted, timed_out=self._timed_out)

    def interrupt(self, signal: int) -> None:
        """End the run: no request is started, waits end at once, writes under way have a few seconds."""
        self._interrupted = signal
        self._scope.cancel()
        for write in self._writes:
            write.deadline = anyio.current_time() + GRACE

    @property
    def unanswered(self) -> tuple[StepStarted, ...]:
        """The steps with a request that the service has not answered yet."""
        return tuple(StepStarted(*self._address(step)) for step in tuple(self._writes.values()))

    async def _run_step(self, step: Step) -> None:
        for ref in step.waits:
            if ref in self._finished and not self._finished[ref].is_set():
                self._report(StepWaiting(*self._address(step), str(ref.action), ref.key, ref.train))
                await self._finished[ref].wait()
        if step.action is Action.AWAIT:
            await self._await(step)
        else:
            await self._write(step)

    def _hindrance(self, step: Step) -> tuple[Outcome, str] | None:
        """Why a step must not start; None where it may."""
        if step.key in self._superseded:
            return Outcome.SUPERSEDED, self._superseded[step.key]
        ends = (self._ended.get(ref) for ref in step.waits)
        stopped = next((end for end in ends if end and end.outcome is not Outcome.DONE), None)
        return (Outcome.NOT_STARTED, _because(stopped)) if stopped else None

    async def _await(self, step: Step) -> None:
        if hindrance := self._hindrance(step):
            self._end(step, *hindrance)
            return
        if not self._options.wait:
            self._end(step, Outcome.WAITING, self._waits(step))
            return
        self._start(step)
        with anyio.move_on_at(self._deadline) as waiting:
            await self._attempt(step)
        if waiting.cancelled_caught:
            self._timed_out = True
            self._end(step, Outcome.WAITING, self._waits(step))

    async def _write(self, step: Step) -> None:
        if not self._limiter.available_tokens:
            self._report(StepWaiting(*self._address(step)))
        full = await self._in_line(step)
        if full and self._options.wait:
            self._report(StepWaiting(*self._address(step), reason=full.summary))
            full = await self._in_queue(step, full)
        if full:
            self._end(step, Outcome.NOT_STARTED, full.summary, full.hint)

    async def _in_line(self, step: Step) -> QuotaError | None:
        """Take a step when fewer than `parallelism` are under way; give the error where the quota is exhausted."""
        async with self._limiter:
            if hindrance := self._hindrance(step):  # not before, since other steps end during the wait
                self._end(step, *hindrance)
                return None
            self._start(step)
            return await self._attempt(step)

    async def _in_queue(self, step: Step, full: QuotaError | None) -> QuotaError | None:
        """Take a step when the quota allows it; give the error where it does not before the deadline. Only the first
        waiting step sends requests: there may be hundreds of steps, and the wait may take hours.
        """
        with anyio.move_on_at(self._deadline) as waiting:
            async with self._queue:
                while full:
                    waiting.deadline, room = math.inf, self._poller.next_end  # the deadline cancels no request
                    if full := await self._in_line(step):
                        waiting.deadline = self._deadline
                        with anyio.move_on_after(_TURN):
                            await room.wait()
        self._timed_out |= waiting.cancelled_caught
        return full

    @asynccontextmanager
    async def _sending(self, step: Step) -> AsyncIterator[None]:
        """Shield requests inside: after an interrupt they have a few seconds for an answer, then CutOff is raised."""
        await anyio.lowlevel.checkpoint_if_cancelled()
        with anyio.CancelScope(shield=True) as write:
            self._writes[write] = step
            try:
                yield
            finally:
                del self._writes[write]
        if write.cancelled_caught:
            raise CutOff("interrupted before the service answered", "the next plan shows what became of it")

    async def _attempt(self, step: Step) -> QuotaError | None:
        """Take a step and report how it ended. Where the quota is exhausted, give only that error."""
        try:
            checked = await self._actions.take(step, lambda live: self._progress(step, live))
        except (Superseded, ChangedError) as error:
            self._superseded[step.key] = error.summary
            self._end(step, Outcome.SUPERSEDED, error.summary, error.hint)
        except QuotaError as error:
            return error
        except CutOff as cut:
            self._end(step, Outcome.UNANSWERED, cut.summary, cut.hint)
        except ChecksFailed as error:
            self._end(step, Outcome.FAILED, error.summary, error.hint, error.checked)
        except GemspecError as error:
            self._end(step, Outcome.FAILED, error.summary, error.hint)
        except Exception as error:  # an unexpected error of a step must not end the other steps
            log.debug("unexpected in %s", step.ref, exc_info=True)
            self._end(step, Outcome.FAILED, f"unexpected: {type(error).__name__}: {error}", "this is a bug of gemspec")
        else:
            self._end(step, Outcome.DONE, checked=checked)
        return None

    def _start(self, step: Step) -> None:
        is_first = step.ref not in self._started
        self._started[step.ref] = anyio.current_time()
        if is_first:  # a step in the queue is tried again and again
            self._report(StepStarted(*self._address(step)))

    def _progress(self, step: Step, live: LiveModel) -> None:
        elapsed = anyio.current_time() - self._started[step.ref]
        self._report(StepProgress(step.action, step.key, step.train, live.name, live.progress, elapsed))

    def _end(
        self, step: Step, outcome: Outcome, message: str = "", hint: str = "", checked: tuple[Checked, ...] = ()
    ) -> None:
        now = anyio.current_time()
        elapsed = now - self._started.get(step.ref, now)
        end = StepEnded(*self._address(step), outcome, elapsed, message, hint, checked, self._call_name(step, outcome))
        self._ended[step.ref] = end
        self._finished[step.ref].set()
        self._report(end)

    def _call_name(self, step: Step, outcome: Outcome) -> str:
        """What callers name the model that this step made answer."""
        made = outcome is Outcome.DONE and step.action in (Action.AWAIT, Action.REDEPLOY)
        return self._actions.called.get((step.key, step.train), "") if made else ""

    def _interruption(self, step: Step) -> tuple[Outcome, str]:
        """How an interrupt ends a step. A training that has started continues, whether or not its await has started."""
        created = self._ended.get(StepRef(step.key, step.train, Action.CREATE))
        trains = step.live is not None or (created is not None and created.outcome is Outcome.DONE)
        if step.action is Action.AWAIT and trains:
            return Outcome.WAITING, self._waits(step)
        return Outcome.NOT_STARTED, "interrupted"

    def _waits(self, step: Step) -> str:
        """What a training waited for at the service when it was last seen; "" where it was running."""
        seen = self._actions.seen.get((step.key, step.train)) or (step.live.progress if step.live else None)
        return seen.waiting_text if seen else ""

    def _address(self, step: Step) -> tuple[str, str, str, str]:
        """How events name a step, with the remote name as far as it is known."""
        return str(step.action), step.key, step.train, self._name(step)

    def _name(self, step: Step) -> str:
        return self._actions.names.get((step.key, step.train), "") if step.name is None else step.name

    def _report(self, event: Event) -> None:
        """Emit an event. A broken display (a closed pipe) must not stop the run."""
        try:
            self._emit(event)
        except Exception:
            log.debug("cannot be displayed: %s", event, exc_info=True)


def _because(stopped: StepEnded) -> str:
    """Why a step cannot start: the first cause, not a step in between."""
    match stopped.outcome:
        case Outcome.WAITING:
            return f"it waits for the training of {stopped.name}"
        case Outcome.NOT_STARTED:
            return stopped.message
        case Outcome.DONE | Outcome.FAILED | Outcome.SUPERSEDED | Outcome.UNANSWERED:
            what = "training" if stopped.action == Action.AWAIT else stopped.action
            return f"the {what} of {stopped.key} failed"
        case never:
            assert_never(never)
