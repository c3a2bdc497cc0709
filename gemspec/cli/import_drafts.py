"""Drafts of manifests for models that exist: reads the service, decides which models can be imported, and gives each a
key and a file. `commands.import_` writes them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.cli import session
from gemspec.domain.errors import GemspecError, InputError, Problem
from gemspec.domain.lineage import key_in, take_inventory
from gemspec.domain.marker import Absent, Marker
from gemspec.manifest import load
from gemspec.manifest.discovery.filesystem import shown
from gemspec.manifest.export import importable
from gemspec.manifest.export.placement import Places
from gemspec.manifest.export.writer import write
from gemspec.planner.messages import import_line
from gemspec.providers import registry
from gemspec.util.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.model import LiveModel
    from gemspec.manifest import Workspace
    from gemspec.manifest.export.writer import Written
    from gemspec.providers.base import Provider
    from gemspec.providers.spec import ProviderSpec

OTHERS = "it belongs to another account"


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest to be written: the model `name`, its key, and the file."""

    name: str
    key: str
    path: Path
    manifest: Written


@dataclass(frozen=True, slots=True)
class ImportContext:
    """The project's manifests and places, all models that are listed, and those that the command line names."""

    workspace: Workspace
    places: Places
    models: Sequence[LiveModel]
    named: Mapping[str, LiveModel | None]

    @property
    def owner(self) -> str:
        """The project's name."""
        return self.workspace.project.owner

    @property
    def service(self) -> ProviderSpec:
        """What is known of the project's provider."""
        return registry.of(self.workspace.project)

    def refusal(self, live: LiveModel) -> importable.Refusal | None:
        """Say why a model cannot be imported here."""
        return importable.refusal(live, self.owner, self.workspace.desired, self.service.traits.words)

    def taken(self) -> dict[str, str]:
        """The keys that no import can get: key -> why, as what follows `but`."""
        desired = self.workspace.desired
        held = dict.fromkeys(take_inventory(self.models, self.owner).lineages, f"{self.owner} has models of that key")
        moved = {old: f"{model.origin} moved {model.key} from it" for model in desired for old in model.moved_from}
        return {**held, **moved, **{model.key: f"{model.origin} declares it" for model in desired}}

    def leaves_out(self, live: LiveModel, held: Collection[str]) -> str | None:
        """Say why --all leaves out a model that could be imported by its name; None where it does not. `held` are the
        keys that this project has.
        """
        if live.is_own is False:
            return OTHERS
        words = self.belongs(live, held)
        return f"it {words[0].removeprefix(live.name).strip()}: {words[1]}" if words else None

    def belongs(self, live: LiveModel, held: Collection[str]) -> tuple[str, str] | None:
        """Say that a model was one of a key that this project has, and what takes it back; None where it was not."""
        was = live.trained_as
        key = was.key if was and was.owner == self.owner else key_in(live.name)
        if key is None or key not in held or not isinstance(live.marker, Absent):
            return None
        how = "was released" if live.marker.released else "lost its marker"
        return f"{live.name} may be a model of {key} that {how}", f"to take it back, {import_line(key, live.name)}"


def read_context(names: Collection[str], project: str | None, endpoint: str | None) -> ImportContext:
    """Load the project and list the service; `names` are read singly, since the list may lack some of them."""
    workspace = load((), project=project, allow_empty=True)

    async def use(provider: Provider) -> tuple[list[LiveModel], dict[str, LiveModel | None]]:
        return await provider.list(), {name: await provider.get(name) for name in names}

    models, named = session.with_provider(workspace.project, workspace.folder, endpoint, use)
    return ImportContext(workspace, Places.of(workspace, project), models, named)


def draft_named(context: ImportContext, key: str | None, out: Path | None) -> list[Draft]:
    """Draft a manifest for each model that was named; `key` and `out` go with a single model.

    Raises GemspecError with all problems of all of them; then no manifest is written.
    """
    problems = [problem for name, live in context.named.items() if (problem := _problem(context, name, live))]
    if len(problems) == 1:
        raise GemspecError(problems[0].summary, problems[0].detail)
    if problems:
        raise InputError(problems)
    models, taken = [live for live in context.named.values() if live], context.taken()
    if len(models) > 1:
        return _draft_each(context, models, taken)
    if key is None and (words := context.belongs(models[0], taken)):
        raise GemspecError(*words)
    key = key or _derived(models[0])
    if key in taken:
        hint = f"choose another: gemspec import {models[0].name} --key KEY"
        raise GemspecError(f"{models[0].name} would get the key {key}, but {taken[key]}", hint)
    return [_draft(context, models[0], key, out)]


def draft_all(context: ImportContext) -> tuple[list[Draft], dict[str, str]]:
    """Draft a manifest for every listed model that no project owns, and no other account.

    The second is of the others, name -> why not, as what follows `because`, without those that this project manages.
    """
    drafts: list[Draft] = []
    skipped: dict[str, str] = {}
    taken = context.taken()
    held = frozenset(taken)
    for live in context.models:
        if isinstance(live.marker, Marker) and live.marker.owner == context.owner:
            continue
        if reason := context.leaves_out(live, held):
            skipped[live.name] = reason
            continue
        if refusal := context.refusal(live):
            skipped[live.name] = f"it {refusal.reason}"
            continue
        try:
            drafts += _draft_each(context, [live], taken)
        except GemspecError as error:
            skipped[live.name] = f"{error.summary} ({error.hint})" if error.hint else error.summary
    return drafts, skipped


def _draft_each(context: ImportContext, models: Sequence[LiveModel], taken: dict[str, str]) -> list[Draft]:
    """Draft several manifests; each key that is given away is added to `taken`."""
    drafts = []
    for live in models:
        draft = _draft(context, live, importable.free_key(_derived(live), taken), None)
        if os.path.lexists(draft.path):
            raise GemspecError(
                f"{shown(draft.path)} exists already", f"`gemspec import {live.name} --out FILE` writes another"
            )
        taken[draft.key] = "it was just given away"
        drafts.append(draft)
    return drafts


def _draft(context: ImportContext, live: LiveModel, key: str, out: Path | None) -> Draft:
    path = out or context.places.path(key)
    if path is None:
        raise GemspecError("spec.manifests names no file that a new manifest could be", "name one with --out")
    return Draft(live.name, key, path, write(live, key, context.service))


def _derived(live: LiveModel) -> str:
    return importable.derived_key(live.name, str(live.settings.get("displayName", "")))


def _problem(context: ImportContext, name: str, live: LiveModel | None) -> Problem | None:
    if live is None:
        guess = did_you_mean(name.rpartition("/")[2], [model.name.rpartition("/")[2] for model in context.models])
        advice = guess or "`gemspec import --all` writes a manifest for each that can be seen and is nobody's"
        return Problem(f"there is no model {name}, or these credentials cannot see it", advice)
    refusal = context.refusal(live)
    return Problem(f"{name} {refusal.reason}", refusal.hint) if refusal else None
