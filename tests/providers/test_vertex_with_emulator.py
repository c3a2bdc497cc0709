"""The Vertex AI provider against the emulator: a model's whole life, and everything that is read of it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import msgspec
import pytest

from gemspec.domain.errors import AuthError, InvalidRequestError, NotFoundError, ServiceError, UnavailableError
from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import Answering, BaseModel, ParentModel, Permission, State
from gemspec.domain.training_data import Contents, Example
from gemspec.emulator import create_app
from gemspec.identity import fingerprint, label_marker
from gemspec.identity.conversation import jsonl
from gemspec.providers.vertex import provider as vertex
from gemspec.providers.vertex.locations import TUNING_LOCATIONS

from .vertex_answers import CREATION, DATA, EXAMPLES, MARKER, PLACE, marked
from .vertex_emulator import World

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["labels-stay", "labels-are-copied"])
def world(request):
    """With and without labels that the service copies from a job: its behaviour is not documented."""
    world = World(labels_reach_models=request.param)
    yield world
    world.check()


@pytest.mark.parametrize("base", ["gemini-2.5-flash", "gemini-3.5-flash"], ids=["region", "multi-region"])
async def test_a_whole_life(world, base):
    """Create, list, ask, update, promote, release, import, delete."""
    provider = world.provider
    created = await provider.create(replace(CREATION, source=BaseModel(base)))
    assert (created.state, created.marker, created.source) == (State.CREATING, MARKER, BaseModel(base))
    assert created.settings == CREATION.settings
    assert created.hyperparameters == CREATION.hyperparameters
    world.wait()
    [listed] = await provider.list()
    assert (listed.name, listed.state, listed.marker) == (created.name, State.ACTIVE, MARKER)
    assert listed.settings == CREATION.settings
    noted = await provider.trained(listed)
    assert (noted.marker, noted.settings, noted.progress.percent) == (MARKER, CREATION.settings, 100.0)
    assert await provider.generate(noted.name, "9") == "10"
    assert await provider.generate(noted.call_name, "9") == "10"
    changed = await provider.update(
        noted, {"displayName": "n", "description": "", "labels.team": "x", "labels.new": "y"}, marked(serving=2)
    )
    assert changed.settings == {"displayName": "n", "description": "", "labels.team": "x", "labels.new": "y"}
    assert changed.marker == marked(serving=2)
    assert await provider.get(created.name) == changed
    assert await provider.list() == [changed]
    released = await provider.release(changed)
    assert (released.marker, released.settings) == (Absent(), changed.settings)
    assert (await provider.get(created.name)).marker == Absent()
    adopted = await provider.update(released, {}, marked(serving=3))
    assert (adopted.marker, adopted.settings) == (marked(serving=3), changed.settings)
    for _ in range(2):
        await provider.delete(created.name)
    assert (await provider.list(), await provider.get(created.name)) == ([], None)
    await provider.aclose()


async def test_names_are_those_of_the_project(world):
    """Answers have its number; what people see and write has its id."""
    live = await world.trained()
    [job] = await world.jobs()
    assert "my-project" not in job["name"]
    assert live.name == "projects/my-project/" + job["name"].split("/", 2)[2]
    assert set(live.resources) == {"job", "model", "endpoint"}
    assert all(name.startswith("projects/my-project/locations/us-central1/") for name in live.resources.values())
    assert live.resources["model"].endswith("@1")
    for name in (job["name"], job["tunedModel"]["model"], *live.resources.values(), live.resources["model"][:-2]):
        assert (await world.provider.get(name)).name == live.name


async def test_the_labels_of_the_service_stay(world):
    """On every write to the model."""
    live = await world.trained()
    await world.provider.update(live, {"labels.a": "b"}, marked(serving=2))
    await world.provider.release(live)
    found = await world.ask("GET", live.resources["model"])
    assert found["labels"]["tune-type"] == "sft"
    assert found["labels"]["google-vertex-llm-tuning-job-id"] == live.name.rpartition("/")[2]
    assert found["labels"]["a"] == "b"
    ours = {name for name in found["labels"] if name.startswith(label_marker.PREFIX)}
    assert ours == {"gemspec-released", "gemspec-job", "gemspec-sum"}


async def test_the_marker_is_on_model_and_endpoint(world):
    live = await world.trained()
    job = live.name.rpartition("/")[2]
    for kind in ("model", "endpoint"):
        found = await world.ask("GET", live.resources[kind])
        bound_to = "/".join(live.resources[kind].partition("@")[0].split("/")[-2:])
        assert label_marker.is_stamped(found["labels"], job, bound_to=bound_to)
        assert label_marker.read(found["labels"], bound_to=bound_to) == MARKER
        assert (found["displayName"], found["description"], found["labels"]["team"]) == (
            "numbers",
            "Says the next.",
            "chat",
        )


async def test_an_endpoint_that_was_deleted_by_hand(world):
    """The model still exists, and its labels name its owner."""
    live = await world.trained()
    endpoint = live.resources["endpoint"]
    [deployed] = (await world.ask("GET", endpoint))["deployedModels"]
    await world.ask("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})
    await world.ask("DELETE", endpoint)
    found = await world.provider.get(live.name)
    assert (found.state, found.marker, found.resources.keys()) == (State.ACTIVE, MARKER, {"job", "model"})
    assert (found.answering, found.call_name) == (Answering.NO, "")
    with pytest.raises(ServiceError, match="no endpoint deploys it"):
        await world.provider.generate(live.name, "1")
    again = await world.provider.update(found, {}, marked(serving=2))
    assert again.marker == marked(serving=2)
    await world.provider.delete(live.name)
    assert await world.provider.get(live.name) is None


async def test_a_model_that_was_deleted_by_hand_is_absent(world):
    live = await world.trained()
    endpoint = live.resources["endpoint"]
    [deployed] = (await world.ask("GET", endpoint))["deployedModels"]
    await world.ask("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})
    await world.ask("DELETE", live.resources["model"].partition("@")[0])
    assert await world.provider.list() == []
    assert await world.provider.get(live.name) is None
    assert (await world.provider.poll([live.name]))[live.name] is None
    with pytest.raises(ServiceError, match="can no longer be read"):
        await world.provider.update(live, {}, MARKER)
    await world.provider.delete(live.name)


async def test_a_failed_training(world):
    """It says why, is there until the next attempt, and cannot be written on."""
    examples = (Example("x", "!fail"),)
    marker = marked(data=fingerprint.fingerprint(examples).fingerprint[:12], examples=1)
    live = await world.provider.create(replace(CREATION, examples=examples, marker=marker))
    world.wait()
    for found in (await world.provider.get(live.name), *await world.provider.list()):
        assert found.state is State.FAILED
        assert "!fail" in found.failure
    with pytest.raises(ServiceError, match="made no model"):
        await world.provider.update(live, {}, marker)
    await world.provider.delete(live.name)
    assert (await world.provider.list())[0].name == live.name
    other = await world.provider.create(CREATION)
    assert [live.name for live in await world.provider.list()] == [other.name]


def without_jobs(request):
    """A service that has lost its records of jobs."""
    if "tuningJobs" not in request.url.path or request.method != "GET":
        return None
    listed = request.url.path.endswith("/tuningJobs")
    return httpx.Response(200, json={}) if listed else httpx.Response(404, json={"error": {"code": 404}})


class TestWithoutItsJob:
    """What gemspec wrote on a model is enough to know it by, and to continue with it."""

    async def test_it_is_the_same_model(self, world):
        live = await world.trained()
        world.network.fail = without_jobs
        [found] = await world.provider.list()
        assert (found.name, found.state, found.marker) == (live.name, State.ACTIVE, MARKER)
        assert (found.source, found.settings, found.resources) == (live.source, live.settings, live.resources)
        assert found.is_noted
        for name in (live.name, *live.resources.values()):
            assert await world.provider.get(name) == found
            assert await world.provider.generate(name, "9") == "10"

    async def test_it_is_changed_and_deleted(self, world):
        live = await world.trained()
        world.network.fail = without_jobs
        changed = await world.provider.update(live, {"displayName": "n"}, marked(serving=2))
        assert (changed.marker, changed.settings["displayName"]) == (marked(serving=2), "n")
        assert await world.provider.list() == [changed]
        await world.provider.cancel(live.name)
        await world.provider.delete(live.name)
        assert await world.provider.list() == []
        assert await world.ask("GET", "projects/my-project/locations/us-central1/endpoints") == {}

    async def test_its_child_is_known_to_be_its_child(self, world):
        parent = await world.trained()
        child = replace(CREATION, source=ParentModel(parent.name), marker=marked(key="child"), settings={})
        await world.trained(child)
        jobs = await world.jobs()
        kept = {"tuningJobs": [job for job in jobs if "preTunedModel" in job]}
        world.network.fail = lambda request: (
            httpx.Response(200, json=kept) if request.url.path.endswith("/tuningJobs") else None
        )
        found = {live.marker.key: live for live in await world.provider.list()}
        assert found["child"].source == ParentModel(parent.name)
        assert found["numbers"].name == parent.name

    async def test_what_nobody_wrote_on_is_nobody_s(self, world):
        """Labels that the service may have copied are no record."""
        await world.provider.create(CREATION)
        world.wait()
        world.network.fail = without_jobs
        assert await world.provider.list() == []


async def test_queued_is_in_training():
    world = World(concurrent_jobs=1)
    first = await world.provider.create(CREATION)
    second = await world.provider.create(replace(CREATION, marker=marked(key="other")))
    assert sorted(job["state"] for job in await world.jobs()) == ["JOB_STATE_PENDING", "JOB_STATE_QUEUED"]
    found = await world.provider.poll([first.name, second.name])
    assert [live.state for live in found.values()] == [State.CREATING, State.CREATING]
    assert [live.progress.waiting for live in found.values()] == ["pending", "queued"]


async def test_many_jobs_and_pages(world):
    """More than one page of jobs, models and endpoints; few are asked one by one, many by the lists. A job that is gone
    is looked for among the models that gemspec wrote on.
    """
    names = []
    for number in range(103):
        live = await world.provider.create(replace(CREATION, marker=marked(key=f"k{number}")))
        names.append(live.name)
    world.wait()
    found = await world.provider.list()
    assert [live.name for live in found] == sorted(names)
    assert {live.state for live in found} == {State.ACTIVE}
    gone = "projects/my-project/locations/us-central1/tuningJobs/1"
    world.network.requests.clear()
    polled = await world.provider.poll([*names, gone])
    assert [name for name, live in polled.items() if live is None] == [gone]
    assert len(world.network.requests) == 6
    world.network.requests.clear()
    assert list(await world.provider.poll([names[0], gone])) == [names[0], gone]
    assert len(world.network.requests) == 4 + 6


async def test_conversations(world):
    """Examples of either kind make the file that the service reads."""
    line = (
        '{"contents":[{"parts":[{"text":"VII"}],"role":"user"},{"parts":[{"text":"VIII"}],"role":"model"}],'
        '"systemInstruction":{"parts":[{"text":"Count in Roman."}]}}'
    )
    examples = (*EXAMPLES, Contents(line))
    data = fingerprint.fingerprint(examples)
    marker = marked(data=data.fingerprint[:12], examples=4)
    live = await world.trained(replace(CREATION, examples=examples, marker=marker))
    assert await world.provider.generate(live.name, "VII") == "VIII"
    [job] = await world.jobs()
    assert job["tuningDataStats"]["supervisedTuningDataStats"]["tuningDatasetExampleCount"] == "4"


async def test_all_settings_of_a_training(world):
    key = "projects/my-project/locations/us-central1/keyRings/r/cryptoKeys/k"
    account = "tuning@my-project.iam.gserviceaccount.com"
    extras = {"serviceAccount": account, "exportLastCheckpointOnly": False, "validationData": DATA.fingerprint}
    creation = replace(CREATION, fixed={"kmsKeyName": key}, extras=extras, validation=EXAMPLES)
    live = await world.trained(creation)
    assert live.fixed == {"kmsKeyName": key}
    [job] = await world.jobs()
    assert job["serviceAccount"] == account
    assert len(job["tunedModel"]["checkpoints"]) == 3
    assert job["supervisedTuningSpec"]["validationDatasetUri"] == job["supervisedTuningSpec"]["trainingDatasetUri"]
    endpoints = await world.ask("GET", "projects/my-project/locations/us-central1/endpoints")
    assert len(endpoints["endpoints"]) == 3
    await world.provider.delete(live.name)
    assert await world.ask("GET", "projects/my-project/locations/us-central1/endpoints") == {}


async def test_a_base_model_that_cannot_be_tuned(world):
    with pytest.raises(InvalidRequestError, match="gemini-9 is not supported"):
        await world.provider.create(replace(CREATION, source=BaseModel("gemini-9")))


async def test_no_bucket(world):
    with pytest.raises(NotFoundError, match="bucket"):
        await world.connect(replace(PLACE, bucket="no-such-bucket")).create(CREATION)
    assert await world.jobs() == []


class TestTunedFromAnother:
    async def test_by_the_job_or_by_the_model(self, world):
        """The parent is known by its job's name, whichever way it was named; its own model stays as it is."""
        parent = await world.trained()
        for number, name in enumerate([parent.name, parent.resources["model"], parent.resources["model"][:-2]]):
            settings = {"displayName": f"child {number}"}
            marker = marked(key=f"child{number}", parent=MARKER.train)
            child = replace(CREATION, source=ParentModel(name), settings=settings, marker=marker)
            found = await world.trained(child)
            assert found.source == ParentModel(parent.name)
            assert found.resources["model"].endswith("@1")
            assert (await world.connect().get(found.name)).source == ParentModel(parent.name)
        assert {live.source for live in await world.provider.list()} == {
            BaseModel("gemini-2.5-flash"),
            ParentModel(parent.name),
        }

    @pytest.mark.parametrize("settings", [{"displayName": "numbers"}, {}])
    async def test_never_a_version_of_its_parent(self, world, settings):
        """An equal display name would make it a version, and deleting either would delete both."""
        parent = await world.trained(replace(CREATION, settings={"displayName": "numbers"}))
        child = replace(CREATION, source=ParentModel(parent.name), settings=settings, marker=marked(train="1" * 12))
        with pytest.raises(InvalidRequestError, match="display name of the model"):
            await world.provider.create(child)
        assert len(await world.jobs()) == 1

    async def test_a_deleted_parent(self, world):
        parent = await world.trained()
        await world.provider.delete(parent.name)
        child = replace(CREATION, source=ParentModel(parent.name), marker=marked(key="child"))
        with pytest.raises(InvalidRequestError, match="has no model"):
            await world.provider.create(child)

    async def test_versions_of_others(self, world):
        """Somebody tuned our model further under its own name: theirs is not ours, and outlives ours."""
        parent = await world.trained()
        spec = {"trainingDatasetUri": (await world.jobs())[0]["supervisedTuningSpec"]["trainingDatasetUri"]}
        body = {"preTunedModel": {"tunedModelName": parent.resources["model"]}, "supervisedTuningSpec": spec}
        theirs = await world.ask("POST", "projects/my-project/locations/us-central1/tuningJobs", body)
        world.wait()
        found = {live.name: live for live in await world.provider.list()}
        other = next(live for name, live in found.items() if name != parent.name)
        assert other.name.endswith(theirs["name"].rpartition("/")[2])
        assert other.resources["model"] == parent.resources["model"][:-1] + "2"
        assert (found[parent.name].marker, other.marker) == (MARKER, Absent())
        assert other.source == ParentModel(parent.name)
        adopted = await world.provider.update(other, {}, marked(key="adopted"))
        assert adopted.marker == marked(key="adopted")
        assert (await world.provider.get(parent.name)).marker == MARKER
        with pytest.raises(ServiceError, match="default version"):
            await world.provider.delete(other.name)
        await world.provider.delete(parent.name)
        [left] = await world.provider.list()
        assert (left.name, left.marker) == (other.name, marked(key="adopted"))
        await world.provider.delete(other.name)
        assert await world.provider.list() == []


