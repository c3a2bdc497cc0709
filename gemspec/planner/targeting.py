"""Decides which keys a plan leaves out: --target and --exclude, and keys that depend on those. Pure.

The parents of a targeted key are planned with it, and the children of an excluded key are left out with it, so that no
model is trained from a parent that is about to change. An undeclared key is left out together with a key that looks
like its new name.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gemspec.domain.errors import InputError, Problem
from gemspec.domain.model import ParentKey
from gemspec.planner.keys.matching import looks_like

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Inventory
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import Block
    from gemspec.planner.context import PlanOptions


def left_out(
    desired: Sequence[DesiredModel], inventory: Inventory, blocks: Iterable[Block], options: PlanOptions
) -> frozenset[str]:
    """Give the keys that this plan leaves out. Raises InputError for a glob that matches no key.

    The known keys are those that a manifest declares, that we have on the service, or that a block names.
    """
    if not options.targets and not options.excludes:
        return frozenset()
    declared = {model.key: model for model in desired}
    moved = {old: model.key for model in desired for old in model.moved_from}
    known = declared.keys() | inventory.lineages.keys() | {block.key for block in blocks if block.key}
    names = {name: moved.get(name, name) for name in known | moved.keys()}
    _refuse_unmatched(names, options)
    chosen = _matching(names, options.targets) if options.targets else set(names.values())
    if options.targets:
        chosen |= _ancestors(chosen, declared)
    excluded = _matching(names, options.excludes)
    excluded |= {key for key in declared if _ancestors([key], declared) & excluded}
    left = (known - chosen) | excluded
    return frozenset(left | _old_names(declared, inventory, left))


def _matching(names: Mapping[str, str], globs: Iterable[str]) -> set[str]:
    """The keys that these globs match, by their present name or by the name that they were moved from."""
    return {key for glob in globs for name, key in names.items() if fnmatchcase(name, glob)}


def _refuse_unmatched(names: Mapping[str, str], options: PlanOptions) -> None:
    asked = [*(("--target", glob) for glob in options.targets), *(("--exclude", glob) for glob in options.excludes)]
    wrong = [(flag, glob) for flag, glob in asked if not _matching(names, [glob])]
    if wrong:
        some = ", ".join(sorted(names)[:8]) + (", ..." if len(names) > 8 else "")
        hint = f"the keys are {some}" if names else "there are no keys"
        raise InputError(Problem(f"{flag} {glob}: no key matches", hint) for flag, glob in wrong)


def _ancestors(keys: Collection[str], declared: Mapping[str, DesiredModel]) -> set[str]:
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        model = declared.get(waiting.pop())
        if model and isinstance(model.source, ParentKey) and model.source.key not in found:
            found.add(model.source.key)
            waiting.append(model.source.key)
    return found


def _old_names(declared: Mapping[str, DesiredModel], inventory: Inventory, left: Collection[str]) -> set[str]:
    """Undeclared keys with the model that a key which is left out would train. That may be a rename, and its two keys
    have to be planned together.
    """
    new = [model for key, model in declared.items() if key in left and not inventory.lineage(key).generations]
    return {
        key
        for key, lineage in inventory.lineages.items()
        if key not in declared
        for model in new
        if any(looks_like(model, generation) for generation in lineage.generations)
    }
