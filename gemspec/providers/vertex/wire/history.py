"""Decides which failed trainings still count, since job records cannot be deleted. Pure; used by `provider`.

A failed or cancelled training counts while it is the newest attempt of its key and no equal model exists. Other failed
trainings are history, as are models that were deleted.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from gemspec.domain import model
from gemspec.domain.marker import Marker
from gemspec.domain.model import State
from gemspec.identity import label_marker as marker_labels
from gemspec.providers.vertex.wire.decode import live_model
from gemspec.providers.vertex.wire.messages import TunedModel, TuningJob
from gemspec.providers.vertex.wire.parts import FIRST, binding
from gemspec.providers.vertex.wire.resource_names import JOBS, Name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gemspec.domain.marker import Reading
    from gemspec.domain.model import LiveModel
    from gemspec.providers.vertex.wire.messages import Model
    from gemspec.providers.vertex.wire.parts import Parts


def without_history(found: Iterable[Parts]) -> list[LiveModel]:
    """Give the models that exist, the trainings that run, and the failures that count, in the order of their names."""
    jobs = sorted(found, key=lambda parts: age(parts.job))
    newest = {(marker.owner, marker.key): parts for parts in jobs if (marker := asked_for(parts))}
    live = [live_model(parts) for parts in jobs if not parts.is_gone]
    alive = {_content(model) for model in live if model.state is not State.FAILED}
    last = {str(parts.job_name) for parts in newest.values()}

    def counts(model: LiveModel) -> bool:
        return model.state is not State.FAILED or (model.name in last and _content(model) not in alive)

    return sorted(filter(counts, live), key=lambda model: model.name)


def asked_for(parts: Parts) -> Marker | None:
    """Give the marker that a job was created with."""
    return parts.asked_for if isinstance(parts.asked_for, Marker) else None


def age(job: TuningJob) -> tuple[datetime, str]:
    """The sort key of jobs, as the planner orders models: the oldest first."""
    return model.age(job.create_time, job.name)


def _content(live: LiveModel) -> tuple[str, str, str] | None:
    marker = live.marker
    return (marker.owner, marker.key, marker.train) if isinstance(marker, Marker) else None


def remembered(models: Iterable[Model], jobs: Iterable[TuningJob], location: str) -> list[TuningJob]:
    """Rebuild jobs that are gone from the labels that gemspec wrote to their models. The service keeps jobs; if it ever
    did not, a model of ours must not be lost and trained again. `location` is where the jobs ran.
    """
    known = {Name.parse(job.name).id for job in jobs}
    found: dict[str, TuningJob] = {}
    for found_model in sorted(models, key=attrgetter("version_create_time")):  # the original before its copies
        id_, name = marker_labels.job_of(found_model.labels), Name.read(found_model.name)
        if id_ and name and id_ not in known and isinstance(_reading(found_model), Marker):
            found.setdefault(id_, _remembered(found_model, name, Name(name.project, location, JOBS, id_)))
    return list(found.values())


def _reading(model: Model) -> Reading:
    return marker_labels.read(model.labels, bound_to=binding(model))


def _remembered(model: Model, name: Name, job: Name) -> TuningJob:
    return TuningJob(
        name=str(job),
        state="JOB_STATE_SUCCEEDED",
        base_model=model.base_model_source.genie_source.base_model_uri,
        tuned_model_display_name=model.display_name,
        description=model.description,
        labels=model.labels,
        tuned_model=TunedModel(f"{name.bare}@{model.version_id or FIRST}"),  # its endpoint has labels that say so
        create_time=model.version_create_time,
    )
