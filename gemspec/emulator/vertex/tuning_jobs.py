"""The methods of tuningJobs: create, get, list, cancel. There is no delete, and no patch.

A create checks the request, reads the training data, fills in defaults, and stores the job with its place in the queue
and the model that it will make.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, bad_request
from . import jobs, stored_models
from .dataset import EXAMPLES, VALIDATION_EXAMPLES, Dataset
from .filters import filtered_page
from .limits import check_job
from .messages import (
    CANCEL_TUNING_JOB_REQUEST,
    EMPTY,
    LIST_TUNING_JOBS_RESPONSE,
    NO_PARAMETERS,
    TUNING_JOB,
    TUNING_JOBS_LIST,
)
from .names import Place, model_location, new_id, place_of, plain_base_model, read_model_name
from .resources import job_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.database import Database
    from ..kernel.fields import Value
    from . import VertexCall
    from .jobs import StoredJob
    from .stored_models import StoredModel

FAILING_TEXT = "!fail"  # a model's text that makes the tuning fail: the emulator's own convention
PARTLY_TEXT = "!no-endpoint"  # one that makes it end without an endpoint
BATCH = 8  # examples a step: the service does not say its own
CHECKPOINTS = 10  # "about ten"
MANY_EPOCHS = 40  # for little data, as observed of the service
DEFAULT_SIZE = "ADAPTER_SIZE_FOUR"
JOB_ID_LABEL, TUNE_TYPE_LABEL = "google-vertex-llm-tuning-job-id", "tune-type"  # which the service sets on models


def get(call: VertexCall) -> Response:
    """GET .../tuningJobs/ID."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        job = jobs.find_job(call.database, place_of(call), call.path["job"])
        return call.answer(TUNING_JOB, job_value(call.database, job, call.now))


def list_jobs(call: VertexCall) -> Response:
    """GET .../tuningJobs: a page of them, in the order of creation."""
    place = place_of(call)
    parameters = call.parameters(TUNING_JOBS_LIST)
    rows_after = partial(jobs.jobs_after, call.database, place)
    with call.database.transaction():
        page = filtered_page(parameters, f"{place.name} tuningJobs", rows_after, by_name=False)
        value: Value = {
            "tuning_jobs": [job_value(call.database, job, call.now) for job in page.rows],
            "next_page_token": page.token,
        }
    return call.answer(LIST_TUNING_JOBS_RESPONSE, value)


def cancel(call: VertexCall) -> Response:
    """POST .../tuningJobs/ID:cancel: CANCELLING for a while, then CANCELLED. A second cancel does nothing.

    Raises ApiError: 400 FAILED_PRECONDITION for a job that has ended; the service's own answer is not known.
    """
    call.parameters(NO_PARAMETERS)
    call.message(CANCEL_TUNING_JOB_REQUEST)
    with call.database.transaction(write=True):
        job = jobs.find_job(call.database, place_of(call), call.path["job"])
        if job.timeline.is_done(call.now):
            message = f"{job.name} is in state {job.timeline.state(call.now)}: it cannot be cancelled."
            raise ApiError("FAILED_PRECONDITION", message)
        if job.timeline.cancelled is None:
            jobs.cancel_job(call.database, job, call.now + call.service.operation_microseconds)
            jobs.reschedule(call.database, job.place.project, call.service.concurrent_jobs, call.now)
    return call.answer(EMPTY, {})


@dataclass(frozen=True, slots=True)
class _Source:
    """What is tuned: a base model, or a model that was tuned from it."""

    base_model: str
    parent: StoredModel | None


def create(call: VertexCall) -> Response:
    """POST .../tuningJobs: starts a job; a repeat starts another job.

    Raises ApiError: 400 for what `limits` and `dataset` refuse and for an unknown base model, 404 for the model to tune
    further, 429 beyond the quota, if that refuses.
    """
    place = place_of(call)
    call.parameters(NO_PARAMETERS)
    request = call.message(TUNING_JOB, "tuning_job")
    if problems := check_job(request, place):
        raise bad_request(problems)
    with call.database.transaction(write=True):
        source = _source(call, request)
        _check_quota(call, place)
        outcome = call.emulation.training_outcome(request.get("tuned_model_display_name") or _display_name(source))
        job = jobs.add_job(call.database, place, call.now, outcome.duration, outcome.failure)
        job = _with_data(call.database, job, request, source)
        _add_model(call, job, source)
        jobs.reschedule(call.database, place.project, call.service.concurrent_jobs, call.now)
        value = job_value(call.database, jobs.numbered_job(call.database, job.number), call.now)
    return call.answer(TUNING_JOB, value)


def _source(call: VertexCall, request: Value) -> _Source:
    if "base_model" in request:
        name = plain_base_model(request["base_model"])
        if name is None:
            raise ApiError("INVALID_ARGUMENT", f"Base model {request['base_model']} is not supported.")
        return _Source(name, None)
    wanted = request["pre_tuned_model"]
    named = read_model_name(wanted.get("tuned_model_name", ""))
    if named is None:
        message = "tuning_job.pre_tuned_model.tuned_model_name must be projects/.../locations/.../models/ID."
        raise ApiError("INVALID_ARGUMENT", message)
    text = f"{named.id}@{named.version}" if named.version else named.id
    parent = stored_models.find_model(call.database, named.place, text, call.now)
    checkpoint = wanted.get("checkpoint_id", "")
    if checkpoint and checkpoint not in [c["checkpoint_id"] for c in parent.settings["checkpoints"]]:
        raise ApiError("INVALID_ARGUMENT", f"{parent.name} has no checkpoint '{checkpoint}'.")
    wanted["base_model"] = parent.settings["base_model"]
    return _Source(parent.settings["base_model"], parent)


