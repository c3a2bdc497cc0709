"""`gemspec check`: runs the checks of keys on their models, and promotes a candidate against its checks."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, run_plan, session
from gemspec.cli.completion import complete_keys
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import GemspecError, InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.domain.lineage import Generation, Inventory, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import KeyPlan
    from gemspec.domain.project import Project
    from gemspec.manifest import Workspace
    from gemspec.providers.base import Provider
    from gemspec.reports.checks import ChecksDocument, ModelChecks


@dataclass(frozen=True, kw_only=True)
class CheckFlags(ServiceFlags):
    """What `gemspec check` is given."""

    keys: tuple[str, ...] = param(
        click.Argument(["keys"], nargs=-1, metavar="[KEY... | -]", shell_complete=complete_keys)
    )
    accept: str | None = param(
        click.Option(
            ["--accept"],
            metavar="KEY",
            help="Let the candidate of KEY serve, whatever it answers.",
            shell_complete=complete_keys,
        )
    )
    auto_approve: bool = param(options.AUTO_APPROVE)
    output_format: str = param(options.output_format("json"))


@options.command("check", CheckFlags, options.VERBOSE)
def command(flags: CheckFlags) -> int:
    """Ask the models of KEY the checks of its manifest, and show what they answer; without KEY, of every key.

    Asked are the model that serves and the candidate that waits to. Exits with 1 when a check fails. --accept writes to
    the service: it shows its plan, and asks. `-` takes the manifests from standard input, as plan does.
    """
    from gemspec.manifest import load

    piped, keys = "-" in flags.keys, tuple(key for key in flags.keys if key != "-")
    if flags.accept is None and flags.auto_approve:
        raise click.UsageError("--auto-approve goes with --accept")
    if flags.accept is not None and (keys or flags.output_format != "text"):
        raise click.UsageError("--accept takes its own KEY, and goes with neither others nor --format json")
    stdin = sys.stdin.buffer if piped else None
    workspace = load(("-",) if piped else (), project=flags.project, stdin=stdin)
    if flags.accept is not None:
        return _accept(workspace, flags.accept, flags.endpoint, auto_approve=flags.auto_approve)
    return _check(workspace, keys, flags.endpoint, as_json=flags.output_format == "json")


def _check(workspace: Workspace, keys: Sequence[str], endpoint: str | None, *, as_json: bool) -> int:
    """Run the checks on every model, and print the answers; for people after each model."""
    from gemspec.reports.checks import checks_document

    desired, project = _with_checks(workspace.desired, keys), workspace.project

    async def use(provider: Provider) -> ChecksDocument:
        return await _ask(provider, desired, project, must=bool(keys), show=not as_json)

    document = checks_document(project.owner, ())
    if desired:
        document = session.with_provider(workspace.project, workspace.folder, endpoint, use)
    if as_json:
        session.show_json(document)
    else:
        click.echo(_closing(document))
    return 0 if document["passed"] else 1


async def _ask(
    provider: Provider, desired: Sequence[DesiredModel], project: Project, *, must: bool, show: bool
) -> ChecksDocument:
    """Run the checks on the models of these keys. With `must`, raises GemspecError for a key without a model."""
    from gemspec.applier.checks import ask
    from gemspec.domain.lineage import take_inventory
    from gemspec.reports.checks import ModelChecks, checks_document

    inventory = take_inventory(await provider.list(), project.owner, project.not_ours)
    to_ask = {model.key: _to_ask(model, inventory) for model in desired}
    without = [model for model in desired if not to_ask[model.key]]
    if must and without:
        raise _no_model(without[0], inventory)
    asked = []
    for model in desired:
        for role, name in to_ask[model.key].items():
            asked.append(ModelChecks(model.key, name, role, await ask(provider, name, model.checks)))
            if show:
                _show(asked[-1])
    return checks_document(project.owner, asked, unasked=(model.key for model in without))


def _with_checks(desired: Sequence[DesiredModel], keys: Sequence[str]) -> list[DesiredModel]:
    """The manifests of these keys, of all keys that have checks where none is named, in the order of their keys.

    Raises InputError for keys that no manifest declares, and for keys without checks.
    """
    known = {model.key: model for model in desired}
    problems = []
    for key in dict.fromkeys(keys):
        if key not in known:
            problems.append(_undeclared(key, known))
        elif not known[key].checks:
            hint = "write them in its manifest: `gemspec explain spec.checks` says how"
            problems.append(Problem(f"{key} has no checks", hint, known[key].origin))
    if problems:
        raise InputError(problems)
    return [model for model in desired if model.checks and (not keys or model.key in keys)]


def _undeclared(key: str, known: Iterable[str]) -> Problem:
    from gemspec.util.text import did_you_mean

    return Problem(f"no manifest declares {key}", did_you_mean(key, known))


def _to_ask(desired: DesiredModel, inventory: Inventory) -> dict[str, str]:
    """Role -> name of the models that can be asked: the serving model and the newest candidate."""
    lineage = _lineage(desired, inventory)
    candidates = [generation for generation in lineage.generations if generation.is_candidate]
    newest = max(candidates, key=_age, default=None)
    found = {"serving": lineage.serving, "candidate": newest}
    return {role: generation.name for role, generation in found.items() if generation}


def _age(generation: Generation) -> tuple[object, ...]:
    return generation.live.age[0], generation.marker.attempt, generation.name


def _lineage(desired: DesiredModel, inventory: Inventory) -> Lineage:
    """The key's generations, including those of the keys that it will be moved from."""
    return inventory.joined(desired.key, desired.moved_from)


