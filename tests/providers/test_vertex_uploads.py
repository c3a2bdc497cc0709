"""What is uploaded for a project, what names it, and what may be deleted: nothing that anybody may need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gemspec.domain.errors import AuthError, InvalidRequestError, ServiceError, UnavailableError
from gemspec.domain.uploads import StoredUpload
from gemspec.identity.conversation import jsonl

from . import vertex_emulator
from .faulty_emulator import AFTER, once
from .vertex_answers import CREATION, EXAMPLES, PLACE, marked
from .vertex_emulator import TRAINING, World

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
FOLDER = "gs://my-bucket/gemspec/bots/"
DATA = b"".join(jsonl(EXAMPLES))


@pytest.fixture
def world():
    world = World()
    yield world
    world.check()


async def prunable(world, *, everywhere=True):
    """The names of what may be deleted now."""
    found = await world.provider.uploads("bots", everywhere=everywhere)
    return [upload.uri.removeprefix(found.folder) for upload in found.uploads if upload.is_prunable(found.moment)]


async def begin(world, uri, location="us-central1", **fields):
    """Somebody begins a training without gemspec; its name."""
    spec = {"trainingDatasetUri": uri, "exportLastCheckpointOnly": True, **fields.pop("spec", {})}
    body = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": "x", "supervisedTuningSpec": spec, **fields}
    made = await world.ask("POST", f"projects/my-project/locations/{location}/tuningJobs", body)
    return made["name"]


class TestWhatIsListed:
    async def test_the_project_s_own_alone(self, world):
        """Neither another project's, nor what is deeper, nor what is no data."""
        for name in (
            "gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl",
            "gemspec/bots-2/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.jsonl",
            "gemspec/c.jsonl",
            "gemspec/bots/deep/d.jsonl",
        ):
            await world.put(name, DATA)
        for name in ("gemspec/bots/notes.txt", "gemspec/bots/", "other/gemspec/bots/e.jsonl"):
            await world.put(name, DATA)
        found = await world.provider.uploads("bots")
        assert [upload.uri for upload in found.uploads] == [
            f"{FOLDER}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"
        ]
        assert (found.folder, found.uploads[0].size) == (FOLDER, len(DATA))
        assert found.moment == datetime.fromtimestamp(world.now, UTC)

    async def test_many_pages(self, world):
        """A list of more than a page."""
        for n in range(7):
            await world.put(f"gemspec/bots/{n:064}.jsonl", DATA)
        original = world.network.handle_async_request

        async def short(request):
            if request.url.path.endswith("/o"):
                request = httpx.Request(
                    request.method, request.url.copy_set_param("maxResults", "3"), headers=request.headers
                )
            return await original(request)

        world.network.handle_async_request = short
        assert len((await world.provider.uploads("bots")).uploads) == 7
        assert len([line for line in world.network.log if line.endswith("/o")]) == 3

    async def test_no_bucket(self, world):
        with pytest.raises(ServiceError, match="bucket does not exist"):
            await world.connect(replace(PLACE, bucket="no-bucket")).uploads("bots")


