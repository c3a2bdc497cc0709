"""Opens the SQLite file of the emulator: its schema, its mode, and what is no such file."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE models (
  number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of lists, and what page tokens hold
  id TEXT NOT NULL UNIQUE,
  operation TEXT NOT NULL,
  settings TEXT NOT NULL,                    -- JSON: the fields that the caller set or that were filled in on create
  start INTEGER NOT NULL, duration INTEGER NOT NULL,
  examples INTEGER NOT NULL, epochs INTEGER NOT NULL, batch INTEGER NOT NULL,
  fails INTEGER NOT NULL, cancelled INTEGER
) STRICT;
CREATE TABLE training_data (
  model INTEGER PRIMARY KEY REFERENCES models ON DELETE CASCADE,
  examples TEXT NOT NULL                     -- JSON: [[text input, output], ...]
) STRICT;
CREATE TABLE permissions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
  id TEXT NOT NULL, grantee_type TEXT NOT NULL, email TEXT, role TEXT NOT NULL,
  UNIQUE (model, id)
) STRICT;
CREATE INDEX permissions_by_email ON permissions (model, email);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO counters VALUES ('trainings', 0);
"""


class DatabaseUnusableError(Exception):
    """The file is not a database of this emulator, or of another version of it, or cannot be opened."""


def open_database(path: Path | None) -> sqlite3.Connection:
    """A connection in autocommit, for any thread; None is a database in memory. Raises DatabaseUnusableError."""
    try:
        if path is not None:
            _make_file(path)
        connection = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnusableError(f"{path}: {error}") from error
    try:
        _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise DatabaseUnusableError(f"{path}: not a database of this emulator ({error}): move it away") from error
    return connection


def _make_file(path: Path) -> None:
    """Makes the file before SQLite does, readable by its owner alone: it holds training data. WAL files follow it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    _is_empty(connection)  # before the first change to a file that may not be ours
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")  # two processes may open a new file at the same time
    if _is_empty(connection):
        # Not executescript, which would commit first; no statement of the schema has a semicolon inside.
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the schema is still to be made. Raises sqlite3.DatabaseError for somebody else's schema."""
    # Both numbers by one statement: between two, another process may make the schema.
    query = "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    version, tables = connection.execute(query).fetchone()
    if version == 0 and tables == 0:
        return True
    if version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"its schema has version {version}, not {SCHEMA_VERSION}")
    return False


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turns on WAL; SQLite does not wait for its lock here, so that a second process needs another try."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
