"""SIGINT and SIGTERM at any request: what is reported is what happened, and one more apply does what is left.

The stories, with the boundaries that each has, are those of `test_killed_anywhere`. A part is tried; with
--in-full all.
"""

from __future__ import annotations

import json
import re
import signal
import time
from itertools import cycle, product
from typing import TYPE_CHECKING, Any

import pytest
from support.served import until

from gemspec.applier import GRACE
from gemspec.cli.signals import SAME

from .bench import TEAM
from .cases import PROVIDERS, stories
from .invariants import GEMINI
from .request_gate import is_write

if TYPE_CHECKING:
    from .bench import Bench, Told
    from .request_gate import Boundary

    Tried = tuple[Bench, Told, Boundary, int]

MAIN = "update, replacement, deletes"  # has every kind of step
SIGNALS = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGTERM"}
WAITS = "what the service was asked has 5s to be answered"
TRAINS = re.compile(r"POST (tunedModels|tuningJobs)(\?|$)")

# What is tried without --in-full: the first boundary of each kind.
KINDS = {
    "gemini": (
        "before GET",
        "applied POST tunedModels[?]",
        "before POST .*permissions",
        "before PATCH",
        "applied DELETE",
    ),
    "vertex": ("before PUT", "applied POST tuningJobs ", "before POST .*generateContent", "before POST .*:undeploy"),
}


def pytest_generate_tests(metafunc):
    if "shows" in metafunc.fixturenames:
        metafunc.parametrize("shows", stories(GEMINI) if metafunc.config.getoption("in_full") else [MAIN])
    metafunc.parametrize("provider", PROVIDERS)


def test_interrupted_anywhere(bench, shows, in_full, tally):
    """The command ends by itself once the service has answered; every end of a step that it tells of is true."""
    tried = _tried(bench, bench.told(shows), all_=in_full)
    _judge([Once(*trial) for trial in (tried if shows == MAIN else tried[::3])], f"once, {shows}", bench, tally)


def test_interrupted_twice(bench, in_full, tally):
    """The second signal ends it at once, though the service does not answer, and says what that may be doing."""
    writes = _writes(_tried(bench, bench.told(MAIN), all_=in_full))
    _judge([Twice(*boundary) for boundary in (writes if in_full else writes[:1])], "twice", bench, tally)


def test_interrupted_and_never_answered(bench, in_full, tally):
    """It ends by itself after its grace, and calls what was not answered neither done nor failed."""
    if not in_full:
        pytest.skip("takes as long as the grace, each time")
    writes = _writes(_tried(bench, bench.told(MAIN), all_=True))
    _judge([Unanswered(*boundary) for boundary in writes], "unanswered", bench, tally)


def _tried(bench: Bench, told: Told, *, all_: bool) -> list[Tried]:
    found = told.boundaries
    if not all_:
        firsts = (
            next((boundary for boundary in found if re.match(kind, str(boundary))), None)
            for kind in KINDS[bench.provider]
        )
        found = [boundary for boundary in firsts if boundary]
        assert len(found) == len(KINDS[bench.provider])
    paired = product(found, SIGNALS) if all_ else zip(found, cycle(SIGNALS), strict=False)
    return [(bench, told, *pair) for pair in paired]


def _writes(tried: list[Tried]) -> list[Tried]:
    return [trial for trial in tried if is_write(trial[2].request)]


def _judge(trials: list[Trial], what: str, bench: Bench, tally: Any) -> None:
    name, found = PROVIDERS[bench.provider], [trial for trial in trials if trial.was_stopped]
    for number, word in SIGNALS.items():
        ours = [trial for trial in found if trial.number == number]
        tally(f"interrupted: {what}, {word}, {name}", len(ours), sum(bool(trial.problems) for trial in ours))
    problems = [problem for trial in found for problem in trial.problems]
    assert not problems, "\n".join(problems)
    assert len(found) >= 0.9 * len(trials)


