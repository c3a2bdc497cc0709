"""How values are distributed, as SupervisedTuningDatasetDistribution says it. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..kernel.fields import Value

BUCKETS = 10


def distribution(values: Sequence[int]) -> Value:
    """The fields of the message, of at least one value."""
    ordered = sorted(values)
    total = sum(ordered)
    return {
        "sum": total,
        "min": ordered[0],
        "max": ordered[-1],
        "mean": total / len(ordered),
        "median": _percentile(ordered, 50),
        "p5": _percentile(ordered, 5),
        "p95": _percentile(ordered, 95),
        "buckets": _buckets(ordered),
        "billable_sum": total,
    }


def _percentile(ordered: Sequence[int], percent: int) -> float:
    """By linear interpolation between the nearest two."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _buckets(ordered: Sequence[int]) -> list[Value]:
    """Of equal width; those that hold nothing are left out."""
    low, width = ordered[0], max(1, -(-(ordered[-1] - ordered[0] + 1) // BUCKETS))
    counts = Counter((value - low) // width for value in ordered)
    return [
        {"count": counts[index], "left": low + index * width, "right": low + (index + 1) * width}
        for index in sorted(counts)
    ]
