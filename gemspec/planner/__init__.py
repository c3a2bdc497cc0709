"""(desired, live, policy) -> plan: a function without I/O, clock or logging, and the heart of gemspec.

`plan` reads as the design's sentence: take inventory, leave out keys that were not asked for, plan every declared key,
plan keys that are no longer declared, keep models that live models were tuned from, apply the policy, order the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain import graph
from gemspec.domain.errors import InputError, Problem
from gemspec.domain.lineage import Inventory, take_inventory
from gemspec.domain.plan import KeyPlan, Plan
from gemspec.planner.blocks import allowances, policy, preflight, whole_project
from gemspec.planner.blocks.renames import Renames
from gemspec.planner.blocks.whole_project import NOWHERE
from gemspec.planner.context import PlanOptions
from gemspec.planner.dependents import keep_parents, leave_records, note_other_accounts
from gemspec.planner.keys import DeclaredKeys
from gemspec.planner.keys.adopt import unadoptable
from gemspec.planner.keys.lost import same_elsewhere
from gemspec.planner.keys.remove import is_ended, left_alone, plan_removed
from gemspec.planner.keys.unread import blocked_renames
from gemspec.planner.takeover import plan_takeover
from gemspec.planner.targeting import left_out

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import Step
    from gemspec.domain.project import Project, Traits

__all__ = ["PlanOptions", "plan"]


def plan(
    desired: Sequence[DesiredModel],
    live: Sequence[LiveModel],
    project: Project,
    traits: Traits,
    options: PlanOptions,
    elsewhere: Mapping[str, Sequence[LiveModel] | None] = NOWHERE,
) -> Plan:
    """Plan what makes `live` match `desired`. The same arguments in any order give the same plan.

    `elsewhere` are the models at other locations of the service, None for a location that cannot be read. They matter
    only while the project owns nothing in `live`.
    Raises errors.InputError when an option names a key that no manifest declares, or a glob that matches no key. The
    manifest reader refuses cycles among parents (graphlib.CycleError here).
    """
    if options.from_owner:
        _check_distinct(project, options.from_owner)
        return plan_takeover(desired, live, project.owner, options.from_owner, traits)
    options = allowances.applied(options, project)
    if options.destroy:
        desired = ()
    _check_named(desired, options)
    inventory = take_inventory(live, project.owner, project.not_ours)
    blocks = preflight.unreadable_markers(inventory, desired, traits)
    blocks += [*preflight.unknown_states(inventory, desired), *preflight.joined_keys(desired, inventory)]
    blocks += unadoptable(desired, inventory, traits)
    every = desired
    spoken_for = {name for model in desired for name in (model.key, *model.moved_from)}
    left = left_out(desired, inventory, blocks, options)
    _check_left(left, options)
    desired = [model for model in desired if model.key not in left]
    stopped = {key for block in blocks for key in (block.key, block.partner) if key}
    blocks += preflight.unsettable_permissions(desired, traits)
    declared = DeclaredKeys(inventory, project.owner, traits, options, stopped=stopped)
    keys = declared.plan_all(desired)
    if options.whole:
        undeclared = [key for key in inventory.every if key not in spoken_for and key not in left]
        keys += [plan for key in undeclared if (plan := left_alone(key, inventory))]
        gone = [inventory.lineages[key] for key in undeclared if is_ended(key, inventory)]
        removed = [plan_removed(lineage, traits, destroys=options.destroy) for lineage in gone]
        keys += [plan for plan, _ in removed]
        blocks += [block for _, block in removed if block]
    else:
        blocks += preflight.partial_moves(desired, inventory)
    blocks = [block for block in blocks if block.key not in left]
    if traits.keeps_failed:
        keys = leave_records(keys)
    keys = note_other_accounts(keys)
    keys, held = keep_parents(sorted(keys, key=lambda key: key.key), inventory.models.values())
    renames = Renames(keys, every, inventory, traits, options)
    held = [block for block in held if block.key not in renames.olds]  # children follow a parent that is renamed
    keys, found = whole_project.judge(keys, every, inventory, project, traits, options, elsewhere)
    blocks += found
    judgements = _apply_policy(keys, renames, _owned(spoken_for, inventory), project, options)
    if not options.destroy:
        blocks += blocked_renames(keys, desired, inventory)
    blocks += [*held, *preflight.taken_ids(keys, inventory), *preflight.used_up(keys)]
    blocks += [*same_elsewhere(keys, desired, inventory), *(block for _, some in judgements for block in some)]
    return Plan(
        owner=project.owner,
        keys=tuple(keys),
        steps=_in_order(keys),
        blocks=allowances.standing(blocks, options),
        seen=len(inventory.models),
        ours=inventory.ours,
        whole=options.whole,
        left_out=tuple(sorted(left)),
        verdicts=tuple(allowances.judged(verdict, some, options) for verdict, some in judgements),
        allowances=tuple(options.lines),
        expired=tuple(line for line in project.allow if line not in options.lines),
        not_ours=project.not_ours,
        is_first=whole_project.is_first(inventory),
    )


def _apply_policy(
    keys: Sequence[KeyPlan], renames: Renames, owned: int, project: Project, options: PlanOptions
) -> list[policy.Judgement]:
    if options.destroy:  # a person confirmed it with the project's name, so no limit applies
        return []
    return [
        renames.judge(),
        policy.limit_deletes(keys, project.max_deletes, owned=owned),
        policy.limit_trainings(keys, project.max_trainings),
    ]


def _owned(spoken_for: Collection[str], inventory: Inventory) -> int:
    """How many keys this project owns: not those that other accounts alone have, and no manifest declares."""
    return sum(key in spoken_for or is_ended(key, inventory) for key in inventory.lineages)


def _in_order(keys: Sequence[KeyPlan]) -> tuple[Step, ...]:
    """Put every step after those that it waits for, otherwise in the order of the keys."""
    steps = [step for key in keys for step in key.steps]
    places = {step.ref: place for place, step in enumerate(steps)}
    waits = {place: [places[ref] for ref in step.waits if ref in places] for place, step in enumerate(steps)}
    return tuple(steps[place] for place in graph.in_order(waits))


def _check_distinct(project: Project, old: str) -> None:
    """Refuse to take over a project that the project file calls another one."""
    if old in project.distinct_from:
        summary = f"--from-owner {old}: metadata.distinctFrom in gemspec.yaml says that it is another project"
        raise InputError([Problem(summary, f"if {old} is this project's old name, take it out of that list first")])


def _check_left(left: Collection[str], options: PlanOptions) -> None:
    """Refuse flags that name a key which --target or --exclude leaves out."""
    if named := sorted(flag for flag in _named(options) if flag[1] in left):
        raise InputError(Problem(f"{flag} {key}: the plan leaves this key out") for flag, key in named)


def _check_named(desired: Sequence[DesiredModel], options: PlanOptions) -> None:
    declared = {model.key for model in desired}
    if unknown := sorted(flag for flag in _named(options) if flag[1] not in declared):
        raise InputError(Problem(f"{flag} {key}: no manifest declares this key") for flag, key in unknown)


def _named(options: PlanOptions) -> list[tuple[str, str]]:
    """The keys that flags name, each with its flag."""
    asked = {"--replace": options.replace, "--accept": options.accept, "--undelete": options.undelete}
    return [(flag, key) for flag, keys in asked.items() for key in keys]
