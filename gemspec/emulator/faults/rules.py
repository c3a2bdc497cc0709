"""The rules of a fault file, and which rule strikes a request: random numbers, and counts.

The random numbers of a request are seeded by its method, its path and how many of these there were before, so that the
order in which different requests arrive changes nothing.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from .pages import is_list

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE, AFTER, EITHER = "before", "after", "either"
REFUSALS = ("throttled", "unauthenticated", "internal", "unavailable", "timedOut", "badGateway")
DENIED = ("scopeInsufficient", "serviceDisabled", "quotaProjectMissing")  # until somebody changes the account
DELAYED = ("throttled", "internal", "unavailable", "timedOut")  # can have a retry delay
LISTS = ("emptyPage", "repeatedPage")
TIMED = ("slow", "trickle")
# Faults for which a rule says whether the request takes effect; the others need the true answer, or refuse.
OPEN = ("internal", "unavailable", "timedOut", "badGateway", "dropped", "reset", "slow", "notJson")
FAULTS = (*REFUSALS, *DENIED, "dropped", "reset", *TIMED, "cut", "halfJson", "notJson", *LISTS)


@dataclass(frozen=True, slots=True)
class RequestRule:
    """A rule for requests. Times are in seconds; `share` is from 0 to 1; `times` None is no limit."""

    faults: tuple[str, ...]
    method: str = ""
    path: str = "*"
    skip: int = 0
    times: int | None = None
    share: float = 1.0
    when: str = BEFORE
    seconds: float = 0.0
    retry_delay: float | None = None
    retry_after: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about a request; only lists have pages."""
        fits = self.method in ("", method) and fnmatchcase(path, self.path)
        return fits and (is_list(method, path) or not {*self.faults} <= {*LISTS})


@dataclass(frozen=True, slots=True)
class TrainingRule:
    """A rule for trainings. `seconds` None leaves the duration alone; `fails` is why they fail, None if they do not."""

    model: str
    times: int | None = None
    seconds: float | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole fault file; `source` is the file as it was read."""

    source: Any = field(default_factory=dict)
    seed: int | str = 0
    concurrent_trainings: int | None = None
    requests: tuple[RequestRule, ...] = ()
    trainings: tuple[TrainingRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault of a request, and its rule; `after` the request took effect, or before."""

    fault: str
    rule: RequestRule
    after: bool


@dataclass(slots=True)
class _Count:
    """How often a rule matched, and how often it struck."""

    matched: int = 0
    struck: int = 0


class Faults:
    """The rules in force, with their counts. Thread-safe."""

    def __init__(self, rules: Rules) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.replace(rules)

    def replace(self, rules: Rules) -> None:
        """Replaces the rules, and counts from 0 again."""
        with self._lock:
            self.rules = rules
            self._requests = [_Count() for _ in rules.requests]
            self._trainings = [_Count() for _ in rules.trainings]
            self._seen: Counter[tuple[str, str]] = Counter()
            self._struck: Counter[str] = Counter()

    @property
    def concurrent_trainings(self) -> int | None:
        """How many trainings may run at a time; None is no limit."""
        return self.rules.concurrent_trainings

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Counts a request with a fault while it is answered, also when the client has hung up."""
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def strike(self, method: str, path: str) -> Strike | None:
        """The fault of the next request, or None."""
        with self._lock:
            self._seen[method, path] += 1
            turn = self._seen[method, path]
            for index, rule in enumerate(self.rules.requests):
                if rule.matches(method, path):
                    dice = random.Random(f"{self.rules.seed}/{index}/{method} {path}/{turn}")
                    if _strikes(self._requests[index], rule, dice.random()):
                        return self._struck_by(rule, method, path, dice)
        return None

    def training(self, name: str) -> TrainingRule | None:
        """The rule for the training of a model of that name, or None."""
        with self._lock:
            for rule, count in zip(self.rules.trainings, self._trainings, strict=True):
                if fnmatchcase(name, rule.model) and (rule.times is None or count.struck < rule.times):
                    count.struck += 1
                    return rule
        return None

    def counts(self) -> dict[str, Any]:
        """How many requests there were, how often each fault struck, how many of these requests have not ended yet, and
        how often each rule matched and struck.
        """
        with self._lock:
            return {
                "requests": self._seen.total(),
                "struck": dict(sorted(self._struck.items())),
                "underWay": self._running,
                "requestRules": [{"matched": count.matched, "struck": count.struck} for count in self._requests],
                "trainingRules": [{"struck": count.struck} for count in self._trainings],
            }

    def _struck_by(self, rule: RequestRule, method: str, path: str, dice: random.Random) -> Strike:
        lists = is_list(method, path)
        fault = dice.choice([fault for fault in rule.faults if lists or fault not in LISTS])
        after = fault in OPEN and (rule.when == AFTER or (rule.when == EITHER and dice.random() < 0.5))
        self._struck[f"{fault} {AFTER if after else BEFORE}" if fault in OPEN else fault] += 1
        return Strike(fault, rule, after)


def _strikes(count: _Count, rule: RequestRule, random_number: float) -> bool:
    """Whether a rule strikes a request that it matches; counts both."""
    count.matched += 1
    is_due = count.matched > rule.skip and (rule.times is None or count.struck < rule.times)
    if not is_due or random_number >= rule.share:
        return False
    count.struck += 1
    return True
