"""The `steps` of a plan document: what apply would do, in the order in which steps may start. Pure.

Data and checks are digests here, so that a saved plan holds no example and no prompt.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict, assert_never

from gemspec.domain.marker import Marker
from gemspec.domain.model import VALIDATION_URI, BaseModel, ParentKey, ParentModel
from gemspec.domain.plan import Action
from gemspec.domain.settings import named
from gemspec.reports.values import FieldValue, field_value, last_loss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.model import Check, LiveModel, Progress, Source
    from gemspec.domain.plan import NewGeneration, Step, StepRef, Training

_TRAINING, _TRAINING_URI = "tuningTask.trainingData", "tuningTask.trainingData.uri"
_VALIDATION = {"validationData": "tuningTask.validationData", VALIDATION_URI: "tuningTask.validationData.uri"}


class StepAddress(TypedDict):
    """The address of a step."""

    action: str
    key: str
    train: str


class FieldChangeEntry(TypedDict):
    """A field on both sides."""

    path: str
    before: FieldValue
    after: FieldValue


class ChecksDigest(TypedDict):
    """How many checks a model has to pass, and a digest over them."""

    count: int
    digest: str


class MarkerEntry(TypedDict):
    """The marker that a step writes, without the Git commit, which is never compared."""

    owner: str
    key: str
    train: str
    data: str
    examples: int
    attempt: int
    gen: int
    serving: int | None
    parent: str | None
    protect: bool
    retain: bool


class TrainingEntry(TypedDict):
    """The size of a training; None where the service decides, or a number is not known."""

    examples: int | None
    epochs: int | None
    epochs_by_default: bool
    batch: int | None
    steps: int | None
    tokens: int | None


class ObjectEntry(TypedDict):
    """An object of the user's that a training reads, as it was when the plan was made. `md5` is None where it has none;
    the generation is for people.
    """

    use: str
    uri: str
    size: int
    crc32c: str
    md5: str | None
    generation: str


class ProgressEntry(TypedDict):
    """The progress of a training when the plan was made."""

    completed_steps: int
    total_steps: int | None
    percent: float | None
    waiting: str | None
    loss: float | None


class LiveEntry(TypedDict):
    """The model as the plan saw it."""

    state: str
    serving: int | None
    call_name: str
    progress: ProgressEntry


class StepEntry(TypedDict):
    """A step of apply."""

    action: str
    key: str
    train: str
    name: str | None
    reason: str
    waits: list[StepAddress]
    changes: list[FieldChangeEntry]
    checks: ChecksDigest | None
    marker: MarkerEntry | None
    successor: str | None
    training: TrainingEntry | None
    objects: list[ObjectEntry]
    sent: dict[str, FieldValue]
    carried: list[str]
    live: LiveEntry | None


def step_entry(step: Step) -> StepEntry:
    """Give a step of the document."""
    return {
        "action": str(step.action),
        "key": step.key,
        "train": step.train,
        "name": step.name,
        "reason": step.reason,
        "waits": [_address(ref) for ref in step.waits],
        "changes": _changes(step),
        "checks": _checks(step.checks) if step.checks else None,
        "marker": _marker(step.marker) if step.marker else None,
        "successor": step.successor,
        "training": _training(step.generation.training) if step.generation else None,
        "objects": _objects(step.generation) if step.generation else [],
        "sent": _sent(step.generation) if step.generation else {},
        "carried": list(step.generation.carried) if step.generation else [],
        "live": _live(step.live) if step.live else None,
    }


def _address(ref: StepRef) -> StepAddress:
    return {"action": str(ref.action), "key": ref.key, "train": ref.train}


def _changes(step: Step) -> list[FieldChangeEntry]:
    """The fields that the step writes. A create writes all of its settings, so all are listed, even equal settings."""
    changes = {change.field: (change.before, change.after) for change in step.changes}
    if step.action is Action.CREATE:
        changes |= {name: (None, value) for name, value in step.settings.items() if name not in changes}
    return [
        {"path": path, "before": field_value(before), "after": field_value(after)}
        for path, (before, after) in sorted(changes.items())
    ]


def _checks(checks: Sequence[Check]) -> ChecksDigest:
    """Digest checks, since prompts may be as private as examples; the digest shows whether they were approved."""
    content = [[check.prompt, check.expectation, check.text, *filter(None, [check.system])] for check in checks]
    text = "gemspec:1:checks\n" + json.dumps(content, separators=(",", ":"))
    return {"count": len(checks), "digest": f"sha256:{sha256(text.encode()).hexdigest()}"}


def _marker(marker: Marker) -> MarkerEntry:
    """Give the marker without the Git commit and the flag `terminating`, which only apply writes."""
    return {
        "owner": marker.owner,
        "key": marker.key,
        "train": marker.train,
        "data": marker.data,
        "examples": marker.examples,
        "attempt": marker.attempt,
        "gen": marker.gen,
        "serving": marker.serving,
        "parent": marker.parent,
        "protect": marker.protect,
        "retain": marker.retain,
    }


def _training(training: Training) -> TrainingEntry:
    return {
        "examples": training.examples,
        "epochs": training.epochs,
        "epochs_by_default": training.epochs_by_default,
        "batch": training.batch,
        "steps": training.steps,
        "tokens": training.tokens,
    }


def _objects(generation: NewGeneration) -> list[ObjectEntry]:
    found = {"training": generation.dataset.stored, "validation": generation.validation}
    return [
        {
            "use": use,
            "uri": stored.uri,
            "size": stored.size,
            "crc32c": stored.crc32c,
            "md5": stored.md5 or None,
            "generation": stored.generation,
        }
        for use, stored in found.items()
        if stored
    ]


def _sent(generation: NewGeneration) -> dict[str, FieldValue]:
    """What a training is made of besides its settings, by the names of the manifest's fields. Data is its whole
    fingerprint, since the train hash holds only a part of that.
    """
    values = {**generation.hyperparameters, **generation.fixed, **generation.extras}
    data = {_TRAINING_URI: generation.data_uri} if generation.data_uri else {_TRAINING: generation.dataset.fingerprint}
    found = {**_source(generation.source), **data, **{_field(name): value for name, value in values.items()}}
    return {name: field_value(value) for name, value in sorted(found.items()) if value != ""}


def _source(source: Source) -> dict[str, FieldValue]:
    match source:
        case BaseModel(name):
            return {"baseModel": name}
        case ParentKey(key):
            return {"tunedModelSource.key": key}
        case ParentModel(name):
            return {"tunedModelSource.tunedModel": name}
        case never:
            assert_never(never)


def _field(name: str) -> str:
    return _VALIDATION.get(name) or named(name).field


def _live(live: LiveModel) -> LiveEntry:
    return {
        "state": str(live.state),
        "serving": live.marker.serving if isinstance(live.marker, Marker) else None,
        "call_name": live.call_name,
        "progress": _progress(live.progress),
    }


def _progress(progress: Progress) -> ProgressEntry:
    return {
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "percent": progress.percent,
        "waiting": progress.waiting or None,
        "loss": last_loss(progress),
    }
