"""What a create sends, and when it sends nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_provider import FakeProvider
from support.plan_runner import EXAMPLES, Carrying, carry_out
from support.planner_dsl import OWNER, have, planned, want

from gemspec.domain.errors import InputError, Problem
from gemspec.domain.model import ParentModel

pytestmark = pytest.mark.anyio


async def test_what_is_sent():
    """Id, settings, hyperparameters and examples as planned; the marker also remembers the commit."""
    provider = FakeProvider()
    plan = planned([], [want("a", settings={"temperature": 0.5}, hyper={"epochCount": 3})])
    result = await Carrying(plan, provider, rev="3c59dc0").run()
    [sent] = provider.created
    assert sent.marker == replace(plan.steps[0].marker, rev="3c59dc0")
    assert (sent.settings, sent.hyperparameters, sent.examples) == ({"temperature": 0.5}, {"epochCount": 3}, EXAMPLES)
    assert {end.name for end in result.ended} == {sent.name}


async def test_a_child_is_tuned_from_its_parents_new_model():
    provider = FakeProvider()
    await carry_out(planned([], [want("a"), want("b", parent="a")]), provider)
    parent, child = provider.created
    assert child.source == ParentModel(parent.name)


async def test_a_child_alone_is_tuned_from_the_model_that_serves_its_parent():
    """`gemspec apply child.yaml`: no plan has the parent, so its generation is found by its marker."""
    parent = have("a")
    provider = FakeProvider.holding([have("a", "y", None), parent])
    plan = planned([parent], [want("b", parent="a")], whole=False)
    assert await carry_out(plan, provider) == ["create b:x: done", "await b:x: done"]
    assert provider.created[0].source == ParentModel(parent.name)


async def test_a_deleted_parent():
    plan = planned([have("a")], [want("b", parent="a")], whole=False)
    provider = FakeProvider()
    said = await carry_out(plan, provider)
    assert said[0].startswith("create b:x: superseded (generation ")
    assert provider.created == []


async def test_data_that_changed_since_the_plan_is_not_sent():
    """The reader hashes while it reads; what it refuses fails the step before anything is sent."""

    def changed(key):
        raise InputError([Problem("a.jsonl has changed since the plan")])

    provider = FakeProvider()
    said = await Carrying(planned([], [want("a")]), provider, changed).lines()
    assert said[0] == "create a:x: failed (a.jsonl has changed since the plan)"
    assert provider.calls == []


async def test_an_update_writes_what_differs_and_remembers_the_commit_only_with_a_marker():
    """A changed setting leaves the marker alone; a changed lifecycle writes it, with the commit of now."""
    plain, guarded = have("a", settings={"topK": 1}), have("b")
    provider = FakeProvider.holding([plain, guarded])
    plan = planned([plain, guarded], [want("a", settings={"topK": 2}), want("b", protect=True)])
    assert await carry_out(plan, provider, rev="3c59dc0") == ["update a:x: done", "update b:x: done"]
    assert provider.models[plain.name] == replace(plain, settings={"topK": 2})
    assert provider.models[guarded.name].marker == replace(guarded.marker, protect=True, rev="3c59dc0")


async def test_promotion_and_release():
    """A rollback is a single write. A retained model loses its marker and stays."""
    old, new, retained = have("a", "x", 1), have("a", "y", 2), have("b", retain=True)
    provider = FakeProvider.holding([old, new, retained])
    said = await carry_out(planned([old, new, retained], [want("a", "x")]), provider)
    assert said == ["promote a:x: done", "forget b:x: done"]
    assert provider.models[old.name].marker.serving == 3
    assert provider.models[old.name].marker.owner == OWNER
    assert retained.name in provider.models
