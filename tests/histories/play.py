"""Plays histories: `play` one by its seed, `play_all` many in one event loop."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import anyio

from .events import EVENTS, declare
from .walk import SERVICES, Lost, World, apply

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_EVENTS = 14


async def play(kind: str, seed: int) -> World:
    """Play a history, with an apply at its end. Raises Lost where something does not hold."""
    random = Random(seed)
    world = World(kind, random, SERVICES[kind]())
    weights, events = zip(*EVENTS, strict=True)
    real = anyio.sleep

    async def sleep(seconds: float) -> None:
        world.memory.now += seconds
        await real(0)

    anyio.sleep = sleep
    try:
        for _ in range(random.randint(1, 3)):
            declare(world)
        await apply(world, "team")
        for event in random.choices(events, weights, k=random.randint(4, MOST_EVENTS)):
            if (done := event(world)) is not None:
                await done
        await apply(world, "team")
    except Lost:
        raise
    except Exception as error:
        raise world.lost(f"{type(error).__name__}: {error}") from error
    finally:
        anyio.sleep = real
    return world


def play_all(kind: str, seeds: Iterable[int]) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Play histories; what was counted in them, and the seeds of those in which something did not hold, and why."""

    async def run() -> tuple[Counter[str], list[tuple[int, str]]]:
        counts: Counter[str] = Counter()
        lost: list[tuple[int, str]] = []
        for seed in seeds:
            counts["histories"] += 1
            try:
                counts += (await play(kind, seed)).counts
            except Lost as error:
                lost.append((seed, str(error)))
        return counts, lost

    return anyio.run(run)
