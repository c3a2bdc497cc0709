"""How `gemspec import` gets from models on the service to drafts of manifests: it looks, judges, and finds each a key
and a file. `import_command` writes them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.cli import session
from gemspec.domain.errors import GemspecError, InputError, Problem
from gemspec.domain.lineage import take_inventory
from gemspec.domain.model import Marker
from gemspec.manifest import load
from gemspec.manifest.discovery.filesystem import shown
from gemspec.manifest.export import importable
from gemspec.manifest.export.placement import Places
from gemspec.manifest.export.writer import write
from gemspec.util.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.model import LiveModel
    from gemspec.manifest import Workspace
    from gemspec.manifest.export.writer import Written
    from gemspec.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest that is to be written: of the model `name`, under which key, into which file."""

    name: str
    key: str
    path: Path
    manifest: Written


@dataclass(frozen=True, slots=True)
class Scene:
    """The project's manifests and places, all models that are listed, and those that were asked for by name."""

    workspace: Workspace
    places: Places
    models: Sequence[LiveModel]
    named: Mapping[str, LiveModel | None]

    @property
    def owner(self) -> str:
        """The project's name."""
        return self.workspace.project.owner

    def refusal(self, live: LiveModel) -> importable.Refusal | None:
        """Say why a model cannot be imported here."""
        return importable.refusal(live, self.owner, self.workspace.desired)

    def taken(self) -> dict[str, str]:
        """The keys that no import can get: key -> why, as what follows `but`."""
        desired = self.workspace.desired
        held = dict.fromkeys(take_inventory(self.models, self.owner).lineages, f"{self.owner} has models of that key")
        moved = {one.moved_from: f"{one.origin} moved {one.key} from it" for one in desired if one.moved_from}
        return {**held, **moved, **{one.key: f"{one.origin} declares it" for one in desired}}


def look(names: Collection[str], project: str | None, endpoint: str | None) -> Scene:
    """Load the project and list the service; `names` are read one by one, since the list need not show them all."""
    workspace = load((), project=project, allow_empty=True)

    async def use(provider: Provider) -> tuple[list[LiveModel], dict[str, LiveModel | None]]:
        return await provider.list(), {name: await provider.get(name) for name in names}

    models, named = session.with_provider(workspace.project, workspace.folder, endpoint, use)
    return Scene(workspace, Places.of(workspace, project), models, named)


def draft_named(scene: Scene, key: str | None, out: Path | None) -> list[Draft]:
    """Draft a manifest for each model that was named; `key` and `out` are those of the one.

    Raises GemspecError, with everything that is in the way of any of them: then none is to be written.
    """
    problems = [problem for name, live in scene.named.items() if (problem := _problem(scene, name, live))]
    if len(problems) == 1:
        raise GemspecError(problems[0].summary, problems[0].detail)
    if problems:
        raise InputError(problems)
    models, taken = [live for live in scene.named.values() if live], scene.taken()
    if len(models) > 1:
        return _draft_each(scene, models, taken)
    key = key or _derived(models[0])
    if key in taken:
        hint = f"choose another: gemspec import {models[0].name} --key KEY"
        raise GemspecError(f"{models[0].name} would get the key {key}, but {taken[key]}", hint)
    return [_draft(scene, models[0], key, out)]


def draft_all(scene: Scene) -> tuple[list[Draft], dict[str, str]]:
    """Draft a manifest for every listed model that is nobody's yet.

    The second is of the others, name -> why not, as what follows `because`, without those that this project manages.
    """
    drafts: list[Draft] = []
    skipped: dict[str, str] = {}
    taken = scene.taken()
    for live in scene.models:
        if isinstance(live.marker, Marker) and live.marker.owner == scene.owner:
            continue
        if refusal := scene.refusal(live):
            skipped[live.name] = f"it {refusal.reason}"
            continue
        try:
            drafts += _draft_each(scene, [live], taken)
        except GemspecError as error:
            skipped[live.name] = f"{error.summary} ({error.hint})" if error.hint else error.summary
    return drafts, skipped


def _draft_each(scene: Scene, models: Sequence[LiveModel], taken: dict[str, str]) -> list[Draft]:
    """Draft several, each under a key of its own, which is then among those taken."""
    drafts = []
    for live in models:
        draft = _draft(scene, live, importable.free_key(_derived(live), taken), None)
        if os.path.lexists(draft.path):
            raise GemspecError(
                f"{shown(draft.path)} exists already", f"`gemspec import {live.name} --out FILE` writes another"
            )
        taken[draft.key] = "it was just given away"
        drafts.append(draft)
    return drafts


def _draft(scene: Scene, live: LiveModel, key: str, out: Path | None) -> Draft:
    path = out or scene.places.path(key)
    if path is None:
        raise GemspecError("spec.manifests names no file that a new manifest could be", "name one with --out")
    return Draft(live.name, key, path, write(live, key))


def _derived(live: LiveModel) -> str:
    return importable.derived_key(live.name, str(live.settings.get("displayName", "")))


def _problem(scene: Scene, name: str, live: LiveModel | None) -> Problem | None:
    if live is None:
        guess = did_you_mean(name.rpartition("/")[2], [model.name.rpartition("/")[2] for model in scene.models])
        advice = guess or "`gemspec import --all` writes a manifest for each that can be seen and is nobody's"
        return Problem(f"there is no model {name}, or these credentials cannot see it", advice)
    refusal = scene.refusal(live)
    return Problem(f"{name} {refusal.reason}", refusal.hint) if refusal else None
