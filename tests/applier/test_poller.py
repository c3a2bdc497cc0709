"""Waiting for trainings: progress, failures, a service that does not answer, and running out of time."""

from __future__ import annotations

from collections import deque

import anyio
import pytest
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying, carry_out
from support.planner_dsl import have, planned, want

from gemspec.applier import poller
from gemspec.applier.poller import TrainingPoller
from gemspec.domain.errors import AuthError, UnavailableError

pytestmark = pytest.mark.anyio

RUNNING = have("a", state="CREATING")


def away(times):
    return {"poll": deque(UnavailableError("the service is away") for _ in range(times))}


async def test_progress_is_reported_only_when_it_changes():
    """Six polls, three of them with changes: the first event of an attached training has its current progress."""
    provider = FakeProvider.holding([RUNNING], polls=6)

    async def advance(method, name):
        if method == "poll" and provider.count("poll") in (3, 5):
            provider.advance(name, provider.count("poll"))

    provider.before = advance
    carrying = Carrying(planned([RUNNING], [want("a")]), provider)
    provider.advance(RUNNING.name, 1)
    await carrying.run()
    assert carrying.told() == ["> await a:x", "10% await a:x", "30% await a:x", "50% await a:x", "50% await a:x",
                               ". await a:x"]  # fmt: skip


@pytest.mark.parametrize("options", [{"wait": False}, {"wait_timeout": 0.05}])
async def test_a_wait_that_ends_early_names_what_the_training_waits_for(options):
    """As last seen: a training that has started has no such word."""
    queued = have("a", state="CREATING", waiting="queued")
    plan = planned([queued], [want("a")])
    said = await carry_out(plan, FakeProvider.holding([queued], polls=0), **options)
    assert said == ["await a:x: waiting (queued at the service)"]
    if options.get("wait", True):
        assert await carry_out(plan, FakeProvider.holding([RUNNING], polls=0), **options) == ["await a:x: waiting"]


async def test_the_message_of_a_failed_training_says_why_and_what_to_do():
    provider = FakeProvider(fails={"a"})
    result = await Carrying(planned([], [want("a")]), provider).run()
    assert result.ended[1].message.endswith("failed: out of memory")
    assert "--retry-failed" in result.ended[1].hint
    assert not result.is_complete


async def test_a_model_that_is_deleted_while_it_trains():
    provider = FakeProvider.holding([RUNNING])

    async def vanish(method, name):
        provider.models.clear()

    provider.before = vanish
    said = await carry_out(planned([RUNNING], [want("a")]), provider)
    assert said == [f"await a:x: failed ({RUNNING.name} is gone, or can no longer be seen with these credentials)"]


async def test_an_outage_ends_no_wait():
    provider = FakeProvider.holding([RUNNING], polls=0, faults=away(poller._PATIENCE - 1))

    async def end(method, name):
        if not provider.faults["poll"]:
            provider.end(name)

    provider.before = end
    assert await carry_out(planned([RUNNING], [want("a")]), provider) == ["await a:x: done"]


async def test_a_service_that_stays_away_ends_the_wait_at_last():
    provider = FakeProvider.holding([RUNNING], faults=away(100))
    said = await carry_out(planned([RUNNING], [want("a")]), provider)
    assert said == ["await a:x: failed (the service is away)"]
    assert provider.count("poll") == poller._PATIENCE


async def test_an_answer_between_outages_resets_the_count():
    """Nine failures, an answer, nine failures: not eighteen in a row."""
    faults = away(poller._PATIENCE - 1)["poll"]
    provider = FakeProvider.holding([RUNNING], polls=0, faults={"poll": faults})

    async def answer_in_between(method, name):
        if method == "poll" and provider.count("poll") == poller._PATIENCE:
            faults.extend(away(poller._PATIENCE - 1)["poll"])
            faults.appendleft(faults[0])
            provider.faults = {}
        elif method == "poll" and provider.count("poll") == poller._PATIENCE + 1:
            faults.popleft()
            provider.faults = {"poll": faults}
            provider.polls = 1

    provider.before = answer_in_between
    assert await carry_out(planned([RUNNING], [want("a")]), provider) == ["await a:x: done"]
    assert provider.count("poll") == 2 * poller._PATIENCE


async def test_a_refusal_ends_every_wait_at_once():
    models = [have(key, state="CREATING") for key in "ab"]
    provider = FakeProvider.holding(models, faults={"poll": deque([AuthError("the token has expired", "log in")])})
    said = await carry_out(planned(models, [want(key) for key in "ab"]), provider)
    assert said == ["await a:x: failed (the token has expired)", "await b:x: failed (the token has expired)"]
    assert provider.count("poll") == 1


