"""Makes the steps of a key's plan, each with its reason, what it writes and what it waits for. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from gemspec.domain.marker import UNKNOWN_DATA, Marker
from gemspec.domain.model import DeletionPolicy
from gemspec.domain.plan import Action, NewGeneration, Step, Training
from gemspec.domain.settings import named
from gemspec.planner import messages
from gemspec.planner.keys import attributes

if TYPE_CHECKING:
    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel, FieldChange, Permission, Value
    from gemspec.domain.plan import StepRef
    from gemspec.domain.project import Traits
    from gemspec.domain.training_data import Dataset
    from gemspec.planner.context import Context
    from gemspec.planner.keys.matching import Match

_CHARACTERS = 4  # of a token, as Google's guides estimate for English
Waits = tuple["StepRef", ...]


def create(
    desired: DesiredModel,
    lineage: Lineage,
    match: Match,
    context: Context,
    *,
    reason: str,
    waits: Waits,
    changes: tuple[FieldChange, ...],
    serves: bool,
) -> Step:
    """Train a generation. Settings that the manifest leaves unset are carried over from the serving generation. It
    `serves` as soon as it is ACTIVE; otherwise it is a candidate and will be promoted.

    Raises ValueError where the manifest declares no data.
    """
    if desired.dataset is None:
        raise ValueError(f"{desired.key} declares no training data")
    carried = _carried(desired, lineage)
    generation = NewGeneration(
        source=desired.source,
        hyperparameters=desired.hyperparameters,
        dataset=desired.dataset,
        training=_training(desired, desired.dataset, context.traits),
        fixed=desired.fixed,
        extras=desired.extras,
        data_uri=desired.data_uri,
        validation=desired.validation_object,
        carried=tuple(sorted(carried)),
    )
    return Step(
        action=Action.CREATE,
        key=desired.key,
        train=match.train,
        name=context.name(desired.key, match.train),
        reason=reason,
        waits=waits,
        changes=changes,
        settings={**carried, **desired.settings},
        marker=_new_marker(desired, desired.dataset, lineage, match, context, serves=serves),
        generation=generation,
    )


def await_created(created: Step) -> Step:
    """Wait for the training that a create starts."""
    return Step(Action.AWAIT, created.key, created.train, created.name, messages.TRAINING, waits=(created.ref,))


def await_running(key: str, generation: Generation) -> Step:
    """Wait for a training that an earlier apply started."""
    return on(key, generation, Action.AWAIT, messages.running_reason(generation.live))


def check(desired: DesiredModel, about: Step, *, waits: Waits) -> Step:
    """Run the checks of the manifest on the model of the step `about`, before it serves."""
    step = Step(Action.CHECK, about.key, about.train, about.name, messages.CHECKED, waits=waits, live=about.live)
    return replace(step, checks=desired.checks)


def redeploy(desired: DesiredModel, generation: Generation, lineage: Lineage) -> Step:
    """Make a generation answer that no endpoint deploys. Where it takes the place of one that answers, `keepFor` counts
    from that day, which the marker then says.
    """
    step = on(desired.key, generation, Action.REDEPLOY, messages.redeploy_reason(generation, lineage))
    is_dated = desired.lifecycle.keep_for and generation.marker.serving and lineage.serving
    return replace(step, marker=generation.marker) if is_dated else step


def promote(
    desired: DesiredModel, lineage: Lineage, target: Generation, changes: tuple[FieldChange, ...], *, waits: Waits
) -> Step:
    """Promote an existing generation: a write to its marker, no training."""
    step = on(desired.key, target, Action.PROMOTE, messages.promote_reason(target, lineage.serving))
    marker = replace(renewed(desired, target), serving=lineage.next_serving)
    return replace(step, waits=waits, changes=changes, marker=marker)


def promote_created(created: Step, lineage: Lineage, reason: str, *, waits: Waits) -> Step:
    """Promote the candidate that a create makes."""
    marker = replace(created.marker, serving=lineage.next_serving) if created.marker else None
    return Step(Action.PROMOTE, created.key, created.train, created.name, reason, waits=waits, marker=marker)


def adopt(desired: DesiredModel, generation: Generation, reason: str) -> Step:
    """Put the marker of `generation` on its model, which does not carry it yet."""
    return replace(on(desired.key, generation, Action.IMPORT, reason), marker=generation.marker)


def update(
    desired: DesiredModel, target: Generation, changes: tuple[FieldChange, ...], *, waits: Waits, marked: bool
) -> Step:
    """Set the settings that differ. The marker is written where the manifest's key, lifecycle or data differ from what
    it remembers, unless a promotion after this step writes it (`marked`).
    """
    names = {change.path[0] for change in changes}
    settings: dict[str, Value] = {name: value for name, value in desired.settings.items() if name in names}
    marker = renewed(desired, target)
    return replace(
        on(desired.key, target, Action.UPDATE, messages.update_reason(desired, target)),
        waits=waits,
        changes=changes,
        settings=settings,
        marker=marker if marker != target.marker and not marked else None,
    )


def note(key: str, generation: Generation) -> Step:
    """Write the settings and marker of a training to the model that it made: where no apply waited for its end, or
    where the marker was taken off.
    """
    reason = messages.UNLABELLED if generation.live.is_unlabelled else messages.UNNOTED
    return on(key, generation, Action.UPDATE, reason)


def renew(desired: DesiredModel, generation: Generation) -> list[Step]:
    """Write what a model needs even where its manifest changes nothing: where its deletion had begun, that it is kept;
    where no apply waited for its training, the settings of that training.
    """
    if generation.is_terminating:
        kept = on(desired.key, generation, Action.UPDATE, messages.UNDELETED)
        return [replace(kept, marker=renewed(desired, generation))]
    return [note(desired.key, generation)] if generation.is_active and not generation.live.is_noted else []


def relabel(desired: DesiredModel, generation: Generation) -> Step | None:
    """Write only the marker: where the manifest's lifecycle or key differs from it, or where it is missing on a
    resource of the model.
    """
    marker = renewed(desired, generation)
    if marker == generation.marker:
        return None if generation.live.is_noted else note(desired.key, generation)
    moved = generation.marker.key != desired.key
    reason = messages.moved_reason(generation.marker.key) if moved else messages.RELABELLED
    return replace(on(desired.key, generation, Action.UPDATE, reason), marker=marker)


def permit(
    step: Step, permissions: tuple[Permission, ...], changes: tuple[FieldChange, ...], *, reason: str, waits: Waits
) -> Step:
    """Set the permissions of the model of `step`, whether it exists or that step makes it."""
    return Step(
        action=Action.PERMIT,
        key=step.key,
        train=step.train,
        name=step.name,
        reason=reason,
        waits=waits,
        changes=changes,
        permissions=permissions,
        live=step.live,
    )


def move(key: str, generation: Generation, *, waits: Waits = ()) -> Step:
    """Write the new key to a generation of the old key."""
    step = on(key, generation, Action.UPDATE, messages.moved_reason(generation.marker.key))
    return replace(step, marker=replace(generation.marker, key=key), waits=waits)


def on(key: str, generation: Generation, action: Action, reason: str) -> Step:
    """A step on an existing model."""
    return Step(action, key, generation.marker.train, generation.name, reason, live=generation.live)


def abandon(key: str, generation: Generation, *, waits: Waits = ()) -> Step:
    """End a running training that is no longer wanted."""
    return replace(on(key, generation, Action.ABANDON, messages.ABANDONED), waits=waits)


def delete(key: str, generation: Generation, reason: str, *, waits: Waits = (), successor: str | None = None) -> Step:
    """Delete a generation, once `successor` (a train hash) is seen to serve."""
    return replace(on(key, generation, Action.DELETE, reason), waits=waits, successor=successor)


def forget(key: str, generation: Generation, reason: str) -> Step:
    """Remove the marker and keep the model."""
    return on(key, generation, Action.FORGET, reason)


def _carried(desired: DesiredModel, lineage: Lineage) -> dict[str, Value]:
    """Settings of the promoted generation that the manifest does not set, but for empty texts and lists."""
    live = lineage.promoted.live.settings if lineage.promoted else {}
    unset = {name for name in live if named(name).is_carried_over} - desired.settings.keys()
    return {name: live[name] for name in unset if live[name] not in ("", ())}


def _training(desired: DesiredModel, dataset: Dataset, traits: Traits) -> Training:
    """How large the training is, as far as the manifest and the service's documented defaults say."""
    epochs = desired.hyperparameters.get("epochCount")
    batch = desired.hyperparameters.get("batchSize")
    return Training(
        examples=None if dataset.stored else dataset.examples,
        epochs=int(epochs) if epochs is not None else traits.default_epochs,
        batch=int(batch) if batch is not None else None,
        epochs_by_default=epochs is None,
        tokens=ceil(dataset.characters / _CHARACTERS) if traits.bills_tokens and dataset.characters else None,
    )


