"""The methods of tuningJobs except create: get, list, cancel. There is no delete, and no patch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from . import jobs
from .filters import filtered_page
from .messages import (
    CANCEL_TUNING_JOB_REQUEST,
    EMPTY,
    LIST_TUNING_JOBS_RESPONSE,
    NO_PARAMETERS,
    TUNING_JOB,
    TUNING_JOBS_LIST,
)
from .names import place_of
from .resources import job_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .options import VertexCall


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
