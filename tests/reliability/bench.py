"""A service behind its gate, a project on it, and commands that are stopped, killed and run again."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.served import until

from .cases import APPLY, State, Story, examples, stories, write
from .invariants import Judge
from .request_gate import Boundary, Gate, Party, Turns, boundaries

if TYPE_CHECKING:
    from pathlib import Path

    from .forked import Forked, ForkServer


TEAM = "team"  # the project's name, and that of its first checkout


@dataclass
class Told:
    """A story as it goes where nobody disturbs it: what it starts from, what it sends, what it comes to."""

    story: Story
    saved: Path
    now: float
    names: dict[str, str]
    requests: list[str]
    trainings: int
    after: list[dict[str, Any]]

    @property
    def boundaries(self) -> list[Boundary]:
        return boundaries(self.requests)


class Bench:
    """Runs gemspec, one command at a time or several, in projects on one service."""

    def __init__(self, folder: Path, provider: str, fork_server: ForkServer) -> None:
        self.provider = provider
        self.gate = Gate(database=folder / "service.db")
        self.judge = Judge(self.gate, provider)
        self.gate.watch = self.judge.watch
        self._folder = folder
        self._fork_server = fork_server
        self._told: dict[str, Told] = {}
        self._saved: dict[str, tuple[Path, float]] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._started = 0
        self._save("")

    def close(self) -> None:
        self.gate.close()

    def told(self, shows: str) -> Told:
        """Let a story happen, once."""
        if shows not in self._told:
            self._told[shows] = self._tell(stories(self.provider)[shows])
        return self._told[shows]

    def begin(self, told: Told) -> None:
        """Go back to where a story begins."""
        self.gate.restore(told.saved)
        self.gate.now, self.gate.pace = told.now, told.story.pace
        self.write(told.story.state, told.names)
        self.judge.expect([(TEAM, keys) for keys in told.story.serving])

    def bring(self, pace: float, *states: tuple[str, State], free: tuple[str, ...] = ()) -> dict[str, str]:
        """Go to where these states of projects (by their owners) have been applied, one after the other. `free` models
        are there that another client has trained; their names.
        """
        self.gate.pace = pace
        self.judge.expect([])
        at, names = self._free(free)
        for owner, state in states:
            at = self._bring(at, state, APPLY, names, owner)
        self._restore(at)
        return names

    def write(self, state: State, names: dict[str, str], owner: str = TEAM, at: str = TEAM) -> None:
        """Write a project: a checkout of it, in a folder of that name."""
        write(self._folder / at, self.provider, owner, state, names)

    def start(self, words: tuple[str, ...], stop: Boundary | None = None, at: str = TEAM) -> Command:
        """Start a command; it stops where the test says."""
        return self._start(self._party(stop), words, at)

    def run(self, words: tuple[str, ...], at: str = TEAM) -> Command:
        """Run a command to its end."""
        command = self.start(words, at=at)
        command.wait()
        return command

    def race(self, seed: int, *commands: tuple[tuple[str, ...], str]) -> list[Command]:
        """Run commands, each at a checkout, all at the same time; the seed says whose request is next."""
        parties = [self._party() for _ in commands]
        turns = self.gate.turns = Turns(seed, *(party.name for party in parties))
        running = [self._start(party, *command) for party, command in zip(parties, commands, strict=True)]

        def are_over() -> bool:
            over = [process for process in running if process.status is not None]
            for process in over:
                turns.leave(process.name)
            return len(over) == len(running)

        until(are_over, lambda: "their end:\n" + "\n".join(process.text for process in running))
        self.gate.turns = None
        return running

    def read(self, file: str, at: str = TEAM) -> str:
        """A file that a command has written in its project."""
        return (self._folder / at / file).read_text()

    def is_settled(self, at: str = TEAM) -> bool:
        """Whether a plan is empty."""
        return self.run(("plan", "--detailed-exitcode"), at).status == 0

    def _party(self, stop: Boundary | None = None) -> Party:
        self._started += 1
        return self.gate.admit(Party(f"party-{self._started}", stop))

    def _start(self, party: Party, words: tuple[str, ...], at: str) -> Command:
        folder = self._folder / at
        env = {"GEMSPEC_ENDPOINT": self.gate.url, "HOME": str(folder.parent), "GOOGLE_OAUTH_ACCESS_TOKEN": party.name}
        log = self._folder / f"{party.name}.log"
        return Command(party, self._fork_server.start(folder, log, env, *words))

    def _tell(self, story: Story) -> Told:
        self.gate.pace = story.pace
        self.judge.expect([])
        at, names = self._free(story.free)
        for step in story.before:
            at = self._bring(at, *step, names)
        self._restore(at)
        saved, now = self._saved[at]
        told = Told(story, saved, now, names, [], 0, [])
        self.begin(told)
        command = self.run(story.command)
        assert command.status == 0, command.text
        assert not self.judge.lost
        told.requests, told.trainings, told.after = command.requests, self.judge.trainings, self.judge.state(TEAM)
        return told

    def _free(self, keys: tuple[str, ...]) -> tuple[str, dict[str, str]]:
        """Where there are models that are nobody's: the place, and their names by what they say."""
        place = f"{keys} {self.gate.pace}"
        if place not in self._saved:
            self._restore("")
            self._names[place] = {key: self.judge.there.train(key, examples(key)) for key in keys}
            self.gate.now += 100
            self._save(place)
        return place, self._names[place]

    def _bring(self, at: str, state: State, words: tuple[str, ...], names: dict[str, str], owner: str = TEAM) -> str:
        """Apply a state to what is there `at` a place, or find that done already; the new place."""
        then = f"{at} {owner} {state} {words}"
        if then not in self._saved:
            self._restore(at)
            self.write(state, names, owner, at=owner)
            command = self.run(words, at=owner)
            assert command.status == 0, command.text
            self._save(then)
        return then

    def _save(self, place: str) -> str:
        path = self._folder / f"{len(self._saved)}.db"
        self.gate.save(path)
        self._saved[place] = path, self.gate.now
        return place

    def _restore(self, place: str) -> None:
        path, self.gate.now = self._saved[place]
        self.gate.restore(path)


class Command:
    """A command in a process of its own."""

    def __init__(self, party: Party, process: Forked) -> None:
        self._party = party
        self._process = process

    @property
    def name(self) -> str:
        return self._party.name

    @property
    def status(self) -> int | None:
        return self._process.status

    @property
    def text(self) -> str:
        return self._process.text

    @property
    def requests(self) -> list[str]:
        return self._party.requests

    def wait(self) -> int:
        """Wait for its end; its exit status."""
        until(lambda: self._process.status is not None, lambda: f"the end of:\n{self.text}")
        assert self._process.status is not None
        return self._process.status

    def stops(self) -> bool:
        """Wait until it is at its boundary; False where it ended without coming there."""
        until(lambda: self._party.stopped.is_set() or self.status is not None, lambda: f"its boundary:\n{self.text}")
        return self._party.stopped.is_set()

    def go_on(self) -> None:
        self._party.go_on()

    def signal(self, number: int) -> None:
        self._process.signal(number)

    def be_gone(self) -> None:
        """What it has sent and nobody has carried out is lost."""
        self._party.be_gone()

    def kill(self) -> None:
        """SIGKILL, and what it has sent and nobody has carried out is lost."""
        self._process.signal(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL
        self._party.be_gone()