class TestWhatNamesIt:
    async def test_nothing(self, world):
        """An upload whose create never came; after seven days."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        world.wait(7 * DAY - 1)
        assert await prunable(world) == []
        world.wait(2)
        assert await prunable(world) == ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"]

    @pytest.mark.parametrize("then", ["runs", "serves", "failed", "cancelled"])
    async def test_a_generation_that_is_shown(self, world, then):
        """In whatever state: a failed training stays in status, and its data with it."""
        await world.put("gemspec/bots/!fail.jsonl", b"")
        live = await world.provider.create(CREATION)
        if then == "cancelled":
            await world.provider.cancel(live.name)
        elif then == "failed":
            await world.ask("POST", f"{live.name}:cancel", {})
        if then == "serves":
            world.wait()
            await world.provider.trained(live)
        if then != "runs":
            world.wait(30 * DAY)
        found = await world.provider.uploads("bots", everywhere=True)
        [upload] = [upload for upload in found.uploads if "!fail" not in upload.uri]
        assert upload.users
        assert not upload.is_prunable(found.moment)

    async def test_a_training_that_takes_long(self, monkeypatch):
        """It may read its data again."""
        monkeypatch.setattr(vertex_emulator, "TRAINING", 100 * DAY)
        slow = World()
        await slow.provider.create(CREATION)
        slow.wait(30 * DAY)
        assert await prunable(slow) == []

    async def test_a_model_that_was_deleted(self, world):
        """For as long after its training ended as after the upload: lists lag."""
        live = await world.trained()
        await world.provider.delete(live.name)
        world.wait(6 * DAY)
        assert await prunable(world) == []
        world.wait(2 * DAY)
        assert len(await prunable(world)) == 1

    async def test_an_old_upload_of_a_fresh_training(self, world):
        """Its model was deleted at once, and the list may not tell the truth yet."""
        await world.provider.create(replace(CREATION, marker=marked(key="first")))
        world.wait(30 * DAY)
        live = await world.trained(replace(CREATION, marker=marked(key="second")))
        for job in [live.name, *[model.name for model in await world.provider.list()]]:
            await world.provider.delete(job)
        assert await prunable(world) == []
        world.wait(8 * DAY)
        assert len(await prunable(world)) == 1

    @pytest.mark.parametrize("use", ["trainingDatasetUri", "validationDatasetUri"])
    @pytest.mark.parametrize("location", ["us-central1", "europe-west4"])
    async def test_somebody_else_s_training(self, world, location, use):
        """At any location, of any project, be it for training or validation."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        await world.put("theirs.jsonl", DATA)
        world.wait(30 * DAY)
        uri = f"{FOLDER}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"
        spec = {} if use == "trainingDatasetUri" else {"validationDatasetUri": uri}
        name = await begin(world, "gs://my-bucket/theirs.jsonl" if spec else uri, location, spec=spec)
        world.wait(TRAINING + 1)
        assert await prunable(world) == []
        found = await world.provider.uploads("bots", everywhere=True)
        assert [upload.users for upload in found.uploads] == [(name,)]
        here_alone = await prunable(world, everywhere=False)
        assert here_alone == (
            []
            if location == "us-central1"
            else ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"]
        )

    async def test_a_job_of_another_kind(self, world):
        """Whatever field names it: every text of a job is looked at."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        world.wait(30 * DAY)
        other = {
            "name": "projects/1/locations/us-central1/tuningJobs/5",
            "state": "JOB_STATE_RUNNING",
            "preferenceOptimizationSpec": {
                "deep": [{"uri": f"{FOLDER}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"}]
            },
        }
        answer = httpx.Response(200, json={"tuningJobs": [other]})
        world.network.fail = lambda request: answer if "us-central1/tuningJobs" in request.url.path else None
        assert await prunable(world) == []

    @pytest.mark.parametrize("status", [403, 500])
    async def test_a_location_that_cannot_be_read(self, world, status):
        """What is not known may name it."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        world.wait(30 * DAY)
        body = {"error": {"code": status, "message": "no"}}
        answer = httpx.Response(status, json=body)
        world.network.fail = lambda request: answer if "europe-west4" in request.url.path else None
        with pytest.raises(AuthError if status == 403 else UnavailableError):
            await prunable(world)

    @pytest.mark.parametrize("status", [404, 400])
    async def test_a_location_without_trainings(self, world, status):
        """There is none to name it."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        world.wait(30 * DAY)
        answer = httpx.Response(status, json={"error": {"code": status, "message": "no such location"}})
        world.network.fail = lambda request: answer if "europe-west4" in request.url.path else None
        assert await prunable(world) == ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl"]

    async def test_a_service_that_lists_no_locations(self, world):
        """Then those that Google's pages name are looked at."""
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        world.wait(30 * DAY)
        await begin(
            world, f"{FOLDER}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", "europe-west4"
        )
        missing = httpx.Response(404, json={"error": {"code": 404, "message": "Method not found."}})
        world.network.fail = lambda request: missing if request.url.path.endswith("/locations") else None
        assert await prunable(world) == []


class TestDeleting:
    async def upload(self, world):
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        [found] = (await world.provider.uploads("bots")).uploads
        return found

    async def names(self, world):
        return [upload.uri for upload in (await world.provider.uploads("bots")).uploads]

    async def test_as_it_was_seen(self, world):
        found = await self.upload(world)
        assert await world.provider.delete_upload("bots", found)
        [request] = [request for request in world.network.requests if request.method == "DELETE"]
        assert dict(request.url.params) == {"ifGenerationMatch": found.generation}
        assert await self.names(world) == []
        assert await world.provider.delete_upload("bots", found)  # gone already

    async def test_uploaded_again(self, world):
        """Another apply has begun to rely on it."""
        found = await self.upload(world)
        await world.put("gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl", DATA)
        assert not await world.provider.delete_upload("bots", found)
        assert len(await self.names(world)) == 1

    async def test_an_answer_that_was_lost(self, world):
        """It is sent again, and nothing is left to delete."""
        found = await self.upload(world)
        world.network.fail = once(AFTER, "DELETE")
        assert await world.provider.delete_upload("bots", found)

    async def test_not_permitted(self, world):
        found = await self.upload(world)
        body = {
            "error": {"code": 403, "message": "x lacks storage.objects.delete", "errors": [{"reason": "forbidden"}]}
        }
        world.network.fail = lambda request: httpx.Response(403, json=body) if request.method == "DELETE" else None
        with pytest.raises(AuthError, match=r"storage\.objects\.delete"):
            await world.provider.delete_upload("bots", found)

    @pytest.mark.parametrize(
        "uri",
        [
            "gs://my-bucket/gemspec/bots-2/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl",
            "gs://my-bucket/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl",
            "gs://other/gemspec/bots/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jsonl",
        ],
    )
    async def test_nothing_of_anybody_else(self, world, uri):
        with pytest.raises(InvalidRequestError, match="was not uploaded for project bots"):
            await world.provider.delete_upload("bots", StoredUpload(uri, 1, "1", ""))
        assert not world.network.requests


def test_a_time_that_cannot_be_read_keeps_it():
    """Nobody knows how old it is."""
    now = datetime(2026, 12, 1, tzinfo=UTC)
    old = (now - timedelta(days=8)).isoformat()
    fresh = (now - timedelta(days=6)).isoformat()
    for made, used, expected in [
        (old, "", True),
        (old, old, True),
        (fresh, "", False),
        (old, fresh, False),
        ("", "", False),
        ("soon", "", False),
        (old, "unknown", False),
    ]:
        assert StoredUpload("x", 1, "1", made, last_use=used).is_prunable(now) == expected
    assert not StoredUpload("x", 1, "1", old, users=("job",)).is_prunable(now)
