"""Checks a fault file: plain Python (dict, list, text, numbers) -> `Rules`, or FaultsError with every problem.

A problem has the path to its field; who read the file knows the line. Each field is a line of a table: its name, what
it has, and an example.
"""

from __future__ import annotations

import difflib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .rules import AFTER, BEFORE, DELAYED, EITHER, FAULTS, OPEN, TIMED, RequestRule, Rules, TrainingRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Path = tuple[str | int, ...]
LONGEST = 30 * 24 * 3600  # seconds
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WHENS = (BEFORE, AFTER, EITHER)


@dataclass(frozen=True, slots=True)
class FaultProblem:
    """A mistake in a fault file: where (keys and indexes that lead there), what, and what to write."""

    path: Path
    summary: str
    advice: str

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in self.path)

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.summary}, {self.advice}"


class FaultsError(Exception):
    """A fault file that cannot be used, with all problems."""

    def __init__(self, problems: Iterable[FaultProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: whether a value is right, and how to describe right values."""

    is_right: Callable[[Any], bool]
    what: str
    example: str
    choice: tuple[str, ...] = ()


def _number(least: float, most: float = math.inf, *, whole: bool = False) -> Callable[[Any], bool]:
    kinds = int if whole else int | float
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool) and least <= value <= most


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1000 and value.isprintable()


def _any_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _are_faults(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return bool(listed) and all(isinstance(fault, str) and fault in FAULTS for fault in listed)


def _is_seed(value: Any) -> bool:
    return _text(value) or _number(-(10**18), 10**18, whole=True)(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_failing(value: Any) -> bool:
    return value is True or _text(value)


_COUNT = _number(0, 10**9, whole=True)
_SECONDS = _number(0, LONGEST)
FILE = {
    "seed": _Field(_is_seed, "a number or a text", "7"),
    "concurrentTrainings": _Field(_number(1, 10**6, whole=True), "a whole number from 1", "2"),
    "requests": _Field(_is_list, "a list of rules", "[{fault: unavailable, times: 1}]"),
    "trainings": _Field(_is_list, "a list of rules", '[{model: "slow-*", seconds: 3600}]'),
}
REQUEST = {
    "fault": _Field(_are_faults, "a fault or a list of them", "unavailable", FAULTS),
    "method": _Field(_any_of(*METHODS), "a method", "POST", METHODS),
    "path": _Field(_text, "a pattern of paths", '"/v1beta/tunedModels/*"'),
    "skip": _Field(_COUNT, "a whole number from 0", "1"),
    "times": _Field(_number(1, 10**9, whole=True), "a whole number from 1", "1"),
    "share": _Field(_number(0, 1), "a number from 0 to 1", "0.3"),
    "when": _Field(_any_of(*WHENS), "before, after or either", "after", WHENS),
    "seconds": _Field(_SECONDS, "a number of seconds", "5"),
    "retryDelay": _Field(_SECONDS, "a number of seconds", "2"),
    "retryAfter": _Field(_number(0, LONGEST, whole=True), "a whole number of seconds", "2"),
}
TRAINING = {
    "model": _Field(_text, "a pattern of ids or display names", '"slow-*"'),
    "times": REQUEST["times"],
    "seconds": REQUEST["seconds"],
    "fails": _Field(_is_failing, "true or the reason", "Too few examples."),
}
_REASON = "Tuning failed."


def read_rules(tree: Any) -> Rules:
    """The rules of a file. Raises FaultsError with every problem."""
    problems = [*_block_problems(tree, (), FILE)]
    if not isinstance(tree, dict):
        raise FaultsError(problems)
    requests, trainings = _rules(tree, "requests"), _rules(tree, "trainings")
    for index, rule in enumerate(requests):
        problems += _request_problems(rule, ("requests", index))
    for index, rule in enumerate(trainings):
        problems += _training_problems(rule, ("trainings", index))
    if problems:
        raise FaultsError(problems)
    return Rules(
        source=tree,
        seed=tree.get("seed", 0),
        concurrent_trainings=tree.get("concurrentTrainings"),
        requests=tuple(_request(rule) for rule in requests),
        trainings=tuple(_training(rule) for rule in trainings),
    )


def _rules(tree: Mapping[str, Any], name: str) -> list[Any]:
    listed = tree.get(name, [])
    return listed if isinstance(listed, list) else []


def _block_problems(block: Any, path: Path, fields: Mapping[str, _Field]) -> Iterable[FaultProblem]:
    """Problems of a block and of each of its fields by itself."""
    if not isinstance(block, dict):
        example = next(f"{name}: {field.example}" for name, field in fields.items())
        yield FaultProblem(path, f"{_shown(block)} is not a block of fields", f"write {example}")
        return
    for name, value in block.items():
        here = (*path, name)
        if name not in fields:
            yield FaultProblem(here, f"there is no field {_shown(name)} here", _guess(name, tuple(fields), "fields"))
        elif not fields[name].is_right(value):
            yield from _value_problems(here, value, fields[name])


def _value_problems(path: Path, value: Any, field: _Field) -> Iterable[FaultProblem]:
    name = path[-1]
    if isinstance(value, list) and value and field.choice == FAULTS:
        for index, item in enumerate(value):
            if item not in FAULTS:
                yield _word_problem((*path, index), item, "fault", field)
    elif field.choice:
        yield _word_problem(path, value, str(name), field)
    else:
        yield FaultProblem(path, f"{_shown(value)} is not {field.what}", f"write {name}: {field.example}")


def _word_problem(path: Path, value: Any, name: str, field: _Field) -> FaultProblem:
    if isinstance(value, str):
        return FaultProblem(path, f"there is no {name} {_shown(value)}", _guess(value, field.choice, f"{name}s"))
    advice = f"write {name}: {field.example}" if isinstance(path[-1], str) else f"write {field.example}"
    return FaultProblem(path, f"{_shown(value)} is not {field.what}", advice)


def _request_problems(rule: Any, path: Path) -> Iterable[FaultProblem]:
    if problems := [*_block_problems(rule, path, REQUEST)]:
        yield from problems
        return
    if "fault" not in rule:
        yield FaultProblem(path, "this rule has no fault", "write fault: unavailable")
        return
    faults = _faults(rule)
    timed, delayed, opened = ([fault for fault in faults if fault in kinds] for kinds in (TIMED, DELAYED, OPEN))
    if timed and "seconds" not in rule:
        yield FaultProblem(path, f"{timed[0]} needs to know how long", "write seconds: 5")
    needed = {"seconds": (timed, TIMED), "when": (opened, OPEN)}
    needed |= dict.fromkeys(("retryDelay", "retryAfter"), (delayed, DELAYED))
    for name, (found, kinds) in needed.items():
        if name in rule and not found:
            advice = f"leave it out; it belongs to {_listed(kinds)}"
            yield FaultProblem((*path, name), f"{name} means nothing for {_listed(faults)}", advice)


def _training_problems(rule: Any, path: Path) -> Iterable[FaultProblem]:
    if problems := [*_block_problems(rule, path, TRAINING)]:
        yield from problems
        return
    if "model" not in rule:
        yield FaultProblem(path, "this rule names no models", 'write model: "slow-*", or "*" for all of them')
    if not {"seconds", "fails"} & rule.keys():
        yield FaultProblem(path, "this rule changes nothing", "write seconds: 3600, or fails: true")


def _faults(rule: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(rule["fault"]) if isinstance(rule["fault"], list) else (rule["fault"],)


def _request(rule: Mapping[str, Any]) -> RequestRule:
    named = {"retryDelay": "retry_delay", "retryAfter": "retry_after"}
    rest = {named.get(name, name): value for name, value in rule.items() if name != "fault"}
    return RequestRule(faults=_faults(rule), **rest)


def _training(rule: Mapping[str, Any]) -> TrainingRule:
    fails = rule.get("fails")
    return TrainingRule(rule["model"], rule.get("times"), rule.get("seconds"), _REASON if fails is True else fails)


def _guess(word: str, known: tuple[str, ...], what: str) -> str:
    lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(str(word).lower()[:100], lower, n=1)
    return f"did you mean {lower[found[0]]}?" if found else f"the {what} are {_listed(known, 'and')}"


def _listed(words: tuple[str, ...] | list[str], last: str = "or") -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _shown(value: Any) -> str:
    """A value for use in a sentence: short, and on a single line."""
    text = f'"{value}"' if isinstance(value, str) else json.dumps(value)
    line = "".join(char if char.isprintable() else "?" for char in text)
    return line if len(line) <= 60 else f"{line[:57]}..."
