"""Blocks plans that look like another project than the one whose models they change. Pure.

Two repositories may have one project name: then each would delete what the other has. And a project that was renamed,
or that names another location of the service, owns nothing there: it would train everything again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Marker
from gemspec.domain.overrides import RELOCATED, RENAMED, UNDECLARED, flag_hint
from gemspec.domain.plan import Action, Block
from gemspec.identity import hashing
from gemspec.planner import messages
from gemspec.planner.blocks.repeats import Repeats
from gemspec.planner.keys.matching import looks_like
from gemspec.planner.keys.remove import is_ended
from gemspec.planner.pairing import pair, similarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Inventory, Lineage
    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.plan import KeyPlan
    from gemspec.domain.project import Project, Traits
    from gemspec.planner.context import PlanOptions

NOWHERE: Mapping[str, Sequence[LiveModel] | None] = {}


def judge(
    keys: Sequence[KeyPlan],
    desired: Sequence[DesiredModel],
    inventory: Inventory,
    project: Project,
    traits: Traits,
    options: PlanOptions,
    elsewhere: Mapping[str, Sequence[LiveModel] | None],
) -> tuple[list[KeyPlan], list[Block]]:
    """Block a plan that looks like another project's; else note single keys that look so."""
    if options.destroy:
        return list(keys), []
    blocks = repeated_project(keys, desired, inventory, project, traits, options, elsewhere)
    if blocks:
        return list(keys), blocks
    keys = note_repeats(keys, inventory, project, elsewhere)
    return keys, all_undeclared(desired, inventory, options) if any(key.steps for key in keys) else []


def all_undeclared(desired: Sequence[DesiredModel], inventory: Inventory, options: PlanOptions) -> list[Block]:
    """Report that the manifests, although there are some, declare none of the keys that the project owns.

    Flags that leave out keys change nothing: to train beside another repository's models is no better.
    """
    declared = {name for model in desired for name in (model.key, *model.moved_from)}
    owned = _owned(inventory)
    has_declared = any(not _has_failed(lineage) for key, lineage in inventory.every.items() if key in declared)
    if not options.whole or not desired or not owned or has_declared or UNDECLARED in options.allowed:
        return []
    there = [generation for key in owned for generation in inventory.lineages[key].generations]
    if any(looks_like(model, generation) for model in desired for generation in there):
        return []  # a rename, which has a block of its own
    some = messages.some(owned)
    return [
        Block(
            rule=UNDECLARED,
            summary=f"project {inventory.owner} owns {some} here, and the manifests declare none of them: they may be "
            "those of another repository with the same project name",
            hint="if this is another project: write another name under metadata in gemspec.yaml\n"
            "if its keys were renamed: write `movedFrom: OLD-KEY` under the metadata of each\n"
            f"{flag_hint(UNDECLARED)}",
        )
    ]


def is_first(inventory: Inventory) -> bool:
    """Whether there is nothing of this project here. Failed trainings do not count."""
    return all(map(_has_failed, inventory.every.values()))


def repeated_project(
    keys: Sequence[KeyPlan],
    desired: Sequence[DesiredModel],
    inventory: Inventory,
    project: Project,
    traits: Traits,
    options: PlanOptions,
    elsewhere: Mapping[str, Sequence[LiveModel] | None],
) -> list[Block]:
    """Report a first plan that would train just what another project has here, or this project at another location. A
    plan after a takeover that was interrupted counts as a first plan, where the ids of models show it.
    """
    blocks = []
    # Anybody may share a model that bears any name: only models of this account stop a plan.
    own = [model for model in inventory.models.values() if model.is_own is not False]
    others = {model.marker.owner for model in own if isinstance(model.marker, Marker)}
    for other in sorted(others - {project.owner, *project.distinct_from}):
        if not is_first(inventory) and not _took_from(inventory, other):
            continue
        theirs = take_inventory(own, other)
        pairs = _repeats(keys, desired, theirs, options)
        if pairs is not None and RENAMED not in options.allowed:
            blocks.append(_renamed(pairs, desired, project, other))
    for location, models in sorted(elsewhere.items()) if is_first(inventory) else ():
        ours = take_inventory(models or (), project.owner)
        if _repeats(keys, desired, ours, options) is not None and RELOCATED not in options.allowed:
            blocks.append(_relocated(location, ours, traits))
    return blocks


