"""The serving models of a result are those that the service then holds, however the run ended."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from support import planner_dsl
from support.fake_provider import FakeProvider
from support.plan_runner import Carrying
from support.planner_dsl import have, planned, want
from support.planner_strategies import GENEROUS, manifests, services

from gemspec.applier import ApplyOptions, Run
from gemspec.domain.errors import UnavailableError
from gemspec.domain.events import Outcome
from gemspec.domain.lineage import take_inventory
from gemspec.domain.plan import Action, Plan
from gemspec.domain.result import Result
from gemspec.reports.result import serving_names

pytestmark = pytest.mark.anyio
WRITES = ("create", "update", "permit", "release", "delete")  # each of which may be refused


def serving(provider: FakeProvider) -> dict[str, str | None]:
    lineages = take_inventory(provider.models.values(), planner_dsl.OWNER).lineages
    return {key: lineage.serving.name for key, lineage in lineages.items() if lineage.serving}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    live=services(),
    desired=manifests(),
    fails=st.sets(st.sampled_from("abc")),
    faults=st.sets(st.sampled_from(WRITES), max_size=1),
    passes=st.booleans(),
    wait=st.booleans(),
)
def test_as_the_service_has_it(live, desired, fails, faults, passes, wait):
    """Also with failed trainings and checks, refused writes, and without waiting."""
    plan = planned(live, desired, project=GENEROUS)
    provider = FakeProvider.holding(live, fails=fails)
    provider.faults = {method: deque([UnavailableError("busy")]) for method in faults}
    if passes:
        provider.generate = _says_x
    result = anyio.run(partial(carry_out, plan, provider, wait=wait))
    told, held = serving_names(plan, result), serving(provider)
    assert told == {key: held.get(key) for key in told}
    wrong = {end.key for end in result.ended if end.outcome in ("failed", "superseded")}
    assert {key.key for key in plan.keys} - told.keys() <= wrong


async def carry_out(plan: Plan, provider: FakeProvider, *, wait: bool = True) -> Result:
    return await Run(plan, provider, Carrying(plan, provider), ApplyOptions(wait=wait), lambda event: None).run()


async def _says_x(name: str, prompt: str) -> str:
    return "X"


async def test_a_rename_that_was_not_done():
    """A model with the old key in its marker does not serve the new key."""
    old = have("old", "x")
    plan = planned([old], [want("new", "x", moved="old")])
    result = await carry_out(plan, FakeProvider.holding([old]))
    assert [end.action for end in result.ended] == [Action.UPDATE]
    assert serving_names(plan, result) == {"new": old.name}
    interrupted = Result(tuple(replace(end, outcome=Outcome.NOT_STARTED) for end in result.ended), interrupted=2)
    assert serving_names(plan, interrupted) == {"new": None}


async def test_a_key_with_a_failed_delete_is_left_out():
    """The request may have been carried out, so the serving model is unknown."""
    live = [have("a", "x"), have("b", "x")]
    plan = planned(live, [want("a", "x")], project=GENEROUS)
    provider = FakeProvider.holding(live, faults={"delete": deque([UnavailableError("busy")])})
    told = serving_names(plan, await carry_out(plan, provider))
    assert told == {"a": live[0].name}
