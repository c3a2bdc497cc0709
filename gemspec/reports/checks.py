"""The document of `gemspec check --format json`: each check of each model, with its answer and verdict.

The document is that of schemas/checks.v1.schema.json. The result of an apply has entries of the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.domain.events import Checked


FORMAT_VERSION = "1.0"


class CheckEntry(TypedDict):
    """A check with either an answer, or an error that says why there is none."""

    prompt: str
    expectation: str
    expected: str
    passed: bool
    answer: str | None
    error: str | None


class CheckedModel(TypedDict):
    """A model and its checks."""

    key: str
    name: str
    role: str
    passed: bool
    checks: list[CheckEntry]


class ChecksDocument(TypedDict):
    """The checks of all models."""

    format_version: str
    gemspec_version: str
    owner: str
    passed: bool
    models: list[CheckedModel]
    unasked: list[str]


@dataclass(frozen=True, slots=True)
class ModelChecks:
    """A model with the results of its checks. `role`: serving or candidate."""

    key: str
    name: str
    role: str
    checked: Sequence[Checked]


def checks_document(owner: str, models: Iterable[ModelChecks], *, unasked: Iterable[str] = ()) -> ChecksDocument:
    """Give the results of the models of `owner`; `unasked` are keys with checks, but without a model yet."""
    entries = [model_entry(model) for model in models]
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": owner,
        "passed": all(entry["passed"] for entry in entries),
        "models": entries,
        "unasked": sorted(unasked),
    }


def model_entry(asked: ModelChecks) -> CheckedModel:
    """Give a model of the document."""
    checks = [check_entry(checked) for checked in asked.checked]
    return {
        "key": asked.key,
        "name": asked.name,
        "role": asked.role,
        "passed": all(check["passed"] for check in checks),
        "checks": checks,
    }


def check_entry(checked: Checked) -> CheckEntry:
    """Give a check of the document."""
    return {
        "prompt": checked.check.prompt,
        "expectation": str(checked.check.expectation),
        "expected": checked.check.text,
        "passed": checked.passed,
        "answer": None if checked.error else checked.answer,
        "error": checked.error or None,
    }
