"""The methods of tuningJobs but for create: get, list, cancel. There is no delete, and no patch."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import ApiError
from . import filters, stored_jobs
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

    from ..kernel.calls import Call
    from ..kernel.fields import Value

DEFAULT_PAGE = 10


def get(call: Call) -> Response:
    """GET .../tuningJobs/ID."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        job = stored_jobs.find(call.database, place_of(call), call.path["job"])
        return call.answer(TUNING_JOB, job_value(call.database, job, call.now))


def list_jobs(call: Call) -> Response:
    """GET .../tuningJobs: a page of them, in the order of their making."""
    place = place_of(call)
    parameters = call.parameters(TUNING_JOBS_LIST)
    text = parameters.get("filter", "")
    wanted = filters.parse(text, by_name=False)
    scope = f"{place.name} tuningJobs {text}"
    position, size = paging.position(parameters, scope), paging.page_size(parameters, DEFAULT_PAGE)
    with call.database.transaction(), closing(stored_jobs.after(call.database, place, position)) as rows:
        page, has_more = paging.cut((job for job in rows if wanted.matches(job.settings)), size)
        value: Value = {"tuning_jobs": [job_value(call.database, job, call.now) for job in page]}
    if has_more:
        value["next_page_token"] = paging.token(page[-1].number, scope)
    return call.answer(LIST_TUNING_JOBS_RESPONSE, value)


def cancel(call: Call) -> Response:
    """POST .../tuningJobs/ID:cancel: CANCELLING for a while, then CANCELLED. A second one does nothing.

    Raises ApiError: 400 FAILED_PRECONDITION for a job that has ended; nobody has shown what the service answers then.
    """
    call.parameters(NO_PARAMETERS)
    call.message(CANCEL_TUNING_JOB_REQUEST)
    with call.database.transaction(write=True):
        job = stored_jobs.find(call.database, place_of(call), call.path["job"])
        if job.timeline.is_done(call.now):
            message = f"{job.name} is in state {job.timeline.state(call.now)}: it cannot be cancelled."
            raise ApiError("FAILED_PRECONDITION", message)
        if job.timeline.cancelled is None:
            stored_jobs.cancel(call.database, job, call.now + call.options.operation_microseconds)
            stored_jobs.queue(call.database, job.place.project, call.options.concurrent_jobs, call.now)
    return call.answer(EMPTY, {})
