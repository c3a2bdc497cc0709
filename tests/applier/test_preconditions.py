"""What was planned is not done when the service no longer looks as the plan saw it."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying, carry_out
from support.planner_dsl import have, planned, want

from gemspec.domain.marker import Absent, Corrupt
from gemspec.domain.model import State

pytestmark = pytest.mark.anyio

OLD, NOW = have("a", "x", 1), have("a", "y", 2)


def outcomes(said):
    return [line.split(" (")[0] for line in said]


async def test_an_unplanned_generation_stops_the_key_and_no_other():
    """Another apply changes `a` meanwhile: no model of `a` is deleted, b is."""
    gone = have("b")
    provider = FakeProvider.holding([OLD, NOW, gone, have("a", "z", 3)])
    said = await carry_out(planned([OLD, NOW, gone], [want("a", "y", keep=0)]), provider)
    assert outcomes(said) == ["delete a:x: superseded", "delete b:x: done"]
    assert "was made while this plan was being applied" in said[0]
    assert provider.wrote() == ["update b", "delete b"]


@pytest.mark.parametrize("marker", [replace(OLD.marker, protect=True), replace(OLD.marker, owner="others")])
async def test_a_changed_marker_stops_a_delete(marker):
    """Somebody protected it, or it became another project's."""
    provider = FakeProvider.holding([replace(OLD, marker=marker), NOW])
    said = await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider)
    assert outcomes(said) == ["delete a:x: superseded"]
    assert provider.wrote() == []


@pytest.mark.parametrize("marker", [Absent(), Corrupt("edited")])
async def test_a_model_that_is_no_longer_ours_is_not_deleted(marker):
    """Its marker was removed (`retain`, or by hand): the model is meant to be kept."""
    provider = FakeProvider.holding([replace(OLD, marker=marker), NOW])
    said = await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider)
    assert said == [f"delete a:x: superseded (the marker of {OLD.name} has changed since the plan)"]
    assert provider.wrote() == []


@pytest.mark.parametrize("desired", [want("a", "y", keep=0), want("a", "y", settings={"temperature": 0.5}, keep=0)])
async def test_a_model_whose_labels_were_taken_off_is_neither_deleted_nor_written_on(desired):
    """What its training's record says is history: it is no marker of today."""
    bare = [replace(model, is_unlabelled=True, is_noted=False, trained_as=model.marker) for model in (OLD, NOW)]
    provider = FakeProvider.holding(bare)
    said = await carry_out(planned([OLD, NOW], [desired]), provider)
    assert all(": superseded" in line or ": skipped" in line for line in outcomes(said)), said
    assert provider.wrote() == []


async def test_labels_are_written_again_where_the_plan_saw_that_they_are_gone():
    bare = replace(NOW, is_unlabelled=True, is_noted=False, trained_as=NOW.marker)
    provider = FakeProvider.holding([OLD, bare])
    said = await carry_out(planned([OLD, bare], [want("a", "y")]), provider)
    assert outcomes(said) == ["update a:y: done"]


async def test_an_unlisted_model_is_read_before_it_is_deleted():
    """The list is not the world: a model that it leaves out is judged by a read."""
    changed = replace(OLD, marker=replace(OLD.marker, protect=True))
    provider = FakeProvider.holding([changed, NOW], hidden={OLD.name})
    said = await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider)
    assert outcomes(said) == ["delete a:x: superseded"]


async def test_a_model_that_was_deleted_already_needs_no_delete():
    provider = FakeProvider.holding([NOW])
    assert await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider) == ["delete a:x: done"]


@pytest.mark.parametrize(
    "successor",
    [replace(NOW, state=State.FAILED), replace(NOW, state=State.CREATING), None],
    ids=["failed", "still training", "gone"],
)
async def test_a_model_is_not_deleted_if_its_successor_does_not_serve(successor):
    provider = FakeProvider.holding([OLD, *([successor] if successor else [])])
    said = await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider)
    assert outcomes(said) == ["delete a:x: superseded"]
    assert provider.wrote() == []


