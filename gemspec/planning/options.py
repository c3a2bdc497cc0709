"""What people ask of a plan beside their manifests. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What people ask of one plan. `whole`: the manifests are all there is, so that what they leave out goes."""

    whole: bool = True
    retry_failed: bool = False
    replace: frozenset[str] = frozenset()
