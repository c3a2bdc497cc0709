"""A training is started once, with any network fault and beside other runs, and only with the planned data."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import anyio
import httpx
import pytest
from support.crc32c import colliding

from gemspec.domain.errors import ConflictError, InvalidRequestError, QuotaError, ServiceError, UnavailableError
from gemspec.domain.model import BaseModel, ParentModel, State
from gemspec.domain.training_data import Example
from gemspec.identity import fingerprint, label_marker
from gemspec.identity.conversation import jsonl

from .faulty_emulator import AFTER, BEFORE, once
from .vertex_answers import CREATION, DATA, EXAMPLES, MARKER, job, marked, sent_of
from .vertex_emulator import CREATE, JOBS, World

pytestmark = pytest.mark.anyio

LIST = "/v1/projects/my-project/locations/us-central1/tuningJobs"
THROTTLED = httpx.Response(429, json={"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Slow down."}})


@pytest.fixture
def world():
    world = World()
    yield world
    world.check()


async def kept_by_the_user(world, data):
    """A creation on data that the user keeps."""
    await world.put("mine.jsonl", data)
    stored = await world.provider.stored_data("gs://my-bucket/mine.jsonl")
    found = fingerprint.stored_data(stored.size, stored.crc32c)
    marker = marked(key="mine", data=found.fingerprint[: fingerprint.DATA_DIGITS], examples=0)
    return replace(CREATION, examples=(), data_uri=stored.uri, stored=stored, marker=marker)


async def states(world):
    return [job["state"].removeprefix("JOB_STATE_") for job in await world.jobs()]


class TestOnce:
    async def test_looked_for_before_and_after(self, world):
        await world.provider.create(CREATION)
        at = world.network.log.index(CREATE)
        assert JOBS in world.network.log[:at]
        assert JOBS in world.network.log[at:]

    async def test_an_existing_job_is_not_started_again(self, world):
        """In training or trained: no second create and no second upload."""
        first = await world.provider.create(CREATION)
        for _ in range(2):
            world.network.requests.clear()
            again = await world.connect().create(replace(CREATION, marker=marked(rev="3c59dc0", serving=5)))
            assert (again.name, again.marker) == (first.name, MARKER)
            assert world.writes == []
            world.wait()

    @pytest.mark.parametrize("fault", [AFTER, BEFORE, 500, 502, 503, 504])
    @pytest.mark.parametrize("times", [1, 2])
    async def test_an_uncertain_answer(self, world, fault, times):
        """The list shows whether the job exists. Only if it does not, the create is sent again."""
        world.network.fail = once(fault, "POST", "/tuningJobs", times=times)
        live = await world.provider.create(CREATION)
        assert await states(world) == ["PENDING"]
        assert live.marker == MARKER
        assert world.network.log.count(CREATE) == (1 if fault == AFTER else times + 1)

    async def test_no_answer_is_no_reason_to_send_it_at_once(self, world):
        """Between two creates there is always a look at the jobs."""
        world.network.fail = once(503, "POST", "/tuningJobs", times=3)
        await world.provider.create(CREATION)
        asked = [line for line in world.network.log if line in (CREATE, JOBS)]
        assert all(JOBS in (before, after) for before, after in pairwise(asked))

    @pytest.mark.parametrize("fault", [BEFORE, 503])
    async def test_no_answer_at_all(self, world, fault):
        world.network.fail = once(fault, "POST", "/tuningJobs", times=99)
        with pytest.raises(UnavailableError):
            await world.provider.create(CREATION)
        assert await states(world) == []
        world.network.fail = lambda _request: None
        await world.provider.create(CREATION)
        assert await states(world) == ["PENDING"]

    async def test_it_took_effect_and_the_jobs_cannot_be_read(self, world):
        """Then the create is not sent again; the next run finds the job."""

        def fail(request):
            sent = CREATE in world.network.log
            return AFTER if request.method == "POST" and "/tuningJobs" in request.url.path else 503 if sent else None

        world.network.fail = fail
        with pytest.raises(UnavailableError):
            await world.provider.create(CREATION)
        world.network.fail = lambda _request: None
        assert world.network.log.count(CREATE) == 1
        live = await world.connect().create(CREATION)
        assert [job["name"].rpartition("/")[2] for job in await world.jobs()] == [live.name.rpartition("/")[2]]

    async def test_an_answer_that_is_cut_off(self, world):
        """The job is there anyway."""
        original = world.network.handle_async_request

        async def cut(request):
            response = await original(request)
            if request.method == "POST" and request.url.path.endswith("/tuningJobs"):
                return httpx.Response(200, content=(await response.aread())[:20])
            return response

        world.network.handle_async_request = cut
        live = await world.provider.create(CREATION)
        assert live.state is State.CREATING
        assert await states(world) == ["PENDING"]

    async def test_a_job_that_shows_up_late(self, world):
        """Not in the first look after an answer that never came, but in the second."""
        hidden = [httpx.Response(200, json={})]

        def fail(request):
            if request.method == "POST" and "/tuningJobs" in request.url.path:
                return AFTER
            listing = request.url.path.endswith("/tuningJobs") and CREATE in world.network.log
            return hidden.pop() if listing and hidden else None

        world.network.fail = fail
        await world.provider.create(CREATION)
        assert world.network.log.count(CREATE) == 1

    async def test_two_runs_at_once(self, world):
        """Both start a job, and both keep the older job."""
        found = []
        first, second = world.connect(), world.connect()
        original, starts = world.network.handle_async_request, []
        asked, made = anyio.Event(), anyio.Event()

        async def together(request):
            if request.method != "POST" or not request.url.path.endswith("/tuningJobs"):
                return await original(request)
            starts.append(request)
            if len(starts) == 2:
                asked.set()
            await asked.wait()  # each has looked for an equal job, and found none
            response = await original(request)
            starts.pop()
            if not starts:
                made.set()
            await made.wait()  # neither looks for twins before both are there
            return response

        world.network.handle_async_request = together

        async def create(provider):
            found.append(await provider.create(CREATION))

        async with anyio.create_task_group() as group:
            group.start_soon(create, first)
            group.start_soon(create, second)
        assert found[0].name == found[1].name
        assert sorted(await states(world)) == ["CANCELLED", "PENDING"]
        assert [live.name for live in await first.list()] == [found[0].name]

    async def test_a_twin_that_failed_is_not_kept(self, world):
        """Another run's job, older than ours, ended badly at once: ours continues."""
        original = world.network.handle_async_request

        async def meanwhile(request):
            if request.method == "POST" and request.url.path.endswith("/tuningJobs"):
                world.network.handle_async_request = original
                theirs = await world.connect().create(CREATION)
                await world.provider.cancel(theirs.name)
                world.now += 1
            return await original(request)

        world.network.handle_async_request = meanwhile
        live = await world.provider.create(CREATION)
        assert live.state is State.CREATING
        assert await states(world) == ["CANCELLED", "PENDING"]

    async def test_other_content_is_another_training(self, world):
        await world.provider.create(CREATION)
        await world.provider.create(replace(CREATION, marker=marked(train="1" * 12)))
        await world.provider.create(replace(CREATION, marker=marked(owner="others")))
        assert await states(world) == ["PENDING"] * 3

    async def test_what_was_deleted_is_trained_again(self, world):
        live = await world.trained()
        await world.provider.delete(live.name)
        again = await world.provider.create(CREATION)
        assert again.name != live.name
        assert await states(world) == ["SUCCEEDED", "PENDING"]

    async def test_what_was_cancelled_is_trained_again(self, world):
        """The planner does so only with --retry-failed, or where the job has become history."""
        live = await world.provider.create(CREATION)
        await world.provider.cancel(live.name)
        again = await world.provider.create(CREATION)
        assert (again.name != live.name, again.state) == (True, State.CREATING)

    async def test_a_plain_no_is_not_repeated(self, world):
        with pytest.raises(InvalidRequestError, match="not supported"):
            await world.provider.create(replace(CREATION, source=BaseModel("gemini-9")))
        assert world.network.log.count(CREATE) == 1

    async def test_whether_there_is_a_twin_is_not_known(self, world, caplog):
        """The training that began is none the worse for it."""

        def fail(request):
            return 503 if request.url.path.endswith("/tuningJobs") and CREATE in world.network.log[:-1] else None

        world.network.fail = fail
        assert (await world.provider.create(CREATION)).state is State.CREATING
        assert "whether numbers was begun twice is not known" in caplog.text

    async def test_what_is_not_there_is_a_matter_of_the_manifest(self, world):
        body = {"error": {"code": 404, "status": "NOT_FOUND", "message": "No such model."}}
        world.network.fail = once(httpx.Response(404, json=body), "POST", "/tuningJobs")
        with pytest.raises(InvalidRequestError, match=r"training numbers from .*: No such model") as caught:
            await world.provider.create(CREATION)
        assert "baseModel" in caught.value.hint

    async def test_a_conflict_is_reported(self, world):
        body = {"error": {"code": 409, "status": "ABORTED", "message": "Busy."}}
        world.network.fail = once(httpx.Response(409, json=body), "POST", "/tuningJobs")
        with pytest.raises(ConflictError):
            await world.provider.create(CREATION)


