"""Options of the emulated Vertex AI: where quotas and behaviour of the service differ, or are not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ..kernel.calls import Call


@dataclass(frozen=True, slots=True)
class VertexOptions:
    """operation_seconds: how long an operation takes, and a cancellation; 0 is instant.

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
