"""Shared by commands that talk to a service: the project and its provider, an event loop, the model that serves a key,
and facts about the terminal.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gemspec.api.connection import connected, limited, make_plan
from gemspec.cli import signals
from gemspec.domain.errors import GemspecError, InputError, Problem, Severity
from gemspec.domain.lineage import take_inventory
from gemspec.planner import PlanOptions
from gemspec.render.layout import Look, Style, can_draw
from gemspec.util.text import did_you_mean
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from gemspec.cli.options import PlanningFlags
    from gemspec.domain.lineage import Inventory, Lineage
    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import Plan
    from gemspec.domain.project import Project
    from gemspec.manifest import Workspace
    from gemspec.providers.base import Provider
    from gemspec.reports.plan import PlanDocument

Answer = TypeVar("Answer")

UNTOUCHED = "Nothing was changed on the service."

_AGAIN = "`gemspec apply` deploys again what is there, without a training"


def with_provider(
    project: Project, folder: Path, endpoint: str | None, use: Callable[[Provider], Awaitable[Answer]]
) -> Answer:
    """Open the project's provider, run `use` on it in an event loop of its own, and give its answer.

    Raises signals.Interrupted where a signal has cancelled it.
    """

    async def session() -> Answer:
        async with connected(project, folder, endpoint) as provider:
            return await use(provider)

    signals.set_message(UNTOUCHED)
    return signals.run(session)


def list_models(project_file: str | None, endpoint: str | None) -> tuple[Project, list[LiveModel]]:
    """Read every model of the project's service, for commands that need no manifests."""
    from gemspec.manifest import load_project

    folder, project = load_project(project=project_file)
    return project, with_provider(project, folder, endpoint, lambda provider: provider.list())


def load_workspace(
    paths: Sequence[str] = (), project: str | None = None, *, allow_empty: bool = False, policy: str | None = None
) -> Workspace:
    """Read the manifests that PATHs name, with `-` from standard input; show warnings."""
    from gemspec.manifest import load

    stdin = sys.stdin.buffer if "-" in paths else None
    workspace = load(paths, project=project, allow_empty=allow_empty, stdin=stdin, policy=policy)
    show_warnings(workspace.warnings)
    return workspace


def load_planned(flags: PlanningFlags, paths: Sequence[str] | None = None) -> Workspace:
    """Read the manifests of a command that plans; `paths` are its PATHs without a saved plan."""
    named = flags.paths if paths is None else paths
    return load_workspace(named, flags.project, allow_empty=flags.allow_empty, policy=flags.policy_from)


def plan_workspace(
    workspace: Workspace, flags: PlanningFlags, approved: frozenset[tuple[str, str]] | None = None
) -> tuple[Plan, PlanDocument]:
    """Read the service and plan by the flags; the plan, and the document that it is drawn from.

    `approved` are the trainings that a person has approved.
    """
    options = PlanOptions(
        whole=workspace.whole,
        retry_failed=flags.retry_failed,
        replace=frozenset(flags.replace),
        undelete=frozenset(flags.undelete),
        targets=flags.targets,
        excludes=flags.excludes,
        allowed=frozenset(flags.allow),
        approved=approved,
    )
    workspace = limited(workspace, flags.max_deletes, flags.max_trainings)
    return plan_with(workspace, flags.endpoint, options)


def plan_with(workspace: Workspace, endpoint: str | None, asked: PlanOptions) -> tuple[Plan, PlanDocument]:
    """Read the service and plan with these options: the plan, and its document."""

    async def use(provider: Provider) -> tuple[Plan, PlanDocument]:
        return await make_plan(provider, workspace, asked)

    return with_provider(workspace.project, workspace.folder, endpoint, use)


def errored_document(error: GemspecError, flags: PlanningFlags) -> PlanDocument:
    """The plan document where no plan could be made: the errors, and the project as far as it can be read."""
    from gemspec.domain.plan import Plan
    from gemspec.domain.project import Identity
    from gemspec.manifest import load_project
    from gemspec.reports.plan import plan_document

    owner = provider = ""
    with contextlib.suppress(GemspecError):
        path = next((path for path in flags.paths if path != "-"), None)
        _, project = load_project(path, project=flags.project)
        owner, provider = project.owner, project.provider
    problems = error.problems if isinstance(error, InputError) else (Problem(error.summary, error.hint),)
    identity = Identity(provider, flags.endpoint or "", "")
    return plan_document(Plan(owner, (), ()), identity, version=__version__, errors=problems)


def service_name(project: Project) -> str:
    """The name of the project's service, for people."""
    from gemspec.providers import registry

    return registry.of(project).name


def show_json(document: Mapping[str, object]) -> None:
    """Print a document for programs. A signal does not cut it off."""
    from gemspec.reports.plan import json_text

    signals.begin_output()
    click.echo(json_text(document))


def show_warnings(warnings: Sequence[Problem]) -> None:
    """Print warnings to standard error, since they are not part of the result."""
    from gemspec.manifest.syntax.source_lines import SOURCES
    from gemspec.render.terminal.problems import problem_lines

    if warnings:
        click.echo("\n".join(problem_lines(warnings, style=style(sys.stderr), line_at=SOURCES.line)), err=True)
        SOURCES.release()