async def test_a_promotion_of_a_changed_or_deleted_model_is_not_done():
    """The target of a rollback was deleted: nothing is written, and the steps that follow are not carried out."""
    oldest = have("a", "w", 1)
    old, now = have("a", "x", 2), have("a", "y", 3)
    provider = FakeProvider.holding([oldest, now])
    said = await carry_out(planned([oldest, old, now], [want("a", "x")]), provider)
    assert said[0] == f"promote a:x: superseded ({old.name} is gone)"
    assert outcomes(said[1:]) == ["delete a:w: superseded"]
    assert provider.wrote() == []


async def test_an_update_does_not_overwrite_another_marker():
    changed = replace(OLD, marker=replace(OLD.marker, serving=7))
    provider = FakeProvider.holding([changed])
    said = await carry_out(planned([OLD], [want("a", "x", settings={"topK": 3})]), provider)
    assert outcomes(said) == ["update a:x: superseded"]


async def test_the_commit_in_a_marker_is_never_compared():
    """The same generation, written again from another commit, is no change."""
    provider = FakeProvider.holding([OLD, replace(NOW, marker=replace(NOW.marker, rev="3c59dc0"))])
    assert outcomes(await carry_out(planned([OLD, NOW], [want("a", "y", keep=0)]), provider)) == ["delete a:x: done"]


async def test_a_training_that_ended_is_not_abandoned():
    """It can be used now; the next plan decides what becomes of it."""
    training = have("a", "x", state="CREATING")
    provider = FakeProvider.holding([replace(training, state=State.ACTIVE)])
    said = await carry_out(planned([training], [want("a", "y")]), provider)
    assert outcomes(said) == ["abandon a:x: superseded", "create a:y: superseded", "await a:y: superseded"]
    assert provider.wrote() == []


async def test_an_unwanted_training_is_cancelled_then_deleted_before_the_next_begins():
    training = have("a", "x", state="CREATING")
    provider = FakeProvider.holding([training])
    await carry_out(planned([training], [want("a", "y")]), provider)
    assert provider.wrote() == ["update a", "cancel a", "delete a", "create a"]


async def test_a_training_that_ends_while_it_is_cancelled_is_not_deleted():
    """It may serve already, and the model that served before may have been deleted."""
    training = have("a", "x", state="CREATING")
    provider = FakeProvider.holding([training])

    async def end(method, name):
        if method == "cancel":
            provider.end(name)

    provider.before = end
    said = await carry_out(planned([training], [want("a", "y")]), provider)
    assert said[0] == f"abandon a:x: superseded ({training.name} was trained before its training could be ended)"
    assert provider.wrote() == ["update a", "cancel a", "update a"]
    assert provider.models[training.name].marker == training.marker


async def test_many_deletes_share_a_list():
    models = [have(f"k{number}") for number in range(10)]
    provider = FakeProvider.holding(models)
    plan = planned(models, [])
    assert len(plan.steps) == 10
    assert all(line.endswith(": done") for line in await carry_out(plan, provider, parallelism=10))
    assert provider.count("list") <= 4
    assert provider.models == {}


async def test_our_own_create_under_way_does_not_supersede_the_key():
    """A step of the same key that looks while a create is being answered sees the new model, and knows it."""
    unused, sent, looked = have("a", "x", None), anyio.Event(), anyio.Event()

    async def look_once_it_is_sent(method, name):
        if method == "list":
            await sent.wait()
        if method == "delete":
            looked.set()

    class Answering(FakeProvider):
        async def create(self, creation, sending):
            live = await super().create(creation, sending)
            sent.set()
            with anyio.move_on_after(1):  # the service has it, and has not answered yet
                await looked.wait()
            return live

    provider = Answering({unused.name: unused}, before=look_once_it_is_sent)
    plan = planned([unused], [want("a", "y")])
    with anyio.fail_after(2):
        said = await carry_out(plan, provider)
    assert "delete a:x: done" in said
    assert all(line.endswith(": done") for line in said)


async def test_a_found_training_with_another_serving_number_is_known_as_ours():
    """A create that attaches to what another run made takes that run's marker for granted."""
    old = have("a", "x", 1)
    plan = planned([old], [want("a", "y", keep=0)])
    made = have("a", "y", 5, state="CREATING")
    carrying = Carrying(plan, FakeProvider.holding([old, made]))
    assert [line.endswith(": done") for line in await carrying.lines()] == [True] * 3
