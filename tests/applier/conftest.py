"""Carrying out: plans of the planner's tests (`support.planner_dsl`), a service in memory, waits of milliseconds."""

from __future__ import annotations

import pytest

from gemspec.applier import actions, poller


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def _fast_polls(monkeypatch):
    monkeypatch.setattr(actions, "_LAG", (0.0,) * 6)
    monkeypatch.setattr(poller, "_SHORTEST", 0.001)
