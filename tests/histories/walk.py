"""A random history of a project's keys on a service in memory, and what must hold all through it.

People change manifests, apply, and touch the service by hand. After each apply the history is judged from outside:

- a name that callers could call, and cannot now, was in the plan as an end;
- only resources of models that the plan names were written, and of the project that applied, or unmarked ones that a
  manifest imports;
- no content is trained while a living model that the project made for that key has it;
- a key that answered goes on answering, unless the plan ended it;
- where nothing was blocked and nothing failed, the key answers what its manifest says, and the next plan is empty.

A history is its seed: `play("vertex", 4711)` plays it again. `Lost` says what did not hold, and all that had happened.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gemspec.applier import ApplyOptions, Run
from gemspec.applier.refresh import refresh
from gemspec.domain.actions import ACTIONS, Action, Effect, Kind
from gemspec.domain.lineage import take_inventory
from gemspec.domain.model import Adoption, BaseModel, DeletionPolicy, DesiredModel, Lifecycle
from gemspec.domain.project import Limit, Project
from gemspec.domain.training_data import Example
from gemspec.identity.fingerprint import fingerprint
from gemspec.planner import PlanOptions

from .services import MemoryGemini, MemoryVertex, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from gemspec.domain.plan import Plan

KEYS = ("a", "b", "c")
WORDS = ("one", "two", "three")
OWNERS = ("team", "other")
SERVICES = {"gemini": MemoryGemini, "vertex": MemoryVertex}


class Lost(AssertionError):  # noqa: N818 - what a history shows
    """Something that must hold did not."""


@dataclass
class Manifest:
    """What a team declares for a key."""

    says: str
    keep: int = 1
    retain: bool = False
    moved_from: tuple[str, ...] = ()
    adopts: str | None = None


@dataclass
class Made:
    """A model that gemspec trained: for whom, as what key is called today, and what it says."""

    owner: str
    key: str
    says: str


@dataclass
class World:
    """A service, the manifests of two projects, and what is known of every training."""

    kind: str
    random: Random
    memory: Any
    manifests: dict[str, dict[str, Manifest]] = field(default_factory=lambda: {owner: {} for owner in OWNERS})
    made: dict[str, Made] = field(default_factory=dict)
    wild: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    has_failed: bool = False
    has_stripped: bool = False
    log: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.provider = self.memory.provider()

    def note(self, text: str) -> None:
        self.log.append(text)

    def lost(self, what: str) -> Lost:
        return Lost("\n".join([what, *self.log]))

    def short(self, name: str) -> str:
        """The name of a resource without its project, which requests and answers write differently."""
        return re.sub(r"^projects/[^/]+/", "", name)

    def owner_of(self, name: str) -> str | None:
        """The project that the service says a model belongs to, read without gemspec's code; None for nobody."""
        if self.kind == "gemini":
            found = re.search(r"\[gemspec:1 owner=([a-z-]+)", self.memory.resources[name].get("description", ""))
            return found[1] if found and name not in self.memory.others else None
        parts = [self.memory.part(name, kind) for kind in ("endpoint", "model")]
        labels = [self.memory.resources[part]["labels"] for part in parts if part]
        labels = [found for found in labels if any(label.startswith("gemspec-") for label in found)]
        found = labels[0] if labels else self.memory.resources[name].get("labels", {})
        return found.get("gemspec-project")

    def long(self, name: str) -> str:
        """The name of a resource as the service's answers write it."""
        return name if self.kind == "gemini" else f"projects/77/{self.short(name)}"

    def asked(self, name: str) -> str:
        """The name of a resource as requests write it."""
        return name if self.kind == "gemini" else f"projects/my-project/{self.short(name)}"

    def model_of(self, resource: str) -> str | None:
        """The model that a resource is part of, by the name that gemspec has for it."""
        if self.kind == "gemini" or "/tuningJobs/" in resource:
            return resource
        for name, job in self.memory.resources.items():
            if "/tuningJobs/" in name and resource in str(job.get("tunedModel", {})):
                return name
        labels = self.memory.resources.get(resource, {}).get("labels", {})
        return f"{self.memory.here}/tuningJobs/{labels['gemspec-job']}" if "gemspec-job" in labels else None


