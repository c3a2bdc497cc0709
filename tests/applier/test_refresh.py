"""Refresh before planning: models that the list leaves out are read by name."""

from __future__ import annotations

from collections import deque

import anyio
import pytest
from support.fake_provider import FakeProvider
from support.planner_dsl import CLOUD, PROJECT, have, lines, want

from gemspec.applier import refresh
from gemspec.domain.errors import AuthError
from gemspec.domain.project import Limit, Project
from gemspec.planner import PlanOptions

pytestmark = pytest.mark.anyio


async def look(provider, desired, project=PROJECT, **options):
    return await refresh.refresh(provider, desired, project, PlanOptions(**options))


async def test_an_unlisted_training_is_found_and_waited_for():
    """It was created a moment ago, or shared with everyone: it is not trained twice."""
    running = have("a", state="CREATING")
    provider = FakeProvider.holding([running], hidden={running.name})
    assert lines(await look(provider, [want("a")])) == ["await a:x"]


async def test_a_listed_model_is_not_read_again():
    provider = FakeProvider.holding([have("a")])
    assert lines(await look(provider, [want("a")])) == []
    assert provider.calls == [("list", "")]


async def test_a_create_is_planned_once_its_name_is_known_to_be_free():
    provider = FakeProvider()
    plan = await look(provider, [want("a")])
    assert lines(plan)[0] == "create a:x serving=1"
    assert provider.calls == [("list", ""), ("get", plan.steps[0].name)]


async def test_attempts_are_looked_up_until_an_id_is_free():
    """Two unlisted failures: --retry-failed takes the third attempt."""
    failed = [have("a", state="FAILED", attempt=attempt) for attempt in (1, 2)]
    provider = FakeProvider.holding(failed, hidden={model.name for model in failed})
    plan = await look(provider, [want("a")], retry_failed=True)
    assert lines(plan)[0] == "create a:x#3 serving=2"


async def test_lookups_are_bounded():
    async def slowly(method, name):
        await anyio.sleep(0.001)

    provider = FakeProvider(before=slowly)
    many = Project(PROJECT.owner, PROJECT.provider, Limit(1), 100)
    await look(provider, [want(f"k{number}") for number in range(40)], many)
    assert provider.count("get") == 40
    assert provider.most_running == refresh._LOOKUPS


async def test_a_refusal_is_raised_as_it_is():
    """The error is not in an exception group, which no caller would catch."""
    provider = FakeProvider(faults={"get": deque([AuthError("log in")])})
    with pytest.raises(AuthError, match="log in"):
        await look(provider, [want("a"), want("b")])


async def test_other_locations_are_looked_at_by_a_first_training_alone():
    """Only on a service that has locations, while the project owns nothing here, and where a training would start."""
    there = {"europe-west4": [have("a")]}
    provider = FakeProvider(traits=CLOUD, other_locations=there)
    assert [block.rule for block in (await look(provider, [want("a")])).blocks] == ["moved-location"]
    assert provider.count("elsewhere") == 1
    for live, desired in (([have("b")], [want("a"), want("b")]), ([have("a")], [want("a")]), ([], [])):
        provider = FakeProvider.holding(live, traits=CLOUD, other_locations=there)
        assert not (await look(provider, desired)).blocks
        assert provider.count("elsewhere") == 0
    provider = FakeProvider(other_locations=there)
    assert not (await look(provider, [want("a")])).blocks
    assert provider.count("elsewhere") == 0
