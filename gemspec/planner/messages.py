"""The texts of a plan: why each step is planned, and what the plan means for callers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.model import VALIDATION, VALIDATION_URI, ParentKey
from gemspec.domain.settings import trained_fields
from gemspec.identity.hashing import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel, FieldChange, LiveModel, Permission
    from gemspec.domain.project import Traits
    from gemspec.planner.context import Context

_SENT = {VALIDATION: "validationData", VALIDATION_URI: "validationData"}
TRAINING = "its training"
UNNOTED = "its training ended while nobody waited: what it was asked for has yet to be written on what it made"
UNLABELLED = "its marker is gone from it: it is written again, as its training began with it"
ABANDONED = "its training is no longer wanted: it is ended, and the model deleted"
FAILED = "its training failed, and it is no longer wanted"
DOUBLED = "it is a second training of the same; the oldest is kept"
TERMINATING = "its deletion has begun, and has not ended"
UNDELETED = "asked for with --undelete: its deletion had begun"
NEVER_SERVED = "it never served, and is no longer wanted"
PERMITTED = "who may use it differs from the manifest"
CHECKED = "its checks"
PASSED = "it has been trained, and has passed its checks"
PERMITTED_NEW = "it has been trained, and those may use it who are to"
ADOPTED = "it exists already, and its manifest imports it"
DECLARED = "as the manifest says"
CARRIED = "carried over from the serving model"
RELABELLED = "what the manifest says of protection and deletion"
DESTROYED = "asked for with destroy"
UNDECLARED = "no manifest declares it"


def running_reason(live: LiveModel | None) -> str:
    """Why an await is planned for a training that was started before, with its progress."""
    return f"its training is {(live.progress.waiting_text if live else '') or 'in progress'}"


def released_later(name: str | None) -> str:
    """Why the release of a model has to wait for its training."""
    return f"{name} is released when its training has ended: until then nothing can be written on it"


def retained_reason(why: str) -> str:
    """Why a model is kept, though its key is no longer managed."""
    return f"{why}; deletionPolicy is retain, so the model stays, without gemspec"


def ended_reason(why: str) -> str:
    """Why a training is ended when its key is deleted."""
    return f"{why}: its training is ended, and the model deleted"


def training_reason(
    desired: DesiredModel,
    lineage: Lineage,
    context: Context,
    changes: Sequence[FieldChange],
    resent: Sequence[str] = (),
) -> str:
    """Why a training starts: the flag that asks for it, or the fields that changed; `resent` are those in which it
    differs from a training that failed.
    """
    if context.again:
        return "asked for with --replace"
    if context.retry and any(generation.is_failed for generation in lineage.generations):
        return "asked for with --retry-failed"
    if resent:
        names = ", ".join(_SENT.get(name, name) for name in resent)
        return f"its training failed, and {names} {'differ' if len(resent) > 1 else 'differs'} from what that was sent"
    if not lineage.promoted:
        return "none of its models serves" if lineage.generations else "the service has no model of this key"
    trained = _trained(changes)
    if isinstance(desired.source, ParentKey) and trained == "tunedModelSource.tunedModel":
        return f"{desired.source.key}, which it is tuned from, has a new generation"
    return f"{trained} {'differ' if ', ' in trained else 'differs'} from the serving model"


def promote_reason(target: Generation, serving: Generation | None) -> str:
    """Why an existing generation is promoted."""
    instead = f", instead of {serving.name}" if serving else ""
    if target.marker.serving is None:
        tense = "is in training" if target.is_creating else "has been trained"
        return f"it {tense} as the manifest asks, and is to serve{instead}"
    number = f"generation {target.marker.gen}"
    return f"{number} was trained on just what the manifest asks for, so it serves again without a training{instead}"


def redeploy_reason(generation: Generation, lineage: Lineage) -> str:
    """Why a trained model has to be deployed."""
    if lineage.serving is None:
        return "no endpoint deploys it, and nothing answers: it is deployed again, without a training"
    if generation.marker.serving is None or generation.rank < lineage.serving.rank:
        return "no endpoint deploys it, so it is deployed first"
    return f"no endpoint deploys it, and {lineage.serving.name} answers instead: it is deployed, without a training"


def silent_notes(lineage: Lineage) -> tuple[str, ...]:
    """What does not answer, where the plan does nothing about it."""
    if not lineage.is_silent or lineage.promoted is None:
        return ()
    return (f"nothing answers: no endpoint deploys {lineage.promoted.name}",)


def answering_notes(lineage: Lineage, target: Generation) -> tuple[str, ...]:
    """Which models do not answer, or may not, beside the one that is meant."""
    previous = [
        f"{generation.name}, which served before, does not answer: no endpoint deploys it. To deploy it again, go back "
        "to its manifest"
        for generation in lineage.retired_by(target)
        if generation.is_silent and generation.rank < target.rank
    ]
    unclear = [
        f"whether {generation.name} answers is not known, since its endpoint cannot be read: nothing is deleted for it"
        for generation in lineage.generations
        if generation.is_unclear
    ]
    return (*previous, *unclear)


def unclear_reason(target: Generation, serving: Generation) -> str:
    """Why an existing generation is not promoted."""
    return (
        f"the endpoint of {target.name} cannot be read, so nobody knows whether it answers: {serving.name} goes on "
        "serving until it can be read"
    )


def update_reason(desired: DesiredModel, target: Generation) -> str:
    """Why settings are written."""
    moved = target.marker.key != desired.key
    return moved_reason(target.marker.key) if moved else "settings differ from the manifest"


def some(keys: Sequence[str]) -> str:
    """The first of these keys, and how many more there are."""
    return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")


def other_project_note(name: str, owner: str) -> str:
    """Point out another project that was trained on the same: the two may be independent, or this one was renamed."""
    return (
        f"{name} of project {owner} was trained on just this; if {owner} is this project's old name, "
        f"`gemspec import --from-owner {owner}` takes it over without a training"
    )


def other_location_note(name: str, location: str) -> str:
    """Point out a model of this project at another location that was trained on the same."""
    return f"{name} in {location} was trained on just this"


def unread_locations_note(locations: Sequence[str]) -> str:
    """Say where nobody looked for models of this project."""
    return f"{', '.join(locations)} cannot be read: whether this project has models there is not known"


def moved_line(olds: Iterable[str]) -> str:
    """The line of a manifest that says which keys it was moved from."""
    names = list(dict.fromkeys(olds))
    return f"movedFrom: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"


def moved_reason(old: str) -> str:
    """Why another key is written to a marker."""
    return f"moved from {old}"


def terminating_reason(key: str, meant: Generation) -> str:
    """Why a key is blocked while its model is being deleted, and what a person can do."""
    return (
        f"the manifest means {meant.name}, which another apply is deleting, or one that was broken off: plan again "
        f"when that has ended; --undelete {key} keeps it where it has not, --replace {key} trains another"
    )


def untrainable_reason(desired: DesiredModel, changes: Sequence[FieldChange]) -> str:
    """Why a key cannot be planned: it needs a training, and its manifest declares no data."""
    what = f"{_trained(changes)} changed" if _trained(changes) else "it has no model that serves"
    return f"{what}, but its manifest declares no training data, so nothing can be trained"


def unread_reason(desired: DesiredModel) -> str:
    """Why a key that needs its training data cannot be planned."""
    return f"its training data cannot be looked at: {desired.data_error}"


def unread_validation_reason(desired: DesiredModel) -> str:
    """Why a key that is to be trained cannot be."""
    return f"it is to be trained, and its validation data cannot be looked at: {desired.validation_error}"


def uncompared_note(desired: DesiredModel, target: Generation, *, is_serving: bool) -> str:
    """What is not known of a key whose training data could not be looked at, and what goes on all the same."""
    going_on = f"{target.name} {'goes on serving' if is_serving else 'is what it has'}"
    return f"its training data cannot be compared: {desired.data_error}. {going_on}, and nothing is trained"


def adopted_notes(desired: DesiredModel, changes: Sequence[FieldChange]) -> tuple[str, ...]:
    """Which fields of an adopted model differ from its manifest and need a training."""
    if not (what := _trained(changes)):
        return ()
    if desired.dataset is None:
        return (f"its manifest asks for another {what}, and declares no training data: nothing will be trained",)
    hint = ""
    if what == "tuningTask.trainingData":
        hint = "; if it was trained on just this data, write `data: asDeclared` under spec.import"
    return (f"its {what} differs from the manifest, so the next plan will train a replacement{hint}",)


def candidate_notes(desired: DesiredModel, target: Generation, context: Context) -> tuple[str, ...]:
    """What a person can do about a candidate whose checks fail."""
    if target.marker.serving is not None or not target.is_active or not desired.checks:
        return ()
    if context.accepted:
        return ("its checks are not asked",)
    return (
        f"where a check fails it goes on waiting: `gemspec check --accept {desired.key}` lets it serve all the same, "
        f"`gemspec apply --replace {desired.key}` trains it again",
    )


def unchecked_notes(desired: DesiredModel, target: Generation) -> tuple[str, ...]:
    """Warn that a training serves without checks, since it started before its manifest had any."""
    if not target.is_creating or target.marker.serving is None or not desired.checks:
        return ()
    return ("its training began without checks: it serves as soon as it is trained",)


def lost_notes(name: str | None, child: str | None) -> tuple[str, ...]:
    """Point out that a model will be trained again which existed before, since another model was tuned from it."""
    return (f"the service has lost {name}: it was there when {child} was tuned from it",) if name and child else ()


def pruned_reason(desired: DesiredModel) -> str:
    """Why a previous generation is deleted."""
    return f"retired; keepPrevious is {desired.lifecycle.keep_previous}"


def failed_reason(failed: Generation) -> str:
    """Why a key is shown as failed."""
    return f"the training of {failed.name} failed" + (f": {failed.live.failure}" if failed.live.failure else "")


def failed_notes(key: str, serving: Generation | None) -> tuple[str, ...]:
    """Which model still serves after a failed training, and what a person can do."""
    going_on = [f"{serving.name} goes on serving"] if serving else []
    again = f"to train it again: --retry-failed; or change the manifest; to leave it out: --exclude {key}"
    return (*going_on, again)


def keeping_notes(
    desired: DesiredModel, retired: Sequence[Generation], held: Mapping[str, str], *, is_news: bool = True
) -> tuple[str, ...]:
    """Which names keep answering after their successor serves: those that keepPrevious keeps, where this plan changes
    who serves (`is_news`), and those that keepFor keeps (`held`), with the day on which they go.
    """
    count, days = desired.lifecycle.keep_previous, desired.lifecycle.keep_for
    previous = [
        f"{generation.live.call_name} goes on answering (keepPrevious is {count})"
        for generation in retired[:count]
        if generation.live.call_name and is_news
    ]
    longer = [
        f"{generation.live.call_name or generation.name} stays {held[generation.name]} (keepFor is {days}d)"
        for generation in retired
        if generation.name in held
    ]
    return (*previous, *longer)


def open_notes(permissions: Sequence[Permission], traits: Traits) -> tuple[str, ...]:
    """Warn of a model that everybody may use, whether that is declared or carried over."""
    everyone = any(permission.grantee_type == "EVERYONE" for permission in permissions)
    return (f"EVERYONE may use this model: {traits.words.everyone}",) if everyone else ()


def not_own_note(name: str) -> str:
    """Warn that a model of another account serves: its marker may not be ours."""
    return f"{name}, which serves, belongs to another account: use it only if you know who made it"


def none_own_note(keys: int) -> str:
    """Note that the models belong to another account than these credentials."""
    if keys == 1:
        return "what serves belongs to another account than the one that asks"
    return f"what serves this key and all others ({keys}) belongs to other accounts than the one that asks"


def shared_note(key: str, name: str) -> str:
    """Note a model of another account beside our own: its marker may not be ours."""
    return f"{name} carries the marker of {key} and belongs to another account: it neither serves nor counts here"


def others_note(name: str) -> str:
    """Note a model that is no longer needed and that another account made, beside our own."""
    return f"{name} belongs to another account: it is not deleted"


def unlabelled_note(name: str) -> str:
    """Note a model of a training of ours that says nothing any more, where no manifest declares its key."""
    return f"{name} was trained by this project, and carries no marker any more: it is left alone"


def unmarked_note(name: str) -> str:
    """Note a model that may be one of a key that is removed."""
    return f"{name} has an id of this key and no marker: it is left alone"


def released_note(key: str, name: str, *, was_released: bool) -> str:
    """Note that a training is planned, although a model that was released, or lost its marker, holds the same."""
    how = "was released" if was_released else "lost its marker"
    return (
        f"{name}, which {how}, was trained on just this. To take it back without a training, import it: "
        f"{import_line(key, name)}"
    )


def import_line(key: str, name: str, data: str = "asDeclared") -> str:
    """The line that adopts a model."""
    return f"write `import: {{tunedModel: {name}, data: {data}}}` in the spec of {key}"


def unread_notes(serving: Generation | None, traits: Traits) -> tuple[str, ...]:
    """Warn that permissions granted by hand are not carried over, since these credentials cannot read them."""
    if serving is None or traits.sets_permissions or not traits.has_permissions:
        return ()
    weak = traits.words.weak_credentials
    return (f"{weak} cannot read who else may use {serving.name}: grant it on the new model yourself",)


def reported_notes(desired: DesiredModel, target: Generation) -> tuple[str, ...]:
    """Note hyperparameters that the service reports differently from what was asked: they never retrain a model."""
    reported = target.live.hyperparameters
    return tuple(
        f"{name}: {number_text(value)} was asked for, the service reports {number_text(reported[name])}"
        for name, value in sorted(desired.hyperparameters.items())
        if name in reported and reported[name] != value
    )


def _trained(changes: Sequence[FieldChange]) -> str:
    return ", ".join(change.field for change in changes if change.path[0] in trained_fields())
