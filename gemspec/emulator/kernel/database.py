"""The SQLite file of the emulator: its connection and lock, its mode, and the refusal of other files.

Every request is a short transaction, so that threads of this process and other processes on the same file (WAL) see
each other's work. `schema` has the tables; each service has a store over them.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .schema import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 30.0


class DatabaseUnusableError(Exception):
    """The file is not a database of this emulator, or of a later version of it, or cannot be opened; `advice` says how
    to fix that."""

    def __init__(self, path: Path | None, why: str, advice: str = "") -> None:
        super().__init__(f"{path}: {why}")
        self.advice = advice or "make it writable, name another file, or move it away"


class _ForeignError(Exception):
    """The schema is of another program or of a later emulator: the reason, and what to do."""


class Database:
    """The database. `path` None keeps everything in memory, private to this Database.

    Raises DatabaseUnusableError. The file is made if it is missing (0600), with its folder.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._connection = _open(path)
        self._finalizer = weakref.finalize(self, self._connection.close)

    def close(self) -> None:
        """Closes the database; it cannot be used any more."""
        self._finalizer()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[None]:
        """Everything in it sees the same state, and is committed or, on an exception, rolled back together. A
        transaction inside another is part of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
                self._connection.execute("COMMIT")  # before the request is answered
            except BaseException:
                if self._connection.in_transaction:  # SQLite ends it by itself if the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def execute(self, query: str, *values: Any, **named: Any) -> sqlite3.Cursor:
        """Runs a statement, with values for its `?` or for its `:names`. To be called in a transaction."""
        return self._connection.execute(query, named or values)

    def first(self, query: str, *values: Any, **named: Any) -> sqlite3.Row | None:
        """The first row of a query, or None. To be called in a transaction."""
        row: sqlite3.Row | None = self.execute(query, *values, **named).fetchone()
        return row


def _open(path: Path | None) -> sqlite3.Connection:
    """A connection in autocommit, for any thread; None is a database in memory. Raises DatabaseUnusableError."""
    try:
        if path is not None:
            _make_file(path)
        connection = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except OSError as error:
        raise DatabaseUnusableError(path, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise DatabaseUnusableError(path, str(error)) from error
    try:
        _prepare(connection)
    except (_ForeignError, sqlite3.Error) as error:
        connection.close()
        raise DatabaseUnusableError(path, *map(str, error.args)) from error
    return connection


def _make_file(path: Path) -> None:
    """Makes the file before SQLite does, readable by its owner alone: it has training data. WAL files get its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    _version(connection)  # before the first change to a file that may be another program's
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _version(connection) < len(STEPS):
        _take_steps(connection)


def _take_steps(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two processes may open a new file at the same time
    for step in STEPS[_version(connection) :]:
        # Not executescript, which would commit first.
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    """How many steps the file has. Raises _ForeignError for a schema that this emulator does not know."""
    # Both numbers by a single statement: between two, another process may make the schema.
    query = "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    version, tables = connection.execute(query).fetchone()
    if version == 0 and tables:
        raise _ForeignError("it is another program's database", "name another file, or move it away")
    if version > len(STEPS):
        why = f"a newer emulator has made it (its schema is version {version}, this one knows {len(STEPS)})"
        raise _ForeignError(why, "upgrade, or move it away: the emulator then begins anew")
    return int(version)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turns on WAL; SQLite does not wait for its lock here, so that a second process must retry."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
