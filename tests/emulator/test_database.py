"""The database: kept in a file, for its owner alone, shared between apps and processes."""

import multiprocessing
import sqlite3
import stat

import pytest

from gemspec.emulator import DatabaseUnusableError, create_app


def test_models_are_kept(make_emulator, order, tmp_path):
    """Another app on the same file sees the models, and trainings continue by the clock alone."""
    path = tmp_path / "deep" / "emulator.db"
    first = make_emulator(path, training_seconds=4)
    first.post("tunedModels?tunedModelId=m", order())
    first.app.state.store.close()
    second = make_emulator(path, training_seconds=100)
    second.seconds += 3
    assert second.get("tunedModels/m")["state"] == "CREATING"
    second.seconds += 1
    assert second.get("tunedModels/m")["state"] == "ACTIVE"
    assert second.app.state.store.trainings_started() == 1


def test_two_apps_at_once(make_emulator, order, tmp_path):
    """Two apps that have the file open see each other's work at once."""
    first, second = make_emulator(tmp_path / "e.db"), make_emulator(tmp_path / "e.db")
    first.post("tunedModels?tunedModelId=m", order())
    second.patch("tunedModels/m?updateMask=description", {"description": "by the other"})
    assert first.get("tunedModels/m")["description"] == "by the other"


def test_the_file_is_private(make_emulator, order, tmp_path):
    """The file holds training data: only its owner reads it, and what SQLite puts beside it."""
    make_emulator(tmp_path / "e.db").post("tunedModels?tunedModelId=m", order())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"e.db": 0o600, "e.db-wal": 0o600, "e.db-shm": 0o600}


def test_in_memory_is_private_to_the_app(make_emulator, order):
    """Two apps without a file share nothing."""
    first, second = make_emulator(), make_emulator()
    first.post("tunedModels?tunedModelId=m", order())
    assert second.get("tunedModels") == {}


@pytest.mark.parametrize("kind", ["text", "other database", "newer", "folder"])
def test_files_that_are_not_ours(tmp_path, kind):
    """A file of another kind is an error that names it, and is left as it was."""
    path = tmp_path / "e.db"
    if kind == "text":
        path.write_text("not a database, but a text that is long enough" * 100)
    elif kind == "folder":
        path.mkdir()
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE t (x)")
            connection.execute(f"PRAGMA user_version = {99 if kind == 'newer' else 0}")
        connection.close()
    with pytest.raises(DatabaseUnusableError, match=r"e\.db"):
        create_app(path)


def _create_many(path, worker, barrier, taken):
    """In a process of its own: open the file with the others, then make models, one of them with a common id."""
    import asyncio

    import httpx

    barrier.wait()
    app = create_app(path)
    task = {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}
    body = {"baseModel": "models/gemini-1.0-pro-001", "tuningTask": task}

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://e") as client:
            ids = [f"w{worker}-{n}" for n in range(20)] + ["wanted"]
            return [(await client.post(f"/v1beta/tunedModels?tunedModelId={i}", json=body)).status_code for i in ids]

    taken.put(asyncio.run(run()))
    app.state.store.close()


def test_processes_share_a_file(tmp_path):
    """Processes that open a new file at once and write at once lose nothing; an id is given out once."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(3), context.Queue()
    path = tmp_path / "e.db"
    workers = [context.Process(target=_create_many, args=(path, n, barrier, answers)) for n in range(3)]
    for worker in workers:
        worker.start()
    codes = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    assert [code[:20] for code in codes] == [[200] * 20] * 3
    assert sorted(code[20] for code in codes) == [200, 409, 409]
    store = create_app(path).state.store
    assert store.trainings_started() == 61
    store.close()


def test_threads_share_an_app(emulator, order):
    """Requests of an app in many threads are carried out in turn, and an id is given out once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda n: emulator.send("POST", f"/v1beta/tunedModels?tunedModelId=m{n % 4}", json=order()), range(16)
        )
        codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 4 + [409] * 12
