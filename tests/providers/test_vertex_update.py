"""Writes to models and endpoints: all or what counts as nothing, and never the labels of others."""

from __future__ import annotations

from dataclasses import replace

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from gemspec.domain.errors import AuthError, ChangedError, InvalidRequestError, ServiceError, UnavailableError
from gemspec.domain.marker import Absent, Marker
from gemspec.identity import label_marker

from .faulty_emulator import AFTER, BEFORE, once
from .vertex_answers import CREATION, ENDPOINT_ID, JOB, MARKER, MODEL_ID, endpoint, job, marked, model, stamped
from .vertex_emulator import World

pytestmark = pytest.mark.anyio

ABORTED = httpx.Response(409, json={"error": {"code": 409, "status": "ABORTED", "message": "Changed in between."}})
BUSY = httpx.Response(400, json={"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "Busy."}})


@pytest.fixture
def world():
    world = World()
    yield world
    world.check()


class TestTrained:
    async def test_nothing_more_to_write(self, world):
        live = await world.trained()
        world.network.requests.clear()
        assert await world.provider.trained(live) == live
        assert world.writes == []

    async def test_what_was_promoted_meanwhile_stays(self, world):
        """The job keeps serving=1 for ever; another run has promoted the model since."""
        live = await world.trained()
        await world.provider.update(live, {"displayName": "new"}, marked(serving=4))
        noted = await world.provider.trained(live)
        assert (noted.marker, noted.settings["displayName"]) == (marked(serving=4), "new")

    async def test_a_run_that_did_not_wait(self, world):
        """The first write of a later run writes the job's settings, too."""
        live = await world.provider.create(CREATION)
        world.wait()
        changed = await world.provider.update(live, {"labels.team": "x"}, marked(serving=2))
        assert changed.settings == {"displayName": "numbers", "description": "Says the next.", "labels.team": "x"}
        found = await world.ask("GET", changed.resources["endpoint"])
        assert found["description"] == "Says the next."

    async def test_of_what_is_not_ours(self, world):
        """Nothing is written without a marker."""
        live = await world.trained()
        await world.provider.release(live)
        world.network.requests.clear()
        assert (await world.provider.trained(live)).marker == Absent()
        assert world.writes == []


class TestUpdate:
    async def test_a_single_request_a_resource(self, world):
        live = await world.trained()
        world.network.requests.clear()
        await world.provider.update(live, {"displayName": "n", "labels.a": "b"}, marked(serving=2))
        assert [line.split("/")[-2] for line in world.writes] == ["models", "endpoints"]
        for request in world.network.requests:
            if request.method == "PATCH":
                assert request.url.params["updateMask"] == "displayName,labels"
                assert set(msgspec.json.decode(request.content)) == {"displayName", "labels", "etag"}

    async def test_a_flag_that_is_taken_back(self, world):
        """A flag that the new marker lacks is removed."""
        live = await world.trained()
        live = await world.provider.update(live, {}, marked(protect=True, serving=2))
        assert (await world.provider.update(live, {}, marked(serving=None))).marker == marked(serving=None)

    async def test_while_it_is_in_training(self, world):
        live = await world.provider.create(CREATION)
        for write in (world.provider.update(live, {}, marked(protect=True)), world.provider.release(live)):
            with pytest.raises(ServiceError, match="still in training"):
                await write

    async def test_another_write_in_between(self, world):
        """The etag shows it; the other label stays, and ours is added."""
        live = await world.trained()
        _write_in_between(world, live, {"theirs": "1"})
        changed = await world.provider.update(live, {"labels.a": "b"}, marked(serving=2))
        assert changed.marker == marked(serving=2)
        for kind in ("model", "endpoint"):
            found = (await world.ask("GET", live.resources[kind]))["labels"]
            assert (found["theirs"], found["a"], found["gemspec-serving"]) == ("1", "b", "2")

    async def test_another_marker_in_between(self, world):
        """Theirs stays, and the conflict is reported."""
        live = await world.trained()
        _write_in_between(world, live, marked(serving=3))
        with pytest.raises(ChangedError, match="somebody else has written on"):
            await world.provider.update(live, {}, marked(serving=2))
        assert (await world.provider.get(live.name)).marker == live.marker

    async def test_another_extension_in_between(self, world):
        """A write changes its own extensions alone."""
        live = await world.trained()
        theirs = replace(live.marker, extensions=(("x-preview", "pr-7"),))
        _write_in_between(world, live, theirs)
        wanted = marked(serving=2, extensions=(("x-promoted", "20261201"),))
        changed = await world.provider.update(live, {}, wanted)
        assert changed.marker == wanted
        assert changed.marker.extensions == (("x-preview", "pr-7"), ("x-promoted", "20261201"))

    async def test_another_marker_before(self, world):
        """The write is compared with what was read."""
        live = await world.trained()
        await world.provider.update(live, {}, marked(serving=3))
        with pytest.raises(ChangedError, match="somebody else has written on"):
            await world.provider.update(live, {}, marked(serving=2))
        assert (await world.provider.get(live.name)).marker == marked(serving=3)

    async def test_a_promotion_while_settings_are_written(self, world):
        """A write without a marker leaves the marker as it is."""
        live = await world.trained()
        _write_in_between(world, live, marked(serving=3))
        changed = await world.provider.update(live, {"displayName": "n"}, None)
        assert (changed.marker, changed.settings["displayName"]) == (marked(serving=3), "n")

    @pytest.mark.parametrize("answer", [ABORTED, BUSY, 503, AFTER])
    async def test_a_resource_that_is_held(self, world, answer):
        live = await world.trained()
        world.network.fail = once(answer, "PATCH", times=2)
        assert (await world.provider.update(live, {}, marked(serving=2))).marker == marked(serving=2)

    async def test_a_resource_that_is_held_for_long(self, world):
        live = await world.trained()
        world.network.fail = once(BUSY, "PATCH", times=99)
        with pytest.raises(ServiceError, match="Busy"):
            await world.provider.update(live, {}, marked(serving=2))

    async def test_a_plain_no(self, world):
        live = await world.trained()
        with pytest.raises(InvalidRequestError, match="label"):
            await world.provider.update(live, {"labels.team": "NOT LOWER"}, None)
        world.network.fail = once(httpx.Response(403, json={"error": {"code": 403, "message": "No."}}), "PATCH")
        with pytest.raises(AuthError, match="changing"):
            await world.provider.update(live, {"labels.team": "x"}, None)

    @pytest.mark.parametrize("kind", ["models", "endpoints"])
    async def test_broken_off_half_way_counts_as_not_done(self, world, kind):
        """A promotion that reached only the model is planned again, and then it is whole."""
        live = await world.trained()
        world.network.fail = once(BEFORE, "PATCH", kind, times=99)
        with pytest.raises(UnavailableError):
            await world.provider.update(live, {"displayName": "n"}, marked(serving=2))
        world.network.fail = lambda _request: None
        found = await world.provider.get(live.name)
        assert (found.marker, found.settings["displayName"]) == (MARKER, "numbers")
        await world.provider.update(found, {"displayName": "n"}, marked(serving=2))
        for place in ("model", "endpoint"):
            value = await world.ask("GET", live.resources[place])
            bound_to = "/".join(value["name"].split("/")[-2:])
            assert (label_marker.read(value["labels"], bound_to=bound_to), value["displayName"]) == (
                marked(serving=2),
                "n",
            )

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.sampled_from([AFTER, BEFORE, 503, ABORTED, None]), max_size=8),
        st.sampled_from([marked(serving=2), marked(key="moved", retain=True), None]),
    )
    async def test_the_marker_is_old_or_new_with_any_network_fault(self, faults, marker):
        """Never a mixed marker; and repeated, the write is complete."""
        world = World()
        live = await world.trained()
        left = list(faults)
        world.network.fail = lambda request: left.pop() if request.method == "PATCH" and left else None
        try:
            await world.provider.update(live, {"displayName": "n"}, marker)
        except ServiceError:
            assert (await world.provider.get(live.name)).marker in (MARKER, marker)
        world.network.fail = lambda _request: None
        changed = await world.provider.update(live, {"displayName": "n"}, marker)
        assert (changed.marker, changed.settings["displayName"]) == (marker or MARKER, "n")


