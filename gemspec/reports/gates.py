"""`GATES`: what a pipeline does not let through without a person, whatever the policy of the project allows. Pure.

Works on plan documents, as `approval` does. Which steps a gate counts is in `domain.actions`. A new gate is a row here,
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
    """`words` say to people what a plan would do; `stops` gives the keys (or files) of a plan where it does."""

    words: str
    stops: Callable[[PlanDocument], set[str]]


def tripped(document: PlanDocument, names: Iterable[str]) -> list[GateEntry]:
    """Give what each of these gates stops in a plan document."""
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
