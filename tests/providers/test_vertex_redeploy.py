"""A model of Vertex AI that no endpoint deploys is deployed again, whatever is there, and whatever goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.domain.marker import Absent
from gemspec.domain.model import Answering, BaseModel, State
from gemspec.domain.training_data import Example
from gemspec.identity import fingerprint, label_marker

from .faulty_emulator import AFTER, BEFORE
from .vertex_answers import CREATION, MARKER, marked
from .vertex_emulator import World

pytestmark = pytest.mark.anyio

_EXAMPLES = (*CREATION.examples[:2], Example("13", "!no-endpoint"))
_DATA = fingerprint.fingerprint(_EXAMPLES).fingerprint[: fingerprint.DATA_DIGITS]
PARTLY = replace(CREATION, examples=_EXAMPLES, marker=marked(data=_DATA))
ELSEWHERE = replace(CREATION, source=BaseModel("gemini-3.5-flash"))  # its model is served from `us`


@pytest.fixture
def world():
    world = World()
    yield world
    world.check()


async def undeployed(world, live):
    """Somebody takes the model off its endpoint."""
    endpoint = live.resources["endpoint"]
    for deployed in (await world.ask("GET", endpoint)).get("deployedModels", []):
        await world.ask("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})
    return await world.provider.get(live.name)


async def deleted(world, live):
    """Somebody deletes its endpoint."""
    await undeployed(world, live)
    await world.ask("DELETE", live.resources["endpoint"])
    return await world.provider.get(live.name)


async def endpoints(world, location="us-central1"):
    found = await world.ask("GET", f"projects/my-project/locations/{location}/endpoints")
    return found.get("endpoints", [])


async def made_by_hand(world, model, labels=None, location="us-central1"):
    """An endpoint of somebody else's that deploys a model; its name."""
    at = f"projects/my-project/locations/{location}/endpoints"
    begun = await world.ask("POST", at, {"displayName": "mine", "labels": labels or {}})
    body = {"deployedModel": {"model": model.partition("@")[0]}}
    await world.ask("POST", f"{begun['response']['name']}:deployModel", body)
    return begun["response"]["name"]


def answers(live):
    return (live.state, live.answering)


async def test_an_endpoint_that_deploys_nothing_is_used_again(world):
    live = await world.trained()
    empty = await undeployed(world, live)
    assert (*answers(empty), empty.call_name) == (State.ACTIVE, Answering.NO, "")
    again = await world.provider.redeploy(empty)
    assert (*answers(again), again.call_name) == (State.ACTIVE, Answering.YES, live.call_name)
    assert len(await endpoints(world)) == len(await world.jobs()) == 1
    assert await world.provider.generate(live.name, "1") == "2"


@pytest.mark.parametrize("creation", [CREATION, ELSEWHERE], ids=["here", "us"])
async def test_an_endpoint_that_was_deleted_is_made_again_beside_the_model(world, creation):
    """With the marker, and the names and labels of the model; under another name."""
    live = await world.trained(creation)
    location = live.resources["model"].split("/")[3]
    again = await world.provider.redeploy(await deleted(world, live))
    assert (*answers(again), again.marker, again.is_noted) == (State.ACTIVE, Answering.YES, MARKER, True)
    assert again.call_name.startswith(f"projects/my-project/locations/{location}/endpoints/")
    assert again.call_name != live.call_name
    [endpoint] = await endpoints(world, location)
    assert (endpoint["displayName"], endpoint["description"]) == ("numbers", "Says the next.")
    assert endpoint["labels"].items() >= {"team": "chat", "gemspec-job": live.name.rpartition("/")[2]}.items()
    assert [found.call_name for found in await world.provider.list()] == [again.call_name]
    assert await world.provider.get(again.call_name) == again
    await world.provider.delete(again.name)
    assert (await endpoints(world, location), await world.provider.list()) == ([], [])


async def test_a_training_that_made_no_endpoint(world):
    """PARTIALLY_SUCCEEDED: a model that does not answer, until it is deployed."""
    live = await world.trained(PARTLY)
    assert (*answers(live), live.call_name, live.marker) == (State.ACTIVE, Answering.NO, "", PARTLY.marker)
    again = await world.provider.redeploy(live)
    assert (again.answering, again.is_noted) == (Answering.YES, True)
    assert len(await world.jobs()) == 1


async def test_what_answers_is_left_as_it_is(world):
    live = await world.trained()
    writes = len(world.writes)
    assert await world.provider.redeploy(live) == live
    assert len(world.writes) == writes


async def test_other_peoples_endpoints_never_count(world):
    """Neither one that deploys our model, nor one to which they copied our labels."""
    live = await world.trained()
    [ours] = await endpoints(world)
    await deleted(world, live)
    await made_by_hand(world, live.resources["model"])
    await made_by_hand(world, live.resources["model"], ours["labels"])
    found = await world.provider.get(live.name)
    assert answers(found) == (State.ACTIVE, Answering.NO)
    assert [answers(one) for one in await world.provider.list()] == [answers(found)]
    assert (await world.provider.redeploy(found)).answering is Answering.YES
    assert len(await endpoints(world)) == 3


async def test_an_endpoint_of_ours_that_deploys_another_model_is_left_to_it(world):
    live = await world.trained()
    await undeployed(world, live)
    other = await world.trained(replace(CREATION, marker=marked(train="aaaaaaaaaaaa")))
    body = {"deployedModel": {"model": other.resources["model"]}}
    await world.ask("POST", f"{live.resources['endpoint']}:deployModel", body)
    found = await world.provider.get(live.name)
    assert (*answers(found), found.call_name) == (State.ACTIVE, Answering.NO, "")
    again = await world.provider.redeploy(found)
    assert again.answering is Answering.YES
    assert again.call_name not in (live.call_name, other.call_name)
    assert (await world.provider.get(other.name)).call_name == other.call_name


