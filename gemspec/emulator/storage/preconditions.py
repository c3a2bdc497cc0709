"""ifGenerationMatch and its three relatives: whether a request may do what it wants, by what there is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import condition_not_met, not_modified
from .messages import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..kernel.fields import Value
    from .store import StoredObject


def conditions_of(parameters: Value) -> dict[str, int]:
    """The conditions among query parameters."""
    return {field.name: parameters[field.name] for field in CONDITIONS if field.name in parameters}


def check_write(conditions: Mapping[str, int], live: StoredObject | None) -> None:
    """Whether a write may go on. Generation 0 stands for "no object". Raises StorageError (412)."""
    if _unmatched(conditions, live) or _matched_against(conditions, live):
        raise condition_not_met()


def check_read(conditions: Mapping[str, int], live: StoredObject) -> None:
    """Whether a read is to be answered. Raises StorageError: 412, or 304 where a "not match" does match."""
    if _unmatched(conditions, live):
        raise condition_not_met()
    if _matched_against(conditions, live):
        raise not_modified()


def _unmatched(conditions: Mapping[str, int], live: StoredObject | None) -> bool:
    generation, metageneration = _versions(live)
    return (
        conditions.get("ifGenerationMatch", generation) != generation
        or conditions.get("ifMetagenerationMatch", metageneration) != metageneration
    )


def _matched_against(conditions: Mapping[str, int], live: StoredObject | None) -> bool:
    generation, metageneration = _versions(live)
    return (
        conditions.get("ifGenerationNotMatch") == generation
        or conditions.get("ifMetagenerationNotMatch") == metageneration
    )


def _versions(live: StoredObject | None) -> tuple[int, int]:
    return (live.generation, live.METAGENERATION) if live else (0, 0)
