"""How long a previous generation is kept beyond `keepPrevious`: `lifecycle.keepFor`, in days. Pure.

The days count from the day on which its successor, the generation that took its place, was promoted, imported, or made
to answer again: from the end of the day that the successor's marker says (`x-promoted`), else from the end of the
successor's training. Where neither is known, it is kept. The time of the plan is an
argument; without one, everything is kept that `keepFor` may keep.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel

PROMOTED = "x-promoted"  # the day of a promotion, as YYYYMMDD in UTC
_DAY = timedelta(days=1)


def promoted_on(now: float) -> tuple[str, str]:
    """Give the extension that a promotion writes."""
    return PROMOTED, f"{datetime.fromtimestamp(now, UTC):%Y%m%d}"


def held(
    desired: DesiredModel,
    lineage: Lineage,
    retired: Sequence[Generation],
    target: Generation | None,
    *,
    promotes: bool,
    now: float | None,
) -> dict[str, str]:
    """Name -> until when, for each of the `retired` generations, newest first, that only `keepFor` keeps.

    The plan `promotes` the target, or (None) a new training.
    """
    days = desired.lifecycle.keep_for
    beyond = retired[desired.lifecycle.keep_previous :] if days else ()
    found = {}
    for generation in beyond:
        successor = _successor(lineage, generation, target)
        takes_over = successor is None or (successor is target and (promotes or successor.is_silent))
        since = None if takes_over or successor is None else _promoted(successor)
        if since is None or now is None:
            is_now = target is not None and takes_over and now is not None
            end = _day(datetime.fromtimestamp(now or 0, UTC)) + timedelta(days=days) if is_now else None
            found[generation.name] = f"until {end:%Y-%m-%d}" if end else f"for {days}d after its successor serves"
        elif datetime.fromtimestamp(now, UTC) < (end := since + timedelta(days=days)):
            found[generation.name] = f"until {_day(end):%Y-%m-%d}"
    return found


def _successor(lineage: Lineage, generation: Generation, target: Generation | None) -> Generation | None:
    """The next generation that was promoted, and answers; the target where there is none, None for a new training."""
    active = [other for other in lineage.generations if other.is_active and not other.is_silent]
    later = [other for other in active if other.rank > generation.rank]
    return next(iter(later), target)


def _promoted(generation: Generation) -> datetime | None:
    """When a generation was promoted, by its marker, else when its training ended; None where neither is known."""
    said = dict(generation.marker.extensions).get(PROMOTED, "")
    try:
        return datetime.strptime(said, "%Y%m%d").replace(tzinfo=UTC) + _DAY
    except ValueError:
        pass
    try:
        ended = datetime.fromisoformat(generation.live.complete_time)
    except ValueError:
        return None
    return ended if ended.tzinfo else ended.replace(tzinfo=UTC)


def _day(moment: datetime) -> datetime:
    """The first day that begins after a moment."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment else midnight + _DAY
