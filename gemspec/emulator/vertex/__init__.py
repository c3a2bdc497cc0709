"""Vertex AI (aiplatform v1), as far as tuning needs it: tuningJobs, models, endpoints, operations, and generateContent
on endpoints. Training data comes from the emulated Cloud Storage of the same database.

The path of a request: `routes` -> `tuning_jobs`, `models`, `endpoints` or `operations` -> `jobs`, `stored_models`,
`operations` (SQLite). `messages` and `content_messages` have the message types as tables, `resources` makes their
values. The state of a job is a pure function of what is stored and of the time (`jobs.Timeline`): its model and
endpoints are stored when it is created, and callers see them from the moment it has succeeded.

All locations are served by the same host; a resource is found only under the location of its name. Every possible
project exists, and everybody may do everything in it; a key alone is refused. `VertexOptions` has what can be chosen.

A training fails if a line of its data has `!fail` as the model's text. It ends half way, FAILED. It
ends PARTIALLY_SUCCEEDED, with a model and without an endpoint, if a line has `!no-endpoint`.

Not served: tuning other than supervised tuning, rebaseTunedModel, models that were uploaded or copied, versions'
aliases, IAM policies, several models on an endpoint, predict and its relatives, publishers' models, evaluation,
v1beta1. Of a generateContent request everything but `contents` and the types of `generationConfig` is accepted without
effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ..kernel.calls import Call


@dataclass(frozen=True, slots=True)
class VertexOptions:
    """Where quotas and behaviour of the service differ, or are not known.

    operation_seconds: how long an operation takes, and a cancellation; 0 is instant.

    concurrent_jobs: how many jobs of a project run at once; None is no limit. Jobs beyond it wait, QUEUED, or are
    refused with 429 where `refuses_beyond` is set.

    labels_reach_models: whether a job's labels are also those of its model and endpoints. The service's documentation
    can be read so, but it has not been observed.
    """

    operation_seconds: float = 0.5
    concurrent_jobs: int | None = None
    refuses_beyond: bool = False
    labels_reach_models: bool = False

    @property
    def operation_microseconds(self) -> int:
        """operation_seconds, in the unit of the emulator's clock."""
        return round(self.operation_seconds * 1_000_000)


VertexCall: TypeAlias = "Call[VertexOptions]"
