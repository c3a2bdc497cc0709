"""An interrupt: waits end, requests under way are answered, nothing new is sent, and nothing hangs."""

from __future__ import annotations

import math
import signal

import anyio
import pytest
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying
from support.planner_dsl import have, planned, want

from gemspec.applier import executor as loop
from gemspec.domain.model import Permission

pytestmark = pytest.mark.anyio

RUNNING = have("a", state="CREATING")


async def interrupted(carrying, when):
    """Run until `when` is set, interrupt, and give the result."""
    results = []

    async def run():
        results.append(await carrying.run())

    with anyio.fail_after(2):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await when.wait()
            await anyio.wait_all_tasks_blocked()
            carrying.machine.interrupt(signal.SIGINT)
    return results[0]


def holding(*methods):
    """A hook that holds these calls; an event that a call is held, and an event that releases it."""
    stopped, go = anyio.Event(), anyio.Event()

    async def hold(method, name):
        if method in methods:
            stopped.set()
            await go.wait()

    return hold, stopped, go


async def test_a_wait_ends_at_once_and_training_continues():
    stopped = anyio.Event()

    async def polled(method, name):
        if method == "poll":
            stopped.set()

    old = have("a", "x")
    new = have("a", "y", 2, state="CREATING")
    carrying = Carrying(
        planned([old, new], [want("a", "y", keep=0)]), FakeProvider.holding([old, new], polls=0, before=polled)
    )
    result = await interrupted(carrying, stopped)
    assert carrying.said(result.ended) == ["await a:y: waiting", "delete a:x: not started (interrupted)"]
    assert (result.interrupted, result.is_complete) == (signal.SIGINT, False)


async def test_a_request_under_way_is_answered_and_nothing_new_is_sent():
    """Two creates with --parallelism 1: the first is reported as done, the second is never sent, nothing is awaited."""
    hold, stopped, go = holding("create")
    provider = FakeProvider(before=hold)
    carrying = Carrying(planned([], [want("a"), want("b")]), provider, parallelism=1)

    async def release_later():
        await stopped.wait()
        await anyio.sleep(0.02)
        go.set()

    async with anyio.create_task_group() as group:
        group.start_soon(release_later)
        result = await interrupted(carrying, stopped)
    assert carrying.said(result.ended) == [
        "create a:x: done",
        "create b:x: not started (interrupted)",
        "await a:x: waiting",
        "await b:x: not started (interrupted)",
    ]
    assert provider.wrote() == ["create a"]


async def test_permissions_are_not_left_half_set():
    """Setting them takes several requests: an interrupt lets all of them end."""
    hold, stopped, go = holding("permit")
    reader = Permission("USER", "a@example.com", "READER")
    provider = FakeProvider.holding([have("a")], before=hold)
    carrying = Carrying(planned([have("a")], [want("a", permit=(reader,))]), provider)

    async def release_later():
        await stopped.wait()
        await anyio.sleep(0.02)
        go.set()

    async with anyio.create_task_group() as group:
        group.start_soon(release_later)
        result = await interrupted(carrying, stopped)
    assert carrying.said(result.ended) == ["permit a:x: done"]
    assert [model.permissions for model in provider.models.values()] == [(reader,)]


async def test_a_request_that_is_never_answered_is_cut_off(monkeypatch):
    """After the grace it is reported as unclear, not as done, and not as never begun."""
    monkeypatch.setattr(loop, "GRACE", 0.02)
    hold, stopped, _ = holding("create")
    carrying = Carrying(planned([], [want("a")]), FakeProvider(before=hold))
    result = await interrupted(carrying, stopped)
    assert carrying.said(result.ended)[0] == "create a:x: unanswered (interrupted before the service answered)"
    assert "next plan" in result.ended[0].hint


async def test_data_that_is_still_being_sent_starts_no_training():
    """Ctrl-C during an upload comes before any training was requested, so none begins."""
    hold, stopped, go = holding("upload")
    provider = FakeProvider(before=hold)
    carrying = Carrying(planned([], [want("a")]), provider)
    result = await interrupted(carrying, stopped)
    go.set()
    assert carrying.said(result.ended)[0] == "create a:x: not started (interrupted)"
    assert provider.wrote() == []


async def test_a_delete_that_was_still_being_checked_is_not_sent():
    """Whoever presses Ctrl-C at a delete that has not been sent means just that."""
    hold, stopped, go = holding("list")
    gone = have("a")
    provider = FakeProvider.holding([gone], before=hold)
    carrying = Carrying(planned([gone], []), provider)
    result = await interrupted(carrying, stopped)
    go.set()
    assert carrying.said(result.ended) == ["delete a:x: not started (interrupted)"]
    assert provider.models == {gone.name: gone}


async def test_an_interrupt_before_anything_began():
    provider = FakeProvider()
    carrying = Carrying(planned([], [want("a")]), provider)
    carrying.machine = loop.Run(carrying.plan, provider, carrying, loop.ApplyOptions(), carrying.events.append)
    carrying.machine.interrupt(signal.SIGTERM)
    result = await carrying.machine.run()
    assert {end.outcome for end in result.ended} == {"not started"}
    assert (result.interrupted, provider.calls) == (signal.SIGTERM, [])


async def test_every_step_ends_exactly_once():
    """Renderers always see exactly one end for each step, and no start after it."""
    hold, stopped, _ = holding("poll")
    models = [RUNNING, have("b")]
    carrying = Carrying(planned(models, [want("a"), want("c")]), FakeProvider.holding(models, before=hold, polls=0))
    await interrupted(carrying, stopped)
    ends = [word for word in carrying.told() if word.startswith(". ")]
    assert len(ends) == len(set(ends)) == len(carrying.plan.steps)


async def test_the_defaults_wait_for_ever():
    assert loop.ApplyOptions().wait_timeout == math.inf
