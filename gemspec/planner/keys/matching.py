"""Finds the generation that a manifest means: the rules of docs/decisions/0008-matching.md, in their order. Pure.

1. A generation whose marker has the desired train hash (at whatever attempt it was trained).
2. The newest generation that the service reports with the same data, source and declared hyperparameters. So writing
   down a default retrains nothing: not the serving model, not a model in training, not the model that a revert means.
3. None: a training.

Where the last attempt by rule 1 FAILED, it is the match, even where an older attempt serves: it is shown, and never
retried without being asked. The same holds for rule 2 where only failed generations are equal. A generation with a
deletion under way is matched last, and only --undelete lets it serve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.marker import UNKNOWN_DATA
from gemspec.domain.model import BaseModel, ParentKey, ParentModel
from gemspec.identity import hashing
from gemspec.planner.keys.attributes import same_data, sent_otherwise

if TYPE_CHECKING:
    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.planner.context import Context, Parent


@dataclass(frozen=True, slots=True)
class Match:
    """The generation that a manifest means; None for a new training at `attempt`, with the hash `train`.

    `differs` are the fields in which the manifest asks for something else than the failed training was sent.
    """

    train: str
    attempt: int
    generation: Generation | None = None
    differs: tuple[str, ...] = ()


def match_generation(desired: DesiredModel, lineage: Lineage, context: Context) -> Match:
    """Find the generation that `desired` means.

    --replace asks for a new training of the same content, unless such a training is under way, or was approved and is
    there. --retry-failed does so where the last attempt FAILED. Both take the number after the highest attempt seen.
    So does a manifest that asks for something else than the failed attempt was sent: that is no retry.
    """
    parent = context.parent
    equal = [generation for generation in lineage.generations if _has_train(desired, generation, parent)]
    # Of duplicates the oldest is meant, so that it comes last.
    equal.sort(key=lambda generation: generation.live.age, reverse=True)
    equal.sort(key=lambda generation: (generation.marker.attempt, not generation.is_failed))
    same = [
        generation
        for generation in lineage.generations
        if generation not in equal and is_equal(desired, generation, parent)
    ]
    there = [generation for generation in (*same, *equal) if not generation.is_failed]
    alive = [generation for generation in there if context.undeletes or not generation.is_terminating]
    attempt = 1 + (equal[-1].marker.attempt if equal else 0)
    if context.again and not any(generation.is_creating or _is_approved(generation, context) for generation in alive):
        return _training(desired, context, _free(desired, context, attempt))
    last = equal[-1] if equal else same[-1] if same and not there else None
    if last and last.is_failed:
        differs = () if alive else sent_otherwise(desired, last.live)
        if context.retry or differs:
            return replace(_training(desired, context, attempt), differs=differs)
        return _meant(last)
    if meant := alive or there:
        return _meant(meant[-1])
    return _training(desired, context, _free(desired, context, attempt) if context.renumbers else attempt)


def train_of(desired: DesiredModel, parent: Parent | None, attempt: int) -> str:
    """The train hash of `desired` at this attempt. Without declared data, a hash that no training has."""
    return hashing.train_hash(
        desired.source,
        desired.hyperparameters,
        desired.dataset.fingerprint if desired.dataset else UNKNOWN_DATA,
        fixed=desired.fixed,
        attempt=attempt,
        parent_train=parent.train if parent else None,
    )


def is_equal(desired: DesiredModel, generation: Generation, parent: Parent | None) -> bool:
    """Whether a training of `desired` would make the same as this generation, as far as the service reports it."""
    reported = generation.live.hyperparameters
    return (
        same_data(desired, generation.marker)
        and is_same_source(desired, generation, parent)
        and all(reported.get(name) == value for name, value in desired.hyperparameters.items())
        and all(generation.live.fixed.get(name) == value for name, value in desired.fixed.items())
    )


def looks_like(desired: DesiredModel, generation: Generation) -> bool:
    """Whether a generation may be what `desired` asks for. For a child, the generation of its parent does not count."""
    if not same_data(desired, generation.marker):
        return False
    if not isinstance(desired.source, ParentKey):
        return _has_train(desired, generation, None) or is_equal(desired, generation, None)
    return generation.marker.parent is not None or isinstance(generation.live.source, ParentModel)


def is_same_source(desired: DesiredModel, generation: Generation, parent: Parent | None) -> bool:
    """Whether this generation was tuned from the source that `desired` names, by any of that source's names."""
    source = generation.live.source
    match desired.source:
        case BaseModel():
            return desired.source == source
        case ParentModel(name):
            return isinstance(source, ParentModel) and source.goes_by(name)
        case ParentKey():
            if parent is None:
                return False
            is_from = isinstance(source, ParentModel) and source.goes_by(parent.name or "")
            return is_from or generation.marker.parent == parent.train
        case never:
            assert_never(never)


def _has_train(desired: DesiredModel, generation: Generation, parent: Parent | None) -> bool:
    return generation.marker.train == train_of(desired, parent, generation.marker.attempt)


def _is_approved(generation: Generation, context: Context) -> bool:
    return context.approved is not None and generation.marker.train in context.approved


def _meant(generation: Generation) -> Match:
    return Match(generation.marker.train, generation.marker.attempt, generation)


def _training(desired: DesiredModel, context: Context, attempt: int) -> Match:
    """A training at this attempt, or at the next that is not a model which the project file says is not ours."""
    while any(
        context.holds(live, desired.key, train_of(desired, context.parent, attempt)) for live in context.disowned
    ):
        attempt += 1
    return Match(train_of(desired, context.parent, attempt), attempt)


def _free(desired: DesiredModel, context: Context, attempt: int) -> int:
    """The next attempt with a free id: --replace also avoids an id that another model has."""
    while context.name(desired.key, train_of(desired, context.parent, attempt)) in context.taken:
        attempt += 1
    return attempt
