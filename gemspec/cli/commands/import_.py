"""`gemspec import`: manifests for models that exist, and the models of a project that was renamed."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, session, signals
from gemspec.cli.completion import complete_files
from gemspec.domain.errors import GemspecError
from gemspec.identity.hashing import KEY_PATTERN, OWNER_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.cli.import_drafts import Draft
    from gemspec.reports.imported import LeftOutField, WrittenManifest

PREFIX = "tunedModels/"
STDOUT = Path("-")
_NAME = re.compile(
    r"tunedModels/[a-z0-9]([a-z0-9-]*[a-z0-9])?|projects/[^/\s]+/locations/[^/\s]+/(tuningJobs|models)/[^/\s]+"
)


@click.command("import")
@click.argument("models", nargs=-1, metavar="[MODEL...]")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every model that can be seen, and that is no project's and no manifest's yet.",
)
@click.option("--key", metavar="KEY", help="The key of the one MODEL. [default: made of its id]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the one manifest here; `-` prints it. [default: KEY.yaml where manifests are]",
    shell_complete=complete_files,
)
@click.option(
    "--from-owner",
    metavar="PROJECT",
    help="Take over the models of PROJECT whose keys are declared here: the name that this project had before.",
)
@options.approval
@options.project
@options.output_format("json")
@options.verbose
def command(
    models: tuple[str, ...],
    *,
    everything: bool,
    key: str | None,
    out: Path | None,
    from_owner: str | None,
    auto_approve: bool,
    output_format: str,
    project: str | None,
    endpoint: str | None,
) -> int:
    """Write a manifest for each tuned MODEL that exists already, so that it can be kept as code.

    MODEL is a remote name, as tunedModels/my-model-1a2b3c4d5e; on Vertex AI that of a tuning job or model. The manifest
    holds all that the service tells of it, and says with spec.import which model it is. Nothing changes on the service
    until `gemspec apply`, which puts this project's marker on the model; files that exist are never changed.

    --format json prints the document of schemas/import.v1.schema.json. With --from-owner nothing is written to files:
    it shows a plan, asks, and writes this project's name into the markers.
    """
    _check(models, everything=everything, from_owner=from_owner, key=key, out=out, output_format=output_format)
    if from_owner is not None:
        from gemspec.cli import taking_over

        return taking_over.take_over(from_owner, project, endpoint, auto_approve=auto_approve)
    from gemspec.cli import import_drafts
    from gemspec.manifest.export.placement import write_all

    scene = import_drafts.look(_names(models), project, endpoint)
    skipped: dict[str, str] = {}
    if everything:
        drafts, skipped = import_drafts.draft_all(scene)
    else:
        drafts = import_drafts.draft_named(scene, key, out)
    if out == STDOUT:
        click.echo(drafts[0].manifest.text, nl=False)
        return 0
    with signals.held():
        write_all({draft.key: (draft.path, draft.manifest.text) for draft in drafts}, project)
    show = _show_json if output_format == "json" else partial(_show, scene.owner, project)
    show(drafts, skipped)
    return 0


def _check(
    models: Sequence[str],
    *,
    everything: bool,
    from_owner: str | None,
    key: str | None,
    out: Path | None,
    output_format: str,
) -> None:
    """Raise UsageError for options that do not go together, GemspecError for names that cannot be."""
    if [bool(models), everything, from_owner is not None].count(True) != 1:
        raise click.UsageError("name MODELs, or write --all, or --from-owner PROJECT")
    if (key is not None or out is not None) and len(_names(models)) != 1:
        raise click.UsageError("--key and --out go with one MODEL")
    if output_format != "text" and (from_owner is not None or out == STDOUT):
        raise click.UsageError("--format json goes neither with --from-owner nor with --out -")
    if out is not None and out != STDOUT and out.suffix not in (".yaml", ".yml"):
        raise click.UsageError(f"--out writes YAML: name the file {out.with_suffix('.yaml')}")
    if key is not None and not re.fullmatch(KEY_PATTERN, key):
        raise GemspecError(
            f"--key {key!r} is no key",
            "write at most 29 lower-case letters, digits and hyphens, a letter first and no hyphen last",
        )
    if from_owner is not None and not re.fullmatch(OWNER_PATTERN, from_owner):
        raise GemspecError(f"--from-owner {from_owner!r} is no name that a project can have")


def _names(models: Sequence[str]) -> list[str]:
    """The remote names, each once. Raises UsageError for what is no name of a tuned model."""
    names = [model if "/" in model else f"{PREFIX}{model}" for model in models]
    if wrong := next((name for name in names if not _NAME.fullmatch(name)), None):
        names_are = "tunedModels/my-model-1a2b3c4d5e, or projects/my-project/locations/us-central1/tuningJobs/123"
        raise click.UsageError(f"{wrong!r} is not the name of a tuned model, as {names_are}")
    return list(dict.fromkeys(names))


def _show(owner: str, project: str | None, drafts: Sequence[Draft], skipped: Mapping[str, str]) -> None:
    """Say what was written and what was not, each on a line, and what to do next."""
    from gemspec.manifest.discovery.filesystem import shown
    from gemspec.util.escape import terminal

    lines = []
    for draft in drafts:
        lines.append(f"{shown(draft.path)}: {draft.name}, as {draft.key}")
        lines += [f"  left out: {left.reason}" for left in draft.manifest.left_out]
    lines += [f"{name}: skipped, because {reason}" for name, reason in skipped.items()]
    click.echo("".join(f"{terminal(line)}\n" for line in lines), nl=False)
    click.echo("\n".join(_next(owner, project, len(drafts))) if drafts else "Nothing to import.")


def _next(owner: str, project: str | None, count: int) -> list[str]:
    from shlex import quote

    flag = f" --project {quote(project)}" if project else ""
    steps = {
        f"gemspec plan{flag}": f"shows the import{'' if count == 1 else 's'}",
        f"gemspec apply{flag}": f"puts the marker of {owner} on {'the model' if count == 1 else 'the models'}",
    }
    width = max(map(len, steps))
    return ["", "Next:", "", *(f"  {step.ljust(width)}  {words}" for step, words in steps.items())]


def _show_json(drafts: Sequence[Draft], skipped: Mapping[str, str]) -> None:
    """Print the document of schemas/import.v1.schema.json."""
    from gemspec.reports.imported import import_document

    session.show_json(import_document([_entry(draft) for draft in drafts], skipped))


def _entry(draft: Draft) -> WrittenManifest:
    from gemspec.manifest.discovery.filesystem import shown

    left_out: list[LeftOutField] = [{"field": left.field, "reason": left.reason} for left in draft.manifest.left_out]
    return {"key": draft.key, "tunedModel": draft.name, "file": shown(draft.path), "left_out": left_out}
