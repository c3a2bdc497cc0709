"""Which model serves a key, read from markers, for `output` and `ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.errors import GemspecError
from gemspec.domain.lineage import take_inventory
from gemspec.util.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Lineage
    from gemspec.domain.model import LiveModel


def serving_models(models: Sequence[LiveModel], owner: str) -> dict[str, LiveModel]:
    """Key -> the model that serves it, for every key of `owner` that has one."""
    lineages = take_inventory(models, owner).lineages
    return {key: lineage.serving.live for key, lineage in lineages.items() if lineage.serving}


def serving_model(models: Sequence[LiveModel], owner: str, key: str) -> LiveModel:
    """The model that serves `key`. Raises GemspecError that says why there is none."""
    inventory = take_inventory(models, owner)
    lineage = inventory.lineage(key)
    if lineage.serving is None:
        raise GemspecError(*_why_none(lineage, owner, sorted(inventory.lineages)))
    return lineage.serving.live


def _why_none(lineage: Lineage, owner: str, known: Sequence[str]) -> tuple[str, str]:
    if any(generation.is_creating for generation in lineage.generations):
        return f"{lineage.key} does not serve yet: its training is in progress", "`gemspec apply` waits for it"
    if any(generation.is_candidate for generation in lineage.generations):
        return f"{lineage.key} does not serve yet: its checks come first", f"`gemspec check {lineage.key}` asks them"
    if lineage.generations:
        return f"{lineage.key} does not serve: its training failed", "`gemspec plan` shows why"
    hint = did_you_mean(lineage.key, known) or "`gemspec status` lists what it has"
    return f"project {owner} has no model {lineage.key} on the service", hint
