"""tunedModels.create: checks, defaults, the id, and the training that starts.

Beside `tuned_models`, which has the other methods of the resource.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, bad_request, invalid
from . import limits, store
from .base_models import BASE_MODELS, CREATE_TUNED_MODEL, supports
from .messages import CREATE_PARAMETERS, OPERATION, TUNED_MODEL
from .operations import operation_value
from .training import Training, default_batch_size, default_learning_rate

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .store import GeminiCall, StoredModel

FAILING_OUTPUT = "!fail"  # an example with this output makes the training fail: the emulator's own convention
SUFFIX_LENGTH = 12  # as in the recorded number-generator-model-psx3d3gljyko
BASE36 = string.digits + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class _CreateRequest:
    """A request, checked as far as possible without the database."""

    settings: Value
    hyperparameters: Value
    examples: list[tuple[str, str]]


def create(call: GeminiCall) -> Response:
    """POST /v1beta/tunedModels?tunedModelId=ID: starts a training; answers its operation.

    Raises ApiError: 400 for what `limits` refuses, 404 and 403 for the source, 409 if the id is taken, 429 beyond the
    concurrent trainings of a fault file.
    """
    wanted_id: str = call.parameters(CREATE_PARAMETERS).get("tuned_model_id", "")
    request = _checked_request(call.message(TUNED_MODEL, "tuned_model"))
    if wanted_id and not limits.is_model_id(wanted_id):
        raise invalid("tuned_model_id", "tuned_model_id must match [a-z]([a-z0-9-]{0,38}[a-z0-9])?.")
    if not wanted_id and not request.settings.get("display_name"):
        raise ApiError("INVALID_ARGUMENT", "Either tuned_model_id or display_name must be set.")
    with call.database.transaction(write=True):
        _check_quota(call)
        model_id = wanted_id or id_from_display_name(request.settings["display_name"])
        settings = _with_source(call, request)
        if call.service.model(model_id) is not None:
            raise ApiError("ALREADY_EXISTS", f"Tuned model tunedModels/{model_id} already exists.")
        model = _start(call, model_id, settings, request)
    return call.answer(OPERATION, operation_value(model, call.now))


def id_from_display_name(display_name: str) -> str:
    """An id for a model that has none: the display name in lower case, spaces to `-`, other characters dropped, then
    `-` and a random base-36 suffix; at most 40 characters."""
    words = re.sub(r"[^a-z0-9-]", "", display_name.lower().replace(" ", "-")).lstrip(string.digits + "-")
    suffix = "".join(secrets.choice(BASE36) for _ in range(SUFFIX_LENGTH - 1))
    head = words[: 40 - SUFFIX_LENGTH - 1].rstrip("-")
    return f"{head}-{secrets.choice(BASE36)}{suffix}" if head else f"{secrets.choice(string.ascii_lowercase)}{suffix}"


def _checked_request(tuned_model: Value) -> _CreateRequest:
    task = tuned_model.pop("tuning_task", {})
    hyperparameters = task.get("hyperparameters", {})
    examples = task.get("training_data", {}).get("examples", {}).get("examples", [])
    problems = limits.check_settings(tuned_model) + limits.check_hyperparameters(hyperparameters)
    problems += limits.check_examples(examples)
    if problems:
        raise bad_request(problems)
    pairs = [(example["text_input"], example["output"]) for example in examples]
    return _CreateRequest(tuned_model, _with_hyperparameter_defaults(hyperparameters, len(pairs)), pairs)


def _with_hyperparameter_defaults(hyperparameters: Value, examples: int) -> Value:
    defaults: Value = {"epoch_count": 5, "batch_size": default_batch_size(examples)}
    if "learning_rate_multiplier" not in hyperparameters:
        defaults["learning_rate"] = default_learning_rate(examples)
    return {**defaults, **hyperparameters}


def _with_source(call: GeminiCall, request: _CreateRequest) -> Value:
    """The settings with the defaults of the base model, which is named or that of the source."""
    settings = dict(request.settings)
    if "tuned_model_source" in settings:
        base_model = _source_base_model(call, settings["tuned_model_source"].get("tuned_model", ""))
        settings["tuned_model_source"] = {**settings["tuned_model_source"], "base_model": base_model}
    else:
        base_model = settings.get("base_model", "")
        if not base_model:
            raise invalid("tuned_model", "Either base_model or tuned_model_source must be set.")
        if not supports(base_model, CREATE_TUNED_MODEL):
            message = f"{base_model} is not found for CREATE TUNED MODEL at API version v1beta."
            raise ApiError("INVALID_ARGUMENT", message)
    base = BASE_MODELS[base_model]
    return {**{name: base[name] for name in ("temperature", "top_p", "top_k")}, **settings}


def _source_base_model(call: GeminiCall, name: str) -> str:
    source = store.find_named_model(call, name, store.READ)
    if source.training.state(call.now) != "ACTIVE":
        raise ApiError("FAILED_PRECONDITION", f"Tuned model {name} is not ACTIVE and cannot be tuned further.")
    return source.base_model


def _check_quota(call: GeminiCall) -> None:
    """Raises ApiError (429) for a training beyond what may run at a time. The service's own words are not known."""
    limit = call.emulation.concurrent_trainings
    if limit is None or call.service.trainings_running(call.now) < limit:
        return
    host = "generativelanguage.googleapis.com"
    message = (
        f"Quota exceeded for quota metric 'Concurrent tuning jobs' of service '{host}':"
        f" {limit} of {limit} concurrent trainings run."
    )
    violation = {"subject": host, "description": "Concurrent tuning jobs"}
    details = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    raise ApiError("RESOURCE_EXHAUSTED", message, [details])


def _start(call: GeminiCall, model_id: str, settings: Value, request: _CreateRequest) -> StoredModel:
    hyperparameters = request.hyperparameters
    outcome = call.emulation.training_outcome(model_id)
    training = Training(
        start=call.now,
        duration=outcome.duration,
        examples=len(request.examples),
        epochs=hyperparameters["epoch_count"],
        batch=hyperparameters["batch_size"],
        fails=outcome.failure is not None or any(output == FAILING_OUTPUT for _, output in request.examples),
        failure=outcome.failure,
    )
    if problems := limits.check_steps(training.total_steps):
        raise bad_request(problems)
    operation = "".join(secrets.choice(BASE36) for _ in range(SUFFIX_LENGTH))
    settings = {**settings, "hyperparameters": hyperparameters}
    model = call.service.add_model(model_id, operation, settings, training, request.examples)
    call.service.set_grant(model, store.OWNER_GRANT_ID, "USER", call.caller, "OWNER")
    return model
