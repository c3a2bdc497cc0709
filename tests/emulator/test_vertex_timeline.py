"""What a tuning job has come to, and its place in the queue: pure functions, under many inputs."""

import pytest
from hypothesis import given, strategies as st

from gemspec.emulator.vertex.jobs import Timeline, schedule

STATES = ["QUEUED", "PENDING", "RUNNING", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"]
TIMES = st.integers(0, 100)
timelines = st.builds(
    lambda created, wait, duration, fails, cancelled: Timeline(
        created, created + wait, duration, fails, None if cancelled is None else created + cancelled
    ),
    *(TIMES, TIMES, TIMES, st.booleans(), st.none() | TIMES),
)


@pytest.mark.parametrize(
    ("times", "now", "state", "updated"),
    [
        (Timeline(0, 5, 100), -3, "QUEUED", 0),
        (Timeline(0, 5, 100), 4, "QUEUED", 0),
        (Timeline(0, 5, 100), 5, "PENDING", 5),
        (Timeline(0, 5, 100), 14, "PENDING", 5),
        (Timeline(0, 5, 100), 15, "RUNNING", 15),
        (Timeline(0, 5, 100), 104, "RUNNING", 15),
        (Timeline(0, 5, 100), 105, "SUCCEEDED", 105),
        (Timeline(0, 5, 100, fails=True), 54, "RUNNING", 15),
        (Timeline(0, 5, 100, fails=True), 55, "FAILED", 55),
        (Timeline(0, 5, 100, cancelled=50), 49, "CANCELLING", 15),
        (Timeline(0, 5, 100, cancelled=50), 50, "CANCELLED", 50),
        (Timeline(0, 5, 100, cancelled=3), 3, "CANCELLED", 3),
        (Timeline(0, 5, 100, cancelled=3), 99, "CANCELLED", 3),
        (Timeline(0, 5, 100, cancelled=200), 104, "CANCELLING", 15),
        (Timeline(0, 5, 100, cancelled=200), 105, "SUCCEEDED", 105),
        (Timeline(0, 0, 0), 0, "SUCCEEDED", 0),
        (Timeline(0, 0, 0, fails=True), 0, "FAILED", 0),
    ],
)
def test_states(times, now, state, updated):
    """State and update time follow from what is stored and the time alone."""
    assert (times.state(now), times.updated(now)) == (f"JOB_STATE_{state}", updated)


@given(timelines, st.lists(st.integers(0, 400), min_size=2, max_size=8).map(sorted))
def test_a_job_only_goes_forward(times, moments):
    """No state comes back, none changes once it is final, and the times that are shown never lie in the future."""
    seen = [STATES.index(times.state(now).removeprefix("JOB_STATE_")) for now in moments]
    assert seen == sorted(seen)
    for now in moments:
        assert times.created <= times.updated(now) <= max(now, times.created)
        assert times.has_succeeded(now) == times.state(now).endswith("SUCCEEDED")
        assert (times.error(now) is None) == (not times.state(now).endswith(("FAILED", "CANCELLED")))
        if times.has_started(now):
            assert times.starts <= now
    if times.is_done(moments[0]):
        assert len(set(seen)) == 1


@given(
    busy=st.lists(st.integers(1, 50)),
    waiting=st.lists(st.integers(1, 50)).map(lambda times: list(enumerate(times))),
    limit=st.none() | st.integers(1, 4),
)
def test_the_quota_holds(busy, waiting, limit):
    """Never do more run at once than the quota has, unless they did before; and none waits without a reason."""
    begins = schedule(busy, waiting, limit, 0)
    assert list(begins) == [number for number, _ in waiting]
    runs = [(0, end) for end in busy] + [(begins[number], begins[number] + time) for number, time in waiting]
    for number, _ in waiting:
        begin = begins[number]
        if limit is None:
            assert begin == 0
            continue
        assert sum(start <= begin < end for start, end in runs) <= limit
        if begin > 0:
            earlier = runs[: len(busy) + number]
            assert sum(start < begin <= end for start, end in earlier) >= 1
    assert list(begins.values()) == sorted(begins.values())
