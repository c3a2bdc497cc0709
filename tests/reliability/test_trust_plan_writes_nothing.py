"""Trust: `plan` writes nothing to any service, whatever there is to do; nor does anything else that only looks."""

from __future__ import annotations

import pytest

from .cases import PROVIDERS, stories
from .invariants import GEMINI
from .request_gate import is_write

LOOKS = (
    ("plan",), ("plan", "--out", "p.json", "--format", "json"), ("status", "--data"), ("output", "base"),
    ("validate",), ("data", "prune"),
)  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("shows", stories(GEMINI))
def test_nothing_is_written(bench, shows, tally):
    """Where there is something to create, to change, to move, to take over, to abandon and to delete."""
    told = bench.told(shows)
    bench.begin(told)
    before, writes, asked = bench.judge.state("team"), [], 0
    for words in LOOKS:
        command = bench.run(words)
        asked += len(command.requests)
        writes += [request for request in command.requests if is_write(request)]
    tally(f"trust: requests of who only looks, {PROVIDERS[bench.provider]}", asked, len(writes))
    assert asked
    assert not writes
    assert bench.judge.state("team") == before
