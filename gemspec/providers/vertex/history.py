"""Decides which failed trainings still count, since job records cannot be deleted. Pure; used by `provider`.

A failed or cancelled training counts while it is the newest attempt of its key and no equal model exists. Other failed
trainings are history, as are models that were deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain import model
from gemspec.domain.marker import Marker
from gemspec.domain.model import State
from gemspec.providers.vertex.decode import live_model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gemspec.domain.model import LiveModel
    from gemspec.providers.vertex.decode import Parts
    from gemspec.providers.vertex.messages import TuningJob


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
