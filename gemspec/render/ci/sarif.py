"""Draws problems as a SARIF 2.1.0 log, which code scanning and editors read. Pure.

A problem in a file or in standard input is a result. A problem without a place, such as a missing gemspec.yaml, is a
notification that the run did not succeed. Columns count code points, as in all places of gemspec.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from gemspec.domain.errors import Severity
from gemspec.render.ci.checkout import Checkout, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# By convention, the top folder of the repository.
_ROOT = "%SRCROOT%"
# Not `primaryLocationLineHash`: GitHub computes that from the file, and warns of another value.
_FINGERPRINT = "gemspec/v1"
# Level -> short and full description of its only rule.
_RULES = {
    Severity.ERROR: (
        "What stands here cannot be used.",
        "A project file, a manifest or training data says something that gemspec does not accept. Nothing is planned "
        "until it is mended.",
    ),
    Severity.WARNING: (
        "What stands here can be used, and is probably not what was meant.",
        "A manifest or training data is right as far as it goes, but unusual in a way that tends to make worse models.",
    ),
}
_HELP = "The message says what to write instead. `gemspec explain` says what a manifest can hold."


def sarif_log(problems: Sequence[Problem], checkout: Checkout, *, version: str) -> dict[str, object]:
    """The log of a run of gemspec `version`, its results in the order given."""
    placed = [problem for problem in problems if problem.origin]
    notifications = [
        {"level": str(problem.severity), "message": _message(message(problem))}
        for problem in problems
        if not problem.origin
    ]
    run = {
        "tool": {"driver": {"name": "gemspec", "version": version, "rules": [_rule(level) for level in Severity]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "results": _results(placed, checkout),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(level: Severity) -> dict[str, object]:
    short, full = _RULES[level]
    return {
        "id": _rule_id(level),
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": _HELP},
        "defaultConfiguration": {"level": str(level)},
    }


def _rule_id(level: Severity) -> str:
    return f"manifest-{level}"


def _results(problems: Sequence[Problem], checkout: Checkout) -> list[dict[str, object]]:
    """Results with fingerprints that other lines do not change; equal problems of a file are numbered."""
    seen: Counter[str] = Counter()
    results = []
    for problem in problems:
        result, fingerprint = _result(problem, checkout), _fingerprint(problem, checkout)
        seen[fingerprint] += 1
        results.append({**result, "partialFingerprints": {_FINGERPRINT: f"{fingerprint}:{seen[fingerprint]}"}})
    return results


def _result(problem: Problem, checkout: Checkout) -> dict[str, object]:
    path = checkout.path(problem)
    result = {
        "ruleId": _rule_id(problem.severity),
        "ruleIndex": list(Severity).index(problem.severity),
        "level": str(problem.severity),
    }
    if path is None:  # standard input: no file that a reader could open
        return {**result, "message": _message(f"{checkout.place(problem)}: {message(problem)}")}
    where = {"artifactLocation": _artifact(path), **_region(problem)}
    return {**result, "message": _message(message(problem)), "locations": [{"physicalLocation": where}]}


def _artifact(path: str) -> dict[str, str]:
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    uri = {"uri": quote(path)}
    return uri if path.startswith("../") else {**uri, "uriBaseId": _ROOT}


def _region(problem: Problem) -> dict[str, object]:
    """The line and column, as far as the problem has them."""
    origin = problem.origin
    if origin is None or not origin.line:
        return {}
    column = {"startColumn": origin.column} if origin.column else {}
    return {"region": {"startLine": origin.line, **column}}


def _message(text: str) -> dict[str, str]:
    """A plain text message: in SARIF, braces are placeholders (3.11.5), brackets before parentheses a link (3.11.6)."""
    if "](" in text:
        for char in "\\[]":
            text = text.replace(char, f"\\{char}")
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _fingerprint(problem: Problem, checkout: Checkout) -> str:
    """A hash of what is wrong in which field of which file, without lines."""
    pointer = problem.origin.pointer if problem.origin else ""
    content = (_rule_id(problem.severity), checkout.path(problem) or "", pointer, problem.summary)
    return sha256("\0".join(content).encode("utf-8", "backslashreplace")).hexdigest()
