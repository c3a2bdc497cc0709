"""Random histories of moves, releases, takeovers, imports, and of hands on the service: nothing is lost, nothing is
trained twice, nothing foreign is written. `--in-full` plays ten thousand on each service.
"""

from __future__ import annotations

import pytest

from .play import play_all

SOME, ALL = 60, 10_000
TOLD = 3  # histories of those lost that are shown


@pytest.mark.parametrize("service", ["gemini", "vertex"])
def test_no_history_loses_a_model(service, in_full, tally):
    counts, lost = play_all(service, range(ALL if in_full else SOME))
    tally(f"histories: {service}", counts["histories"], len(lost))
    tally(f"histories: {service}, plans", counts["plans"])
    tally(f"histories: {service}, trainings", counts["trainings"])
    assert not lost, "\n\n".join(f"seed {seed}: {why}" for seed, why in lost[:TOLD])
