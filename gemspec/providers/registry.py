"""The providers that gemspec has: one `ProviderSpec` each, in the order in which help and `explain` name them.

Whoever needs to know something about a service asks here: manifest, render, cli and `wiring`. Another provider is one
`register(spec)`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.vertex.spec import SPEC as VERTEX

if TYPE_CHECKING:
    from collections.abc import Collection

    from gemspec.domain.project import Project
    from gemspec.providers.spec import ProviderSpec

EMULATOR = "emulator"  # what `provider` in gemspec.yaml says for the emulator of a service

_registered: dict[str, ProviderSpec] = {}


def register(spec: ProviderSpec) -> None:
    """Add a provider. Raises ValueError where another one has its key."""
    if spec.key == EMULATOR or _registered.setdefault(spec.key, spec) is not spec:
        raise ValueError(f"there is a provider {spec.key} already")


def unregister(spec: ProviderSpec) -> None:
    """Take a provider out again, for tests."""
    _registered.pop(spec.key, None)


def specs() -> tuple[ProviderSpec, ...]:
    """Give all providers, in the order of their registration."""
    return tuple(_registered.values())


def names() -> dict[str, str]:
    """Give the name for people of each provider, by its key."""
    return {spec.key: spec.name for spec in specs()}


def find(provider: str, blocks: Collection[str]) -> ProviderSpec | None:
    """Give the provider that a project file means: `provider` is what it says there, `blocks` the names of the blocks
    beside it. For `emulator` that is the provider whose block is there, else the first that has none.
    """
    if provider != EMULATOR:
        return _registered.get(provider)
    emulated_specs = [spec for spec in specs() if spec.has_emulator]
    with_block = (spec for spec in emulated_specs if spec.block and spec.block.name in blocks)
    without = (spec for spec in emulated_specs if spec.block is None)
    spec = next(with_block, None) or next(without, None)
    return emulated(spec) if spec else None


def of(project: Project) -> ProviderSpec:
    """Give the provider of a project, whose file has been checked."""
    spec = find(project.provider, project.blocks)
    if spec is None:
        raise ValueError(f"there is no provider {project.provider}")
    return spec


@cache
def emulated(spec: ProviderSpec) -> ProviderSpec:
    """Give a provider as its emulator has it."""
    return replace(spec, is_emulated=True, elsewhere=spec.elsewhere_emulated)


register(GEMINI)
register(VERTEX)
