"""The registered providers: a `ProviderSpec` for each, in the order in which help and `explain` name them.

`manifest`, `cli` and `wiring` get the facts about a service here. Another provider needs only `register(spec)`.
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

EMULATOR = "emulator"  # the value of `provider` in gemspec.yaml for the emulator of a service

_registered: dict[str, ProviderSpec] = {}


def register(spec: ProviderSpec) -> None:
    """Add a provider. Raises ValueError where another provider has its key."""
    if spec.key == EMULATOR or _registered.setdefault(spec.key, spec) is not spec:
        raise ValueError(f"there is a provider {spec.key} already")


def unregister(spec: ProviderSpec) -> None:
    """Remove a provider again, for tests."""
    _registered.pop(spec.key, None)


def specs() -> tuple[ProviderSpec, ...]:
    """Give all providers, in the order of their registration."""
    return tuple(_registered.values())


def names() -> dict[str, str]:
    """Give the name for people of each provider, by its key."""
    return {spec.key: spec.name for spec in specs()}


def find(provider: str, blocks: Collection[str]) -> ProviderSpec | None:
    """Give the provider that a project file selects by its `provider` and the names of its `blocks`. `emulator` selects
    the provider of the block that is present, else the first provider without a block.
    """
    if provider != EMULATOR:
        return _registered.get(provider)
    emulated_specs = [spec for spec in specs() if spec.has_emulator]
    with_block = (spec for spec in emulated_specs if spec.block and spec.block.name in blocks)
    without = (spec for spec in emulated_specs if spec.block is None)
    spec = next(with_block, None) or next(without, None)
    return emulated(spec) if spec else None


def of(project: Project) -> ProviderSpec:
    """Give the provider of a project with a file that has been checked."""
    spec = find(project.provider, project.blocks)
    if spec is None:
        raise ValueError(f"there is no provider {project.provider}")
    return spec


@cache
def emulated(spec: ProviderSpec) -> ProviderSpec:
    """Give the spec of a provider's emulator."""
    return replace(spec, is_emulated=True, elsewhere=spec.elsewhere_emulated)


register(GEMINI)
register(VERTEX)