async def test_all_waits_share_a_poller():
    """Twenty trainings that begin together cost a poll or two each time, not twenty."""
    models = [have(f"k{number}", state="CREATING") for number in range(20)]
    provider = FakeProvider.holding(models, polls=3)
    said = await carry_out(planned(models, [want(f"k{number}") for number in range(20)]), provider)
    assert all(line.endswith(": done") for line in said)
    assert provider.count("poll") <= 4


async def test_polls_slow_down_over_time():
    """The interval is a twentieth of the time waited: short at first, 30 s after ten minutes, short for a new wait."""
    clock = [0.0]
    waits = TrainingPoller(FakeProvider(), clock=lambda: clock[0])

    def interval(now):
        clock[0] = now
        return waits._interval()

    async with anyio.create_task_group() as group:
        group.start_soon(waits.wait, "tunedModels/a", print)
        await anyio.wait_all_tasks_blocked()
        seen = [interval(now) for now in (0.0, 100.0, 400.0, 4000.0)]
        group.start_soon(waits.wait, "tunedModels/b", print)
        await anyio.wait_all_tasks_blocked()
        seen.append(interval(4000.0))
        group.cancel_scope.cancel()
    assert seen == [poller._SHORTEST, 5.0, 20.0, 30.0, 2 * poller._SHORTEST]


async def test_polls_that_cost_more_are_fewer():
    """A few models are read by name, many by a list, which may take long."""
    clock, provider = [0.0], FakeProvider.holding([have(f"k{n}", state="CREATING") for n in range(20)], polls=0)
    waits = TrainingPoller(provider, clock=lambda: clock[0])

    async def slow(method, name):
        clock[0] += 0.7

    provider.before = slow
    seen = {}
    async with anyio.create_task_group() as group:
        for n, name in enumerate(list(provider.models), 1):
            group.start_soon(waits.wait, name, lambda live: None)
            await anyio.wait_all_tasks_blocked()
            seen[n] = waits._interval()
        await waits._poll()
        seen["slow"] = waits._interval()
        group.cancel_scope.cancel()
    assert [seen[n] / poller._SHORTEST for n in (1, 2, 5, 20)] == [1, 2, 2, 2]
    assert seen["slow"] == pytest.approx(0.7)


async def test_no_wait_starts_and_returns():
    """Trainings continue. The steps after them are left to the next run, and nothing failed."""
    old = have("a", "x")
    provider = FakeProvider.holding([old])
    carrying = Carrying(planned([old], [want("a", "y", keep=0)]), provider, wait=False)
    result = await carrying.run()
    assert [line.split(" (")[0] for line in carrying.said(result.ended)] == [
        "create a:y: done",
        "await a:y: waiting",
        "delete a:x: not started",
    ]
    assert "it waits for the training of" in result.ended[2].message
    assert result.is_complete
    assert provider.count("poll") == 0


async def test_running_out_of_time():
    """The training continues, its dependents do not start, and the run is incomplete."""
    old = have("a", "x")
    provider = FakeProvider.holding([old], polls=0)
    carrying = Carrying(planned([old], [want("a", "y", keep=0)]), provider, wait_timeout=0.02)
    result = await carrying.run()
    assert [line.split(" (")[0] for line in carrying.said(result.ended)][1:] == [
        "await a:y: waiting",
        "delete a:x: not started",
    ]
    assert (result.timed_out, result.is_complete, result.interrupted) == (True, False, 0)


async def test_the_poller_rests_when_a_wait_ends_before_it_was_polled():
    """A wait that is over at once (--wait-timeout 0) leaves nothing to poll, and a poller that sleeps."""
    provider = FakeProvider()
    waits = TrainingPoller(provider)
    async with anyio.create_task_group() as group:
        with anyio.move_on_after(0):
            await waits.wait("tunedModels/a", print)
        group.start_soon(waits.run)
        with anyio.fail_after(1):
            await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert provider.count("poll") == 0


async def test_no_progress_is_reported_after_the_step_has_ended():
    """A poll that is answered after the time to wait has passed comes too late to be shown."""
    provider = FakeProvider.holding([RUNNING], polls=0)
    slow = have("b")

    async def late(method, name):
        if method == "poll":
            await anyio.sleep(0.02)
        if method == "delete":
            await anyio.sleep(0.06)

    provider.models[slow.name] = slow
    provider.before = late
    plan = planned([RUNNING, slow], [want("a")])
    carrying = Carrying(plan, provider, wait_timeout=0.01)
    await carrying.run()
    assert carrying.told() == ["> await a:x", "> delete b:x", ". await a:x", ". delete b:x"]
