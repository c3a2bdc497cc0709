"""Points out what serves and belongs to another account: a marker is a record, not a proof. Pure.

Whoever shares a model with us can write our marker on it, with the highest serving number of a key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.planner import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.plan import KeyPlan


def point_out(keys: Sequence[KeyPlan]) -> list[KeyPlan]:
    """Note it on each such key; once where all are: a person looks at what CI has made."""
    serving = [key for key in keys if key.current and key.current.is_own is not None]
    others = [key for key in serving if key.current and not key.current.is_own]
    if others and others == serving:
        notes = {others[0].key: messages.none_own_note(len(others))}
    else:
        notes = {key.key: messages.not_own_note(key.current.name) for key in others if key.current}
    return [replace(key, notes=(*key.notes, notes[key.key])) if key.key in notes else key for key in keys]
