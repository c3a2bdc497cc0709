"""Tuning jobs and their training data as stored, their state at a time, and their queue.

Times are microseconds since 1970. Every function with a database is to be called in a transaction, but for
`count_jobs`. `tuning_jobs` has the methods, `resources` draws jobs.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .names import Place, missing, new_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator

    from ..kernel.database import Database
    from ..kernel.fields import Value

CANCELLED, INTERNAL = 1, 13  # google.rpc.Code


@dataclass(frozen=True, slots=True)
class Timeline:
    """A job's times as stored; its state is a pure function of them and of the time.

    begins: when it leaves the queue; duration: how long it takes from then; fails: it ends half way; cancelled: when a
    cancellation takes effect, if there was a cancellation; failure: why it fails, where the reason is not its data;
    partly: it makes a model and no endpoint.
    """

    created: int
    begins: int
    duration: int
    fails: bool = False
    cancelled: int | None = None
    failure: str | None = None
    partly: bool = False

    @property
    def starts(self) -> int:
        """When it becomes RUNNING: after a tenth of its duration, in which it is PENDING."""
        return self.begins + self.duration // 10

    @property
    def end(self) -> int:
        """When it ends by itself or by a cancellation."""
        return self._own_end if self.cancelled is None else min(self._own_end, max(self.created, self.cancelled))

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled before its end."""
        return self.cancelled is not None and self.cancelled <= self._own_end

    def is_done(self, now: int) -> bool:
        """Whether it has ended, successfully or not."""
        return now >= self.end

    def has_succeeded(self, now: int) -> bool:
        """Whether its model is there."""
        return self.is_done(now) and not self.is_cancelled and not self.fails

    def state(self, now: int) -> str:
        """A JobState."""
        if self.is_done(now):
            made = "PARTIALLY_SUCCEEDED" if self.partly else "SUCCEEDED"
            return f"JOB_STATE_{'CANCELLED' if self.is_cancelled else 'FAILED' if self.fails else made}"
        if self.cancelled is not None:
            return "JOB_STATE_CANCELLING"
        if now < self.begins:
            return "JOB_STATE_QUEUED"
        return "JOB_STATE_PENDING" if now < self.starts else "JOB_STATE_RUNNING"

    def updated(self, now: int) -> int:
        """When its state last changed."""
        latest = max(self.created, min(now, self.end))
        return max(moment for moment in (self.created, self.begins, self.starts, self.end) if moment <= latest)

    def has_started(self, now: int) -> bool:
        """Whether it has ever been RUNNING."""
        return self.starts <= min(now, self.end)

    def error(self, now: int) -> Value | None:
        """The google.rpc.Status of a job that ended badly, else None."""
        if not self.is_done(now) or self.has_succeeded(now):
            return None
        if self.is_cancelled:
            return {"code": CANCELLED, "message": "The tuning job was cancelled."}
        return {"code": INTERNAL, "message": self.failure or "Tuning failed: an example has the model text !fail."}

    @property
    def _own_end(self) -> int:
        return self.begins + (self.duration // 2 if self.fails else self.duration)


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A tuning job; `settings` are the fields of a TuningJob that were set or filled in on create, `stats` those of
    SupervisedTuningDataStats."""

    number: int
    id: str
    place: Place
    settings: Value
    stats: Value
    timeline: Timeline

    @property
    def name(self) -> str:
        """Its resource name."""
        return self.place.of("tuningJobs", self.id)


def find_job(database: Database, place: Place, id_: str) -> StoredJob:
    """The job of that id there. Raises ApiError (404)."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND location = ? AND id = ?"
    row = database.first(query, place.project, place.location, id_)
    if row is None:
        raise missing("TuningJob", place.of("tuningJobs", id_))
    return _job(row)


def numbered_job(database: Database, number: int) -> StoredJob:
    """The job of that number, which exists."""
    row = database.first("SELECT * FROM vertex_jobs WHERE number = ?", number)
    assert row is not None
    return _job(row)


def jobs_after(database: Database, place: Place, number: int) -> Generator[StoredJob, None, None]:
    """A place's jobs after that number, in the order of creation."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND location = ? AND number > ? ORDER BY number"
    for row in database.execute(query, place.project, place.location, number):
        yield _job(row)


def unfinished_jobs(database: Database, project: int, now: int) -> list[StoredJob]:
    """A project's jobs that have not ended, in the order of creation: they count for its quota."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND begins + duration > ? ORDER BY number"
    jobs = [_job(row) for row in database.execute(query, project, now)]
    return [job for job in jobs if not job.timeline.is_done(now)]


def add_job(database: Database, place: Place, now: int, duration: int, failure: str | None = None) -> StoredJob:
    """Adds a job without settings and data; `failure` is why it fails, where that does not depend on its data."""
    id_ = new_id()
    cursor = database.execute(
        "INSERT INTO vertex_jobs (id, project, location, settings, stats, created, begins, duration, fails, failure)"
        " VALUES (?, ?, ?, '{}', '{}', ?, ?, ?, 0, ?)",
        *(id_, place.project, place.location, now, now, duration, failure),
    )
    return numbered_job(database, cursor.lastrowid or 0)


def complete_job(
    database: Database, job: StoredJob, settings: Value, stats: Value, *, fails: bool, partly: bool
) -> None:
    """Gives a new job its settings and the counts of its data, and says how it ends."""
    database.execute(
        "UPDATE vertex_jobs SET settings = ?, stats = ?, fails = ?, partly = ? WHERE number = ?",
        *(json.dumps(settings), json.dumps(stats), fails, partly, job.number),
    )


def cancel_job(database: Database, job: StoredJob, moment: int) -> None:
    """Stores when a cancellation takes effect."""
    database.execute("UPDATE vertex_jobs SET cancelled = ? WHERE number = ?", moment, job.number)


def reschedule(database: Database, project: int, limit: int | None, now: int) -> None:
    """Lets the waiting jobs of a project begin as early as the quota allows. To be called when a job begins or ends."""
    busy, waiting = [], []
    for job in unfinished_jobs(database, project, now):
        times = job.timeline
        # A job that was created at this very moment is queued with the others.
        if times.begins < now or (times.begins == now and (times.created < now or times.cancelled is not None)):
            busy.append(times.end)
        elif times.cancelled is None:
            waiting.append((job.number, times.end - times.begins))
    for number, begins in schedule(busy, waiting, limit, now).items():
        database.execute("UPDATE vertex_jobs SET begins = ? WHERE number = ?", begins, number)


def schedule(busy: Iterable[int], waiting: Iterable[tuple[int, int]], limit: int | None, now: int) -> dict[int, int]:
    """When each waiting job begins, in the order of the queue.

    busy: when the running jobs end; waiting: (number, duration) of each job; limit: how many run at once.
    """
    ends = sorted(busy)
    begins: dict[int, int] = {}
    for number, duration in waiting:
        free = now
        while limit is not None and len(ends) >= limit:
            free = max(free, heapq.heappop(ends))
        begins[number] = free
        heapq.heappush(ends, free + duration)
    return begins


def add_example(database: Database, job: StoredJob, number: int, prompt: str, answer: str) -> None:
    """Adds an example to a job's training data."""
    database.execute("INSERT INTO vertex_examples VALUES (?, ?, ?, ?)", job.number, number, prompt, answer)


def exact_answer(database: Database, job: int, prompt: str) -> str | None:
    """The answer of the first example with that prompt."""
    query = "SELECT answer FROM vertex_examples WHERE job = ? AND prompt = ? ORDER BY number LIMIT 1"
    row = database.first(query, job, prompt)
    return str(row["answer"]) if row else None


def examples(database: Database, job: int) -> Iterator[tuple[str, str]]:
    """A job's (prompt, answer) pairs, in order."""
    for row in database.execute("SELECT prompt, answer FROM vertex_examples WHERE job = ? ORDER BY number", job):
        yield row["prompt"], row["answer"]


def count_jobs(database: Database) -> int:
    """How many jobs were ever created. Opens a transaction of its own."""
    with database.transaction():
        row = database.first("SELECT count(*) AS jobs FROM vertex_jobs")
    return int(row["jobs"]) if row else 0


def _job(row: sqlite3.Row) -> StoredJob:
    timeline = Timeline(
        created=row["created"],
        begins=row["begins"],
        duration=row["duration"],
        fails=bool(row["fails"]),
        cancelled=row["cancelled"],
        failure=row["failure"],
        partly=bool(row["partly"]),
    )
    return StoredJob(
        number=row["number"],
        id=row["id"],
        place=Place(row["project"], row["location"]),
        settings=json.loads(row["settings"]),
        stats=json.loads(row["stats"]),
        timeline=timeline,
    )