class TestQuota:
    async def test_as_many_run_as_may(self):
        """Known from a rate by its name; not repeated here: apply waits for a training to end."""
        world = World(concurrent_jobs=1, refuses_beyond=True)
        await world.provider.create(CREATION)
        world.network.requests.clear()
        other = replace(CREATION, marker=marked(key="other"))
        with pytest.raises(QuotaError, match="concurrent") as caught:
            await world.provider.create(other)
        assert caught.value.code == 429
        assert world.network.log.count(CREATE) == 1
        world.wait()
        assert (await world.provider.create(other)).state is State.CREATING

    @pytest.mark.parametrize(
        "message",
        [
            "Quota exceeded for aiplatform.googleapis.com/global_concurrent_tuning_jobs.",
            "The following quota metrics exceed quota limits: aiplatform.googleapis.com/tuning_jobs",
            "Too many concurrent tuning jobs.",
        ],
    )
    async def test_forms_of_the_refusal(self, world, message):
        body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": message}}
        world.network.fail = once(httpx.Response(429, json=body), "POST", "/tuningJobs", times=99)
        with pytest.raises(QuotaError):
            await world.provider.create(CREATION)

    async def test_a_rate_is_waited_for(self, world):
        world.network.fail = once(THROTTLED, "POST", "/tuningJobs", times=2)
        await world.provider.create(CREATION)
        assert world.network.log.count(CREATE) == 3
        assert await states(world) == ["PENDING"]

    async def test_a_rate_without_end(self, world):
        world.network.fail = once(THROTTLED, "POST", "/tuningJobs", times=99)
        with pytest.raises(UnavailableError, match="Slow down"):
            await world.provider.create(CREATION)


