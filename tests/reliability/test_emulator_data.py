"""What the emulator has answered is in its file, whatever becomes of its process; and several share a file."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import time
from dataclasses import dataclass

import httpx
import pytest
from support.served import until

from gemspec import cli
from gemspec.emulator.kernel import database, schema

from .writers import Jobs, Models, Uploads

ROUNDS = 10  # on one file
KINDS = {"models": Models, "models too": Models, "jobs": Jobs, "uploads": Uploads}


@dataclass
class Emulator:
    """`gemspec emulator` on a file."""

    process: object
    url: str

    def kill(self):
        self.process.signal(signal.SIGKILL)
        until(lambda: self.process.status is not None, "its end")


@pytest.fixture
def serve(fork_server, tmp_path):
    """Start an emulator on the file of that name."""
    started = []

    def start(name="e.db"):
        log = tmp_path / f"{len(started)}.log"
        words = ("emulator", "--port", "0", "--data", name, "--training-seconds", "3600", "--bucket", "my-bucket")
        process = fork_server.start(tmp_path, log, {"HOME": str(tmp_path)}, *words)
        until(lambda: "STORAGE_EMULATOR_HOST" in process.text or process.status is not None, lambda: process.text)
        started.append(Emulator(process, re.search(r"on (http://\S+)", process.text)[1]))
        return started[-1]

    yield start
    for server in started:
        server.kill()


def writing(label, *urls):
    """Writers at work."""
    writers = [kind(f"{name.replace(' ', '-')}-{label}", urls) for name, kind in KINDS.items()]
    for writer in writers:
        writer.start()
    return writers


# What is true of every file, as queries that find nothing: what belongs together was written together.
HALVES = {
    "a model without its data": "SELECT id FROM models WHERE number NOT IN (SELECT model FROM training_data)",
    "a training that was not counted": (
        "SELECT value FROM counters WHERE name = 'trainings'"
        " AND value != (SELECT coalesce(sum(seq), 0) FROM sqlite_sequence WHERE name = 'models')"
    ),
    "a job without its model": "SELECT id FROM vertex_jobs WHERE number NOT IN (SELECT job FROM vertex_models)",
    "a model without its endpoint": "SELECT id FROM vertex_models WHERE number NOT IN"
    " (SELECT model FROM vertex_endpoints)",
    "an object without its bytes": (
        "SELECT name FROM objects WHERE size !="
        " (SELECT coalesce(sum(length(bytes)), 0) FROM pieces WHERE pieces.content = objects.content)"
    ),
    "a broken reference": "PRAGMA foreign_key_check",
}


def broken(path):
    """What is wrong with a file."""
    connection = sqlite3.connect(path)
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [words for words, query in HALVES.items() if connection.execute(query).fetchall()]
    finally:
        connection.close()


def test_killed_while_it_writes(serve, tmp_path, in_full, tally):
    """Opened again it holds every write that was answered, and of one that was not, all or nothing."""
    draw, problems, everyone, kills = random.Random(11), [], [], 100 if in_full else 8
    for n in range(kills):
        file, is_last = f"{n // ROUNDS}.db", n in (n // ROUNDS * ROUNDS + ROUNDS - 1, kills - 1)
        if n % ROUNDS == 0:
            emulator, here = serve(file), []
        writers = writing(n, emulator.url)
        here += writers
        until(lambda writers=writers: all(writer.answered for writer in writers), "their first writes")
        time.sleep(draw.uniform(0, 0.2))  # the moment is what is tried here
        emulator.kill()
        for writer in writers:
            writer.join()
        found = [writer.problem for writer in writers if writer.problem]
        emulator = serve(file)
        with httpx.Client(base_url=emulator.url, trust_env=False) as client:
            found += [wrong for writer in (here if is_last else writers) for wrong in writer.wrong(client)]
        problems += [f"kill {n}: {problem}" for problem in [*found, *broken(tmp_path / file)]]
        everyone += writers
        if is_last:
            emulator.kill()
    tally("emulator killed while it writes", kills, len({problem.partition(":")[0] for problem in problems}))
    tally("emulator killed, then: answered writes", sum(writer.answered for writer in everyone), len(problems))
    assert not problems, "\n".join(problems)


def test_two_on_one_file(serve, tmp_path, in_full, tally):
    """Clients write to either and to both, and see through the one what the other has answered; then one is killed."""
    first, second = serve(), serve()
    crossing, lasting = writing("both", first.url, second.url), writing("two", second.url)
    everyone = [*writing("one", first.url), *crossing, *lasting]
    enough = 100 if in_full else 15
    until(lambda: all(writer.answered >= enough or writer.problem for writer in crossing), "their writes")
    first.kill()
    before = [writer.answered for writer in lasting]
    until(
        lambda: all(now.answered > then + 5 or now.problem for now, then in zip(lasting, before, strict=True)),
        "writes that come after the other is gone",
    )
    for writer in everyone:
        writer.stop()
        writer.join()
    problems = [writer.problem for writer in everyone if writer.problem]
    with httpx.Client(base_url=second.url, trust_env=False) as client:
        problems += [wrong for writer in everyone for wrong in writer.wrong(client)]
    tally("two emulators on one file, writes", sum(writer.answered for writer in everyone), len(problems))
    assert not problems, "\n".join(problems)
    assert broken(tmp_path / "e.db") == []


def test_a_write_that_cannot_be_kept_is_not_answered(tmp_path):
    """A full disk is an error to the client, and the next write is one of its own."""
    opened = database.Database(tmp_path / "e.db")
    with opened.transaction(write=True):
        pages = opened.first("PRAGMA page_count")[0]
        opened.execute("CREATE TABLE t (x)")
    opened.execute(f"PRAGMA max_page_count = {pages + 2}")

    def put(text):
        with opened.transaction(write=True):
            opened.execute("INSERT INTO t VALUES (?)", text)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        put("x" * 100_000)
    opened.execute(f"PRAGMA max_page_count = {pages + 100}")
    put("y")
    opened.close()
    connection = sqlite3.connect(tmp_path / "e.db")
    assert connection.execute("SELECT x FROM t").fetchall() == [("y",)]
    connection.close()


class TestSchema:
    """Files of other versions."""

    def test_a_newer_one_is_refused(self, tmp_path, monkeypatch, capsys):
        """With what to do; and it stays as it was."""
        path = tmp_path / "e.db"
        database.Database(path).close()
        before = path.read_bytes()
        monkeypatch.setattr(database, "STEPS", schema.STEPS[:-1])  # as an emulator of before
        assert cli.run(["emulator", "--data", str(path), "--port", "0"]) == 1
        said = " ".join(capsys.readouterr().err.split())
        assert f"a newer emulator has made it (its schema is version {len(schema.STEPS)}" in said
        assert "upgrade, or move it away: the emulator then begins anew" in said
        assert path.read_bytes() == before

    @pytest.mark.parametrize("steps", range(1, len(schema.STEPS)))
    def test_an_older_one_gets_what_it_lacks(self, steps, serve, tmp_path, monkeypatch):
        """And keeps what it has, though another emulator, of before, has it open."""
        with monkeypatch.context() as before:
            before.setattr(database, "STEPS", schema.STEPS[:steps])
            opened = database.Database(tmp_path / "e.db")
            with opened.transaction(write=True):
                opened.execute("UPDATE counters SET value = 7 WHERE name = 'trainings'")
                opened.execute("INSERT INTO sqlite_sequence VALUES ('models', 7)")
            emulator = serve()
            writers = writing("old", emulator.url)
            until(lambda: all(writer.answered > 3 or writer.problem for writer in writers), "their writes")
            emulator.kill()
            assert not [writer.problem for writer in writers if writer.problem]
            with opened.transaction():
                assert opened.first("SELECT value FROM counters WHERE name = 'trainings'")[0] > 7
            opened.close()
        assert broken(tmp_path / "e.db") == []