def desired(world: World, owner: str) -> list[DesiredModel]:
    """The manifests of a project as the planner takes them."""
    found = []
    for key, manifest in sorted(world.manifests[owner].items()):
        lifecycle = Lifecycle(
            keep_previous=manifest.keep,
            deletion_policy=DeletionPolicy.RETAIN if manifest.retain else DeletionPolicy.DELETE,
        )
        data = None if manifest.adopts and manifest.says == "?" else fingerprint(examples(manifest.says))
        found.append(
            DesiredModel(
                key,
                BaseModel(world.memory.base),
                data,
                settings={"displayName": key},
                lifecycle=lifecycle,
                adopts=Adoption(manifest.adopts, as_declared=data is not None) if manifest.adopts else None,
                moved_from=manifest.moved_from,
            )
        )
    return found


def examples(says: str) -> list[Example]:
    """Data that trains a model to say the same to everybody."""
    return [Example(f"ticket {number}", says) for number in range(3)]


@dataclass
class _Data:
    manifests: Mapping[str, Manifest]

    def examples(self, key: str) -> list[Example]:
        return examples(self.manifests[key].says)

    def validation(self, key: str) -> list[Example]:
        return []


def project_of(owner: str) -> Project:
    """A project with generous limits: the walk is about other promises."""
    return Project(owner, "emulator", Limit(1000), 1000)


async def apply(world: World, owner: str, **flags: Any) -> None:
    """Plan and apply; where keys are blocked, without these, as the plan advises. Judge what became of the service."""
    plan = await plan_of(world, owner, **flags)
    if plan.blocks and plan.excludable and not flags:
        flags = {"excludes": plan.excludable}
        left = {*world.manifests[owner]} - {*plan.excludable}
        plan = await plan_of(world, owner, **flags) if left else plan
    if plan.blocks:
        world.counts["blocked"] += 1
        return
    await carry_out(world, owner, plan, again=bool(flags.get("replace") or flags.get("retry_failed")))
    await settled(world, owner, flags)


async def plan_of(world: World, owner: str, **flags: Any) -> Plan:
    """What gemspec plans for a project now."""
    plan = await refresh(world.provider, desired(world, owner), project_of(owner), PlanOptions(**flags))
    words = [f"{step.action} {step.key} {world.short(step.name or '?')}" for step in plan.steps]
    blocks = [f"{block.rule} {block.key}" for block in plan.blocks]
    world.note(f"{owner} plans {flags or ''}: {words}{f' blocked: {blocks}' if blocks else ''}")
    world.counts["plans"] += 1
    return plan


async def carry_out(world: World, owner: str, plan: Plan, *, again: bool) -> None:
    """Run a plan, and compare what is with what was."""
    memory = world.memory
    answered, before = memory.answering(), snapshot(memory)
    owners = {name: world.owner_of(name) for name in memory.models()}
    models = {name: world.model_of(name) for name in before}
    living = content_of(world, owner)
    served = await serving(world, owner)
    memory.trained.clear()
    world.has_failed |= bool(memory.fails)
    run = Run(plan, world.provider, _Data(world.manifests[owner]), ApplyOptions(), lambda _event: None)
    result = await run.run()
    world.counts["applies"] += 1
    for name, says in memory.trained:
        key = key_of(world, owner, plan, name)
        world.made[name] = Made(owner, key, says)
        world.counts["trainings"] += 1
        if (key, says) in living and not again:
            raise world.lost(f"{says} was trained again for {key}, {world.short(living[key, says])} has it")
    judge_writes(world, owner, plan, before, models, owners)
    judge_answers(world, plan, answered)
    follow(world, owner, plan)
    await judge_serving(world, owner, plan, served)
    for end in result.ended:
        if end.outcome != "done" and not world.has_failed:
            raise world.lost(f"{end.action} {end.key} is {end.outcome}: {end.message}")


def key_of(world: World, owner: str, plan: Plan, name: str) -> str:
    """The key that a training was begun for."""
    text = world.memory.resources[name]
    found = re.search(r" key=([a-z-]+)", text.get("description", "")) if world.kind == "gemini" else None
    return found[1] if found else text.get("labels", {}).get("gemspec-name", "?")


