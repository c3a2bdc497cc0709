"""`gemspec import`: manifests for models that exist, and the models of a project that was renamed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, run_plan, session, signals
from gemspec.cli.completion import complete_files
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import GemspecError
from gemspec.identity.hashing import KEY_PATTERN, OWNER_PATTERN
from gemspec.providers import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.cli.import_drafts import Draft
    from gemspec.domain.plan import Plan
    from gemspec.reports.imported import LeftOutField, WrittenManifest

STDOUT = Path("-")


@dataclass(frozen=True, kw_only=True)
class ImportFlags(ServiceFlags):
    """What `gemspec import` is given."""

    models: tuple[str, ...] = param(click.Argument(["models"], nargs=-1, metavar="[MODEL...]"))
    everything: bool = param(
        click.Option(
            ["--all", "everything"],
            is_flag=True,
            help="Every model of this account that is no project's and no manifest's yet.",
        )
    )
    key: str | None = param(
        click.Option(["--key"], metavar="KEY", help="The key of the one MODEL. [default: made of its id]")
    )
    out: Path | None = param(
        click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Write the one manifest here; `-` prints it. [default: KEY.yaml where manifests are]",
            shell_complete=complete_files,
        )
    )
    from_owner: str | None = param(
        click.Option(
            ["--from-owner"],
            metavar="PROJECT",
            help="Take over the models of PROJECT whose keys are declared here: the name that this project had before.",
        )
    )
    auto_approve: bool = param(options.AUTO_APPROVE)
    output_format: str = param(options.output_format("json"))


@options.command("import", ImportFlags, options.VERBOSE)
def command(flags: ImportFlags) -> int:
    """Write a manifest for each tuned MODEL that exists already, so that it can be kept as code.

    MODEL is a remote name, as tunedModels/my-model-1a2b3c4d5e; on Vertex AI that of a tuning job or model. The manifest
    holds all that the service tells of it, and says with spec.import which model it is. Nothing changes on the service
    until `gemspec apply`, which puts this project's marker on the model; files that exist are never changed.

    --format json prints the document of schemas/import.v1.schema.json. With --from-owner nothing is written to files:
    it shows a plan, asks, and writes this project's name into the markers.
    """
    _check(flags)
    if flags.from_owner is not None:
        return _take_over(flags.from_owner, flags)
    return _import(flags)


def _import(flags: ImportFlags) -> int:
    """Write the manifests, and print their names."""
    from gemspec.cli import import_drafts
    from gemspec.manifest.export.placement import write_all

    context = import_drafts.read_context(_names(flags.models), flags.project, flags.endpoint)
    skipped: dict[str, str] = {}
    if flags.everything:
        drafts, skipped = import_drafts.draft_all(context)
    else:
        drafts = import_drafts.draft_named(context, flags.key, flags.out)
    if flags.out == STDOUT:
        click.echo(drafts[0].manifest.text, nl=False)
        return 0
    with signals.deferred():
        write_all({draft.key: (draft.path, draft.manifest.text) for draft in drafts}, flags.project)
    show = _show_json if flags.output_format == "json" else partial(_show, context.owner, flags.project)
    show(drafts, skipped)
    return 0


def _take_over(old: str, flags: ImportFlags) -> int:
    """Plan, ask, and write this project's name into the markers of `old`'s models.

    Raises PlanRefused where the plan is blocked or was not confirmed.
    """
    from gemspec.planner import PlanOptions

    workspace = session.load_workspace((), flags.project)
    plan, document = session.plan_with(workspace, flags.endpoint, PlanOptions(from_owner=old))
    if not plan.keys and not plan.blocks:
        click.echo(_nothing_to_take_over(plan, old))
        return 0
    run_plan.show_plan(document)
    run_plan.require_applyable(plan)
    if not flags.auto_approve:
        owner = workspace.project.owner
        run_plan.confirm(f"Make these models of {old} those of {owner}, at {document['endpoint']}?")
    return run_plan.run_and_print(plan, workspace, flags.endpoint, command=f"import --from-owner {old}")


def _nothing_to_take_over(plan: Plan, old: str) -> str:
    if not plan.left_out:
        return f"Nothing to take over: there is no model of project {old}."
    return f"Nothing to take over: no manifest here declares a key of project {old} ({', '.join(plan.left_out)})."


def _check(flags: ImportFlags) -> None:
    """Raise UsageError for options that exclude each other, GemspecError for impossible names."""
    key, out, from_owner = flags.key, flags.out, flags.from_owner
    if [bool(flags.models), flags.everything, from_owner is not None].count(True) != 1:
        raise click.UsageError("name MODELs, or write --all, or --from-owner PROJECT")
    if (key is not None or out is not None) and len(_names(flags.models)) != 1:
        raise click.UsageError("--key and --out go with one MODEL")
    if flags.output_format != "text" and (from_owner is not None or out == STDOUT):
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
    specs = registry.specs()
    prefix = next(spec.traits.name_prefix for spec in specs if spec.traits.name_prefix)
    names = [model if "/" in model else f"{prefix}{model}" for model in models]
    if wrong := next((name for name in names if not any(spec.model_name.fits(name) for spec in specs)), None):
        names_are = ", or ".join(spec.model_name.example for spec in specs)
        raise click.UsageError(f"{wrong!r} is not the name of a tuned model, as {names_are}")
    return list(dict.fromkeys(names))


def _show(owner: str, project: str | None, drafts: Sequence[Draft], skipped: Mapping[str, str]) -> None:
    """Print what was written and what was not, a line each, and what to do next."""
    from gemspec.cli.import_drafts import OTHERS
    from gemspec.manifest.discovery.filesystem import shown
    from gemspec.render.layout import count
    from gemspec.util.escape import terminal

    lines = []
    for draft in drafts:
        lines.append(f"{shown(draft.path)}: {draft.name}, as {draft.key}")
        lines += [f"  left out: {left.reason}" for left in draft.manifest.left_out]
    lines += [f"{name}: skipped, because {reason}" for name, reason in skipped.items()]
    if others := [name for name, reason in skipped.items() if reason == OTHERS]:
        lines.append(f"Left out: {count(len(others), 'model')} of other accounts. To import such a model, name it.")
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
