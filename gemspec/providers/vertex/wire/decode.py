"""Decodes answers of Vertex AI: a tuning job, its model and its endpoint together make a `LiveModel`. Pure.

`parts` joins them, `messages` holds their types, `encode` makes the bodies of requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import BaseModel, LiveModel, ParentModel, Progress, State
from gemspec.domain.settings import SettingKind
from gemspec.providers.http.status import clean
from gemspec.providers.vertex.wire.parts import FIRST, JOB, SUCCEEDED, Parts, base_model

if TYPE_CHECKING:
    from gemspec.providers.vertex.wire.messages import TuningJob

# The service's words for jobs that do not run yet, or are interrupted.
_WAITING = {"JOB_STATE_QUEUED": "queued", "JOB_STATE_PENDING": "pending", "JOB_STATE_PAUSED": "paused"}
_ENDS = {"JOB_STATE_CANCELLED": "the training was cancelled", "JOB_STATE_EXPIRED": "the training expired"}


def live_model(parts: Parts) -> LiveModel:
    """Make the value for planner and applier. Its name is the job's; `resources` has all names."""
    job = parts.job
    resources = {
        "job": parts.job_name,
        "model": parts.model_name if parts.model else None,
        "endpoint": parts.endpoint_name if parts.endpoint or parts.is_unread else None,
    }
    return LiveModel(
        name=str(parts.job_name),
        state=parts.state,
        source=_source(parts),
        marker=parts.marker,
        settings=parts.settings,
        hyperparameters=JOB.read(job, SettingKind.HYPERPARAMETER),
        fixed=JOB.read(job, SettingKind.FIXED),
        sent=parts.sent,
        resources={kind: str(name) for kind, name in resources.items() if name},
        aliases=parts.aliases,
        is_noted=parts.is_noted or isinstance(parts.marker, Absent),
        is_unlabelled=parts.is_unlabelled and isinstance(parts.marker, Marker),
        is_deployed=parts.is_deployed if parts.state is State.ACTIVE else True,
        trained_as=asked_for if isinstance(asked_for := parts.asked_for, Marker) else None,
        progress=_progress(job),
        create_time=job.create_time,
        complete_time=job.end_time,
        update_time=parts.stamped.update_time if parts.stamped else job.update_time,
        examples=job.tuning_data_stats.supervised_tuning_data_stats.tuning_dataset_example_count or None,
        failure=_failure(job) if parts.state is State.FAILED else "",
    )


def _source(parts: Parts) -> BaseModel | ParentModel:
    """Give the source of a model. A tuned model is named by its job, as live models are, where the job is known."""
    parent = parts.job.pre_tuned_model.tuned_model_name
    if not parent:
        return BaseModel(base_model(parts.job.base_model))
    name = parts.named(parent)
    if name is None:
        return ParentModel(parent)
    if maker := parts.makers.get((name.key, name.version or FIRST)):
        return ParentModel(str(maker.job_name), maker.aliases)
    return ParentModel(str(name), parts.all_names(name))


def _progress(job: TuningJob) -> Progress:
    """Give the steps of a training. While it runs, only its checkpoints report steps. Without checkpoints the total is
    left out, too, since the training would seem to stand still.
    """
    total = job.tuning_data_stats.supervised_tuning_data_stats.tuning_step_count
    done = max((checkpoint.step for checkpoint in job.tuned_model.checkpoints), default=0)
    done = max(done, total) if job.state in SUCCEEDED else done
    return Progress(done, total if total and done else None, waiting=_WAITING.get(job.state, ""))


def _failure(job: TuningJob) -> str:
    said = clean(job.error.message)
    if end := _ENDS.get(job.state):
        return f"{end} ({said})" if said and job.state != "JOB_STATE_CANCELLED" else end
    code = f"the service gives only the code {job.error.code}" if job.error.code else "the service gives no reason"
    return said or code
