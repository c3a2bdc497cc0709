"""Runs a plan against the service in memory and gives how it ended, a line a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.applier import ApplyOptions, Result, Run
from gemspec.domain.events import StepEnded, StepProgress, StepStarted
from gemspec.domain.training_data import Example

from . import planner_dsl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.events import Event
    from gemspec.domain.plan import Plan

    from .fake_provider import FakeProvider

EXAMPLES = (Example("1", "2"),)


class Carrying:
    """A run of a plan. `events` are all events that it reported."""

    def __init__(self, plan: Plan, provider: FakeProvider, examples: Any = None, emit: Any = None, **options: Any):
        self.plan = plan
        self.provider = provider
        self.events: list[Event] = []
        self._labels = labels(plan)
        self._emit = emit or self.events.append
        self.examples = examples or (lambda key: EXAMPLES)
        self._options = ApplyOptions(**options)

    async def run(self) -> Result:
        """Await the run; `machine` is there meanwhile, to be interrupted."""
        self.machine = Run(self.plan, self.provider, self, self._options, self._emit)
        return await self.machine.run()

    def validation(self, key: str) -> list[Example]:
        return []

    async def lines(self) -> list[str]:
        return self.said((await self.run()).ended)

    def said(self, ended: Sequence[StepEnded]) -> list[str]:
        """`create a:x: done`, `delete a:x: superseded (why)`, in the plan's order."""
        return [f"{self._step(end)}: {end.outcome}" + (f" ({end.message})" if end.message else "") for end in ended]

    def told(self) -> list[str]:
        """The events in their order: `> create a:x` at a start, `. create a:x` at an end, `30% a:x` between."""
        words = []
        for event in self.events:
            match event:
                case StepStarted():
                    words.append(f"> {self._step(event)}")
                case StepProgress():
                    words.append(f"{event.progress.percent or 0:.0f}% {self._step(event)}")
                case StepEnded():
                    words.append(f". {self._step(event)}")
        return words

    def _step(self, event: Event) -> str:
        return f"{event.action} {self._labels.get((event.key, event.train), event.key)}"


async def carry_out(plan: Plan, provider: FakeProvider, **options: Any) -> list[str]:
    """Carry a plan out and say how each step ended."""
    return await Carrying(plan, provider, **options).lines()


def labels(plan: Plan) -> dict[tuple[str, str], str]:
    """(key, train hash) -> `key:data`, as the planner's tables spell generations."""
    letters = {planner_dsl.data(letter).fingerprint[:12]: letter for letter in "uvwxyz"}
    seen = [(key.key, model.marker) for key in plan.keys for model in key.generations]
    made = [(step.key, step.marker) for step in plan.steps if step.marker]
    return {(key, marker.train): f"{key}:{letters.get(marker.data, '?')}" for key, marker in [*seen, *made]}
