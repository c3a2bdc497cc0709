"""What `gemspec check --format json` prints: each check of each model, with its answer and verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemspec import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.domain.events import Checked


FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Asked:
    """One model that was asked the checks of its key. `role`: serving or candidate."""

    key: str
    name: str
    role: str
    checked: Sequence[Checked]


def checks_document(owner: str, models: Iterable[Asked], *, unasked: Iterable[str] = ()) -> dict[str, Any]:
    """Give what was asked of the models of `owner`; `unasked` are keys that have checks, and no model to ask yet."""
    entries = [model_entry(one) for one in models]
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "owner": owner,
        "passed": all(entry["passed"] for entry in entries),
        "models": entries,
        "unasked": sorted(unasked),
    }


def model_entry(asked: Asked) -> dict[str, Any]:
    """One model of the document."""
    checks = [check_entry(one) for one in asked.checked]
    return {
        "key": asked.key,
        "name": asked.name,
        "role": asked.role,
        "passed": all(check["passed"] for check in checks),
        "checks": checks,
    }


def check_entry(checked: Checked) -> dict[str, Any]:
    """One check of the document: there is either an answer, or an error that says why there is none."""
    return {
        "prompt": checked.check.prompt,
        "expectation": str(checked.check.expectation),
        "expected": checked.check.text,
        "passed": checked.passed,
        "answer": None if checked.error else checked.answer,
        "error": checked.error or None,
    }
