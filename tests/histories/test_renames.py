"""Keys renamed at random on both services, by people who follow a blocked plan to the letter: nothing is trained again,
and no model that is renamed stops answering.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import anyio
import pytest
from support.rename_advice import Following, pairs

from gemspec.domain.overrides import UNDECLARED

from .walk import SERVICES, Manifest, World, carry_out, plan_of

NAMES = ("a", "b", "c", "d", "bot-en", "bot-de")
WORDS = ("one", "one", "two", "three")
SOME, ALL = 25, 1_500
MOST_ROUNDS = 4


@pytest.mark.parametrize("service", ["gemini", "vertex"])
def test_advice_to_the_letter(service, in_full, tally):
    seeds = range(ALL if in_full else SOME)
    blocked = sum(anyio.run(_renamed, service, seed) for seed in seeds)
    tally(f"renames: {service}, histories", len(seeds), 0)
    tally(f"renames: {service}, blocked plans that were followed", blocked)
    assert blocked


async def _renamed(service: str, seed: int) -> int:
    """Train some keys, give them other names, and settle; how many plans were blocked."""
    random = Random(seed)
    world = World(service, random, SERVICES[service]())
    real = anyio.sleep

    async def sleep(seconds: float) -> None:
        world.memory.now += seconds
        await real(0)

    anyio.sleep = sleep
    try:
        before = {key: Manifest(random.choice(WORDS)) for key in random.sample(NAMES, random.randint(1, 5))}
        await _applied(world, before)
        return await _settled(world, before, _others(random, before), MOST_ROUNDS)
    finally:
        anyio.sleep = real


def _others(random: Random, before: dict[str, Manifest]) -> dict[str, Manifest]:
    """The same manifests under other names, some of which are those of others; some changed, some gone, some new."""
    names = random.sample([*before, "e", "f", "bot"], len(before))
    after: dict[str, Manifest] = {}
    for (key, manifest), name in zip(before.items(), names, strict=True):
        how = random.choice(["renamed", "renamed", "renamed", "kept", "changed", "gone"])
        if how != "gone":
            says = random.choice(WORDS) if how == "changed" else manifest.says
            after.setdefault(name if how == "renamed" else key, Manifest(says))
    after.setdefault(random.choice(NAMES), Manifest(random.choice(WORDS)))
    return after


async def _settled(world: World, before: dict[str, Manifest], after: dict[str, Manifest], rounds: int) -> int:
    """Apply, after what a blocked plan advises; how many were blocked."""
    world.manifests["team"] = after
    plan = await plan_of(world, "team", allowed=frozenset({UNDECLARED}))
    if not (found := pairs(plan)):
        await _applied(world, after)
        return 0
    assert rounds, world.log
    assert {block.rule for block in plan.blocks} == {"rename"}, world.log
    assert len({old for old, _ in found}) == len({new for _, new in found}) == len(found)
    following, blocked = Following(before, after, plan, _named), 1
    olds = {old for old, _ in found}
    renamed = {world.short(key.current.name) for key in plan.keys if key.key in olds and key.current}
    kept = {name: answers for name, answers in world.memory.answering().items() if world.short(answers) in renamed}
    for manifests in (following.first(), following.second()):
        blocked += await _settled(world, before, manifests, rounds - 1)
        assert kept.keys() <= world.memory.answering().keys(), world.log
    return blocked


async def _applied(world: World, manifests: dict[str, Manifest]) -> None:
    world.manifests["team"] = manifests
    plan = await plan_of(world, "team", allowed=frozenset({UNDECLARED}))
    assert not plan.blocks, world.log
    moved = {key for key, manifest in manifests.items() if manifest.moved_from}
    await carry_out(world, "team", plan, again=False)
    assert not {key for key in moved if any(step.key == key and step.generation for step in plan.steps)}, world.log


def _named(manifest: Manifest, _key: str, moved: tuple[str, ...]) -> Manifest:
    return replace(manifest, moved_from=moved)
