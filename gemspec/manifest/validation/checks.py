"""`spec.checks`: rules that a schema cannot express, the values, and problems of patterns.

Used by `builder` and `desired`. `domain.expectations` compiles patterns. RE2's messages are for experts: here each has
a plain sentence, and what to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from gemspec.domain.errors import Problem
from gemspec.domain.expectations import problem_of
from gemspec.domain.model import Check, Expectation
from gemspec.manifest.syntax.nodes import has_lone_surrogate
from gemspec.manifest.validation.schema import property_schema
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.manifest.syntax.nodes import Document, Path

_AT = ("spec", "checks")


def problems(document: Document) -> list[Problem]:
    """Find patterns that are not valid, and texts that are only white space; checks with other mistakes take part."""
    found: list[Problem] = []
    for path, expectation, text in _expected(document):
        match expectation:
            case Expectation.MATCHES:
                found += _pattern_problems(document, path, text)
            case Expectation.EQUALS | Expectation.CONTAINS:
                if text and not text.strip():
                    summary = f"{expectation} holds only white space, which does not count"
                    found.append(Problem(summary, "write what the answer must say", document.origin(path)))
            case never:
                assert_never(never)
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
        return  # which is reported already
    if wrong := explain_pattern(pattern):
        what, advice = wrong
        yield Problem(f"matches is no pattern of RE2{what}", advice, document.origin(path))


def _expected(document: Document) -> Iterator[tuple[Path, Expectation, str]]:
    """Yield every text that an answer is compared with, and its path, for as many checks as the schema allows."""
    checks, most = document.get(*_AT), property_schema("TunedModel", *_AT)["maxItems"]
    for index in range(len(checks[:most])) if isinstance(checks, list) else ():
        for expectation in Expectation:
            path = (*_AT, index, "expect", expectation.value)
            if (text := document.text(*path)) is not None:
                yield path, expectation, text


_SYNTAX = "its syntax is at https://github.com/google/re2/wiki/Syntax"
_ITSELF = "for the character itself"

# The message of RE2, up to ":" -> what is wrong, with the part that follows in place of {}; what to write.
_WORDS = {
    "missing )": ('a "(" is not closed', rf'write ")" where its group ends, or \( {_ITSELF}'),
    "unexpected )": ('a ")" has no "(" before it', rf"remove it, or write \) {_ITSELF}"),
    "missing ]": ('a "[" is not closed', rf'write "]" where its characters end, or \[ {_ITSELF}'),
    "invalid character class range": ("{} is no range or class", "write one such as [a-z], [[:alpha:]] or \\pL"),
    "no argument for repetition operator": (
        "{} has nothing before it to repeat",
        rf"write what it repeats, or \ before it {_ITSELF}",
    ),
    "bad repetition operator": ("{} repeats what is repeated already", rf"write one of them, or \ before it {_ITSELF}"),
    "invalid repetition size": (
        "{} repeats more than 1000 times",
        "write a smaller number (those of groups within groups are multiplied)",
    ),
    "invalid escape sequence": ("{} means nothing to it", rf"remove the \, or write \\ {_ITSELF}"),
    "trailing \\": (r"there is nothing after the \ at its end", rf"remove it, or write \\ {_ITSELF}"),
    "invalid named capture group": ("{} is no group", "write (...), or (?P<name>...) with a plain name"),
    "pattern too large - compile failed": ("it takes too much memory", "write a shorter one, or smaller repetitions"),
}
# The beginning of syntax that other engines have and RE2 does not, since it can be slow -> its name, what to write.
_MISSING = {
    "(?=": ("look-ahead", "write what follows there as a part of the pattern"),
    "(?!": ("look-ahead", "write what may follow there instead, such as [^x]"),
    "(?<=": ("look-behind", "write what precedes there as a part of the pattern"),
    "(?<!": ("look-behind", "write what may precede there instead, such as [^x]"),
    "(?>": ("atomic groups", "write (?:...)"),
    "(?(": ("conditions", "write both cases, with | between them"),
    "(?#": ("comments", "remove it"),
    "(?P": ("back-references", "write out what is repeated there"),
}


def explain_pattern(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with a pattern, after "is no pattern of RE2", and what to write; None where it can be used."""
    said = problem_of(pattern)
    if said is None:
        return None
    kind, _, part = said.partition(": ")
    if kind == "invalid escape sequence" and part[1:].isdigit():
        return _without("back-references", part), "write out what is repeated there"
    if kind == "invalid perl operator":
        return _operator(part)
    if kind == "invalid repetition size" and _is_backwards(part):
        return f": {_shown(part)} ends below its beginning", "write the smaller number first"
    words, advice = _WORDS.get(kind, (shortened(said), _SYNTAX))
    return f": {words.replace('{}', _shown(part))}", advice


def _operator(part: str) -> tuple[str, str]:
    if part in _MISSING:
        name, advice = _MISSING[part]
        return _without(name, part), advice
    return (
        f": {_shown(part)} is no group or flag",
        "a group is (...) or (?:...), the flags are i, m, s and U, as in (?i)",
    )


def _is_backwards(part: str) -> bool:
    least, _, most = part.strip("{}").partition(",")
    return least.isdigit() and most.isdigit() and int(least) > int(most)


def _without(name: str, part: str) -> str:
    return f", which has no {name}: {_shown(part)}"


def _shown(part: str) -> str:
    r"""Quote a part of a pattern, on a single line; a \ is written as it is."""
    return shortened(part).replace("\\\\", "\\")
