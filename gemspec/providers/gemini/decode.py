"""Decodes answers of the Gemini API: messages in, `LiveModel` and small records out. Pure.

`provider` fetches the bytes, `messages` holds their types, `encode` makes the bodies of requests.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel, LiveModel, ParentModel, Progress, Snapshot, State
from gemspec.domain.settings import GEMINI, SettingKind
from gemspec.identity import description_marker as markers
from gemspec.providers.wire_settings import WireSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.model import Hyperparameter, Value
    from gemspec.providers.gemini.messages import Operation, TunedModel, WireSnapshot

PREFIX = "tunedModels/"
WIRE = WireSettings(GEMINI)  # a TunedModel has every setting where a manifest's spec has it
_STEP = attrgetter("step")
_MOST_STEPS = 2**31  # an int32 counts them


def model_id(name: str) -> str:
    """Give the id in a remote name: `tunedModels/x` is `x`."""
    return name.removeprefix(PREFIX)


def live_model(wire: TunedModel, *, is_own: bool | None = None, curve: bool = True) -> LiveModel:
    """Turn a message into the value for planner and applier, its settings in normal form.

    The marker is removed from the description. `failure` is left empty: only the operation knows it. `is_own`: whether
    the model belongs to the account of the credentials, which only the list can tell. Without its `curve` only the last
    point is kept: a thousand models can have a million points.
    """
    text, reading = markers.split(wire.description, model_id(wire.name))
    hyperparameters = WIRE.read(wire, SettingKind.HYPERPARAMETER)
    examples = reading.examples if isinstance(reading, Marker) else 0
    return LiveModel(
        name=wire.name,
        state=_state(wire.state),
        source=_source(wire),
        marker=reading,
        settings=_settings(wire, text),
        hyperparameters=hyperparameters,
        progress=progress(wire.tuning_task.snapshots, total_steps(examples, hyperparameters), curve=curve),
        create_time=wire.create_time,
        update_time=wire.update_time,
        complete_time=wire.tuning_task.complete_time,
        is_own=is_own,
    )


def with_operation(live: LiveModel, operation: Operation) -> LiveModel:
    """Complete a model's progress with that of its operation: the total, and steps where the model reports fewer."""
    metadata = operation.metadata
    known = live.progress
    fuller = progress(metadata.snapshots, metadata.total_steps or known.total_steps, metadata.completed_steps)
    if len(fuller.snapshots) < len(known.snapshots):
        fuller = replace(
            fuller, snapshots=known.snapshots, completed_steps=max(fuller.completed_steps, known.completed_steps)
        )
    return replace(live, progress=fuller)


def progress(
    snapshots: Sequence[WireSnapshot], total: int | None, completed: int = 0, *, curve: bool = True
) -> Progress:
    """Build a Progress from a loss curve, or its last point alone; `completed` counts where the curve reports less."""
    wanted = sorted(snapshots, key=_STEP) if curve else [max(snapshots, key=_STEP)] if snapshots else []
    points = tuple(Snapshot(point.step, point.epoch, point.mean_loss) for point in wanted)
    return Progress(max(completed, points[-1].step if points else 0), total, points)


def total_steps(examples: int, hyperparameters: Mapping[str, Hyperparameter]) -> int | None:
    """Compute a training's steps as the service does, ceil(examples x epochs / batch); None when a factor is unknown,
    or the result is impossible.

    Source: recorded answers, 15 examples and 5 epochs take 38 steps at batch 2 and 19 at batch 4.
    """
    epochs, batch = hyperparameters.get("epochCount"), hyperparameters.get("batchSize")
    if not (examples and epochs and batch):
        return None
    steps = -(-examples * int(epochs) // int(batch))
    return steps if 0 < steps < _MOST_STEPS else None


def _state(state: str) -> State:
    return State(state) if state in State.__members__ else State.UNKNOWN


def _source(wire: TunedModel) -> BaseModel | ParentModel:
    parent = wire.tuned_model_source
    if parent.tuned_model:
        return ParentModel(parent.tuned_model)
    return BaseModel(wire.base_model or parent.base_model)


def _settings(wire: TunedModel, text: str) -> dict[str, Value]:
    """Give the settings, with the user's own text of the description.

    Answers leave out zeros, so a model with topP or topK but no temperature has temperature 0. Without any of the three
    the temperature is unknown: an invented 0 would be carried over to the model's replacement.
    """
    is_zero = wire.temperature is None and (wire.top_p is not None or wire.top_k is not None)
    message = msgspec.structs.replace(wire, description=text, temperature=0.0 if is_zero else wire.temperature)
    return WIRE.read(message, SettingKind.MUTABLE)
