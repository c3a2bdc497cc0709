"""Large objects go through in pieces, senders that break off leave what the service would keep, and processes share."""

import asyncio
import multiprocessing
import tracemalloc
from itertools import chain

import httpx
import pytest

from gemspec.emulator import create_app

OBJECTS = "/storage/v1/b/my-data/o"
QUANTUM = 256 * 1024
MEBIBYTE = 1024 * 1024


def call(app, method, target, chunks=(), headers=(), *, breaks_off=False):
    """One request to the app itself, without a client between; what it sends, with bodies as their lengths."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path, "root_path": "",
        "raw_path": path.encode(), "query_string": query.encode(), "server": ("emulator", 80), "client": None,
        "headers": [(b"host", b"emulator"), *((name.lower().encode(), text.encode()) for name, text in headers)],
    }  # fmt: skip
    last = {"type": "http.disconnect"} if breaks_off else {"type": "http.request", "body": b"", "more_body": False}
    pending = chain(({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks), [last])
    sent = []

    async def receive():
        return next(pending, None) or await asyncio.Event().wait()  # forever: the sender stays connected

    async def send(message):
        body = message.get("body", b"")
        sent.append(message if message["type"] == "http.response.start" else len(body))

    asyncio.run(app(scope, receive, send))
    return sent


@pytest.fixture
def app(tmp_path):
    made = create_app(tmp_path / "e.db", buckets=["my-data"])
    yield made
    made.state.store.close()


def contents(app):
    with app.state.store.database.transaction():
        return app.state.store.database.first("SELECT count(*) FROM contents")[0]


def test_large_objects_are_never_whole_in_memory(app):
    """64 MiB in and out with a peak of a few: what is held is a piece or two."""
    call(app, "GET", OBJECTS)  # loads what is loaded on the first request
    tracemalloc.start()
    sent = call(app, "POST", f"/upload{OBJECTS}?uploadType=media&name=a", (b"x" * MEBIBYTE for _ in range(64)))
    got = call(app, "GET", f"{OBJECTS}/a?alt=media")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent[0]["status"] == got[0]["status"] == 200
    assert sum(got[1:]) == 64 * MEBIBYTE
    assert peak < 12 * MEBIBYTE


def test_an_upload_that_breaks_off(app):
    """Of a single request nothing stays."""
    from starlette.requests import ClientDisconnect

    with pytest.raises(ClientDisconnect):
        call(app, "POST", f"/upload{OBJECTS}?uploadType=media&name=a", [b"x" * 3 * MEBIBYTE], breaks_off=True)
    assert contents(app) == 0
    assert call(app, "GET", f"{OBJECTS}/a")[0]["status"] == 404


def test_a_chunk_that_breaks_off(app):
    """Whole pieces of a resumable upload are kept, and a query gives how much has arrived."""
    from starlette.requests import ClientDisconnect

    begun = call(app, "POST", f"/upload{OBJECTS}?uploadType=resumable&name=a")
    address = dict(begun[0]["headers"])[b"location"].decode().removeprefix("http://emulator")
    header = [("Content-Range", f"bytes 0-{4 * MEBIBYTE - 1}/{4 * MEBIBYTE}")]
    with pytest.raises(ClientDisconnect):
        call(app, "PUT", address, [b"x" * (2 * MEBIBYTE + QUANTUM + 7)], header, breaks_off=True)
    status = call(app, "PUT", address, headers=[("Content-Range", "bytes */*")])[0]
    kept = int(dict(status["headers"])[b"range"].decode().rpartition("-")[2]) + 1
    assert (status["status"], kept % QUANTUM) == (308, 0)
    assert MEBIBYTE <= kept <= 2 * MEBIBYTE + QUANTUM
    header = [("Content-Range", f"bytes {kept}-{4 * MEBIBYTE - 1}/{4 * MEBIBYTE}")]
    done = call(app, "PUT", address, [b"x" * (4 * MEBIBYTE - kept)], header)
    assert done[0]["status"] == 200


def test_processes_share_a_file(tmp_path):
    """Processes that open a new file at once and write at once: one makes the object that all want, none is lost; a job
    that one creates is trained on what another uploaded."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(3), context.Queue()
    path = tmp_path / "e.db"
    workers = [context.Process(target=_write_many, args=(path, n, barrier, answers)) for n in range(3)]
    for worker in workers:
        worker.start()
    codes = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    assert [code[:10] for code in codes] == [[200] * 10] * 3
    assert sorted(code[10] for code in codes) == [200, 412, 412]
    assert [code[11] for code in codes] == [200] * 3


def _write_many(path, worker, barrier, answers):
    """In a process of its own."""
    barrier.wait()
    app = create_app(path, buckets=["my-data"])
    line = b'{"contents": [{"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [{"text": "2"}]}]}'
    spec = {"trainingDatasetUri": "gs://my-data/wanted"}
    job = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}

    async def run():
        codes = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://e") as client:
            for name in [*(f"{worker}-{n}" for n in range(10)), "wanted"]:
                query = {"uploadType": "media", "name": name, "ifGenerationMatch": 0}
                answer = await client.post(f"/upload{OBJECTS}", params=query, content=line)
                codes.append(answer.status_code)
            answer = await client.post("/v1/projects/emulated/locations/us-central1/tuningJobs", json=job)
            return [*codes, answer.status_code]

    answers.put(asyncio.run(run()))
    app.state.store.close()
