"""TunedModel and Operation as the API shows them: values of `messages`, from what is stored and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .messages import CREATE_TUNED_MODEL_METADATA, TUNED_MODEL

if TYPE_CHECKING:
    from ..kernel.fields import Value
    from .store import StoredModel


def model_value(model: StoredModel, now: int) -> Value:
    """The TunedModel at that time. While CREATING updateTime is createTime, afterwards completeTime, as recorded;
    a patch does not move it."""
    training = model.training
    done = training.is_done(now)
    settings = dict(model.settings)
    task = {
        "start_time": training.start,
        "complete_time": training.end if done else None,
        "snapshots": training.snapshots(now),
        "hyperparameters": settings.pop("hyperparameters"),
    }
    return {
        **settings,
        "name": model.name,
        "state": training.state(now),
        "create_time": training.start,
        "update_time": training.end if done else training.start,
        "tuning_task": task,
    }


def operation_value(model: StoredModel, now: int) -> Value:
    """The operation of a model's training: with `response` or `error` once it is done."""
    training = model.training
    metadata = {
        "tuned_model": model.name,
        "total_steps": training.total_steps,
        "completed_steps": training.completed_steps(now),
        "completed_percent": training.completed_percent(now),
        "snapshots": training.snapshots(now),
    }
    value: Value = {
        "name": f"{model.name}/operations/{model.operation}",
        "metadata": (CREATE_TUNED_MODEL_METADATA, metadata),
    }
    if training.is_done(now):
        value["done"] = True
        error = training.error(now)
        if error:
            value["error"] = error
        else:
            value["response"] = (TUNED_MODEL, model_value(model, now))
    return value
