"""`spec.checks`: the rules that no schema can say, and the values. Used by `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.domain.model import Check, Expectation
from gemspec.manifest.syntax.nodes import has_lone_surrogate
from gemspec.manifest.validation.regex_errors import explain
from gemspec.manifest.validation.schema import property_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.manifest.syntax.nodes import Document, Path

_AT = ("spec", "checks")


def problems(document: Document) -> list[Problem]:
    """Find patterns that RE2 cannot use, and texts of which nothing is left to compare; checks with other mistakes take
    part.
    """
    found: list[Problem] = []
    for path, expectation, text in _expected(document):
        if expectation is Expectation.MATCHES:
            found += _pattern_problems(document, path, text)
        elif text and not text.strip():
            summary = f"{expectation} holds only white space, which does not count"
            found.append(Problem(summary, "write what the answer must say", document.origin(path)))
    return found


def declared(document: Document) -> tuple[Check, ...]:
    """Give the checks of a document without problems, in order."""
    return tuple(
        Check(
            document.text(*path[:3], "prompt") or "",
            expectation,
            text,
            document.text("spec", "systemInstruction") or "",
        )
        for path, expectation, text in _expected(document)
    )


def _pattern_problems(document: Document, path: Path, pattern: str) -> Iterator[Problem]:
    longest = property_schema("TunedModel", *_AT, "[]", "expect", Expectation.MATCHES)["maxLength"]
    if len(pattern) > longest or has_lone_surrogate(pattern):
        return  # which is said already
    if wrong := explain(pattern):
        what, advice = wrong
        yield Problem(f"matches is no pattern of RE2{what}", advice, document.origin(path))


def _expected(document: Document) -> Iterator[tuple[Path, Expectation, str]]:
    """Yield every text that an answer is compared with, and the path to it, of as many checks as there may be."""
    checks, most = document.get(*_AT), property_schema("TunedModel", *_AT)["maxItems"]
    for index in range(len(checks[:most])) if isinstance(checks, list) else ():
        for expectation in Expectation:
            path = (*_AT, index, "expect", expectation.value)
            if (text := document.text(*path)) is not None:
                yield path, expectation, text