class TestLooking:
    @pytest.mark.parametrize("name", ["projects/my-project/locations/europe-west4/tuningJobs/1", "elsewhere"])
    async def test_of_another_location(self, world, name):
        """What is never listed is not found by its name either."""
        if name == "elsewhere":
            elsewhere = world.connect(replace(PLACE, location="europe-west4"))
            name = (await elsewhere.create(CREATION)).name
        assert await world.provider.get(name) is None

    async def test_of_another_project(self, world):
        """It would be taken for a model of this project."""
        live = await world.connect(replace(PLACE, project="other-project")).create(CREATION)
        assert live.name.startswith("projects/other-project/")
        number = (await world.jobs("other-project"))[0]["name"]
        for name in (live.name, number, live.name.replace("other-project", "my-project")):
            assert await world.provider.get(name) is None
        assert await world.provider.list() == []

    async def test_a_403_is_not_absence(self, world):
        """A model that is taken for deleted would be trained again."""
        live = await world.trained()
        body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission denied on resource"}}
        world.network.fail = lambda request: httpx.Response(403, json=body) if "/models" in request.url.path else None
        for read in (world.provider.list(), world.provider.get(live.name)):
            with pytest.raises(AuthError, match="Permission denied") as caught:
                await read
            assert "roles/aiplatform.user" in caught.value.hint

    async def test_an_endpoint_that_answers_403_is_unknown(self, world):
        """Neither gone nor there: nothing is written past it, since what stands on it counts before the model."""
        live = await world.trained()
        body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission denied on resource"}}
        world.network.fail = lambda sent: httpx.Response(403, json=body) if "/endpoints" in sent.url.path else None
        for found in (await world.provider.get(live.name), *await world.provider.list()):
            assert (found.state, found.answering) == (State.ACTIVE, Answering.UNKNOWN)
            assert (found.call_name, found.marker) == (live.call_name, MARKER)
        writes = len(world.writes)
        for write in (world.provider.update(live, {}, marked(serving=2)), world.provider.redeploy(live)):
            with pytest.raises(ServiceError, match="its endpoint cannot be read"):
                await write
        assert len(world.writes) == writes

    async def test_an_outage_of_endpoints_is_an_outage(self, world):
        await world.trained()
        world.network.fail = lambda sent: httpx.Response(503) if "/endpoints" in sent.url.path else None
        with pytest.raises(UnavailableError):
            await world.provider.list()

    async def test_a_page_of_another_server_is_not_absence(self, world):
        live = await world.trained()
        world.network.fail = lambda _request: httpx.Response(404, text="<html>")
        with pytest.raises(ServiceError, match="404") as caught:
            await world.provider.get(live.name)
        assert "Vertex AI" in caught.value.hint

    async def test_no_permissions(self, world):
        assert not world.provider.traits.has_permissions
        assert list(await world.provider.permissions("any")) == []
        await world.provider.permit("any", [])
        with pytest.raises(InvalidRequestError, match="no permissions of their own"):
            await world.provider.permit("any", [Permission("GROUP", "a@b.c", "READER")])

    async def test_data_that_the_user_keeps(self, world):
        """Known by what it holds: not by where it is, nor by how often it was uploaded."""
        await world.put("a.jsonl", b"data")
        found = await world.provider.stored_data("gs://my-bucket/a.jsonl")
        assert (found.uri, found.size) == ("gs://my-bucket/a.jsonl", 4)
        assert (found.crc32c, found.md5) == ("rth90Q==", "jXd/OF09/siBXSD3SWAm3A==")
        for name in ("a.jsonl", "b.jsonl"):
            await world.put(name, b"data")
            again = await world.provider.stored_data(f"gs://my-bucket/{name}")
            assert again.holds_same(found)
            assert again.generation != found.generation
        await world.put("a.jsonl", b"DATA")
        assert not (await world.provider.stored_data("gs://my-bucket/a.jsonl")).holds_same(found)
        assert await world.provider.stored_data("gs://my-bucket/nothing") is None
        assert await world.provider.stored_data("gs://no-bucket/nothing") is None

    async def test_data_without_a_checksum(self, world):
        """An object with a customer key shows no checksum, and its size alone does not identify it."""
        found = httpx.Response(200, json={"name": "a.jsonl", "size": "4", "generation": "7"})
        world.network.fail = lambda request: found if "/storage/" in request.url.path else None
        with pytest.raises(ServiceError, match="tells no CRC32C"):
            await world.provider.stored_data("gs://my-bucket/a.jsonl")


