"""Two applies at the same time: of one project they come to one state, of two projects neither notices the other.

The second one runs while the first stands still at one of its requests; and both run mixed, by a seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from .bench import TEAM
from .cases import APPLY, PROVIDERS, SLOWER, races
from .invariants import GEMINI
from .request_gate import boundaries

if TYPE_CHECKING:
    from .bench import Bench, Command
    from .cases import Race
    from .request_gate import Boundary

OTHER = "second"  # checkout of the second apply
CREATE, CHECK = "POST (tunedModels|tuningJobs)", "POST .*:generateContent"
PROMOTE, DELETE = "PATCH ", "(DELETE|POST .*:undeployModel)"

# Where the second apply starts: the first boundary of that kind that the first apply has.
POINTS = {
    "after list": f"before {CREATE}",
    "after create": f"applied {CREATE}",
    "while waiting": "applied GET (tunedModels|tuningJobs)/",
    "before promote": f"before {PROMOTE}",  # after the check
    "before delete": f"before {DELETE}",
}
# Messages that say what to do.
ASKS = re.compile(r"plan again|Run (gemspec )?plan|Run gemspec status|Run the same command again|--retry-failed")
SEEDS = 40

# What is tried without --in-full.
BOUNDED = [(wants, provider) for wants in ("the same", "newer data") for provider in PROVIDERS]
BOUNDED += [("the old state, of which nothing is kept", GEMINI)]


def pytest_generate_tests(metafunc):
    in_full, stands = metafunc.config.getoption("in_full"), "stands" in metafunc.function.__name__
    every = [(wants, provider) for provider in PROVIDERS for wants in races()]
    metafunc.parametrize(("wants", "provider"), every if in_full else BOUNDED if stands else [])


@pytest.fixture
def track(bench, wants):
    """A race at its start."""
    return Track(bench, races()[wants])


@dataclass
class Track:
    """A race that can be run again and again."""

    bench: Bench
    race: Race
    requests: list[str] = field(default_factory=list)
    trainings: int = 0
    after: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let one run after the other, either first: that is what it may cost; and what it comes to."""
        for order in (OTHER, TEAM, OTHER), (TEAM, OTHER):
            self._begin()
            ran = [self.bench.run(APPLY if at == TEAM else self.race.command, at) for at in order]
            assert not any(command.status for command in ran), ran[-1].text
            self.trainings = max(self.trainings, self.bench.judge.trainings)
        self.requests, self.after = ran[0].requests, self.bench.judge.serving(TEAM)

    def stand_still(self, boundary: Boundary) -> Finish | None:
        """Run the second while the first is at the boundary; None where it never comes there."""
        self._begin()
        first = self.bench.start(APPLY, boundary)
        if not first.stops():
            return None
        second = self.bench.run(self.race.command, OTHER)
        first.go_on()
        first.wait()
        return Finish(self, str(boundary), [first, second])

    def mixed(self, seed: int) -> Finish:
        """Run both, mixed by the seed."""
        self._begin()
        both = self.bench.race(seed, (APPLY, TEAM), (self.race.command, OTHER))
        return Finish(self, f"seed {seed}", both)

    def _begin(self) -> None:
        self.bench.bring(SLOWER, *((TEAM, state) for state in self.race.before))
        self.bench.write(self.race.first, {})
        self.bench.write(self.race.second, {}, at=OTHER)
        self.bench.judge.expect([(TEAM, keys) for keys in self.race.serving])


class Finish:
    """How a race ended. `problems` say, for people, what is not as it should be."""

    def __init__(self, track: Track, where: str, both: list[Command]) -> None:
        bench, judge, race = track.bench, track.bench.judge, track.race
        self.superseded = sum(
            "Stopped, since the service has changed after the plan" in command.text for command in both
        )
        self.problems = [f"it said:\n{command.text}" for command in both if not _is_told(command)]
        again = bench.run(race.command, OTHER)
        self.problems += [f"one more apply said:\n{again.text}"] if again.status else []
        self.problems += [] if bench.is_settled(OTHER) else ["a plan is not empty"]
        self.lost, self.duplicates = len(judge.lost), judge.duplicates()
        self.twins = judge.twins()
        self.beyond = max(judge.trainings - self.twins - track.trainings, 0)
        self.problems += judge.lost
        self.problems += [f"{self.duplicates} duplicates"] if self.duplicates else []
        self.problems += [f"{self.beyond} trainings beyond the needed"] if self.beyond else []
        if (after := judge.serving(TEAM)) != track.after:
            self.problems.append(f"it has come to\n{after}\nnot to\n{track.after}")
        self.problems = [f"{where}: {problem}" for problem in self.problems]
        if self.problems:
            self.problems += [command.text for command in both]


def test_the_second_runs_while_the_first_stands(track, wants, in_full, tally):
    """At every step of the first; then one more apply of what the second one wants ends well, a plan is empty."""
    all_ = boundaries(track.requests)
    tried = all_ if in_full else [_point(what, all_) for what in POINTS]
    found = [end for trial in tried if (end := track.stand_still(trial))]
    assert len(found) >= 0.9 * len(tried)  # what is asked by the way of waiting is not always asked as often
    _judge(f"one stands, {wants}", found, track.bench, tally)
    superseded = sum(race.superseded for race in found)
    tally(f"raced, of those: superseded, {PROVIDERS[track.bench.provider]}", superseded)
    assert superseded or wants == "the same"  # where both want the same, each may do what the other has left


def test_both_run_mixed(track, wants, in_full, tally):
    """Whatever the order of their requests."""
    seeds = range(SEEDS if in_full else 1)
    _judge(f"mixed, {wants}", [track.mixed(seed) for seed in seeds], track.bench, tally)


def _judge(what: str, found: list[Finish], bench: Bench, tally: Any) -> None:
    name, count = PROVIDERS[bench.provider], len(found)
    tally(f"raced: {what}, {name}", count, sum(bool(race.problems) for race in found))
    tally(f"raced, then: duplicates, {name}", count, sum(race.duplicates for race in found))
    tally(f"raced, then: models lost, {name}", count, sum(race.lost for race in found))
    tally(f"raced, then: trainings beyond the needed, {name}", count, sum(race.beyond for race in found))
    assert not [problem for race in found for problem in race.problems]
    assert found


def _point(what: str, all_: list[Boundary]) -> Boundary:
    """The first boundary of that kind; a promotion is what is written after the check."""
    checked = next(at for at, boundary in enumerate(all_) if re.match(f"applied {CHECK}", str(boundary)))
    later = all_[checked:] if what == "before promote" else all_
    return next(boundary for boundary in later if re.match(POINTS[what], str(boundary)))


def _is_told(command: Command) -> bool:
    """Whether it ended well, or said what happened and what to do."""
    if "Traceback" in command.text or "bug of gemspec" in command.text:
        return False
    return command.status == 0 or (command.status == 1 and bool(ASKS.search(command.text)))
