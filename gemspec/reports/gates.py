"""Gates: what a pipeline does not let through without a person, whatever the policy of the project allows. Pure.

Works on plan documents, as `approval` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]

# Name -> what it stops, for people.
GATES = {
    "delete": "models would be deleted",
    "replace": "models would be trained anew",
    "train": "trainings would start",
    "warning": "there are warnings",
}


def tripped(document: Document, names: Iterable[str]) -> list[dict[str, Any]]:
    """Give what each of these gates has to say of a plan document: its name, and the keys that it stops.

    `warning` names files instead of keys.
    """
    return [{"gate": name, "stops": sorted(_stops(document, name))} for name in dict.fromkeys(names)]


def _stops(document: Document, name: str) -> set[str]:
    if name == "warning":
        return {warning["file"] or "the arguments" for warning in document["warnings"]}
    if name == "replace":
        return {entry["name"] for entry in document["resource_changes"] if entry.get("kind") == "replace"}
    actions = ("delete", "abandon") if name == "delete" else ("create",)
    return {step["key"] for step in document["steps"] if step["action"] in actions}
