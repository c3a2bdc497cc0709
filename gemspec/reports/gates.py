"""`GATES`: changes that a pipeline stops until a person approves, even where the project's policy allows them. Pure.

Works on plan documents, as `approval` does. `domain.actions` says which steps a gate counts. A new gate is a row here,
and what tests/parity names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.domain.actions import ACTIONS, Action, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gemspec.reports.plan import GateEntry, PlanDocument


@dataclass(frozen=True, slots=True)
class Gate:
    """`words` describe the change for people; `stops` gives the keys (or files) of a plan with that change."""

    words: str
    stops: Callable[[PlanDocument], set[str]]


def tripped(document: PlanDocument, names: Iterable[str]) -> list[GateEntry]:
    """Give the keys that each of these gates stops in a plan document."""
    return [{"gate": name, "stops": sorted(GATES[name].stops(document))} for name in dict.fromkeys(names)]


def _deleted(document: PlanDocument) -> set[str]:
    return _counted(document, "delete")


def _replaced(document: PlanDocument) -> set[str]:
    return {entry["name"] for entry in document["resource_changes"] if entry.get("kind") == Kind.REPLACE}


def _trained(document: PlanDocument) -> set[str]:
    return _counted(document, "train")


def _with_warnings(document: PlanDocument) -> set[str]:
    return {warning["file"] or "the arguments" for warning in document["warnings"]}


def _counted(document: PlanDocument, gate: str) -> set[str]:
    """The keys with a step that this gate counts."""
    return {step["key"] for step in document["steps"] if ACTIONS[Action(step["action"])].gate == gate}


GATES = {
    "delete": Gate("models would be deleted", _deleted),
    "replace": Gate("models would be trained anew", _replaced),
    "train": Gate("trainings would start", _trained),
    "warning": Gate("there are warnings", _with_warnings),
}