class TestJudged:
    """Labels that gemspec did not write are not overwritten, unless a new marker is written."""

    def serve(self, service, broken):
        self.model = stamped({}, MARKER, f"models/{MODEL_ID}") | broken
        self.endpoint = stamped({}, MARKER, f"endpoints/{ENDPOINT_ID}") | broken
        service.on(f"GET /v1/{JOB}", (200, job("SUCCEEDED")))
        service.on(
            "GET /v1/projects/my-project/locations/us-central1/models/2000000000000000002@1",
            lambda _request: (200, model(labels=self.model)),
        )
        service.on(
            "GET /v1/projects/my-project/locations/us-central1/endpoints/3000000000000000003",
            lambda _request: (200, endpoint(labels=self.endpoint)),
        )

        def patch(which):
            def answer(request):
                setattr(self, which, msgspec.json.decode(request.content)["labels"])
                return 200, {}

            return answer

        for which, name in (("model", f"models/{MODEL_ID}"), ("endpoint", f"endpoints/{ENDPOINT_ID}")):
            service.on(f"PATCH /v1/projects/my-project/locations/us-central1/{name}", patch(which))

    @pytest.mark.parametrize("broken", [{"gemspec-train": "x"}, {"gemspec-mood": "x"}])
    async def test_corrupt_or_newer(self, service, vertex, broken):
        self.serve(service, broken)
        live = await vertex.get(JOB)
        with pytest.raises(ServiceError, match="cannot judge"):
            await vertex.update(live, {"displayName": "n"}, None)
        assert service.sent("PATCH") == []
        assert isinstance((await vertex.update(live, {}, marked(serving=2))).marker, Marker)

    async def test_labels_that_the_model_takes_only_as_a_version(self, service, vertex):
        """The service keeps separate labels for models and versions, and shows them together."""
        self.serve(service, {})
        both = {"model": dict(self.model), "version": {"gemspec-serving": "1"}}
        at = "/v1/projects/my-project/locations/us-central1/models/2000000000000000002"
        service.on(f"GET {at}@1", lambda _request: (200, model(labels=both["model"] | both["version"])))

        def patch(which):
            def answer(request):
                both[which] = msgspec.json.decode(request.content)["labels"]
                return 200, {}

            return answer

        service.on(f"PATCH {at}", patch("model"))
        service.on(f"PATCH {at}@1", patch("version"))
        await vertex.update(await vertex.get(JOB), {}, marked(serving=2))
        assert both["version"]["gemspec-serving"] == "2"

    async def test_labels_that_are_not_kept(self, service, vertex):
        self.serve(service, {})
        at = "/v1/projects/my-project/locations/us-central1/models/2000000000000000002"
        service.on(f"PATCH {at}", (200, {}))
        service.on(f"PATCH {at}@1", (200, {}))
        with pytest.raises(ServiceError, match="does not keep what is written"):
            await vertex.update(await vertex.get(JOB), {}, marked(serving=2))


def _write_in_between(world, live, theirs):
    """Somebody adds labels, or writes a marker, on model and endpoint, just before the first write to it arrives."""
    original = world.network.handle_async_request
    left = [live.resources["model"].partition("@")[0], live.resources["endpoint"]]

    async def meanwhile(request):
        if request.method == "PATCH" and left:
            name = left.pop(0)
            found = await world.ask("GET", name)
            labels = found["labels"]
            if isinstance(theirs, Marker):
                bound_to = "/".join(name.split("/")[-2:])
                labels = stamped(labels, theirs, bound_to, live.name.rpartition("/")[2])
            else:
                labels |= theirs
            await world.ask("PATCH", name, {"labels": labels}, updateMask="labels")
        return await original(request)

    world.network.handle_async_request = meanwhile
