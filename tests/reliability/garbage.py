"""What may become of garbage: a command that reads it ends well, or with exit status 1 and a place."""

from __future__ import annotations

import contextlib
import io
import json
import re
import unicodedata
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from gemspec import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAULTS = ("Traceback", "in a way that it should not")
HARMFUL = frozenset(["Cc", "Cf", "Zl", "Zp", "Cs"])
IN_FULL = 30  # times as many
PARTS = 4
_PLACE = re.compile(r"\S.*?:\d+(:\d+)?: \S")
# What is wrong with a file as a whole, or with many places of it; a saved plan is nobody's to fix line by line.
_WHOLE = re.compile(
    r"cannot be read|is larger than|more problems? in this file|there is no manifest in"
    r"|it is no plan as gemspec writes it \(|it is not JSON, or was cut|this plan was changed after it was saved"
    r"|it is not a saved plan|it has format"
)


def seeds(what: str, part: int, number: int, *, in_full: bool) -> Iterator[tuple[str, Random]]:
    """Give this part's share of `number` cases, by name and source of chance."""
    for index in range(part, number * (IN_FULL if in_full else 1), PARTS):
        name = f"{what} {index}"
        yield name, Random(name)


@dataclass
class Trial:
    """Counts cases, and keeps what was wrong with those that failed."""

    tries: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def run(self, case: str, words: Sequence[str]) -> Said:
        """Run one command over one case, and judge how it ends."""
        said = run(words)
        self.note(case, said, [*wrong(said, words)])
        return said

    def note(self, case: str, said: Said, faults: Sequence[str]) -> None:
        self.tries += 1
        self.statuses[said.status] = self.statuses.get(said.status, 0) + 1
        if faults:
            self.faults.append(f"{case}: {'; '.join(faults)}\n{said.out[-1500:]}\n{said.err[-1500:]}")

    def tell(self) -> str:
        return f"{len(self.faults)} of {self.tries}\n\n" + "\n\n".join(self.faults[:5])


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status; `escaped` is what it raised, which nothing may."""

    status: int
    out: str
    err: str
    escaped: str = ""


def run(words: Sequence[str]) -> Said:
    """Run a command in this process."""
    out, err, escaped, status = io.StringIO(), io.StringIO(), "", -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.run(words)
        except Exception as error:
            escaped = repr(error)
    return Said(status, out.getvalue(), err.getvalue(), escaped)


def wrong(said: Said, words: Sequence[str]) -> Iterator[str]:
    """Find what is wrong with how a command ended."""
    if said.escaped:
        yield f"it raised {said.escaped}"
    if said.status not in (0, 1):
        yield f"its exit status is {said.status}"
    yield from harm(said.out + said.err)
    if said.status == 1:
        asked = words[words.index("--format") + 1] if "--format" in words else "text"
        yield from _placeless(said, asked)


def harm(text: str) -> Iterator[str]:
    """Find what no output may hold."""
    yield from (f"it says {fault!r}" for fault in FAULTS if fault in text)
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        found = {char for char in text if unicodedata.category(char) in HARMFUL} - {"\n"}
        yield from (f"it prints {char!r}" for char in sorted(found))


def _placeless(said: Said, asked: str) -> Iterator[str]:
    """Find out whether every error has a place."""
    if asked == "json":
        errors: list[dict[str, Any]] = json.loads(said.out)["errors"]
        if not errors:
            yield "no error is told"
        for error in errors:
            if not error["file"] or not (error["line"] or _WHOLE.search(error["message"])):
                yield f"{error['message'][:200]!r} has no place"
    elif asked == "github":
        lines = said.out.splitlines()
        if not lines or any(not re.match(r"::(error|warning) file=[^:]+::|::notice ", line) for line in lines):
            yield "a line is no annotation of a file"
    elif asked == "sarif":
        results = json.loads(said.out)["runs"][0]["results"]
        if not results or any("physicalLocation" not in result["locations"][0] for result in results):
            yield "a result has no place"
    elif not any(_PLACE.match(line) or _WHOLE.search(line) for line in said.err.splitlines()):
        yield "no error has a place"
