"""The marker: what is written can be read back, and nothing else is taken for ours. Golden lines never change."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.model import Absent, Corrupt, Marker, Newer
from gemspec.identity import description_marker

PLAIN = Marker("support-bots", "number-generator", "0a1b2c3d4e5f", "9f8e7d6c5b4a", 15, serving=1, rev="3c59dc0")
ID = "number-generator-0123456789"

# Permanent: version 1 is read for ever. Append only.
GOLDEN = [
    (
        PLAIN,
        ID,
        "[gemspec:1 owner=support-bots key=number-generator train=0a1b2c3d4e5f data=9f8e7d6c5b4a/15 try=1 serving=1 "
        "rev=3c59dc0 sum=c95c]",
    ),
    (
        Marker("a", "b", "000000000000", "unknown", 0, attempt=12, parent="ffffffffffff", protect=True, retain=True),
        "b-ffffffffff",
        "[gemspec:1 owner=a key=b train=000000000000 data=unknown/0 try=12 from=ffffffffffff protect retain sum=ce8b]",
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
    examples=st.integers(0, 999_999),
    attempt=st.integers(1, 99),
    serving=st.none() | st.integers(1, 999),
    parent=st.none() | hex12,
    protect=st.booleans(),
    retain=st.booleans(),
    terminating=st.booleans(),
    rev=st.none() | st.text("0123456789abcdef", min_size=7, max_size=7),
)
texts = st.text(max_size=60).filter(lambda text: "[gemspec:" not in text and "\r" not in text).map(str.rstrip)


@pytest.mark.parametrize(("value", "model", "text"), GOLDEN)
def test_golden(value, model, text):
    """The line of a marker, to the letter, and back."""
    assert description_marker.line(value, model) == text
    assert description_marker.split(text, model) == ("", value)


@given(markers, texts)
def test_round_trip(value, text):
    """Text and marker come back as they were written."""
    assert description_marker.split(description_marker.join(text, value, ID), ID) == (text, value)


@given(markers, texts)
def test_copied_to_another_model_is_corrupt(value, text):
    """The sum covers the id, so that a copied description owns nothing."""
    (_, reading) = description_marker.split(description_marker.join(text, value, ID), "other-0123456789")
    # One in 65,536 sums is equal by chance; then the line cannot be told from a right one.
    if description_marker.line(value, ID) != description_marker.line(value, "other-0123456789"):
        assert isinstance(reading, Corrupt)
        assert (reading.owner, reading.key) == (value.owner, value.key)


@given(texts)
def test_text_without_marker_is_left_alone(text):
    """Nothing is read into a description of somebody's own."""
    assert description_marker.split(text, ID) == (text, Absent())


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    """Whatever stands in a description, reading gives an answer."""
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
    """A version that is not known is not judged, nor is an unknown field whose sum is right."""
    assert description_marker.split("[gemspec:2 owner=a key=b what=ever]", ID)[1] == Newer(2, "a", "b")
    body = LINE.split(" ", 1)[1].rsplit(" sum=", 1)[0] + " color=red"
    line = f"[gemspec:1 {body} sum={description_marker._sum(1, body, ID)}]"
    assert description_marker.split(line, ID)[1] == Newer(1, "support-bots", "number-generator")