def _no_model(desired: DesiredModel, inventory: Inventory) -> GemspecError:
    generations, key = _lineage(desired, inventory).generations, desired.key
    if any(generation.is_creating for generation in generations):
        return GemspecError(
            f"{key} has no model to ask yet: its training is in progress", "`gemspec apply` waits for it"
        )
    if any(generation.is_silent for generation in generations):
        return GemspecError(
            f"{key} has no model to ask: no endpoint deploys it", "`gemspec apply` deploys it again, without a training"
        )
    if generations:
        return GemspecError(f"{key} has no model to ask: its training failed", "`gemspec plan` shows why")
    return GemspecError(f"{key} has no model to ask yet", "`gemspec plan` shows what apply would do about it")


def _show(asked: ModelChecks) -> None:
    """Print the answers of a model, and what to do about a candidate."""
    from gemspec.applier.checks import what_to_do
    from gemspec.render.layout import hint_lines
    from gemspec.render.terminal.checks import model_lines
    from gemspec.reports.checks import model_entry

    entry = model_entry(asked)
    lines = model_lines(entry, session.look(sys.stdout))
    if asked.role == "candidate":
        hint = "`gemspec plan` shows what is to become of it" if entry["passed"] else what_to_do(asked.key)
        lines += hint_lines(hint, session.width(), indent="  ")
    click.echo("\n".join([*lines, ""]))


def _closing(document: ChecksDocument) -> str:
    """The last lines: keys that have no model to ask, and how many checks passed."""
    from gemspec.render.terminal.checks import checks_summary

    if not document["models"] and not document["unasked"]:
        return "No manifest has checks. `gemspec explain spec.checks` says how to write them."
    waiting = [f"{key} has checks, and no model to ask yet." for key in document["unasked"]]
    return "\n".join([*waiting, *([checks_summary(document, session.look(sys.stdout))] if document["models"] else [])])


def _accept(workspace: Workspace, key: str, endpoint: str | None, *, auto_approve: bool) -> int:
    """Plan the promotion of the candidate of `key` without its checks, show it, ask, and carry it out.

    Raises GemspecError where there is no candidate: this command neither trains nor waits for a training.
    """
    from gemspec.planner import PlanOptions

    known = {model.key: model for model in workspace.desired}
    if key not in known:
        raise InputError([_undeclared(key, known)])
    workspace = replace(workspace, desired=(known[key],), whole=False)  # no step of another key is carried out
    asked = PlanOptions(whole=False, accept=frozenset({key}))
    plan, document = session.plan_with(workspace, endpoint, asked)
    planned = next(entry for entry in plan.keys if entry.key == key)
    if plan.is_applyable:
        _require_candidate(planned)
    run_plan.show_plan(document)
    run_plan.require_applyable(plan)
    if not auto_approve:
        run_plan.confirm(f"Let {planned.target_name} serve {key}, whatever its checks say?")
    return run_plan.run_and_print(plan, workspace, endpoint, command=f"check --accept {key}")


def _require_candidate(planned: KeyPlan) -> None:
    from gemspec.domain.plan import Action

    if planned.step(Action.CREATE):
        why, hint = "what its manifest asks for has yet to be trained", "`gemspec apply` trains it"
    elif planned.step(Action.AWAIT):
        why, hint = "its training is in progress", "`gemspec apply` waits for it"
    elif not planned.step(Action.PROMOTE):
        why, hint = _nothing_waits(planned)
    else:
        return
    raise GemspecError(f"no candidate of {planned.key} waits to serve: {why}", hint)


def _nothing_waits(planned: KeyPlan) -> tuple[str, str]:
    if planned.current and planned.current.name == planned.target_name:
        return f"{planned.target_name} serves already", f"`gemspec status {planned.key}` shows its models"
    return planned.reason or "there is none", "`gemspec plan` shows what to do"