def note_repeats(
    keys: Sequence[KeyPlan],
    inventory: Inventory,
    project: Project,
    elsewhere: Mapping[str, Sequence[LiveModel] | None],
) -> list[KeyPlan]:
    """Note single keys that another project, or this project at another location, was trained on as they would be."""
    ours = {location: take_inventory(models or (), project.owner) for location, models in sorted(elsewhere.items())}
    noted = [replace(key, notes=(*key.notes, *_notes(key, inventory, project, ours))) for key in keys]
    unread = sorted(location for location, models in elsewhere.items() if models is None)
    first = next((key.key for key in noted if key.step(Action.CREATE)), None)
    if not unread or first is None:
        return noted
    note = messages.unread_locations_note(unread)
    return [replace(key, notes=(*key.notes, note)) if key.key == first else key for key in noted]


def _notes(key: KeyPlan, inventory: Inventory, project: Project, ours: Mapping[str, Inventory]) -> Iterable[str]:
    create = key.step(Action.CREATE)
    if create is None or key.generations:
        return
    for other in inventory.foreign.get((create.key, create.train), ()):
        if other.marker.owner not in project.distinct_from:
            yield messages.other_project_note(other.name, other.marker.owner)
            break
    for location, there in ours.items():
        for generation in there.lineage(key.key).generations:
            if generation.marker.train == create.train and not generation.is_failed:
                yield messages.other_location_note(generation.name, location)


def _owned(inventory: Inventory) -> list[str]:
    """The keys that this project has: not those of failed trainings alone, nor those that only other accounts have."""
    return [key for key, lineage in inventory.lineages.items() if is_ended(key, inventory) and not _has_failed(lineage)]


def _took_from(inventory: Inventory, other: str) -> bool:
    """Whether a model of ours was made for another project."""
    return any(
        generation.name.rpartition("/")[2] == hashing.remote_id(other, generation.marker.key, generation.marker.train)
        for lineage in inventory.lineages.values()
        for generation in lineage.generations
    )


def _has_failed(lineage: Lineage) -> bool:
    return all(generation.is_failed for generation in (*lineage.generations, *lineage.unlabelled))


def _repeats(
    keys: Sequence[KeyPlan], desired: Sequence[DesiredModel], theirs: Inventory, options: PlanOptions
) -> dict[str, str] | None:
    """Pair the keys that would be trained with theirs, of which each would repeat a model: new -> old. None where not
    all of them would, or nothing would be trained.
    """
    there = {
        key: [generation for generation in lineage.generations if not generation.is_failed]
        for key, lineage in theirs.lineages.items()
    }
    repeats = Repeats(keys, desired, there, options)
    names = {model.key: (model.key, *model.moved_from) for model in desired}
    choices = {}
    for new in repeats.news:
        olds = repeats.of(new)
        named = [old for old in names[new] if old in olds]
        choices[new] = {old: (False, -similarity(old, new)) for old in named or olds}
    pairs = pair(choices)
    return pairs if pairs and len(pairs) == len(repeats.news) else None


def _renamed(pairs: Mapping[str, str], desired: Sequence[DesiredModel], project: Project, other: str) -> Block:
    moved = {model.key: model.moved_from for model in desired}
    lines = [
        f"`{messages.moved_line((*moved[new], old))}` under the metadata of {new}"
        for new, old in sorted(pairs.items())
        if old not in (new, *moved[new])
    ]
    first = f"write {', '.join(lines)}, then " if lines else ""
    distinct = ", ".join((*project.distinct_from, other))
    return Block(
        rule=RENAMED,
        summary=f"all that would be trained ({messages.some(sorted(pairs))}) is what project {other} has here: "
        f"{project.owner} looks like its new name",
        hint=f"if {other} is its old name: {first}`gemspec import --from-owner {other}` takes its models over without "
        f"a training\nif {other} is another project: write `distinctFrom: [{distinct}]` under metadata in gemspec.yaml",
    )


def _relocated(location: str, ours: Inventory, traits: Traits) -> Block:
    return Block(
        rule=RELOCATED,
        summary=f"all that would be trained is what project {ours.owner} has in {location} already "
        f"({messages.some(list(ours.lineages))})",
        hint=f"to go on with those models: {traits.words.at_location(location)}\n{flag_hint(RELOCATED)}",
    )
