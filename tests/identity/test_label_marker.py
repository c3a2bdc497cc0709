"""The marker as labels: what is written can be read back, and nothing else is ours. Golden sets never change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.model import UNKNOWN_DATA, Absent, Corrupt, Marker, Newer
from gemspec.identity import hashing, label_marker

JOB = "4982013113894174720"
PLAIN = Marker("support-bots", "number-generator", "0a1b2c3d4e5f", "9f8e7d6c5b4a", 15, serving=1, rev="3c59dc0")
FULL = Marker("a", "b", "000000000000", UNKNOWN_DATA, 0, 12, parent="ffffffffffff", protect=True, retain=True)

# Permanent: version 1 is read for ever. Append only.
GOLDEN = [
    (
        PLAIN,
        {
            "gemspec-project": "support-bots",
            "gemspec-name": "number-generator",
            "gemspec-train": "0a1b2c3d4e5f",
            "gemspec-data": "9f8e7d6c5b4a_15",
            "gemspec-try": "1",
            "gemspec-serving": "1",
            "gemspec-rev": "3c59dc0",
        },
    ),
    (
        FULL,
        {
            "gemspec-project": "a",
            "gemspec-name": "b",
            "gemspec-train": "000000000000",
            "gemspec-data": "unknown_0",
            "gemspec-try": "12",
            "gemspec-from": "ffffffffffff",
            "gemspec-flags": "protect_retain",
        },
    ),
    (
        replace(FULL, retain=False),
        {
            "gemspec-project": "a",
            "gemspec-name": "b",
            "gemspec-train": "000000000000",
            "gemspec-data": "unknown_0",
            "gemspec-try": "12",
            "gemspec-from": "ffffffffffff",
            "gemspec-flags": "protect",
        },
    ),
]
GOLDEN_STAMP = {**GOLDEN[0][1], "gemspec-job": JOB}
GOLDEN_RELEASE = {"gemspec-released": "1", "gemspec-job": JOB}

SERVICE = {"google-vertex-llm-tuning-job-id": JOB, "tune-type": "sft"}

hex12 = st.text("0123456789abcdef", min_size=12, max_size=12)
markers = st.builds(
    Marker,
    owner=st.from_regex(hashing.OWNER_PATTERN, fullmatch=True),
    key=st.from_regex(hashing.KEY_PATTERN, fullmatch=True),
    train=hex12,
    data=hex12 | st.just(UNKNOWN_DATA),
    examples=st.integers(0, 999_999_999),
    attempt=st.integers(1, 999_999),
    serving=st.none() | st.integers(1, 999_999),
    parent=st.none() | hex12,
    protect=st.booleans(),
    retain=st.booleans(),
    terminating=st.booleans(),
    rev=st.none() | st.text("0123456789abcdef", min_size=7, max_size=40),
)
own = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True), st.text("abc-_9", max_size=63)).filter(
    lambda found: not any(name.startswith("gemspec-") for name in found)
)


@pytest.mark.parametrize(("value", "expected"), GOLDEN)
def test_golden(value, expected):
    """The labels of a marker, to the letter, and back."""
    assert label_marker.of(value) == expected
    assert label_marker.read(expected) == value


def test_golden_stamp_and_release():
    assert label_marker.stamped({}, PLAIN, JOB) == GOLDEN_STAMP
    assert label_marker.read(GOLDEN_STAMP) == PLAIN
    assert label_marker.released(GOLDEN_STAMP, JOB) == GOLDEN_RELEASE
    assert label_marker.read(GOLDEN_RELEASE) == Absent()


@given(markers, own)
def test_round_trip(value, others):
    """The marker comes back as it was written, and the labels of others stay."""
    stamped = label_marker.stamped(others, value, JOB)
    assert label_marker.read(stamped) == value
    assert label_marker.others(stamped) == others
    assert label_marker.is_stamped(stamped, JOB)
    released = label_marker.released(stamped, JOB)
    assert (label_marker.read(released), label_marker.others(released)) == (Absent(), others)
    assert label_marker.read(label_marker.stamped(released, value, JOB)) == value


@given(markers)
def test_labels_can_hold_it(value):
    """What the service says of labels: keys begin with a letter; lower case, digits, _ and -, up to 63 characters."""
    for name, text in label_marker.stamped({}, value, JOB).items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name)
        assert re.fullmatch(r"[a-z0-9_-]{1,63}", text)


@given(st.dictionaries(st.sampled_from([*GOLDEN_STAMP, "gemspec-x", "team"]), st.text(max_size=20)))
def test_anything_can_be_read(found):
    """Whatever labels hold, reading gives an answer; a marker only where writing it gives these labels."""
    reading = label_marker.read(found)
    if isinstance(reading, Marker):
        assert label_marker.of(reading).items() <= found.items()


@pytest.mark.parametrize("found", [{}, SERVICE, {"gemspec": "x", "gemspec_project": "a"}, {"gemspec-job": JOB}])
def test_no_marker(found):
    assert label_marker.read(found) == Absent()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"gemspec-train": None}, "labels are missing: gemspec-train"),
        ({"gemspec-train": None, "gemspec-try": None}, "labels are missing: gemspec-train, gemspec-try"),
        ({"gemspec-serving": "0"}, "labels were changed: gemspec-serving"),
        ({"gemspec-train": "0A1B2C3D4E5F"}, "labels were changed: gemspec-train"),
        ({"gemspec-try": "1\n"}, "labels were changed: gemspec-try"),
        ({"gemspec-flags": "retain_protect"}, "labels were changed: gemspec-flags"),
        ({"gemspec-released": "1"}, "gemspec-released stands beside labels of an owner"),
    ],
)
def test_changed_by_hand_is_corrupt(changed, words):
    """Labels that were taken off or edited are not trusted, but still say whose they claim to be."""
    found = {name: value for name, value in (GOLDEN_STAMP | changed).items() if value is not None}
    assert label_marker.read(found) == Corrupt(words, "support-bots", "number-generator")


def test_a_later_gemspec():
    """A version or a label that is not known is not judged."""
    assert label_marker.read({**GOLDEN_STAMP, "gemspec-color": "red"}) == Newer(1, "support-bots", "number-generator")
    assert label_marker.read({"gemspec-version": "2", "gemspec-owner": "a"}) == Newer(2)
    assert label_marker.read({"gemspec-version": "1", **GOLDEN_STAMP}) == Newer(1, "support-bots", "number-generator")


def test_of_another_job():
    """Labels that the service copied from one resource to another are not those of its own job."""
    assert not label_marker.is_stamped(GOLDEN_STAMP, "1")
    assert not label_marker.is_stamped(GOLDEN[0][1], JOB)
