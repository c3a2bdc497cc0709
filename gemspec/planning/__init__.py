"""(desired, live, policy) -> plan: a function without I/O, clock or logging, and the heart of gemspec.

`plan` reads as the design's sentence: take inventory, plan every declared key (parents before children, since a
child's hash
needs its parent's generation), plan what is no longer declared, hold what others stand on, ask the policy, put steps
in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemspec import graph, policy
from gemspec.errors import InputError, Problem
from gemspec.model import ParentKey, Traits
from gemspec.plan import Action, Block, KeyPlan, Kind, Plan
from gemspec.planning import trouble
from gemspec.planning.declared import plan_declared
from gemspec.planning.holds import hold_parents
from gemspec.planning.inventory import Inventory, take_inventory
from gemspec.planning.pairing import is_equal, train_of
from gemspec.planning.removed import plan_removed
from gemspec.planning.setting import Parent, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.model import DesiredModel, LiveModel, Project
    from gemspec.plan import Step, StepRef

__all__ = ["Options", "plan"]


@dataclass(frozen=True, slots=True)
class Options:
    """What people ask of one plan. `whole`: the manifests are all there is, so that what they leave out goes."""

    whole: bool = True
    retry_failed: bool = False
    replace: frozenset[str] = frozenset()


def plan(
    desired: Sequence[DesiredModel],
    live: Sequence[LiveModel],
    project: Project,
    traits: Traits,
    options: Options = Options(),
) -> Plan:
    """Plan what makes `live` match `desired`. The same arguments in any order give the same plan.

    Raises errors.InputError when --replace names a key that nothing declares. Cycles among parents are the manifest
    reader's to refuse (graphlib.CycleError here).
    """
    _check_replace(desired, options)
    inventory = take_inventory(live, project.owner)
    blocks = trouble.unreadable_markers(inventory, desired)
    blocks += [*trouble.unknown_states(inventory), *trouble.joined_keys(desired, inventory)]
    stopped = {block.key for block in blocks if block.key}
    blocks += trouble.unsettable_permissions(desired, traits)
    declared = _Declared(inventory, project.owner, traits, options, stopped=stopped)
    keys = declared.plan_all(desired)
    if options.whole:
        removed = [plan_removed(inventory.lineages[key]) for key in _gone(desired, inventory)]
        keys += [plan for plan, _ in removed]
        blocks += [block for _, block in removed if block]
    else:
        blocks += trouble.partial_moves(desired, inventory)
    keys, held = hold_parents(sorted(keys, key=lambda one: one.key), inventory.models.values())
    blocks += [*held, *trouble.taken_ids(keys, inventory), *_ask_policy(keys, desired, inventory, project, options)]
    return Plan(
        owner=project.owner,
        keys=tuple(keys),
        steps=_in_order(keys),
        blocks=tuple(blocks),
        seen=len(inventory.models),
        ours=inventory.ours,
        whole=options.whole,
    )


class _Declared:
    """Plans declared keys, parents before children, remembering which generation each key settled on."""

    def __init__(
        self, inventory: Inventory, owner: str, traits: Traits, options: Options, *, stopped: set[str]
    ) -> None:
        self._inventory = inventory
        self._owner = owner
        self._traits = traits
        self._options = options
        self._stopped = stopped
        self._plans: dict[str, KeyPlan] = {}

    def plan_all(self, desired: Sequence[DesiredModel]) -> list[KeyPlan]:
        by_key = {one.key: one for one in desired}
        waits = {one.key: [one.source.key] if isinstance(one.source, ParentKey) else [] for one in desired}
        for key in graph.in_order(waits):
            self._plans[key] = self._plan(by_key[key])
        return list(self._plans.values())

    def _plan(self, desired: DesiredModel) -> KeyPlan:
        lineage = self._inventory.lineage(desired.key)
        if desired.moved_from:
            lineage = lineage.joined(self._inventory.lineage(desired.moved_from))
        current = lineage.serving.live if lineage.serving else None
        if desired.key in self._stopped:
            reason = "its models on the service must be put in order first"
            return KeyPlan(desired.key, Kind.BLOCKED, reason, current=current)
        parent, ready = self._parent(desired)
        if isinstance(desired.source, ParentKey) and parent is None:
            reason = f"it waits for {desired.source.key}, which it is tuned from: no model of it can be used yet"
            return KeyPlan(desired.key, Kind.BLOCKED, reason, current=current)
        setting = Setting(
            owner=self._owner,
            traits=self._traits,
            taken=self._inventory.models.keys(),
            again=desired.key in self._options.replace,
            retry=self._options.retry_failed,
            parent=parent,
            parent_ready=ready,
        )
        planned = plan_declared(desired, lineage, setting)
        notes = (*planned.notes, *self._alone_notes(desired, planned, parent), *self._foreign_notes(planned))
        return replace(planned, generations=tuple(one.live for one in lineage.generations), notes=notes)

    def _alone_notes(self, desired: DesiredModel, planned: KeyPlan, parent: Parent | None) -> tuple[str, ...]:
        """A child that is trained without its parent's manifest at hand may have to be trained again with it."""
        key = desired.source.key if isinstance(desired.source, ParentKey) else ""
        if parent is None or key in self._plans or not planned.step(Action.CREATE):
            return ()
        return (
            f"{key} is not part of this plan: {parent.name}, which serves, is tuned from, whatever its manifest says",
        )

    def _foreign_notes(self, planned: KeyPlan) -> tuple[str, ...]:
        """Two projects may train the same side by side; but it may also be one project under a new name."""
        create = planned.step(Action.CREATE)
        other = self._inventory.foreign.get((create.key, create.train)) if create else None
        if other is None:
            return ()
        owner = other.marker.owner
        return (f"{other.name} of project {owner} was trained on just this: was the project {owner} renamed?",)

    def _parent(self, desired: DesiredModel) -> tuple[Parent | None, StepRef | None]:
        """Which generation of the parent key to tune from, and the step after which that can begin."""
        if not isinstance(desired.source, ParentKey):
            return None, None
        parent = self._plans.get(desired.source.key)
        if parent is None:  # not among the manifests that were named: the generation that serves is meant
            lineage = self._inventory.lineage(desired.source.key)
            serving = lineage.serving
            is_changing = any(one.is_creating and serving and one.rank > serving.rank for one in lineage.generations)
            return (Parent(serving.marker.train, serving.name) if serving and not is_changing else None), None
        if parent.target is None or parent.kind is Kind.FAILED:
            return None, None
        return Parent(parent.target, parent.target_name), _ready(parent)


