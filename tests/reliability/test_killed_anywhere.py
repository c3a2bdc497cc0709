"""A process that is killed at any of its requests loses nothing: one more apply does what is left, and just that.

The stories, with the boundaries that each has, stand in `stories`. A part of them is tried; all with --in-full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import PROVIDERS, stories
from .invariants import GEMINI
from .request_gate import is_write

if TYPE_CHECKING:
    from .bench import Bench, Told
    from .request_gate import Boundary

MAIN = ("creates", "update, replacement, deletes")  # what is tried without --in-full
SPREAD = 4  # boundaries of each on Vertex AI; on the Gemini API it is the moment after each write


def pytest_generate_tests(metafunc):
    shown = stories(GEMINI) if metafunc.config.getoption("in_full") else MAIN
    metafunc.parametrize("shows", shown)
    metafunc.parametrize("provider", PROVIDERS)


def test_killed_anywhere(bench, shows, in_full, tally):
    """After the kill, the same command ends well, a plan is empty, and all is as if nobody had been killed."""
    told = bench.told(shows)
    tried = told.boundaries if in_full else _sample(bench, told.boundaries)
    found = [found for boundary in tried if (found := Trial(bench, told, boundary)).was_killed]
    name, count = PROVIDERS[bench.provider], len(found)
    tally(f"killed: {shows}, {name}", count, sum(bool(trial.problems) for trial in found))
    tally(f"killed, then: duplicates, {name}", count, sum(trial.duplicates for trial in found))
    tally(f"killed, then: models lost, {name}", count, sum(trial.lost for trial in found))
    tally(f"killed, then: trainings beyond the needed, {name}", count, sum(trial.beyond for trial in found))
    assert not [problem for trial in found for problem in trial.problems]
    assert count >= 0.9 * len(tried)  # what is asked by the way of waiting is not always asked as often


def _sample(bench: Bench, boundaries: list[Boundary]) -> list[Boundary]:
    """All moments after a write, where that does not take long; else some, evenly spread."""
    if bench.provider == GEMINI:
        return [boundary for boundary in boundaries if is_write(boundary.request) and boundary.when == "applied"]
    return boundaries[:: -(-len(boundaries) // SPREAD)]


class Trial:
    """One kill, and what came of it. `problems` say, for people, what is not as it should be."""

    def __init__(self, bench: Bench, told: Told, boundary: Boundary) -> None:
        self.problems: list[str] = []
        self.duplicates = self.lost = self.beyond = 0
        bench.begin(told)
        command = bench.start(told.story.command, boundary)
        self.was_killed = command.stops()
        if not self.was_killed:
            return
        command.kill()
        bench.judge.watch()
        again = bench.run(told.story.command)
        self._check(bench, told, again.status == 0 or again.text)
        self.problems = [f"killed {boundary}: {problem}" for problem in self.problems]

    def _check(self, bench: Bench, told: Told, ended: bool | str) -> None:
        judge = bench.judge
        self.duplicates, self.lost = judge.duplicates(), len(judge.lost)
        self.beyond = judge.trainings - told.trainings
        self.problems += [f"run again, it said:\n{ended}"] if ended is not True else []
        self.problems += [f"{self.duplicates} duplicates"] if self.duplicates else []
        self.problems += judge.lost
        self.problems += [f"{self.beyond} trainings beyond the needed"] if self.beyond else []
        if (after := judge.state("team")) != told.after:
            self.problems.append(f"it has come to\n{after}\nnot to\n{told.after}")
        if told.story.command[0] == "apply" and not bench.is_settled():
            self.problems.append("a plan is not empty")