class TestData:
    async def test_not_what_was_planned(self, world):
        """Nothing is uploaded, nothing trained."""
        for examples in ((*EXAMPLES, Example("a", "b")), EXAMPLES[::-1], ()):
            with pytest.raises(InvalidRequestError, match="training data of 'numbers' is not what was planned"):
                await world.provider.create(replace(CREATION, examples=examples))
        assert not [request for request in world.network.requests if request.method != "GET"]

    async def test_uploaded_once_for_all_that_train_on_it(self, world):
        await world.provider.create(CREATION)
        world.network.requests.clear()
        await world.provider.create(replace(CREATION, marker=marked(key="other")))
        assert [line for line in world.network.log if "/upload/" in line] == []
        first, second = await world.jobs()
        uri = first["supervisedTuningSpec"]["trainingDatasetUri"]
        assert second["supervisedTuningSpec"]["trainingDatasetUri"] == uri
        assert uri.startswith("gs://my-bucket/gemspec/bots/")

    async def test_projects_share_no_objects(self, world):
        """No project needs what another project deletes."""
        for owner in ("bots", "other"):
            await world.provider.create(replace(CREATION, marker=marked(owner=owner)))
        first, second = (job["supervisedTuningSpec"]["trainingDatasetUri"] for job in await world.jobs())
        assert second == first.replace("/bots/", "/other/")

    async def test_a_planted_object_is_not_trained_on(self, world):
        """Somebody who may write into the bucket writes other data under the name of what will be trained on."""
        written = b"".join(jsonl(EXAMPLES))
        name = f"gemspec/bots/{sha256(written).hexdigest()}.jsonl"
        await world.put(name, colliding(written))
        await world.provider.create(CREATION)
        [made] = await world.jobs()
        uri = made["supervisedTuningSpec"]["trainingDatasetUri"]
        assert uri == f"gs://my-bucket/{name[:-6]}-2.jsonl"

    async def test_of_the_user_s_own(self, world):
        """Known by what it holds: other content at the same place is not what was planned; the same elsewhere is."""
        kept = await kept_by_the_user(world, b"".join(jsonl(EXAMPLES)))
        await world.provider.create(kept)
        assert (await world.jobs())[0]["supervisedTuningSpec"]["trainingDatasetUri"] == kept.data_uri
        for wrong in (replace(kept, marker=marked(key="x")), replace(kept, data_uri="gs://my-bucket/none")):
            with pytest.raises(InvalidRequestError, match="not what was planned"):
                await world.provider.create(replace(wrong, marker=replace(wrong.marker, key="y")))
        await world.put("elsewhere.jsonl", b"".join(jsonl(EXAMPLES)))
        await world.provider.create(
            replace(kept, data_uri="gs://my-bucket/elsewhere.jsonl", marker=replace(kept.marker, key="z"))
        )

    @pytest.mark.parametrize("use", ["training", "validation"])
    async def test_another_object_of_equal_size_and_crc32c(self, world, use):
        """The MD5 that the plan saw is compared, if the object still has an MD5."""
        data = b"".join(jsonl(EXAMPLES))
        kept = await kept_by_the_user(world, data)
        if use == "validation":
            extras = {"validationDatasetUri": kept.data_uri}
            kept = replace(CREATION, extras=extras, stored_validation=kept.stored)
        await world.put("mine.jsonl", colliding(data))
        with pytest.raises(InvalidRequestError, match=f"the {use} data of .* is not what was planned"):
            await world.provider.create(kept)
        assert await states(world) == []

    async def test_validation_that_has_changed(self, world):
        """An object that was deleted or has other content is not the planned object."""
        kept = await kept_by_the_user(world, b"".join(jsonl(EXAMPLES[:1])))
        extras = {"validationDatasetUri": kept.data_uri}
        wanted = replace(CREATION, extras=extras, stored_validation=kept.stored)
        for content in (b"".join(jsonl(EXAMPLES[:2])), None):
            gone = "gs://my-bucket/gone.jsonl"
            if content:
                await world.put("mine.jsonl", content)
            wrong = wanted if content else replace(wanted, extras={"validationDatasetUri": gone})
            with pytest.raises(InvalidRequestError, match="validation data of 'numbers'"):
                await world.provider.create(wrong)
        await world.put("mine.jsonl", b"".join(jsonl(EXAMPLES[:1])))
        await world.provider.create(wanted)
        assert await states(world) == ["PENDING"]

    async def test_validation_is_not_what_was_planned(self, world):
        changed = replace(CREATION, extras={"validationData": DATA.fingerprint}, validation=EXAMPLES[:1])
        with pytest.raises(InvalidRequestError, match="validation data of 'numbers'"):
            await world.provider.create(changed)
        assert await states(world) == []

    async def test_validation_of_the_user_s_own(self, world):
        await world.provider.create(CREATION)
        uri = (await world.jobs())[0]["supervisedTuningSpec"]["trainingDatasetUri"]
        await world.provider.create(replace(CREATION, extras={"validationDatasetUri": uri}, marker=marked(key="x")))
        assert (await world.jobs())[1]["supervisedTuningSpec"]["validationDatasetUri"] == uri


