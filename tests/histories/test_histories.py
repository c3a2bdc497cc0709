"""Random histories of moves, releases, takeovers, imports, and of hands on the service: nothing is lost, nothing is
trained twice, nothing foreign is written. `--in-full` plays ten thousand on each service.
"""

from __future__ import annotations

import pytest

from gemspec.domain.lineage import Lineage
from gemspec.domain.model import Answering, LiveModel

from .play import play_all

SOME, ALL = 40, 10_000
SHOWN = 3  # of the histories that failed


@pytest.mark.parametrize("service", ["gemini", "vertex"])
def test_no_history_loses_a_model(service, in_full, tally):
    counts, lost = play_all(service, range(ALL if in_full else SOME))
    tally(f"histories: {service}", counts["histories"], len(lost))
    tally(f"histories: {service}, plans", counts["plans"])
    tally(f"histories: {service}, trainings", counts["trainings"])
    assert not lost, "\n\n".join(f"seed {seed}: {why}" for seed, why in lost[:SHOWN])


def test_a_planner_that_takes_every_model_to_answer_is_noticed(monkeypatch):
    monkeypatch.setattr(LiveModel, "answering", property(lambda _model: Answering.YES))
    assert play_all("vertex", range(20))[1]


def test_a_planner_that_retires_what_serves_is_noticed(monkeypatch):
    def retired_by(lineage, _target):
        return [generation for generation in lineage.generations if generation.is_active][::-1]

    monkeypatch.setattr(Lineage, "retired_by", retired_by)
    assert play_all("gemini", range(20))[1]