def content_of(world: World, owner: str) -> dict[tuple[str, str], str]:
    """(key, words) -> a living model that the project made for it, and has neither released nor lost to others."""
    found = {}
    for name in world.memory.models():
        made = world.made.get(name)
        if made and made.owner == owner:
            found[made.key, made.says] = name
    return found


def judge_writes(
    world: World,
    owner: str,
    plan: Plan,
    before: Mapping[str, Any],
    models: Mapping[str, str | None],
    owners: Mapping[str, str | None],
) -> None:
    """Nothing was written but what the plan names, and what is the project's."""
    named = {world.short(step.name) for step in plan.steps if step.name}
    taken = {world.short(step.name) for step in plan.steps if step.name and step.action is Action.IMPORT}
    for _verb, resource in world.memory.writes:
        if resource not in before:
            continue
        model = models[resource] or ""
        if world.short(model) not in named:
            raise world.lost(f"{resource} was written, and no step names {model or 'it'}")
        if owners.get(model) not in (owner, None) and world.short(model) not in taken:
            raise world.lost(f"{resource} was written, and belongs to {owners.get(model)}")
        if owners.get(model) is None and world.short(model) not in taken and model not in world.made:
            raise world.lost(f"{resource} was written, and is not gemspec's")
    world.memory.writes.clear()


def judge_answers(world: World, plan: Plan, answered: Mapping[str, str]) -> None:
    """What answered, and does not now, was ended by the plan."""
    ends = {world.short(step.name) for step in plan.steps if step.name and ACTIONS[step.action].effect is Effect.ENDS}
    now = world.memory.answering()
    for name, model in answered.items():
        if name not in now and world.short(model) not in ends:
            raise world.lost(f"{world.short(name)} answers no more, and the plan did not say so")


async def serving(world: World, owner: str) -> dict[str, str]:
    """key -> what its callers hear."""
    inventory = take_inventory(await world.provider.list(), owner)
    answering = {world.short(name) for name in world.memory.answering()}
    found = {}
    for key, lineage in inventory.lineages.items():
        if lineage.serving and world.short(lineage.serving.live.call_name) in answering:
            found[key] = world.memory.data[world.long(lineage.serving.name)]
    return found


async def judge_serving(world: World, owner: str, plan: Plan, served: Mapping[str, str]) -> None:
    """A key that answered goes on answering; under its new name, where it was moved."""
    now = await serving(world, owner)
    moved = {old: key for key, manifest in world.manifests[owner].items() for old in manifest.moved_from}
    for key in served:
        if key in world.manifests[owner] and key not in now and moved.get(key) not in now:
            raise world.lost(f"{key} answered, and does not now")
        if moved.get(key) and moved[key] not in now and key not in now:
            raise world.lost(f"{key} answered, and {moved[key]} does not now")


def follow(world: World, owner: str, plan: Plan) -> None:
    """Note what the plan did to models: moved, taken over, released, gone."""
    for step in plan.steps:
        name = world.long(step.name) if step.name else None
        if name is None or name not in world.made:
            if name and step.action is Action.IMPORT:
                world.made[name] = Made(owner, step.key, world.memory.data.get(name, "?"))
            continue
        if step.action is Action.FORGET:
            del world.made[name]
            world.released.add(name)
        elif step.marker:
            world.made[name] = replace(world.made[name], owner=owner, key=step.key)


async def settled(world: World, owner: str, flags: Mapping[str, Any]) -> None:
    """Where nothing failed the next plan is empty, and the keys say what they were trained to say.

    A model that gets its labels back may go only with the plan after that, since nothing ends it before.
    """
    if world.has_failed or flags.get("replace") or flags.get("from_owner"):
        return
    again = {name: value for name, value in flags.items() if name == "excludes"}
    plan = await plan_of(world, owner, **again)
    if plan.steps and not plan.blocks and world.has_stripped:
        await carry_out(world, owner, plan, again=False)
        plan = await plan_of(world, owner, **again)
    if plan.steps and not plan.blocks:
        raise world.lost("the plan after an apply is not empty")
    now = await serving(world, owner)
    waiting = {key.key for key in plan.keys if key.kind is Kind.BLOCKED} | {*plan.left_out}
    for key, manifest in world.manifests[owner].items():
        if key not in waiting and not plan.blocks and now.get(key) != manifest.says:
            raise world.lost(f"{key} says {now.get(key)}, declared is {manifest.says}")
