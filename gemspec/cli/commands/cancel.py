"""`gemspec cancel`: end a training that is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gemspec.cli import options, run_plan, session, signals
from gemspec.cli.completion import complete_keys
from gemspec.cli.options import ServiceFlags, param
from gemspec.domain.errors import GemspecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.lineage import Inventory
    from gemspec.domain.model import LiveModel
    from gemspec.providers.base import Provider


@dataclass(frozen=True, kw_only=True)
class CancelFlags(ServiceFlags):
    """What `gemspec cancel` is given."""

    key: str = param(click.Argument(["key"], shell_complete=complete_keys))
    auto_approve: bool = param(options.AUTO_APPROVE)


@options.command("cancel", CancelFlags, options.VERBOSE)
def command(flags: CancelFlags) -> int:
    """End the training of KEY that is under way. What it has cost so far is lost; the model that serves goes on.

    The next plan shows the training as failed, and trains nothing until that is asked for: with --retry-failed, or by
    a change of the manifest.
    """
    from gemspec.domain.lineage import take_inventory
    from gemspec.manifest import load_project

    folder, config = load_project(project=flags.project)
    key = flags.key

    async def use(provider: Provider) -> tuple[str | None, Mapping[str, LiveModel | None]]:
        from gemspec.applier.cancel import cancel

        inventory = take_inventory(await provider.list(), config.owner, config.not_ours)
        names = _in_training(inventory, key)
        seen = await provider.poll(names)  # asks for the progress, which a list may not have
        if not flags.auto_approve:
            run_plan.confirm(f"Cancel {_trainings(seen)}?")
        signals.set_message(f"Whether the training has been ended is not known: `gemspec status {key}` shows it.")
        found = await cancel(provider, names)
        serving = take_inventory(await provider.list(), config.owner, config.not_ours).lineage(key).serving
        return serving.name if serving else None, found

    serving, found = session.with_provider(config, folder, flags.endpoint, use)
    for name, live in found.items():
        click.echo(_outcome(name, live))
    if any(_goes_on(live) for live in found.values()):
        raise GemspecError(
            "the service has not ended the training",
            "`gemspec status` shows what becomes of it; an apply without its manifest, or with other data, deletes it",
        )
    if serving:
        click.echo(f"{serving} serves.")
    return 0


def _in_training(inventory: Inventory, key: str) -> list[str]:
    """The models of `key` that are in training. Raises GemspecError where there is none."""
    lineage = inventory.lineage(key)
    if not lineage.generations:
        raise session.unknown_key(key, inventory.lineages, inventory.owner)
    names = [generation.name for generation in lineage.generations if generation.is_creating]
    if not names:
        raise GemspecError(f"{key} has no training under way", f"`gemspec status {key}` shows its models")
    return names


def _trainings(seen: Mapping[str, LiveModel | None]) -> str:
    """`the training of tunedModels/x (16 of 38 steps, 42%)`."""
    from gemspec.util.escape import terminal

    named = []
    for name, live in seen.items():
        total = live.progress.total_steps if live else None
        far = f" ({live.progress.completed_steps} of {total} steps)" if live and total else ""
        named.append(f"the training of {terminal(name)}{far}")
    return " and ".join(named)


def _outcome(name: str, live: LiveModel | None) -> str:
    from gemspec.domain.model import State
    from gemspec.util.escape import terminal

    if live is None:
        return f"{terminal(name)} is gone."
    if live.state is State.ACTIVE:
        return f"{terminal(name)} is ACTIVE: its training had ended before it could be cancelled."
    if _goes_on(live):
        return f"{terminal(name)} is still in training."
    return f"{terminal(name)} is {live.state}" + (f": {terminal(live.failure)}" if live.failure else ".")


def _goes_on(live: LiveModel | None) -> bool:
    from gemspec.domain.model import State

    return live is not None and live.state is State.CREATING
