"""Follows the advice of a plan that is blocked by renames, to the letter, as a person would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gemspec.domain.plan import Block, Plan


@dataclass
class Following:
    """Manifests by key, as they were and as they are to be, and the plan that is blocked. `named` gives a manifest with
    another key, and with the keys that it was moved from.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    blocked: Plan
    named: Callable[[Any, str, tuple[str, ...]], Any]

    def first(self) -> dict[str, Any]:
        """The manifests of the first apply."""
        manifests = dict(self.after)
        for block in self.blocked.blocks:
            new, advice = block.key or "", _advice(block)
            moved = tuple(_found(r"`movedFrom: \[?(.*?)]?`", advice)[1].split(", "))
            named = re.search(r"(?:first named|name this one) (\S+),", advice)
            if manifests.get(new) is self.after[new]:
                del manifests[new]
            if "back as it was" in advice:
                manifests[new] = self.before[new]
            if without := re.search(r"without the manifest of (\S+?);", advice):
                manifests.pop(without[1], None)
            key = named[1] if named else new
            manifests[key] = self.named(self.after[new], key, moved)
        return manifests

    def second(self) -> dict[str, Any]:
        """Those of the second, where the advice has one."""
        manifests = self.first()
        for block in self.blocked.blocks:
            new, advice = block.key or "", _advice(block)
            if again := re.search(r"then named (\S+), with `movedFrom: (\S+)`", advice):
                manifests.pop(again[2])
                manifests[new] = self.named(self.after[new], new, (again[2],))
            elif "apply twice" in advice:
                manifests[new] = self.after[new]
                if without := re.search(r"without the manifest of (\S+?);", advice):
                    manifests[without[1]] = self.after[without[1]]
        return manifests


def pairs(plan: Plan) -> list[tuple[str, str]]:
    """The old and the new key of each rename that blocks a plan."""
    return [(block.partner or "", block.key or "") for block in plan.blocks if block.rule == "rename"]


def _advice(block: Block) -> str:
    return block.hint.split("; if a second training")[0]


def _found(pattern: str, text: str) -> re.Match[str]:
    found = re.search(pattern, text)
    assert found, text
    return found
