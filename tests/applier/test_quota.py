"""A service with a quota of trainings: apply queues, says so, and loses nothing."""

from __future__ import annotations

import anyio
import pytest
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying
from support.planner_dsl import planned, want

from gemspec.applier import executor as loop
from gemspec.domain.errors import QuotaError
from gemspec.domain.events import StepStarted, StepWaiting
from gemspec.domain.model import State

pytestmark = pytest.mark.anyio


def quota_of_one(provider, asking=0):
    """Refuse a create while another training runs. No training ends before this many creates were sent."""
    create, asked, all_have_asked = provider.create, set(), anyio.Event()

    async def until_creates_sent(method, _):
        if method == "poll" and asking:
            await all_have_asked.wait()

    async def refusing(creation, sending):
        asked.add(creation.name)
        if len(asked) >= asking:
            all_have_asked.set()
        if any(live.state is State.CREATING for live in provider.models.values()):
            raise QuotaError("one training at a time", "wait")
        return await create(creation, sending)

    provider.create, provider.before = refusing, until_creates_sent
    return provider


async def test_creates_are_queued_and_reported():
    """Each training begins when the training before it has ended. No request is sent in the meantime."""
    plan = planned([], [want("a"), want("b"), want("c")])
    carrying = Carrying(plan, quota_of_one(FakeProvider(), asking=3))
    result = await carrying.run()
    assert result.is_complete
    assert result.counts.add == 3
    waiting = [event for event in carrying.events if isinstance(event, StepWaiting) and event.reason]
    assert {event.reason for event in waiting} == {"one training at a time"}
    assert {event.key for event in waiting} < {"a", "b", "c"}  # they ask at the same time, and one of them has room


async def test_it_does_not_keep_others_from_their_room(monkeypatch):
    """With --parallelism 1, a step that waits for the quota does not hold up other steps."""
    monkeypatch.setattr(loop, "_TURN", 0.01)
    plan = planned([], [want("a"), want("b", checks=0), want("c")])
    carrying = Carrying(plan, quota_of_one(FakeProvider()), parallelism=1)
    assert (await carrying.run()).is_complete


async def test_without_waiting_it_is_not_started():
    """--no-wait leaves it to the next apply."""
    carrying = Carrying(planned([], [want("a"), want("b")]), quota_of_one(FakeProvider()), wait=False)
    lines = await carrying.lines()
    begun, other = ("a", "b") if "create a:x: done" in lines else ("b", "a")  # they ask at the same time
    assert sorted(lines) == sorted(
        [
            f"create {begun}:x: done",
            f"create {other}:x: not started (one training at a time)",
            f"await {begun}:x: waiting",
            f"await {other}:x: not started (one training at a time)",
        ]
    )


async def test_the_time_to_wait_ends_it():
    """--wait-timeout counts for what has not begun, too."""
    provider = quota_of_one(FakeProvider(polls=0))
    carrying = Carrying(planned([], [want("a"), want("b")]), provider, wait_timeout=0.05)
    result = await carrying.run()
    assert result.timed_out
    assert sorted(str(end.outcome) for end in result.ended) == ["done", "not started", "not started", "waiting"]


async def test_a_single_queued_create_tries_again_for_all(monkeypatch):
    """Each create is sent once. Then only the first of the queue is sent again, whenever a training has ended."""
    monkeypatch.setattr(loop, "_TURN", 60)
    provider = quota_of_one(FakeProvider())
    create, asked = provider.create, []

    async def counting(creation, *rest):
        asked.append(creation.marker.key)
        return await create(creation, *rest)

    provider.create = counting
    keys = [f"k{number}" for number in range(20)]
    carrying = Carrying(planned([], [want(key) for key in keys]), provider)
    assert (await carrying.run()).is_complete
    assert len(asked) <= 4 * len(keys)
    told = [event for event in carrying.events if isinstance(event, StepStarted) and event.action == "create"]
    assert sorted(event.key for event in told) == sorted(keys)
    waits = [event.key for event in carrying.events if isinstance(event, StepWaiting) and event.reason]
    assert len(waits) == len({*waits}) >= len(keys) // 2
