"""Training data that was uploaded for a project, as values, and the rule of what may be deleted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = 7  # that uploaded data is kept after its upload, and after the end of its last use
KEPT = timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An object that was uploaded for a project. Times are RFC 3339 text as the service wrote them.

    `users` are the trainings that name it and count: they run, their model exists, or their failure is shown. All
    others are history, and `last_use` is when the last of them ended: "" where none names it.
    """

    uri: str
    size: int
    generation: str
    create_time: str
    users: tuple[str, ...] = ()
    last_use: str = ""

    def age(self, now: datetime) -> timedelta | None:
        """How long ago it was uploaded; None where the service does not say when."""
        made = _moment(self.create_time)
        return None if made is None else max(now - made, timedelta())

    def is_prunable(self, now: datetime) -> bool:
        """Whether it may be deleted: nothing that counts names it, and it has been so for long enough.

        A time that cannot be read keeps it.
        """
        if self.users:
            return False
        times = [_moment(text) for text in (self.create_time, *([self.last_use] if self.last_use else []))]
        return all(time is not None and now - time > KEPT for time in times)


@dataclass(frozen=True, slots=True)
class UploadList:
    """What was uploaded for a project into `folder`, by name. `moment` is the time by the service's own clock, None
    where it does not give that.
    """

    folder: str
    uploads: tuple[StoredUpload, ...]
    moment: datetime | None = None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