def _check_quota(call: VertexCall, place: Place) -> None:
    limit = call.service.concurrent_jobs if call.service.refuses_beyond else None
    if call.emulation.concurrent_trainings is not None:
        limit = call.emulation.concurrent_trainings
    if limit is None:
        return
    if len(jobs.unfinished_jobs(call.database, place.project, call.now)) >= limit:
        message = (
            "Quota exceeded for aiplatform.googleapis.com/global_concurrent_tuning_jobs."
            f" Jobs of the project that run: {limit}. Please submit a quota increase request."
        )
        raise ApiError("RESOURCE_EXHAUSTED", message)


def _with_data(database: Database, job: StoredJob, request: Value, source: _Source) -> StoredJob:
    """Reads the training data into the job, and fills in the defaults."""
    spec = request["supervised_tuning_spec"]
    path = "tuning_job.supervised_tuning_spec"
    training = Dataset(database, spec["training_dataset_uri"], f"{path}.training_dataset_uri", EXAMPLES)
    fails, partly = job.timeline.failure is not None, False
    for number, example in enumerate(training):
        jobs.add_example(database, job, number, example.prompt, example.answer)
        fails = fails or example.answer.strip() == FAILING_TEXT
        partly = partly or example.answer.strip() == PARTLY_TEXT
    if uri := spec.get("validation_dataset_uri"):
        for _ in Dataset(database, uri, f"{path}.validation_dataset_uri", VALIDATION_EXAMPLES):
            pass
    stats = training.stats()
    count = stats["tuning_dataset_example_count"]
    hyper = {
        "epoch_count": default_epochs(count),
        "learning_rate_multiplier": 1.0,
        "adapter_size": DEFAULT_SIZE,
        **spec.get("hyper_parameters", {}),
    }
    stats["tuning_step_count"] = -(-count * hyper["epoch_count"] // BATCH)
    name = request.get("tuned_model_display_name") or _display_name(source)
    settings = {
        **request,
        "supervised_tuning_spec": {**spec, "hyper_parameters": hyper},
        "tuned_model_display_name": name,
    }
    jobs.complete_job(database, job, settings, stats, fails=fails, partly=partly)
    return jobs.numbered_job(database, job.number)


def default_epochs(examples: int) -> int:
    """The epochs of a job that does not set them: many for little data, as observed of the service."""
    return max(1, min(MANY_EPOCHS, 2000 // examples))


def _display_name(source: _Source) -> str:
    return str(source.parent.settings["display_name"]) if source.parent else f"tuned-{source.base_model}"


def _add_model(call: VertexCall, job: StoredJob, source: _Source) -> None:
    """Stores the model and endpoints that callers see once the job has succeeded.

    A model that is tuned further under its own name gets another version; under another name it is a new model.
    """
    name = job.settings["tuned_model_display_name"]
    parent = source.parent if source.parent and source.parent.settings["display_name"] == name else None
    place = parent.place if parent else Place(job.place.project, model_location(source.base_model, job.place.location))
    id_ = parent.id if parent else new_id()
    version = stored_models.next_version(call.database, id_)
    checkpoints = [] if _has_one_checkpoint(job) else _checkpoints(job)
    reaching = job.settings.get("labels", {}) if call.service.labels_reach_models else {}
    shared = {"display_name": name, **{k: v for k, v in job.settings.items() if k == "encryption_spec"}}
    settings = {
        **shared,
        "labels": {**reaching, JOB_ID_LABEL: job.id, TUNE_TYPE_LABEL: "sft"},
        "base_model": source.base_model,
        "checkpoints": checkpoints,
        "default_checkpoint_id": checkpoints[-1]["checkpoint_id"] if checkpoints else "",
    }
    model = stored_models.add_model(call.database, place, id_, version, job, settings)
    for checkpoint in [] if job.timeline.partly else checkpoints or [{}]:
        ids = (new_id(), new_id())
        stored_models.add_endpoint(call.database, place, ids, model, checkpoint, {**shared, "labels": dict(reaching)})


def _has_one_checkpoint(job: StoredJob) -> bool:
    return bool(job.settings["supervised_tuning_spec"].get("export_last_checkpoint_only"))


def _checkpoints(job: StoredJob) -> list[Value]:
    """A checkpoint for each epoch, but at most ten, evenly spread; the last is the whole training."""
    epochs = job.settings["supervised_tuning_spec"]["hyper_parameters"]["epoch_count"]
    steps = job.stats["tuning_step_count"]
    count = min(epochs, CHECKPOINTS)
    ends = [-(-epochs * index // count) for index in range(1, count + 1)]
    return [
        {"checkpoint_id": str(index), "epoch": epoch, "step": -(-steps * epoch // epochs)}
        for index, epoch in enumerate(ends, start=1)
    ]
