"""The marker: what is written can be read back, and nothing else is taken for ours. Golden lines never change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.marker import MAX_NUMBER, Absent, Corrupt, Marker, Newer
from gemspec.identity import description_marker, label_marker

PLAIN = Marker("support-bots", "number-generator", "0a1b2c3d4e5f", "9f8e7d6c5b4a", 15, serving=1, rev="3c59dc0")
FULL = Marker("a", "b", "0" * 12, "unknown", 0, attempt=12, parent="f" * 12, protect=True, retain=True)
ID = "number-generator-0123456789"

# Permanent: version 1 is read for ever. Append only.
GOLDEN = [
    (
        PLAIN,
        ID,
        "[gemspec:1 owner=support-bots key=number-generator train=0a1b2c3d4e5f data=9f8e7d6c5b4a/15 try=1 gen=1 "
        "serving=1 rev=3c59dc0 sum=05b1]",
    ),
    (
        replace(FULL, gen=7),
        "b-ffffffffff",
        "[gemspec:1 owner=a key=b train=000000000000 data=unknown/0 try=12 gen=7 from=ffffffffffff protect retain "
        "sum=1abf]",
    ),
    (
        Marker("a", "b", "0" * 12, "unknown", 0, extensions=(("x-eval-holdout", "0.93"), ("x-preview", "pr-7"))),
        "b-ffffffffff",
        "[gemspec:1 owner=a key=b train=000000000000 data=unknown/0 try=1 gen=1 x-eval-holdout=0.93 x-preview=pr-7 "
        "sum=ed66]",
    ),
]

hex12 = st.text("0123456789abcdef", min_size=12, max_size=12)
names = st.from_regex(r"[a-z]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
markers = st.builds(
    Marker,
    owner=names,
    key=names,
    train=hex12,
    data=hex12,
    examples=st.integers(0, 999_999_999),
    attempt=st.integers(1, MAX_NUMBER),
    gen=st.integers(1, MAX_NUMBER),
    serving=st.none() | st.integers(1, MAX_NUMBER),
    parent=st.none() | hex12,
    protect=st.booleans(),
    retain=st.booleans(),
    terminating=st.booleans(),
    rev=st.none() | st.text("0123456789abcdef", min_size=7, max_size=7),
    extensions=st.dictionaries(
        st.from_regex(r"x-[a-z0-9-]{1,20}", fullmatch=True),
        st.text("abc019._/-", max_size=20),
        max_size=8,
    ).map(lambda found: tuple(sorted(found.items()))),
)
texts = st.text(max_size=60).filter(lambda text: "[gemspec:" not in text and "\r" not in text).map(str.rstrip)


@pytest.mark.parametrize(("value", "model", "text"), GOLDEN)
def test_golden(value, model, text):
    """The line of a marker, to the letter, and back."""
    assert description_marker.line(value, model) == text
    _, reading = description_marker.split(text, model)
    assert (reading, reading.extensions) == (value, value.extensions)


def test_golden_release():
    """A released model has a trace of the release beside its text, and is not ours."""
    trace = description_marker.release("Mine.", "b-ffffffffff")
    assert trace == "Mine.\n\n[gemspec:1 released sum=854b]"
    text, reading = description_marker.split(trace, "b-ffffffffff")
    assert (text, reading, reading.released) == ("Mine.", Absent(), True)
    assert isinstance(description_marker.split(trace, ID)[1], Corrupt)


@given(markers, texts)
def test_round_trip(value, text):
    """Text and marker come back as they were written."""
    found, reading = description_marker.split(description_marker.join(text, value, ID), ID)
    assert (found, reading, reading.extensions) == (text, value, value.extensions)


@pytest.mark.parametrize(
    "changes",
    [
        {"serving": MAX_NUMBER + 1},
        {"attempt": MAX_NUMBER + 1},
        {"gen": 0},
        {"examples": 10**9},
        {"key": "No"},
        {"rev": "x"},
        {"extensions": (("x-a", "two words"),)},
        {"extensions": (("other", "1"),)},
        {"extensions": (("x-a", "v" * 1200),)},
    ],
)
def test_what_could_not_be_read_again_is_not_written(changes):
    """No write may leave a marker that gemspec cannot read."""
    value = replace(PLAIN, **changes)
    with pytest.raises(ValueError, match="could not be read again"):
        description_marker.line(value, ID)
    with pytest.raises(ValueError, match="could not be read again"):
        label_marker.of(value, bound_to="x")


@given(markers, texts)
def test_copied_to_another_model_is_corrupt(value, text):
    """The sum covers the id, so that a copied description owns nothing."""
    (_, reading) = description_marker.split(description_marker.join(text, value, ID), "other-0123456789")
    # 1 of 65,536 sums is equal by chance; then the line cannot be distinguished from an intact line.
    if description_marker.line(value, ID) != description_marker.line(value, "other-0123456789"):
        assert isinstance(reading, Corrupt)
        assert (reading.owner, reading.key) == (value.owner, value.key)


@given(texts)
def test_text_without_marker_is_left_alone(text):
    """A user's own description is never read as a marker."""
    assert description_marker.split(text, ID) == (text, Absent())


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    """Reading gives an answer for any description."""
    description_marker.split(text, ID)
    description_marker.split(f"[gemspec:{text}", ID)


LINE = description_marker.line(PLAIN, ID)


@pytest.mark.parametrize(
    "description",
    [
        LINE.replace("serving=1", "serving=2"),
        LINE[:-10],
        f"{LINE} and more",
        f"{LINE}\nappended by hand",
        f"{LINE}\n{LINE}",
        LINE.replace("[gemspec", "see [gemspec"),
        "[gemspec:1]",
        "[gemspec:x owner=a]",
    ],
)
def test_changed_by_hand_is_corrupt(description):
    """A marker that was edited, cut, or written after is not trusted."""
    assert isinstance(description_marker.split(description, ID)[1], Corrupt)


@pytest.mark.parametrize("end", ["", "\n", "  \n\n", "\r\n"])
def test_white_space_after_it_is_forgiven(end):
    """Consoles add line ends."""
    assert description_marker.split(f"text\r\n\r\n{LINE}{end}", ID) == ("text", PLAIN)


def test_later_versions_are_newer():
    """A marker of an unknown version is Newer, and so is an unknown field with the right sum."""
    assert description_marker.split("[gemspec:2 owner=a key=b what=ever]", ID)[1] == Newer(2, "a", "b")
    body = LINE.split(" ", 1)[1].rsplit(" sum=", 1)[0] + " color=red"
    line = f"[gemspec:1 {body} sum={description_marker._sum(1, body, ID)}]"
    assert description_marker.split(line, ID)[1] == Newer(1, "support-bots", "number-generator")