async def test_what_an_endpoint_once_said_never_comes_back(world):
    """Neither the marker of an endpoint that is empty, nor that of one which was used for another model meanwhile."""
    live = await world.trained()
    await undeployed(world, live)
    other = await world.trained(replace(CREATION, marker=marked(train="aaaaaaaaaaaa")))
    body = {"deployedModel": {"model": other.resources["model"]}}
    await world.ask("POST", f"{live.resources['endpoint']}:deployModel", body)
    again = await world.provider.redeploy(await world.provider.get(live.name))
    await world.provider.update(again, {}, marked(serving=7))
    await deleted(world, again)
    await undeployed(world, live)
    assert (await world.provider.get(live.name)).marker == marked(serving=7)
    body = {"deployedModel": {"model": live.resources["model"]}}
    await world.ask("POST", f"{live.resources['endpoint']}:deployModel", body)
    found = await world.provider.get(live.name)
    assert (found.answering, found.call_name, found.marker) == (Answering.YES, live.call_name, marked(serving=7))


async def test_a_released_model_stays_released(world):
    """Whichever of its endpoints is there later."""
    live = await world.trained()
    again = await world.provider.redeploy(await deleted(world, live))
    spare = await made_by_hand(world, live.resources["model"], {"gemspec-job": live.name.rpartition("/")[2]})
    await world.provider.release(again)
    await deleted(world, again)
    found = await world.provider.get(live.name)
    assert found.call_name.rpartition("/")[2] == spare.rpartition("/")[2]
    assert isinstance(found.marker, Absent)


async def test_of_two_endpoints_the_job_s_own_counts_and_else_the_oldest(world):
    live = await world.trained()
    first = await world.provider.redeploy(await deleted(world, live))
    world.wait(1.0)
    await undeployed(world, first)
    job = live.name.rpartition("/")[2]
    second = await made_by_hand(world, live.resources["model"], {"gemspec-job": job})
    found = await world.provider.get(live.name)
    assert (found.answering, found.call_name.rpartition("/")[2]) == (Answering.YES, second.rpartition("/")[2])
    body = {"deployedModel": {"model": live.resources["model"]}}
    await world.ask("POST", f"{first.call_name}:deployModel", body)
    assert (await world.provider.get(live.name)).call_name == first.call_name
    assert [one.call_name for one in await world.provider.list()] == [first.call_name]
    await world.provider.delete(live.name)
    assert await endpoints(world) == []


@pytest.mark.parametrize(("how", "fault"), [(deleted, AFTER), (undeployed, 503)])
async def test_any_request_may_fail_at_any_time(how, fault):
    """It is repeated, or the next run completes it: a single endpoint that deploys the model once, and no training."""
    failed = at = 0
    while at < 60:
        at += 1
        world = World()
        live = await world.trained()
        lost = await how(world, live)
        counted = 0

        def fail(_request, at=at):
            nonlocal counted
            counted += 1
            return fault if counted == at else None

        world.network.fail = fail
        try:
            await world.provider.redeploy(lost)
        except ServiceError:
            failed += 1
        world.network.fail = lambda _request: None
        again = await world.provider.redeploy(await world.provider.get(live.name))
        [endpoint] = await endpoints(world)
        assert (again.answering, again.is_noted, len(endpoint["deployedModels"])) == (Answering.YES, True, 1)
        assert (len(await world.jobs()), again.marker) == (1, MARKER)
        world.check()
        if counted < at:  # there is no request so late
            return
    raise AssertionError("it never ended")


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
async def test_a_run_that_is_cut_off_anywhere_is_completed_by_the_next(fault):
    """As if the process had been killed: every later request of the first run is lost."""
    for at in range(1, 60):
        world = World()
        lost = await deleted(world, await world.trained())
        counted = 0

        def fail(_request, at=at):
            nonlocal counted
            counted += 1
            return None if counted < at else fault if counted == at else BEFORE

        world.network.fail = fail
        try:
            await world.provider.redeploy(lost)
        except UnavailableError:
            pass
        else:
            return
        world.network.fail = lambda _request: None
        again = await world.provider.redeploy(await world.provider.get(lost.name))
        [endpoint] = await endpoints(world)
        assert (again.answering, again.is_noted, len(endpoint["deployedModels"])) == (Answering.YES, True, 1)
    raise AssertionError("it never ended")


async def test_what_is_not_ours_is_not_deployed(world):
    live = await world.trained()
    await world.provider.release(live)
    lost = await undeployed(world, live)
    writes = len(world.writes)
    with pytest.raises(ServiceError, match="no marker of gemspec"):
        await world.provider.redeploy(lost)
    await world.provider.delete(live.name)
    with pytest.raises(ServiceError, match="no model any more"):
        await world.provider.redeploy(lost)
    assert len(world.writes) >= writes


async def test_deploying_takes_its_time():
    """Each operation ends later: the model answers when the last has."""
    world = World(operation_seconds=3.0)
    live = await world.trained()
    endpoint = live.resources["endpoint"]
    [deployed] = (await world.ask("GET", endpoint))["deployedModels"]
    await world.ask("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed["id"]})
    world.wait(5.0)
    await world.ask("DELETE", endpoint)
    world.wait(5.0)
    original = world.network.handle_async_request

    async def later(request):
        world.now += 1.0
        return await original(request)

    world.network.handle_async_request = later
    again = await world.provider.redeploy(await world.provider.get(live.name))
    assert again.answering is Answering.YES
    bound_to = "/".join(again.call_name.split("/")[-2:])
    [shown] = await endpoints(world)
    assert label_marker.read(shown["labels"], bound_to=bound_to) == MARKER
