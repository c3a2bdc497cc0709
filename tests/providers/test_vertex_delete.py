"""Cancelling and deleting: complete in the end, also after interruptions, and only the resources of the model."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from gemspec.domain.errors import AuthError, ChangedError, ServiceError, UnavailableError
from gemspec.domain.model import State

from .faulty_emulator import AFTER, BEFORE, once
from .vertex_answers import AT, CREATION, ENDPOINT, JOB, MARKER, MODEL, NUMBER, endpoint, job, model
from .vertex_emulator import World

pytestmark = pytest.mark.anyio

PLACE = "projects/my-project/locations/us-central1"
BUSY = httpx.Response(400, json={"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "Busy."}})
CHECKPOINTS = replace(CREATION, extras={"exportLastCheckpointOnly": False})


@pytest.fixture
def world():
    world = World()
    yield world
    world.check()


async def left(world):
    """How many models and endpoints are there."""
    found = [await world.ask("GET", f"{PLACE}/{kind}", pageSize="100") for kind in ("models", "endpoints")]
    return [len(page.get(kind, [])) for page, kind in zip(found, ("models", "endpoints"), strict=True)]


class TestCancel:
    async def test_a_training(self, world):
        live = await world.provider.create(CREATION)
        for _ in range(2):
            await world.provider.cancel(live.name)
        [found] = await world.provider.list()
        assert (found.name, found.state, found.failure) == (live.name, State.FAILED, "the training was cancelled")

    async def test_nothing_to_cancel(self, world):
        live = await world.trained()
        await world.provider.cancel(live.name)
        assert (await world.provider.get(live.name)).state is State.ACTIVE
        await world.provider.cancel(f"{PLACE}/tuningJobs/1")

    async def test_it_cannot(self, world):
        live = await world.provider.create(CREATION)
        body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "No."}}
        world.network.fail = once(httpx.Response(403, json=body), "POST", ":cancel")
        with pytest.raises(AuthError, match="cancelling"):
            await world.provider.cancel(live.name)


class TestDelete:
    async def test_endpoints_then_the_model(self, world):
        live = await world.trained()
        world.network.requests.clear()
        await world.provider.delete(live.name)
        verbs = [line.split(f"{PLACE}/")[0] + line.split("/")[-2] for line in world.writes]
        assert [verb.split()[0] for verb in verbs] == ["POST", "DELETE", "DELETE"]
        assert [verb.rpartition("/")[2] for verb in verbs] == ["endpoints", "endpoints", "models"]
        assert await left(world) == [0, 0]

    async def test_the_endpoints_of_checkpoints(self, world):
        live = await world.trained(CHECKPOINTS)
        assert await left(world) == [1, 3]
        await world.provider.delete(live.name)
        assert await left(world) == [0, 0]

    async def test_a_training(self, world):
        """It ends; its record stays, and shows as the failure of the newest attempt."""
        live = await world.provider.create(CREATION)
        await world.provider.delete(live.name)
        assert [job["state"] for job in await world.jobs()] == ["JOB_STATE_CANCELLED"]
        world.network.requests.clear()
        await world.provider.delete(live.name)
        assert world.writes == []

    async def test_a_training_that_takes_its_time_to_end(self):
        world = World(operation_seconds=5.0)
        live = await world.provider.create(CREATION)
        original = world.network.handle_async_request

        async def later(request):
            world.now += 0.5
            return await original(request)

        world.network.handle_async_request = later
        await world.provider.delete(live.name)
        assert [job["state"] for job in await world.jobs()] == ["JOB_STATE_CANCELLED"]

    async def test_a_training_that_does_not_end(self):
        world = World(operation_seconds=500.0)
        live = await world.provider.create(CREATION)
        with pytest.raises(UnavailableError, match="takes long"):
            await world.provider.delete(live.name)

    async def test_a_training_that_succeeds_while_it_is_cancelled(self, world):
        """It may serve already, so the next plan decides."""
        live = await world.provider.create(CREATION)

        def fail(request):
            if request.url.path.endswith(":cancel"):
                world.wait()
            return

        world.network.fail = fail
        with pytest.raises(ChangedError, match="was trained before its training could be ended"):
            await world.provider.delete(live.name)
        assert await left(world) == [1, 1]
        await world.provider.delete(live.name)
        assert [job["state"] for job in await world.jobs()] == ["JOB_STATE_SUCCEEDED"]
        assert await left(world) == [0, 0]

    async def test_a_training_that_has_succeeded_since_it_was_seen(self, world):
        """It is not deleted by an apply that meant to cancel a training."""
        live = await world.provider.create(CREATION)
        world.wait()
        with pytest.raises(ChangedError, match="was trained before its training could be ended"):
            await world.provider.delete(live.name, in_training=True)
        assert await left(world) == [1, 1]

    @pytest.mark.parametrize("step", range(7))
    @pytest.mark.parametrize("fault", [BEFORE, AFTER])
    async def test_broken_off_anywhere_and_done_again(self, world, step, fault):
        """Until then it is ours: its marker is on what is left of it."""
        live = await world.trained(CHECKPOINTS)
        world.network.requests.clear()
        count = 0

        def fail(request):
            nonlocal count
            count += request.method != "GET"
            return fault if count > step else None

        world.network.fail = fail
        with pytest.raises(UnavailableError):
            await world.provider.delete(live.name)
        world.network.fail = lambda _request: None
        found = await world.provider.get(live.name)
        assert found is None or found.marker == MARKER
        await world.provider.delete(live.name)
        assert await left(world) == [0, 0]

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    async def test_while_another_operation_holds_it(self, world, method):
        live = await world.trained()
        world.network.fail = once(BUSY, method, times=2)
        await world.provider.delete(live.name)
        assert await left(world) == [0, 0]

    async def test_a_resource_that_stays_in_use(self, world):
        live = await world.trained()
        world.network.fail = once(BUSY, "DELETE", "/models/", times=9999)
        with pytest.raises(ServiceError, match="Busy"):
            await world.provider.delete(live.name)
        assert (await world.provider.get(live.name)).state is State.ACTIVE

    async def test_it_waits_for_the_operations(self):
        """The service refuses the next step before the last has ended."""
        world = World(operation_seconds=3.0)
        live = await world.trained(CHECKPOINTS)
        original = world.network.handle_async_request

        async def later(request):
            world.now += 1.0
            return await original(request)

        world.network.handle_async_request = later
        await world.provider.delete(live.name)
        assert await left(world) == [0, 0]
        world.check()

    async def test_an_operation_without_a_record(self):
        """Its record was deleted, so it has ended."""
        world = World(operation_seconds=0.0)
        live = await world.trained()
        original = world.network.handle_async_request
        missing = {"error": {"code": 404, "status": "NOT_FOUND", "message": "No such operation."}}

        async def undone(request):
            if "/operations/" in request.url.path:
                return httpx.Response(404, json=missing)
            response = await original(request)
            if request.method == "GET":
                return response
            name = httpx.Response(200, content=await response.aread()).json()["name"]
            return httpx.Response(200, json={"name": name})

        world.network.handle_async_request = undone
        await world.provider.delete(live.name)
        assert await left(world) == [0, 0]


class TestFaked:
    """What the emulator does not do."""

    @pytest.fixture
    def at(self, service):
        """Serve a model; give the paths of its parts."""
        paths = {"job": f"/v1/{JOB}", "model": f"/v1/{MODEL}", "endpoint": f"/v1/{ENDPOINT}"}
        service.on(f"GET {paths['job']}", (200, job("SUCCEEDED")))
        service.on(f"GET {paths['model']}", (200, model(MARKER)))
        service.on(f"GET {paths['endpoint']}", (200, endpoint(MARKER)))
        service.on(f"GET {paths['model'][:-2]}:listVersions", (200, {"models": [model()]}))
        service.on(f"GET {paths['endpoint'].rpartition('/')[0]}", (200, {"endpoints": [endpoint(MARKER)]}))
        return paths

    def changes(self, service):
        return [line for line in service.log if not line.startswith("GET")]

    async def test_an_operation_that_fails(self, service, vertex, at):
        error = {"code": 7, "message": "Not\x1b[2J allowed."}
        service.on(
            f"POST {at['endpoint']}:undeployModel", (200, {"name": f"{AT}/operations/1", "done": True, "error": error})
        )
        with pytest.raises(ServiceError, match=r"Not\[2J allowed"):
            await vertex.delete(JOB)
        assert len(self.changes(service)) == 1

    @pytest.mark.parametrize("code", [9, 10, 14])
    async def test_an_operation_that_passes_the_next_time(self, service, vertex, at, code):
        failed = {"name": f"{AT}/operations/1", "done": True, "error": {"code": code}}
        done = {"name": f"{AT}/operations/2", "done": True, "response": {}}
        gone = {"name": f"{AT}/operations/3", "done": True, "error": {"code": 5, "message": "Gone."}}
        service.on(f"POST {at['endpoint']}:undeployModel", (200, failed), (200, done))
        service.on(f"DELETE {at['endpoint']}", (200, gone))
        service.on(f"DELETE {at['model'][:-2]}", (200, done))
        await vertex.delete(JOB)
        assert len(self.changes(service)) == 4

    async def test_an_operation_without_end(self, service, vertex, at):
        running = (200, {"name": f"{AT}/endpoints/1/operations/1"})
        service.on(f"POST {at['endpoint']}:undeployModel", running)
        service.on(f"GET /v1/{AT}/endpoints/1/operations/1", running)
        with pytest.raises(UnavailableError, match="takes long"):
            await vertex.delete(JOB)

    @pytest.mark.parametrize("name", ["", "../../x", "https://evil.example/operations/1", f"{AT}/models/1"])
    async def test_an_operation_that_is_none(self, service, vertex, at, name):
        """A name of the service's becomes a path, so it is not just believed."""
        service.on(f"POST {at['endpoint']}:undeployModel", (200, {"name": name}))
        with pytest.raises(ServiceError, match="not the name of an operation"):
            await vertex.delete(JOB)

    @pytest.mark.parametrize(
        ("part", "answer", "words"),
        [
            (
                "endpoint",
                endpoint(deployedModels=[{"id": "1", "model": f"{AT}/models/999"}]),
                "serves another model, too",
            ),
            (
                "endpoint",
                endpoint(deployedModels=[{"id": "1", "model": MODEL[:-1] + "2"}]),
                "serves another model, too",
            ),
            ("endpoint", endpoint(deployedModels=[{"id": "1"}]), "serves another model, too"),
            (
                "model",
                model(deployedModels=[{"endpoint": f"projects/{NUMBER}/locations/eu/endpoints/5"}]),
                "endpoint that is not gemspec's",
            ),
        ],
    )
    async def test_what_serves_something_else_is_not_taken_down(self, service, vertex, at, part, answer, words):
        """Refused before anything is touched."""
        service.on(f"GET {at[part]}", (200, answer))
        with pytest.raises(ServiceError, match=words) as caught:
            await vertex.delete(JOB)
        assert self.changes(service) == []
        assert "Nothing was deleted" in caught.value.hint

    async def test_a_version_beside_others(self, service, vertex, at):
        """Only our version is deleted, not the model."""
        versions = [model(versionAliases=[]), model(versionId="2")]
        service.on(f"GET {at['model'][:-2]}:listVersions", (200, {"models": versions}))
        done = (200, {"name": f"{AT}/operations/2", "done": True})
        for route in (f"POST {at['endpoint']}:undeployModel", f"DELETE {at['endpoint']}"):
            service.on(route, done)
        service.on(f"DELETE {at['model']}:deleteVersion", done)
        await vertex.delete(JOB)
        assert self.changes(service)[-1] == f"DELETE {at['model']}:deleteVersion"

    async def test_an_undeployment_whose_answer_was_lost(self, service, vertex, at):
        """Sent again, the service refuses it: the model is off already."""
        refused = (400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "No deployed model '77'."}})
        service.on(f"POST {at['endpoint']}:undeployModel", refused)
        done = (200, {"name": f"{AT}/operations/2", "done": True})
        service.on(f"DELETE {at['endpoint']}", done)
        service.on(f"DELETE {at['model'][:-2]}", done)
        full, empty = (200, endpoint(MARKER)), (200, endpoint(MARKER, deployedModels=[]))
        service.on(f"GET {at['endpoint']}", full, full, empty)
        await vertex.delete(JOB)
        service.on(f"GET {at['endpoint']}", full)
        with pytest.raises(ServiceError, match="No deployed model"):
            await vertex.delete(JOB)