def _ready(parent: KeyPlan) -> StepRef | None:
    """The parent's promotion, where one is planned; else its training."""
    step = parent.step(Action.PROMOTE) or parent.step(Action.AWAIT)
    return step.ref if step else None


def _gone(desired: Sequence[DesiredModel], inventory: Inventory) -> list[str]:
    """Keys of ours that no manifest declares, nor moves from."""
    spoken_for = {one.key for one in desired} | {one.moved_from for one in desired}
    return [key for key in inventory.lineages if key not in spoken_for]


def _ask_policy(
    keys: Sequence[KeyPlan],
    desired: Sequence[DesiredModel],
    inventory: Inventory,
    project: Project,
    options: Options,
) -> list[Block]:
    return [
        *policy.find_renames(_renames(keys, desired, inventory, options)),
        *policy.limit_deletes(keys, project.max_deletes, owned=len(inventory.lineages)),
        *policy.limit_trainings(keys, project.max_trainings),
    ]


def _renames(
    keys: Sequence[KeyPlan], desired: Sequence[DesiredModel], inventory: Inventory, options: Options
) -> Mapping[str, DesiredModel]:
    """The key that goes -> the new key that would be trained on the same content."""
    creates = {one.key: one.step(Action.CREATE) for one in keys if one.kind is Kind.CREATE}
    created = {key: _parent_of(step) for key, step in creates.items() if key not in options.replace}
    gone = [one.key for one in keys if one.kind in (Kind.DELETE, Kind.FORGET)]
    return {
        key: one
        for one in desired
        if one.key in created
        for key in gone
        if _holds_same(inventory, key, one, created[one.key])
    }


def _parent_of(create: Step | None) -> Parent | None:
    train = create.marker.parent if create and create.marker else None
    return Parent(train, None) if train else None


def _holds_same(inventory: Inventory, key: str, desired: DesiredModel, parent: Parent | None) -> bool:
    return any(
        one.marker.train == train_of(desired, parent, one.marker.attempt) or is_equal(desired, one, parent)
        for one in inventory.lineages[key].generations
    )


def _in_order(keys: Sequence[KeyPlan]) -> tuple[Step, ...]:
    """Every step after those it waits for; among the free ones, as the keys list them."""
    steps = [step for key in keys for step in key.steps]
    places = {step.ref: place for place, step in enumerate(steps)}
    waits = {place: [places[ref] for ref in step.waits if ref in places] for place, step in enumerate(steps)}
    return tuple(steps[place] for place in graph.in_order(waits))


def _check_replace(desired: Sequence[DesiredModel], options: Options) -> None:
    unknown = options.replace - {one.key for one in desired}
    if unknown:
        raise InputError(Problem(f"--replace {key}: no manifest declares this key") for key in sorted(unknown))