def _new_marker(
    desired: DesiredModel, dataset: Dataset, lineage: Lineage, match: Match, context: Context, *, serves: bool
) -> Marker:
    data, examples = attributes.data_of(dataset)
    return Marker(
        owner=context.owner,
        key=desired.key,
        train=match.train,
        data=data,
        examples=examples,
        attempt=match.attempt,
        serving=lineage.next_serving if serves else None,
        parent=context.parent.train if context.parent else None,
        protect=desired.lifecycle.protect,
        retain=desired.lifecycle.deletion_policy is DeletionPolicy.RETAIN,
        gen=lineage.next_gen,
    )


def renewed(desired: DesiredModel, generation: Generation) -> Marker:
    """The generation's marker with the key and lifecycle of today's manifest. The data never changes, except that the
    manifest of an adopted model may state data that was unknown. A deletion that had begun is undone.
    """
    marker = generation.marker
    if marker.data == UNKNOWN_DATA and desired.dataset and attributes.same_data(desired, marker):
        data, examples = attributes.data_of(desired.dataset)
        marker = replace(marker, data=data, examples=examples)
    return replace(
        marker,
        terminating=False,
        key=desired.key,
        protect=desired.lifecycle.protect,
        retain=desired.lifecycle.deletion_policy is DeletionPolicy.RETAIN,
    )