def width() -> int:
    """Columns of the terminal (or COLUMNS), between 40 and 120: longer lines are hard to read."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def style(stream: Any) -> Style:
    """Colour only on a terminal that can, and never with NO_COLOR (no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Style(colour=bool(stream.isatty() and not plain))


def look(stream: Any, columns: int | None = None) -> Look:
    """How text is drawn on a stream, in so many columns (default: `width`)."""
    unicode = can_draw(stream, os.environ.get("TERM"))
    return Look(width() if columns is None else columns, style(stream), unicode=unicode)


def serving_models(models: Sequence[LiveModel], project: Project) -> dict[str, LiveModel]:
    """Key -> the model that serves it, for every key of `project` with a serving model.

    Raises GemspecError where a key has a newer model whose marker is lost, or cannot be read: it may be the one that
    serves.
    """
    inventory = take_inventory(models, project.owner, project.not_ours)
    lineages = inventory.lineages
    if unclear := [words for key in lineages if (words := _lost(inventory, key))]:
        raise InputError(Problem(*words) for words in unclear)
    return {key: lineage.serving.live for key, lineage in lineages.items() if lineage.serving}


def serving_model(models: Sequence[LiveModel], project: Project, key: str) -> LiveModel:
    """The model that serves `key`. Raises GemspecError that says why there is none, or why it is not known."""
    inventory = take_inventory(models, project.owner, project.not_ours)
    lineage = inventory.lineage(key)
    if words := _lost(inventory, key):
        raise GemspecError(*words)
    if not lineage.generations:
        raise unknown_key(key, inventory.lineages, project.owner)
    if lineage.serving is None:
        raise GemspecError(*_why_none(lineage))
    show_warnings(_doubts(lineage))
    return lineage.serving.live


def silence(models: Sequence[LiveModel], project: Project) -> GemspecError | None:
    """Say which keys of `project` have a promoted model, and nothing that answers; None where there is no such key."""
    lineages = take_inventory(models, project.owner, project.not_ours).lineages.values()
    silent = [lineage for lineage in lineages if lineage.is_silent]
    if len(silent) < 2:
        return GemspecError(*_why_none(silent[0])) if silent else None
    keys = ", ".join(lineage.key for lineage in silent)
    return GemspecError(f"{len(silent)} keys do not answer, since no endpoint deploys their models: {keys}", _AGAIN)


def show_doubts(models: Sequence[LiveModel], project: Project) -> None:
    """Warn of keys for which an older model answers, or may not answer."""
    lineages = take_inventory(models, project.owner, project.not_ours).lineages.values()
    show_warnings([problem for lineage in lineages for problem in _doubts(lineage)])


def _doubts(lineage: Lineage) -> list[Problem]:
    serving, promoted = lineage.serving, lineage.promoted
    if serving is None or promoted is None:
        return []
    found = []
    if promoted is not serving:
        summary = (
            f"{lineage.key}: no endpoint deploys {promoted.name}, which is to serve: {serving.name} answers instead"
        )
        found.append(Problem(summary, "`gemspec apply` deploys it again", severity=Severity.WARNING))
    if serving.is_unclear:
        summary = f"{lineage.key}: whether {serving.live.call_name} answers is not known, since it cannot be read"
        found.append(Problem(summary, severity=Severity.WARNING))
    return found


def unknown_key(key: str, known: Iterable[str], owner: str) -> GemspecError:
    """Say that a project has no model of a key on its service; `known` are the keys that it has."""
    hint = did_you_mean(key, sorted(known)) or "`gemspec status` lists what it has"
    return GemspecError(f"project {owner} has no model {key} on the service", hint)


def _lost(inventory: Inventory, key: str) -> tuple[str, str] | None:
    """What is wrong where a model of this key lost its marker, or has one that cannot be read, and may be the one that
    serves.
    """
    lineage = inventory.lineage(key)
    lost, unread = lineage.lost_newest, inventory.unread_newest(key)
    if lost is None and unread is None:
        return None
    what = f"{lost.name} lost its marker" if lost else f"the marker of {unread.name} cannot be read" if unread else ""
    verb = "" if lost else "it "
    newer = f", and {verb}is newer than {lineage.serving.name}" if lineage.serving else ""
    return f"which model serves {key} is not known: {what}{newer}", "`gemspec plan` shows what settles that"


def _why_none(lineage: Lineage) -> tuple[str, str]:
    if lineage.promoted:
        why = f"{lineage.key} does not answer: no endpoint deploys {lineage.promoted.name}"
        return why, _AGAIN
    if any(generation.is_creating for generation in lineage.generations):
        return f"{lineage.key} does not serve yet: its training is in progress", "`gemspec apply` waits for it"
    if any(generation.is_candidate for generation in lineage.generations):
        return f"{lineage.key} does not serve yet: its checks come first", f"`gemspec check {lineage.key}` asks them"
    return f"{lineage.key} does not serve: its training failed", "`gemspec plan` shows why"
