"""The lines of `spec.policy` in a project file: what lifts blocks, and which places may be named.

Places are found by a table: which fields of a project file and of manifests name a cloud project, a bucket, a service
account or a key. They are judged before any data is read and before any service is asked.
"""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.domain.overrides import OVERRIDES, Allowance
from gemspec.manifest.syntax.nodes import Odd
from gemspec.providers import registry
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemspec.manifest.syntax.nodes import Document, Path

_ALLOW = ("spec", "policy", "allow")
_PLACES = ("spec", "policy", "places")

# The kinds of places, and what one is called.
KINDS = {
    "projects": "cloud project",
    "buckets": "bucket",
    "serviceAccounts": "service account",
    "kmsKeys": "key",
}
# Fields of a manifest that name a place: the kind, and the part of the text that is the place.
_FIELDS: tuple[tuple[Path, str, str], ...] = (
    (("spec", "tunedModelSource", "tunedModel"), "projects", r"projects/([^/]+)/.*"),
    (("spec", "import", "tunedModel"), "projects", r"projects/([^/]+)/.*"),
    (("spec", "tuningTask", "trainingData", "uri"), "buckets", r"gs://([^/]+)/.*"),
    (("spec", "tuningTask", "validationData", "uri"), "buckets", r"gs://([^/]+)/.*"),
    (("spec", "serviceAccount"), "serviceAccounts", r"(.+)"),
    (("spec", "kmsKeyName"), "kmsKeys", r"(.+)"),
)


def take_days(document: Document) -> None:
    """Take a day without quotes as text: here, and only here, a date is what is wanted."""
    for index in _indexes(document):
        path = (*_ALLOW, index, "until")
        if isinstance(document.get(*path), Odd) and (text := document.written(path)) is not None:
            document.put(path, text)


def problems(document: Document) -> list[Problem]:
    """Find days that do not exist, and keys beside rules that are not about keys, in a project file that its schema has
    no problem with.
    """
    return [problem for index in _indexes(document) for problem in _line_problems(document, index)]


def _line_problems(document: Document, index: int) -> Iterator[Problem]:
    rule, until = (document.text(*_ALLOW, index, name) for name in ("rule", "until"))
    if until is not None and _day(until) is None:
        origin = document.origin((*_ALLOW, index, "until"))
        yield Problem(f"there is no day {until}", "write a day such as 2026-12-31", origin)
    if rule in OVERRIDES and not OVERRIDES[rule].has_key and document.text(*_ALLOW, index, "key") is not None:
        about = ", ".join(name for name, row in OVERRIDES.items() if row.has_key)
        origin = document.key_origin((*_ALLOW, index, "key"))
        yield Problem(f"{rule} is about the whole plan, not about a key", f"remove key, which is for {about}", origin)


def allowances(document: Document) -> tuple[Allowance, ...]:
    """Give the lines of `spec.policy.allow` in a document without problems."""
    return tuple(_allowance(document, index) for index in _indexes(document))


def misplaced(policy: Document, documents: Iterable[Document]) -> list[Problem]:
    """Find the places that documents name and that the policy does not allow. Without `places` it allows all."""
    if not isinstance(policy.get(*_PLACES), dict):
        return []
    return [problem for document in documents for problem in _misplaced(policy, document)]


def _misplaced(policy: Document, document: Document) -> Iterator[Problem]:
    for path, kind, form in (*_blocks(), *_FIELDS):
        named = re.fullmatch(form, document.text(*path) or "", re.DOTALL)
        allowed = [*policy.texts(*_PLACES, kind).values()]
        if named and not any(fnmatchcase(named[1], glob) for glob in allowed):
            summary = f"the {KINDS[kind]} {shortened(named[1])} is not allowed by policy.places.{kind} of {policy.file}"
            these = f"write one of {', '.join(map(shortened, allowed[:10]))}" if allowed else "none is allowed"
            yield Problem(summary, f"{these}; or have it added there", document.origin(path))


def _blocks() -> Iterator[tuple[Path, str, str]]:
    """The fields of the providers' blocks in a project file."""
    for block in filter(None, (spec.block for spec in registry.specs())):
        for name, kind in block.places.items():
            yield ("spec", block.name, name), kind, r"(.+)"


def _allowance(document: Document, index: int) -> Allowance:
    rule, reason, key, until = (document.text(*_ALLOW, index, name) for name in ("rule", "reason", "key", "until"))
    return Allowance(rule or "", reason or "", key=key or "*", until=_day(until) if until else None)


def _indexes(document: Document) -> range:
    lines = document.get(*_ALLOW)
    return range(len(lines)) if isinstance(lines, list) else range(0)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
