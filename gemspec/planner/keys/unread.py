"""Plans a key whose training data could not be looked at, an object that is missing or cannot be read. Pure.

Nobody knows then whether the key's models are what its manifest asks for. Where everything else is equal, what serves
goes on serving, and what needs no data is still done. Nothing is trained, promoted or ended on a guess.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.lineage import Lineage
from gemspec.domain.plan import Block, KeyPlan, Kind
from gemspec.planner import messages
from gemspec.planner.keys.declared import plan_matched
from gemspec.planner.keys.matching import is_equal, looks_like
from gemspec.planner.pairing import pair, similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Inventory
    from gemspec.domain.model import DesiredModel
    from gemspec.planner.context import Context


def plan_unread(desired: DesiredModel, lineage: Lineage, context: Context) -> KeyPlan:
    """Plan a key as far as that takes no training data."""
    target = _undoubted(desired, lineage, context)
    if target is None:
        serving = lineage.serving.live if lineage.serving else None
        return KeyPlan(desired.key, Kind.BLOCKED, messages.unread_reason(desired), current=serving, is_compared=False)
    planned = plan_matched(desired, Lineage(desired.key, (target,)), target, context)
    note = messages.uncompared_note(desired, target, is_serving=target is lineage.serving)
    return replace(planned, notes=(*planned.notes, note), is_compared=False)


def blocked_renames(keys: Sequence[KeyPlan], desired: Sequence[DesiredModel], inventory: Inventory) -> list[Block]:
    """Report new keys that cannot be planned, and may be keys under another name which would be deleted.

    Their data could not be looked at, or what they wait for; a plan of them would tell.
    """
    gone = [key.key for key in keys if key.kind in (Kind.DELETE, Kind.FORGET)]
    stuck = {key.key: key for key in keys if key.kind is Kind.BLOCKED and not inventory.lineage(key.key).generations}
    new = [model for model in desired if model.key in stuck and (model.dataset or model.data_error)]
    alike = {
        model.key: [key for key in gone if any(looks_like(model, one) for one in inventory.lineage(key).generations)]
        for model in new
    }
    likeliest = pair({new: {old: (False, -similarity(old, new)) for old in olds} for new, olds in alike.items()})
    return [
        Block(
            rule="unread-rename",
            key=model.key,
            partner=old,
            summary=f"{model.key} may be {old} under another name, which would be deleted: {model.key} cannot be "
            f"planned, so nobody can tell: {stuck[model.key].reason}",
            hint="resolve that"
            + (f", or write `{_line(model, old)}` under its metadata" if likeliest.get(model.key) == old else "")
            + "; then plan again",
        )
        for model in new
        for old in alike[model.key]
    ]


def _line(desired: DesiredModel, old: str) -> str:
    return messages.moved_line((*desired.moved_from, old))


def _undoubted(desired: DesiredModel, lineage: Lineage, context: Context) -> Generation | None:
    """The generation that the key has, be it serving or the first that is trained, where it is all that can be meant
    and nothing but its data may differ; None where a training would be needed, or more than a single model is in
    question.
    """
    usable = [generation for generation in lineage.generations if _is_usable(generation, context)]
    pending = [generation for generation in usable if generation.is_creating or generation.is_candidate]
    serving = [generation for generation in usable if generation is lineage.promoted]
    meant = [*serving, *pending]
    if len(meant) != 1 or context.again or not (serving or len(usable) == 1):
        return None
    return meant[0] if is_equal(desired, meant[0], context.parent) else None


def _is_usable(generation: Generation, context: Context) -> bool:
    return not generation.is_failed and (context.undeletes or not generation.is_terminating)
