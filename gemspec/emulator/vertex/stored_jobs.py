"""Tuning jobs and their training data as kept. Every function is to be called in a transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .names import Place, missing, new_id
from .timeline import Timeline, schedule

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterator

    from ..kernel.database import Database
    from ..kernel.fields import Value


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


def find(database: Database, place: Place, id_: str) -> StoredJob:
    """The job of that id there. Raises ApiError (404)."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND location = ? AND id = ?"
    row = database.one(query, place.project, place.location, id_)
    if row is None:
        raise missing("TuningJob", place.of("tuningJobs", id_))
    return _job(row)


def numbered(database: Database, number: int) -> StoredJob:
    """The job of that number, which is there."""
    row = database.one("SELECT * FROM vertex_jobs WHERE number = ?", number)
    assert row is not None
    return _job(row)


def after(database: Database, place: Place, number: int) -> Generator[StoredJob, None, None]:
    """A place's jobs after that number, in the order of their making."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND location = ? AND number > ? ORDER BY number"
    for row in database.execute(query, place.project, place.location, number):
        yield _job(row)


def at_work(database: Database, project: int, now: int) -> list[StoredJob]:
    """A project's jobs that have not ended, in the order of their making: those that count for its quota."""
    query = "SELECT * FROM vertex_jobs WHERE project = ? AND begins + duration > ? ORDER BY number"
    jobs = [_job(row) for row in database.execute(query, project, now)]
    return [job for job in jobs if not job.timeline.is_done(now)]


def add(database: Database, place: Place, now: int, duration: int, failure: str | None = None) -> StoredJob:
    """Keeps a new job, whose settings and data are still to come; `failure` says why it fails, whatever its data."""
    id_ = new_id()
    cursor = database.execute(
        "INSERT INTO vertex_jobs (id, project, location, settings, stats, created, begins, duration, fails, failure)"
        " VALUES (?, ?, ?, '{}', '{}', ?, ?, ?, 0, ?)",
        *(id_, place.project, place.location, now, now, duration, failure),
    )
    return numbered(database, cursor.lastrowid or 0)


def complete(database: Database, job: StoredJob, settings: Value, stats: Value, *, fails: bool) -> None:
    """Gives a new job what it lacks."""
    database.execute(
        "UPDATE vertex_jobs SET settings = ?, stats = ?, fails = ? WHERE number = ?",
        *(json.dumps(settings), json.dumps(stats), fails, job.number),
    )


def cancel(database: Database, job: StoredJob, moment: int) -> None:
    """Notes when a cancellation takes effect."""
    database.execute("UPDATE vertex_jobs SET cancelled = ? WHERE number = ?", moment, job.number)


def queue(database: Database, project: int, limit: int | None, now: int) -> None:
    """Lets a project's jobs that wait begin as early as the quota has it. To be called when a job came or goes."""
    busy, waiting = [], []
    for job in at_work(database, project, now):
        times = job.timeline
        # A job that came this very moment is put in its place with the others.
        if times.begins < now or (times.begins == now and (times.created < now or times.cancelled is not None)):
            busy.append(times.end)
        elif times.cancelled is None:
            waiting.append((job.number, times.end - times.begins))
    for number, begins in schedule(busy, waiting, limit, now).items():
        database.execute("UPDATE vertex_jobs SET begins = ? WHERE number = ?", begins, number)


def add_example(database: Database, job: StoredJob, number: int, prompt: str, answer: str) -> None:
    """Keeps an example of a job's training data."""
    database.execute("INSERT INTO vertex_examples VALUES (?, ?, ?, ?)", job.number, number, prompt, answer)


def exact_answer(database: Database, job: int, prompt: str) -> str | None:
    """The answer of the first example with that prompt."""
    query = "SELECT answer FROM vertex_examples WHERE job = ? AND prompt = ? ORDER BY number LIMIT 1"
    row = database.one(query, job, prompt)
    return str(row["answer"]) if row else None


def examples(database: Database, job: int) -> Iterator[tuple[str, str]]:
    """A job's (prompt, answer) pairs, in order."""
    for row in database.execute("SELECT prompt, answer FROM vertex_examples WHERE job = ? ORDER BY number", job):
        yield row["prompt"], row["answer"]


def _job(row: sqlite3.Row) -> StoredJob:
    timeline = Timeline(
        row["created"], row["begins"], row["duration"], bool(row["fails"]), row["cancelled"], row["failure"]
    )
    return StoredJob(
        number=row["number"],
        id=row["id"],
        place=Place(row["project"], row["location"]),
        settings=json.loads(row["settings"]),
        stats=json.loads(row["stats"]),
        timeline=timeline,
    )
