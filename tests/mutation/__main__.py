"""How much of planner, policy and approval the tests protect: `python tests/mutation`.

A mutant (see mutants.py) is put in the place of its module, and the tests named here run until one of them fails: then
the mutant is killed. A timeout kills, too. Printed are the survivors, each with its place and change, and the score.
`--sample N` tries so many, chosen by `--seed`; `--full` tries all; `--survivors-of FILE` those that an earlier run
printed. Mutants that change nothing are listed with their reasons in equivalent.toml, and left out. It exits with 1
where the score is below `--at-least`.

Why no library: mutmut leaves decorated functions alone (every property of a lineage), and never takes the filter of a
comprehension out, where most of a planner's decisions are. It changes texts, which golden files hold, and takes no
sample. cosmic-ray begins a new process for each mutant, which imports everything again. This one forks a process that
has imported and collected all: half a second a mutant.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import signal
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from mutants import Mutant, mutants_of
from substitute import substitute

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = ("gemspec/planner/**/*.py", "gemspec/domain/lineage.py", "gemspec/reports/approval.py")
TESTS = ("tests/planner",)

ROOT = Path(__file__).parents[2]
ALLOWED = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text("utf-8"))["equivalent"]
ARGUMENTS = (
    "-xs",
    "--no-header",
    "--assert=plain",
    "--tb=no",
    "--hypothesis-profile=mutation",
    *(f"-pno:{name}" for name in ("cacheprovider", "xdist", "pytest_cov", "gemspec")),
)
PROFILE = {"deadline": None, "max_examples": 10, "derandomize": True, "database": None}
SECONDS = 30
BYTES = 4 << 30


def main() -> int:
    arguments = _arguments()
    os.chdir(ROOT)
    settings.register_profile("mutation", **PROFILE, phases=[Phase.explicit, Phase.generate])
    everything = [mutant for glob in MODULES for file in sorted(Path().glob(glob)) for mutant in mutants_of(file)]
    known = {(entry["file"], *change) for entry in ALLOWED for change in entry["changes"]}
    mutants = [mutant for mutant in everything if _key(mutant) not in known]
    for unused in sorted(known - {_key(mutant) for mutant in everything}):
        print(f"equivalent.toml: no mutant is {unused}")
    if arguments.file:
        mutants = [mutant for mutant in mutants if arguments.file in mutant.file.as_posix()]
    if arguments.survivors_of:
        earlier = Path(arguments.survivors_of).read_text("utf-8")
        mutants = [mutant for mutant in mutants if f"{mutant.text}\n" in earlier]
    elif not arguments.full:
        mutants = random.Random(arguments.seed).sample(mutants, min(arguments.sample, len(mutants)))
    trial = Trial(mutants, arguments.jobs)
    if status := pytest.main([*ARGUMENTS, *TESTS], plugins=[trial]):
        return int(status)
    survivors = sorted(trial.survivors, key=lambda mutant: (mutant.file, mutant.line, mutant.change))
    for mutant in survivors:
        print(f"\n{mutant}")
    killed = len(mutants) - len(survivors)
    score = 100 * killed / max(1, len(mutants))
    print(f"\n{killed} of {len(mutants)} mutants were killed ({len(known)} are equivalent): {score:.1f} %")
    return int(score < arguments.at_least)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/mutation", description=__doc__)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--sample", type=int, default=100, metavar="N", help="try N mutants (the default: 100)")
    amount.add_argument("--full", action="store_true", help="try all of them")
    amount.add_argument("--survivors-of", metavar="FILE", help="try those that an earlier run has printed to FILE")
    parser.add_argument("--seed", type=int, default=0, help="which mutants a sample has")
    parser.add_argument("--file", default="", metavar="TEXT", help="only mutants of files whose path has this text")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    parser.add_argument("--at-least", type=float, default=90, metavar="PERCENT", help="exit with 1 below this score")
    return parser.parse_args()


def _key(mutant: Mutant) -> tuple[str, ...]:
    return (mutant.file.name, *mutant.change)


class Trial:
    """Runs the tests, as a plugin of pytest: first on what is there, then on each mutant in a process of its own."""

    def __init__(self, mutants: Sequence[Mutant], jobs: int) -> None:
        self._mutants = mutants
        self._jobs = jobs
        self._running: dict[int, Mutant] = {}
        self.survivors: list[Mutant] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tables first: they are faster than properties, and say better what is wrong."""
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _run(session)
        if session.testsfailed:
            raise session.Failed("the tests fail without any mutant")
        gc.collect()
        gc.freeze()  # so that no collection in a child copies what it shares with this process
        for number, mutant in enumerate(self._mutants, 1):
            if len(self._running) == self._jobs:
                self._wait()
            if pid := os.fork():
                self._running[pid] = mutant
                print(f"\r{number} of {len(self._mutants)}", end="", file=sys.stderr, flush=True)
            else:
                _try(session, mutant)
        while self._running:
            self._wait()
        print(file=sys.stderr)
        return True

    def _wait(self) -> None:
        pid, status = os.wait()
        mutant = self._running.pop(pid)
        if os.waitstatus_to_exitcode(status) == 0:
            self.survivors.append(mutant)


def _run(session: pytest.Session) -> None:
    for item, after in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            break


def _try(session: pytest.Session, mutant: Mutant) -> None:
    """End this process with 0 where all tests pass. A mutant that takes all time or memory is ended."""
    status = 1
    try:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        substitute(mutant)
        _run(session)
        status = session.testsfailed
    finally:
        os._exit(status)


if __name__ == "__main__":
    if "PYTHONHASHSEED" not in os.environ:  # so that the order of sets kills no mutant by chance
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main())
