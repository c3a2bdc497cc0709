"""Nothing that answers is deleted before its successor answers, whatever endpoints do while a plan is carried out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying, carry_out
from support.planner_dsl import CLOUD, OWNER, TRAITS, have, planned, want
from support.planner_strategies import GENEROUS, manifests, services

from gemspec.applier import ApplyOptions, Run
from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Marker
from gemspec.domain.model import Answering, State

pytestmark = pytest.mark.anyio

ENDPOINTS = replace(TRAITS, redeploys=True)  # a service with endpoints, where models have names of ours
OLD, NEW = have("a", "x", 1), have("a", "y", 2)


async def test_a_training_that_ends_without_an_endpoint_ends_nothing():
    """It says so, and the old model stays; the next plan deploys it, and then the old model goes."""
    provider = FakeProvider.holding([OLD], traits=ENDPOINTS, partly={"a"})
    wanted = [want("a", "y", keep=0)]
    said = await carry_out(planned([OLD], wanted, traits=ENDPOINTS), provider)
    assert [line.partition(" (")[0] for line in said] == [
        "create a:y: done",
        "await a:y: failed",
        "delete a:x: not started",
    ]
    assert "no endpoint deploys it" in said[1]
    said = await carry_out(planned(list(provider.models.values()), wanted, traits=ENDPOINTS), provider)
    assert said == ["redeploy a:y: done", "delete a:x: done"]
    assert provider.count("create") == 1


async def test_an_endpoint_that_shows_late_is_waited_for():
    """Reads lag behind writes: a moment later the new model answers."""
    provider = FakeProvider.holding([], traits=ENDPOINTS, partly={"a"})
    looks = 0

    async def late(method, name):
        nonlocal looks
        looks += method == "get" and bool(name)
        if looks >= 3:
            provider.models = {name: replace(model, is_deployed=True) for name, model in provider.models.items()}

    provider.before = late
    assert await carry_out(planned([], [want("a")], traits=ENDPOINTS), provider) == [
        "create a:x: done",
        "await a:x: done",
    ]


@pytest.mark.parametrize("deployed", [False, None])
async def test_a_successor_that_stops_answering_meanwhile_ends_nothing(deployed):
    plan = planned([OLD, NEW], [want("a", "y", keep=0)], traits=ENDPOINTS)
    provider = FakeProvider.holding([OLD, replace(NEW, is_deployed=deployed)], traits=ENDPOINTS)
    [said] = await carry_out(plan, provider)
    assert said.startswith("delete a:x: superseded")
    assert provider.wrote() == []


@pytest.mark.parametrize("deployed", [False, None])
async def test_what_stops_answering_meanwhile_is_not_promoted(deployed):
    plan = planned([OLD, NEW], [want("a", "x")], traits=ENDPOINTS)
    provider = FakeProvider.holding([replace(OLD, is_deployed=deployed), NEW], traits=ENDPOINTS)
    [said] = await carry_out(plan, provider)
    assert said.startswith("promote a:x: superseded")
    assert provider.wrote() == []


async def test_of_two_equal_trainings_the_one_that_answers_stays():
    """The oldest counts; while it does not answer, the other is not deleted."""
    oldest = replace(have("a", made="2026-01-01T00:00:00Z"), name="jobs/1")
    other = replace(oldest, name="jobs/2", create_time="2026-01-02T00:00:00Z")
    plan = planned([oldest, other], [want("a")], traits=CLOUD)
    provider = FakeProvider.holding([replace(oldest, is_deployed=False), other], traits=CLOUD)
    [said] = await carry_out(plan, provider)
    assert said.startswith("delete a:x: superseded")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    live=services(),
    desired=manifests(),
    deployed=st.lists(st.sampled_from([True, True, False, None]), min_size=8, max_size=8),
    partly=st.sets(st.sampled_from("abc")),
)
def test_nothing_that_answers_is_lost(live, desired, deployed, partly):
    """Over random services, manifests, endpoints, and trainings that end without one."""
    live = [replace(model, is_deployed=one) for model, one in zip(live, deployed, strict=False)]
    anyio.run(partial(_applied, live, desired, partly))


async def _applied(live, desired, partly):
    provider = FakeProvider.holding(live, traits=ENDPOINTS, partly=set(partly))
    declared = {model.key for model in desired}

    async def judge(method, name):
        model = provider.models.get(name)
        marker = model.marker if model else None
        if method != "delete" or not isinstance(marker, Marker) or marker.key not in declared:
            return
        if model.answering is not Answering.YES or not marker.serving:
            return
        rest = [other for other in provider.models.values() if other.name != name]
        serving = take_inventory(rest, OWNER).lineage(marker.key).serving
        assert serving is not None, f"{name} answers, and nothing else does"
        assert serving.answers, f"{name} answers, and nothing else does"

    provider.before = judge
    for _ in range(4):
        plan = planned(list(provider.models.values()), desired, project=GENEROUS, traits=ENDPOINTS)
        if plan.blocks:
            return
        await Run(plan, provider, Carrying(plan, provider), ApplyOptions(), lambda event: None).run()
    for key in plan.keys:
        target = next((model for model in provider.models.values() if model.name == key.target_name), None)
        if key.key in declared and target and target.state is State.ACTIVE and key.kind not in ("blocked", "failed"):
            assert target.answering is not Answering.NO
