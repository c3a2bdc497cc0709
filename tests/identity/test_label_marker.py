"""The marker as labels: what is written can be read back, and nothing else is ours. Golden sets never change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.marker import MAX_NUMBER, UNKNOWN_DATA, Absent, Corrupt, Marker, Newer
from gemspec.identity import hashing, label_marker
from gemspec.identity.marker_fields import merged_extensions

JOB = "4982013113894174720"
SENT = "gemini-3.5-flash\ngs://bucket/gemspec/support-bots/0.jsonl"  # what a job's labels are bound to
MODEL = "models/123"  # what a model's labels are bound to
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
            "gemspec-gen": "1",
            "gemspec-serving": "1",
            "gemspec-rev": "3c59dc0",
            "gemspec-sum": "c107",
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
            "gemspec-gen": "1",
            "gemspec-from": "ffffffffffff",
            "gemspec-flags": "protect_retain",
            "gemspec-sum": "ecec",
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
            "gemspec-gen": "1",
            "gemspec-from": "ffffffffffff",
            "gemspec-flags": "protect",
            "gemspec-sum": "b0a2",
        },
    ),
]
GOLDEN_STAMP = {**GOLDEN[0][1], "gemspec-job": JOB, "gemspec-sum": "1d88"}
GOLDEN_RELEASE = {"gemspec-released": "1", "gemspec-job": JOB, "gemspec-sum": "62eb"}

COPIED = "gemspec-sum is not right: labels were edited, or copied from another resource"
SERVICE = {"google-vertex-llm-tuning-job-id": JOB, "tune-type": "sft"}

hex12 = st.text("0123456789abcdef", min_size=12, max_size=12)
markers = st.builds(
    Marker,
    owner=st.from_regex(hashing.OWNER_PATTERN, fullmatch=True),
    key=st.from_regex(hashing.KEY_PATTERN, fullmatch=True),
    train=hex12,
    data=hex12 | st.just(UNKNOWN_DATA),
    examples=st.integers(0, 999_999_999),
    attempt=st.integers(1, MAX_NUMBER),
    gen=st.integers(1, MAX_NUMBER),
    serving=st.none() | st.integers(1, MAX_NUMBER),
    parent=st.none() | hex12,
    protect=st.booleans(),
    retain=st.booleans(),
    terminating=st.booleans(),
    rev=st.none() | st.text("0123456789abcdef", min_size=7, max_size=40),
    extensions=st.dictionaries(
        st.from_regex(r"x-[a-z0-9_-]{1,20}", fullmatch=True), st.text("abc019_-", max_size=20), max_size=8
    ).map(lambda found: tuple(sorted(found.items()))),
)
own = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True), st.text("abc-_9", max_size=63)).filter(
    lambda found: not any(name.startswith("gemspec-") for name in found)
)


@pytest.mark.parametrize(("value", "expected"), GOLDEN)
def test_golden(value, expected):
    """The labels of a marker, to the letter, and back."""
    assert label_marker.of(value, bound_to=SENT) == expected
    assert label_marker.read(expected, bound_to=SENT) == value


def test_golden_stamp_and_release():
    assert label_marker.stamped({}, PLAIN, JOB, bound_to=MODEL) == GOLDEN_STAMP
    assert label_marker.read(GOLDEN_STAMP, bound_to=MODEL) == PLAIN
    assert label_marker.released(GOLDEN_STAMP, JOB, bound_to=MODEL) == GOLDEN_RELEASE
    reading = label_marker.read(GOLDEN_RELEASE, bound_to=MODEL)
    assert (reading, reading.released) == (Absent(), True)


@given(markers, own)
def test_round_trip(value, others):
    """The marker comes back as it was written, and the labels of others stay."""
    stamped = label_marker.stamped(others, value, JOB, bound_to=MODEL)
    reading = label_marker.read(stamped, bound_to=MODEL)
    assert (reading, reading.extensions) == (value, value.extensions)
    assert label_marker.others(stamped) == others
    assert label_marker.is_stamped(stamped, JOB, bound_to=MODEL)
    released = label_marker.released(stamped, JOB, bound_to=MODEL)
    assert (label_marker.read(released, bound_to=MODEL), label_marker.others(released)) == (Absent(), others)
    assert label_marker.read(label_marker.stamped(released, value, JOB, bound_to=MODEL), bound_to=MODEL) == value


@given(markers)
def test_labels_can_hold_it(value):
    """The service's rules for labels: keys begin with a letter; lower case, digits, _ and -, up to 63 characters.

    gemspec takes at most half of the 64 that a resource can have.
    """
    labels = label_marker.stamped({}, value, JOB, bound_to=MODEL)
    assert len(labels) <= label_marker.MAX_LABELS
    for name, text in labels.items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", text)


@given(st.dictionaries(st.sampled_from([*GOLDEN_STAMP, "gemspec-x", "team"]), st.text(max_size=20)))
def test_anything_can_be_read(found):
    """Whatever labels hold, reading gives an answer; a marker only where writing it gives these labels."""
    reading = label_marker.read(found, bound_to=MODEL)
    if isinstance(reading, Marker):
        assert label_marker.of(reading, bound_to=MODEL).items() <= found.items()


@pytest.mark.parametrize("found", [{}, SERVICE, {"gemspec": "x", "gemspec_project": "a"}, {"gemspec-job": JOB}])
def test_no_marker(found):
    reading = label_marker.read(found, bound_to=MODEL)
    assert (reading, reading.released) == (Absent(), False)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"gemspec-train": None}, "labels are missing: gemspec-train"),
        ({"gemspec-train": None, "gemspec-try": None}, "labels are missing: gemspec-train, gemspec-try"),
        ({"gemspec-serving": "0"}, "labels were changed: gemspec-serving"),
        ({"gemspec-train": "0A1B2C3D4E5F"}, "labels were changed: gemspec-train"),
        ({"gemspec-try": "1\n"}, "labels were changed: gemspec-try"),
        ({"gemspec-flags": "retain_protect"}, "labels were changed: gemspec-flags"),
        ({"gemspec-released": "1"}, "labels were changed: gemspec-released"),
        ({"gemspec-color": "red"}, "labels were changed: gemspec-color"),
        ({"gemspec-serving": "2"}, COPIED),
        ({"gemspec-x-note": "new"}, COPIED),
        ({"gemspec-sum": None}, COPIED),
        ({"gemspec-job": "1"}, COPIED),
    ],
)
def test_changed_by_hand_is_corrupt(changed, words):
    """Labels that were removed or edited are corrupt, but still name owner and key."""
    found = {name: value for name, value in (GOLDEN_STAMP | changed).items() if value is not None}
    assert label_marker.read(found, bound_to=MODEL) == Corrupt(words, "support-bots", "number-generator")


def test_copied_to_another_resource_is_corrupt():
    """The sum covers what the labels are bound to."""
    claims = ("support-bots", "number-generator")
    assert label_marker.read(GOLDEN_STAMP, bound_to="models/124") == Corrupt(COPIED, *claims)
    assert label_marker.read(GOLDEN[0][1], bound_to=f"{SENT}x") == Corrupt(COPIED, *claims)
    assert isinstance(label_marker.read(GOLDEN_RELEASE, bound_to="models/124"), Corrupt)


def test_a_later_gemspec():
    """An unknown version is Newer, and so is an unknown label with the right sum."""
    later = label_marker._sealed_labels({**GOLDEN_STAMP, "gemspec-color": "red"}, MODEL)
    assert label_marker.read(later, bound_to=MODEL) == Newer(1, "support-bots", "number-generator")
    assert label_marker.read({"gemspec-version": "2", "gemspec-owner": "a"}, bound_to=MODEL) == Newer(2)


def test_extensions_of_a_later_gemspec():
    """They are kept when the marker is written again, and change nothing of what is read."""
    later = label_marker._sealed_labels({**GOLDEN_STAMP, "gemspec-x-mood": "good"}, MODEL)
    reading = label_marker.read(later, bound_to=MODEL)
    assert reading == PLAIN
    again = label_marker.stamped(later, replace(reading, serving=2), JOB, bound_to=MODEL)
    assert (again["gemspec-x-mood"], again["gemspec-serving"]) == ("good", "2")


def test_of_another_job():
    """Labels that the service copied from one resource to another are not those of its own job."""
    assert not label_marker.is_stamped(GOLDEN_STAMP, "1", bound_to=MODEL)
    assert not label_marker.is_stamped(GOLDEN_STAMP, JOB, bound_to="models/124")
    assert not label_marker.is_stamped(GOLDEN[0][1], JOB, bound_to=SENT)


@pytest.mark.parametrize(
    ("base", "wanted", "now", "expected"),
    [
        ({}, {}, {"x-a": "1"}, {"x-a": "1"}),
        ({"x-a": "1"}, {"x-a": "1"}, {}, {}),
        ({"x-a": "1"}, {"x-a": "2"}, {"x-a": "1", "x-b": "1"}, {"x-a": "2", "x-b": "1"}),
        ({"x-a": "1"}, {}, {"x-a": "1", "x-b": "1"}, {"x-b": "1"}),
        ({}, {"x-a": "1"}, {"x-a": "3"}, {"x-a": "1"}),
    ],
)
def test_a_write_changes_its_own_extensions_alone(base, wanted, now, expected):
    found = [tuple(sorted(extensions.items())) for extensions in (base, wanted, now)]
    assert merged_extensions(*found) == tuple(sorted(expected.items()))