class Trial:
    """One command that is signalled, and what came of it. `problems` say, for people, what is not as it should be."""

    def __init__(self, bench: Bench, told: Told, boundary: Boundary, number: int) -> None:
        self.number, self.problems = number, []
        self._bench, self._told = bench, told
        bench.begin(told)
        recorded = ("--events", "events") if told.story.command[0] == "apply" else ()
        self.command = bench.start((*told.story.command, *recorded), boundary)
        self.was_stopped = self.command.stops()
        if not self.was_stopped:
            return
        self.command.signal(number)
        until(lambda: self._has_ended() or WAITS in self.command.text, lambda: f"the signal:\n{self.command.text}")
        self._end()
        self.command.be_gone()
        self._check_words()
        if recorded:
            self._check_events([json.loads(line) for line in bench.read("events").splitlines()])
        self._check_afterwards()
        self.problems = [f"{SIGNALS[number]} {boundary}: {problem}" for problem in self.problems]

    def _end(self) -> None:
        """See to it that the command ends, which has been signalled once."""
        raise NotImplementedError

    def _has_ended(self) -> bool:
        return self.command.status is not None

    def _check_words(self) -> None:
        text = self.command.text
        if self.command.wait() != 128 + self.number:
            self.problems.append(f"exit status {self.command.status}")
        if not re.search(r"^(Interrupted|Terminated|Left at once)\. ", text, re.MULTILINE) or "Traceback" in text:
            self.problems.append(f"it said:\n{text}")

    def _check_events(self, events: list[dict[str, Any]]) -> None:
        last = events[-1]
        if (last["type"], last.get("outcome"), last.get("exit_status")) != (
            "summary",
            "interrupted",
            128 + self.number,
        ):
            self.problems.append(f"the events end with {last}")
        seen = {model.name: model for model in self._bench.judge.there.models()}
        ends = [event for event in events if event["type"] == "step_ended"]
        created = {end["train"]: end["outcome"] for end in ends if end["action"] == "create"}
        unborn = {train for train, outcome in created.items() if outcome != "done"}
        for end in ends:
            if not self._is_true(end, seen, unborn):
                self.problems.append(f"{end} is not so: {seen.get(end['name'])}")

    def _is_true(self, end: dict[str, Any], seen: dict[str, Any], unborn: set[str]) -> bool:
        """Whether the service is as the end of a step says; `unborn`: generations that nobody knows to be there."""
        model = seen.get(end["name"])
        match end["action"], end["outcome"]:
            case "delete" | "abandon", "done":
                return model is None or model.state == "FAILED"
            case "promote", "not_started" if end["train"] in unborn:
                return model is None or "serving" not in model.marker
            case "delete" | "abandon" | "update" | "forget" | "promote", "not_started":
                return model is not None or end["name"] is None
            case "create", "not_started":
                return not any(
                    model.marker.get("train") == end["train"] for model in seen.values() if model.state != "FAILED"
                )
            case "promote", "done":
                return model is not None and "serving" in model.marker
            case "await", "waiting":
                return model is not None and model.state in ("CREATING", "ACTIVE")  # it may have ended since
            case _, "done":
                return model is not None
        return end["outcome"] in self._also

    _also: tuple[str, ...] = ("not_started",)

    def _check_afterwards(self) -> None:
        """The same command, run again, does what is left."""
        bench, told, judge = self._bench, self._told, self._bench.judge
        again = bench.run(told.story.command)
        self.problems += [f"run again, it said:\n{again.text}"] if again.status else []
        self.problems += [f"{judge.duplicates()} duplicates"] if judge.duplicates() else []
        self.problems += judge.lost
        if beyond := judge.trainings - told.trainings:
            self.problems.append(f"{beyond} trainings beyond the needed")
        if (after := judge.state(TEAM)) != told.after:
            self.problems.append(f"it has come to\n{after}\nnot to\n{told.after}")
        if told.story.command[0] == "apply" and not bench.is_settled():
            self.problems.append("a plan is not empty")


class Once(Trial):
    """The service answers what it was asked before the signal."""

    def _end(self) -> None:
        asked = len(self.command.requests)
        self.command.go_on()
        self.command.wait()
        if trained := [request for request in self.command.requests[asked:] if TRAINS.match(request)]:
            self.problems.append(f"after the signal it asked for {trained}")


class Twice(Trial):
    """The service answers nothing more, and there is a second signal."""

    _also = ("not_started", "unanswered")

    def _end(self) -> None:
        time.sleep(1.5 * SAME)  # sooner, it would be the same one
        if self._has_ended():
            return
        began = time.monotonic()
        self.command.signal(self.number)
        self.command.wait()
        self.seconds = time.monotonic() - began
        if "Left at once. " not in self.command.text or self.seconds > GRACE / 2:
            self.problems.append(f"it said after {self.seconds:.1f}s:\n{self.command.text}")


class Unanswered(Trial):
    """The service answers nothing more."""

    _also = ("not_started", "unanswered")

    def _end(self) -> None:
        self.command.wait()