class TestMarker:
    @pytest.mark.parametrize("broken", [{}, {"gemspec-name": "other"}])
    async def test_a_job_without_it_is_cancelled(self, world, broken):
        """Its owner could never be found."""
        original = world.network.handle_async_request

        async def forgetful(request):
            if request.method == "POST" and request.url.path.endswith("/tuningJobs"):
                import msgspec

                body = msgspec.json.decode(await request.aread())
                body["labels"] = (label_marker.of(MARKER, bound_to=sent_of(body)) | broken) if broken else {}
                content = msgspec.json.encode(body)
                request = httpx.Request("POST", request.url, content=content)
            return await original(request)

        world.network.handle_async_request = forgetful
        with pytest.raises(ServiceError, match="did not keep gemspec's labels"):
            await world.provider.create(CREATION)
        assert await states(world) == ["CANCELLED"]

    async def test_an_answer_without_it_is_looked_into(self, world):
        """The job itself has it."""
        original = world.network.handle_async_request

        async def short(request):
            response = await original(request)
            if request.method == "POST" and request.url.path.endswith("/tuningJobs"):
                job = httpx.Response(200, content=await response.aread()).json()
                return httpx.Response(200, json={"name": job["name"], "state": job["state"]})
            return response

        world.network.handle_async_request = short
        assert (await world.provider.create(CREATION)).marker == MARKER
        assert await states(world) == ["PENDING"]

    @pytest.mark.parametrize("display_name", ["theirs", "numbers"])
    async def test_a_parent_that_no_job_of_ours_made(self, service, vertex, display_name):
        """Known by its own name, in whichever project it is; and never made a version of."""
        name = "projects/other-project/locations/us/models/5@2"
        service.on(f"GET {LIST}", (200, {}), (200, {}), (200, {"tuningJobs": [job("PENDING")]}))
        service.on(f"GET /v1/{name}", (200, {"name": name[:-2], "displayName": display_name}))
        service.on(f"POST {LIST}", (200, job("PENDING")))
        uri = "gs://my-bucket/mine.jsonl"
        service.on("GET /storage/v1/b/my-bucket/o/mine.jsonl", (200, {"size": "7", "crc32c": "AAAAAA=="}))
        data = fingerprint.stored_data(7, "AAAAAA==").fingerprint[: fingerprint.DATA_DIGITS]
        creation = replace(
            CREATION, source=ParentModel(name), data_uri=uri, examples=(), marker=marked(data=data, examples=0)
        )
        if display_name == "numbers":
            with pytest.raises(InvalidRequestError, match="display name"):
                await vertex.create(creation)
            return
        await vertex.create(creation)
        [body] = service.sent("POST")
        assert body["preTunedModel"] == {"tunedModelName": name}

    async def test_a_parent_that_is_no_name(self, world):
        with pytest.raises(ServiceError, match="not the name of a resource"):
            await world.provider.create(replace(CREATION, source=ParentModel("tunedModels/x")))