async def test_in_process():
    """As the provider `emulator` uses it."""
    app = create_app(None, training_seconds=0, buckets=["my-bucket"])
    provider = vertex.emulated(app, PLACE, "in process")
    live = await provider.create(CREATION)
    assert isinstance(live.marker, Marker)
    assert (provider.identity.provider, provider.identity.endpoint, provider.identity.credential) == (
        "emulator",
        "in process",
        "",
    )
    await provider.aclose()


def test_the_lines_that_are_sent():
    """To the letter, since objects are named after them."""
    [line] = jsonl([Example("a\n", "ö")])
    assert msgspec.json.decode(line) == {
        "contents": [{"role": "user", "parts": [{"text": "a\n"}]}, {"role": "model", "parts": [{"text": "ö"}]}]
    }


async def test_other_locations(world):
    """Every location of the table but its own, each on its own: one that refuses is unknown, not empty."""
    live = await world.trained()
    other = world.connect(replace(PLACE, location="europe-west4"))
    world.network.fail = lambda request: 403 if "/us-east5/" in request.url.path else None
    found = await other.elsewhere()
    assert set(found) == set(TUNING_LOCATIONS) - {"europe-west4"}
    assert found["us-east5"] is None
    assert [model.name for model in found["us-central1"]] == [live.name]
    assert [models for location, models in sorted(found.items()) if location not in ("us-east5", "us-central1")] == [
        [], [], [], []
    ]  # fmt: skip
    await other.aclose()
