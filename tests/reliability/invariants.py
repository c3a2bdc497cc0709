"""What became of a service: whether models were lost, doubled or trained in vain. It asks as somebody who knows nothing
of gemspec, by `services` of tests/scenarios.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from support.services import Seen

    from .request_gate import Gate

PROMPT = "ticket 7"
GEMINI = "gemini"


class Judge:
    """Looks at one service. `lost` tells of each moment at which a key had no model that serves and answers."""

    def __init__(self, gate: Gate, provider: str) -> None:
        self.there = SERVICES[provider](gate)
        self.lost: list[str] = []
        self._gate = gate
        self._provider = provider
        self._serving: Sequence[tuple[str, Collection[str]]] = ()

    def expect(self, serving: Sequence[tuple[str, Collection[str]]]) -> None:
        """From now on these serve: owner and keys, under one of which it does."""
        self._serving = serving
        self.lost = []

    def watch(self) -> None:
        """See whether what is expected is so at this moment."""
        found = [*self.there.models()]
        for owner, keys in self._serving:
            serving = _serving(
                [model for model in found if model.marker.get("owner") == owner and model.marker["key"] in keys]
            )
            if serving is None:
                self.lost.append(f"no model serves {owner}/{'/'.join(keys)}")
            else:
                self._try(self._called(serving))

    def state(self, owner: str) -> list[dict[str, Any]]:
        """All that a project has, but for failed trainings, which a service may keep for ever. Of serving numbers only
        the order counts: a training that was abandoned has used one up, unless it was gone before the next was begun.
        """
        found = [
            model for model in self.there.models() if model.marker.get("owner") == owner and model.state != "FAILED"
        ]
        described = [self._described(model) for model in found]
        numbers = sorted({(entry["key"], int(entry["serving"])) for entry in described if "serving" in entry})
        for entry in described:
            if "serving" in entry:
                entry["serving"] = numbers.index((entry["key"], int(entry["serving"])))
        return sorted(described, key=json.dumps)

    def serving(self, owner: str) -> dict[str, dict[str, Any]]:
        """What serves in a project, by its key; without its number, which depends on what served before."""
        found = [model for model in self.there.models() if model.marker.get("owner") == owner]
        keys = sorted({model.marker["key"] for model in found})
        served = {key: _serving([model for model in found if model.marker["key"] == key]) for key in keys}
        return {key: {**self._described(model), "serving": ""} for key, model in served.items() if model}

    def duplicates(self) -> int:
        """How many models are there, or in training, beside an equal one."""
        living = (model for model in self.there.models() if model.marker and model.state != "FAILED")
        return sum(number - 1 for number in Counter(map(_content, living)).values())

    @property
    def trainings(self) -> int:
        """How many were ever started."""
        return self.there.trainings

    def twins(self) -> int:
        """How many trainings were begun beside an equal one, and ended when that was seen, or deleted where they had
        ended by themselves: where ids are the service's own, no look before a create can rule that out.
        """
        marked = [model for model in self.there.models() if model.marker]
        living = {_content(model): model.created for model in marked if model.state != "FAILED"}
        failed = sum(model.state == "FAILED" and _content(model) in living for model in marked)
        # The older of two is kept: one that is gone and older was not deleted as a twin.
        gone = [model for model in self.there.gone() if model.marker and _content(model) in living]
        return failed + sum(_moment(model.created) > _moment(living[_content(model)]) for model in gone)

    def _called(self, model: Seen) -> str:
        return model.name if self._provider == GEMINI else model.parts.get("endpoint", "")

    def _try(self, name: str) -> None:
        try:
            self.there.answer(name, PROMPT)
        except AssertionError as error:
            self.lost.append(f"{name or 'what serves'} does not answer: {error}")

    def _described(self, model: Seen) -> dict[str, Any]:
        marker = {name: model.marker[name] for name in ("key", "train", "serving") if name in model.marker}
        says = self.there.answer(self._called(model), PROMPT) if model.state == "ACTIVE" else ""
        told = [{**part, "labels": _others(part.get("labels", {}))} for part in model.told]
        return {**marker, "state": model.state, "told": told, "says": says, "permits": self._permits(model)}

    def _permits(self, model: Seen) -> list[str]:
        if self._provider != GEMINI:
            return []
        found = self._gate.ask("GET", f"/v1beta/{model.name}/permissions?pageSize=100").get("permissions", [])
        return sorted(
            f"{permission['granteeType']} {permission.get('emailAddress')} {permission['role']}" for permission in found
        )


def _serving(found: Sequence[Seen]) -> Seen | None:
    """The model that has the highest serving number; of several, the oldest."""
    served = [model for model in found if model.state == "ACTIVE" and "serving" in model.marker]
    by_age = sorted(served, key=lambda model: (datetime.fromisoformat(model.created), model.name))
    return max(by_age, key=lambda model: int(model.marker["serving"]), default=None)


def _moment(created: str) -> datetime:
    return datetime.fromisoformat(created)


def _content(model: Seen) -> tuple[str, str, str]:
    return model.marker["owner"], model.marker["key"], model.marker["train"]


def _others(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels without the marker's, which hold ids."""
    return {name: value for name, value in labels.items() if not name.startswith("gemspec-")}
