"""`gemspec data`: the training data that was uploaded for a project, and stays in its bucket."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, run_plan, session, signals
from gemspec.cli.help_texts import ExampleContext
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.domain.project import Project
    from gemspec.domain.uploads import StoredUpload, UploadList
    from gemspec.providers.base import Provider
    from gemspec.reports.data import DataDocument, Outcome

# Seconds since 1970, where the service does not tell the time. Tests move it.
now: Callable[[], float] = time.time


@dataclass(frozen=True, kw_only=True)
class PruneFlags(ServiceFlags):
    """What `gemspec data prune` is given."""

    policy_from: str | None = param(options.POLICY_FROM)
    auto_approve: bool = param(options.AUTO_APPROVE)
    output_format: str = param(options.output_format("json"))


@click.group("data", no_args_is_help=False)
def command() -> None:
    """Uploaded training data, which stays in the bucket of a project when its models are gone.

    `gemspec status --data` lists what no generation refers to.
    """


@options.command("prune", PruneFlags, options.VERBOSE)
def prune(flags: PruneFlags) -> int:
    """Delete uploaded data that no training needs.

    After asking, it deletes what is older than 7 days and named by no training that runs, has a model, or is shown as
    failed, at any location of the cloud project, whoever began it. Nothing outside gs://BUCKET/gemspec/PROJECT/ is
    touched.
    """
    from gemspec.manifest import load_project

    folder, project = load_project(project=flags.project, policy=flags.policy_from)
    document = session.with_provider(project, folder, flags.endpoint, partial(_prune, project=project, flags=flags))
    return document["exit_status"]


async def _prune(provider: Provider, *, project: Project, flags: PruneFlags) -> DataDocument:
    """List, ask, list again, delete. What has come into use meanwhile is kept."""
    from gemspec.reports.data import prune_document

    as_json = flags.output_format == "json"
    found = await provider.uploads(project.owner, everywhere=True)
    planned = prune_document(project.owner, found, now(), {})
    going = {entry["uri"] for entry in planned["objects"] if entry["outcome"] == "planned"}
    if not as_json:
        _show_plan(planned, project)
    if found is None or not going:
        if as_json:
            session.show_json(planned)
        return planned
    if not flags.auto_approve:
        run_plan.confirm("Delete these objects?", as_json=as_json)
    signals.set_message("Some of these objects may have been deleted: `gemspec data prune` lists what is left.")
    outcomes = await _delete(provider, project.owner, [upload for upload in found.uploads if upload.uri in going])
    document = prune_document(project.owner, found, now(), outcomes)
    _show_outcome(document, as_json=as_json)
    return document


async def _delete(provider: Provider, owner: str, uploads: Sequence[StoredUpload]) -> dict[str, tuple[Outcome, str]]:
    """Delete what is still as it was approved, and still not needed; what became of each, by its URI."""
    current = await provider.uploads(owner, everywhere=True)
    there = {upload.uri: upload for upload in current.uploads} if current else {}
    return {upload.uri: await _delete_upload(provider, owner, upload, there, current) for upload in uploads}


async def _delete_upload(
    provider: Provider,
    owner: str,
    upload: StoredUpload,
    there: dict[str, StoredUpload],
    current: UploadList | None,
) -> tuple[Outcome, str]:
    from gemspec.reports.data import time_of

    again = there.get(upload.uri)
    if again is None or current is None:
        return "deleted", ""  # by somebody else
    if again.generation != upload.generation or not again.is_prunable(time_of(current, now())):
        return "changed", ""
    try:
        return ("deleted" if await provider.delete_upload(owner, again) else "changed"), ""
    except ServiceError as error:
        return "failed", error.summary


def _show_plan(document: DataDocument, project: Project) -> None:
    from gemspec.render.terminal.data import no_uploads, prune_lines

    if document["folder"] is None:
        click.echo(no_uploads(session.service_name(project)))
    else:
        click.echo("\n".join(prune_lines(document, session.width())))


def _show_outcome(document: DataDocument, *, as_json: bool) -> None:
    from gemspec.render.terminal.data import pruned_lines

    if as_json:
        session.show_json(document)
    else:
        click.echo("\n".join(pruned_lines(document, session.width())))


command.add_command(prune)
prune.context_class = ExampleContext
