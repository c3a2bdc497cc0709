"""The order in which steps start, and what happens to the other steps when a step fails."""

from __future__ import annotations

import anyio
import pytest
from support.fake_provider import FakeProvider, key_of
from support.plan_runner import Carrying, carry_out
from support.planner_dsl import have, planned, want

from gemspec.domain.errors import ConflictError, InvalidRequestError

pytestmark = pytest.mark.anyio

REPLACED = want("a", "y", keep=0)


async def test_nothing_starts_before_what_it_waits_for():
    """A replacement with a child: each step begins after the steps that it waits for, however long each takes."""
    old = have("a", "x")
    plan = planned([old], [REPLACED, want("b", "z", parent="a")])
    carrying = Carrying(plan, FakeProvider.holding([old]))
    result = await carrying.run()
    assert carrying.said(result.ended) == [
        "create a:y: done",
        "await a:y: done",
        "delete a:x: done",
        "create b:z: done",
        "await b:z: done",
    ]
    told = [word for word in carrying.told() if word[0] in "><."]
    refs = {step.ref: f"{step.action} {carrying._labels[step.key, step.train]}" for step in plan.steps}
    for step in plan.steps:
        for before in step.waits:
            assert told.index(f". {refs[before]}") < told.index(f"> {refs[step.ref]}")
    assert (result.counts.add, result.counts.destroy, result.is_complete) == (2, 1, True)


async def test_independent_keys_run_in_parallel_up_to_the_limit():
    """Six creates, two at a time."""

    async def slowly(method, name):
        await anyio.sleep(0.003)

    provider = FakeProvider(before=slowly)
    plan = planned([], [want(key) for key in "abcdef"])
    carrying = Carrying(plan, provider, parallelism=2, wait=False)
    assert (await carrying.run()).counts.add == 6
    assert provider.most_running == 2


async def test_waiting_takes_no_room_from_writes():
    """With --parallelism 1 the other keys are created while the first one trains."""
    provider = FakeProvider(polls=5)
    plan = planned([], [want(key) for key in "abc"])
    assert all(line.endswith(": done") for line in await carry_out(plan, provider, parallelism=1))


async def test_a_failed_step_stops_what_waits_for_it_and_nothing_else():
    old = have("a", "x")
    provider = FakeProvider.holding([old])
    provider.before = _refusing("a", InvalidRequestError("too few examples"))
    assert await carry_out(planned([old], [REPLACED, want("b")]), provider) == [
        "create a:y: failed (too few examples)",
        "create b:x: done",
        "await a:y: not started (the create of a failed)",
        "await b:x: done",
        "delete a:x: not started (the create of a failed)",
    ]
    assert old.name in provider.models


async def test_a_child_of_a_failed_parent_is_not_created():
    provider = FakeProvider(fails={"a"})
    said = await carry_out(planned([], [want("a"), want("b", parent="a")]), provider)
    assert said[2] == "create b:x: not started (the training of a failed)"
    assert [key_of(creation.name) for creation in provider.created] == ["a"]


async def test_an_unexpected_exception_ends_a_single_step():
    """An unexpected exception is reported as a bug, and the other keys continue."""
    provider = FakeProvider(before=_refusing("a", ZeroDivisionError("oops")))
    carrying = Carrying(planned([], [want("a"), want("b")]), provider)
    result = await carrying.run()
    assert carrying.said(result.ended)[:2] == [
        "create a:x: failed (unexpected: ZeroDivisionError: oops)",
        "create b:x: done",
    ]
    assert "bug" in result.ended[0].hint


async def test_a_display_that_breaks_stops_nothing():
    """`gemspec apply 2>&1 | head -1` still does the whole of its work."""

    def emit(event):
        raise BrokenPipeError

    provider = FakeProvider()
    result = await Carrying(planned([], [want("a")]), provider, emit=emit).run()
    assert (result.is_complete, result.counts.add) == (True, 1)


async def test_a_refusal_keeps_its_hint():
    provider = FakeProvider(before=_refusing("a", ConflictError("the id is taken", "delete it by hand")))
    result = await Carrying(planned([], [want("a")]), provider).run()
    assert (result.ended[0].message, result.ended[0].hint) == ("the id is taken", "delete it by hand")
    assert not result.is_complete


async def test_a_key_that_is_superseded_while_a_step_is_queued():
    """A queued step is checked again before it starts: the second delete of the key is not carried out."""
    models = [have("a", "x"), have("a", "y", 2), have("a", "w", 3), have("b", "x")]
    provider = FakeProvider.holding([*models, have("a", "z", 4)])
    plan = planned(models, [])
    said = await carry_out(plan, provider, parallelism=1)
    assert [line.split(" (")[0] for line in said] == [
        "delete a:x: superseded",
        "delete a:y: superseded",
        "delete b:x: done",
        "delete a:w: superseded",
    ]
    assert provider.count("list") == 3  # a was looked at once, b again once its end was announced


def _refusing(key, error):
    async def refuse(method, name):
        if method == "create" and key_of(name) == key:
            raise error

    return refuse
