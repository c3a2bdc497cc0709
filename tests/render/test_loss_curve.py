from __future__ import annotations

import io
import math

import pytest
from hypothesis import given, strategies as st

from gemspec.render.layout import can_draw, columns
from gemspec.render.terminal.loss_curve import BLOCKS, curve_lines, sparkline

ANY = st.one_of(st.none(), st.floats())


def test_a_sign_for_each_value_where_there_is_room():
    """From the least to the greatest; a blank where the loss was not a number."""
    assert sparkline([8.0, 4.0, None, 2.0, 1.0], 10) == "█▄ ▂▁"
    assert sparkline([8.0, 4.0, math.nan, 2.0, 1.0], 10, unicode=False) == "#= ._"


def test_values_share_columns():
    """A long training has as many signs as columns."""
    assert sparkline([float(1000 - step) for step in range(1000)], 8) == BLOCKS[::-1]


def test_nothing_to_draw():
    """Nothing without values, numbers or room; a constant loss is a flat line."""
    assert [sparkline(values, 5) for values in ([], [None], [math.inf])] == ["", "", ""]
    assert sparkline([1.0], 0) == ""
    assert sparkline([3.0, 3.0], 5) == "▁▁"


@given(st.lists(ANY, max_size=60), st.integers(-1, 30), st.booleans())
def test_no_loss_breaks_a_sparkline(values, width, unicode):
    """It has at most its columns, for any values of a service."""
    assert len(sparkline(values, width, unicode=unicode)) <= max(width, 0)


@given(
    st.lists(st.tuples(st.integers(-5, 10**9), st.floats()), max_size=30),
    st.integers(1, 90),
    st.integers(1, 12),
    st.booleans(),
)
def test_no_loss_breaks_a_curve(points, width, height, unicode):
    """The curve has its height and, with room for axes, its width, for any values of a service."""
    lines = curve_lines(points, width=width, height=height, unicode=unicode)
    assert len(lines) in (0, height + 2)
    assert max((columns(line) for line in lines), default=0) <= max(width, 28)


@pytest.mark.parametrize("unicode", [True, False])
def test_curve(unicode, golden):
    """Axes with numbers, and a line that falls; a training at 16 of 38 ends before the middle."""
    points = [(step, 8 * math.exp(-4 * step / 38)) for step in range(1, 17)]
    lines = curve_lines(points, width=60, last_step=38, unicode=unicode)
    golden(f"curve-{'braille' if unicode else 'plain'}", "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("encoding", "term", "expected"),
    [("utf-8", "xterm", True), ("ascii", "xterm", False), ("latin-1", None, False), ("utf-8", "dumb", False)],
)
def test_blocks_only_where_they_can_be_seen(encoding, term, expected):
    """The encoding of the stream has them, and the terminal is not dumb."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert can_draw(stream, term) is expected
    assert can_draw(io.StringIO(), "xterm")
