"""Topological order with a fixed tie-break. Pure; a thin layer over the standard library's graphlib."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Node = TypeVar("Node", bound="Any")


def in_order(waits: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """Put every node after the nodes that it waits for. Of nodes that are ready the smallest comes first, so that the
    order never varies.

    Nodes that are not a key of `waits` are left out. Raises graphlib.CycleError.
    """
    sorter = TopologicalSorter(
        {node: [before for before in befores if before in waits] for node, befores in waits.items()}
    )
    sorter.prepare()
    result: list[Node] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result.extend(ready)
        sorter.done(*ready)
    return result
