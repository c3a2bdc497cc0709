from __future__ import annotations

import math
import sys
import xml.etree.ElementTree as ET

import pytest

from gemspec.domain.errors import GemspecError
from gemspec.domain.model import Progress, Snapshot, State
from gemspec.render.plot import plot
from gemspec.reports.status import status_document

pytest.importorskip("matplotlib")


def curve(steps: int, total: int, first: float) -> Progress:
    snapshots = (Snapshot(step, 0, first * math.exp(-4 * step / total)) for step in range(1, steps + 1))
    return Progress(steps, total, tuple(snapshots))


@pytest.fixture
def document(make_live):
    models = [
        make_live("greeter", "1" * 12, serving=1, progress=curve(38, 38, 6)),
        make_live("greeter", "2" * 12, serving=2, progress=curve(38, 38, 8)),
        make_live("greeter", "3" * 12, State.CREATING, serving=3, progress=curve(16, 38, 7)),
        make_live("new", "4" * 12, State.CREATING),
    ]
    return status_document(models, "support-bots")


def test_all_generations_in_a_chart(document, tmp_path):
    """With axes and a legend that names every generation; text is text in the SVG."""
    plot(document, "greeter", tmp_path / "greeter.svg")
    root = ET.parse(tmp_path / "greeter.svg").getroot()
    texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for expected in ("Loss of greeter", "training step", "mean loss"):
        assert any(text.startswith(expected) for text in texts), expected
    named = [text for text in texts if text.startswith("greeter-")]
    assert [text.partition(" (")[2].partition(")")[0] for text in named] == ["serving", "in training, 42%", "retired"]


def test_equal_states_make_equal_files(document, tmp_path):
    """Without dates and random ids, a chart in Git changes only with the curves."""
    for name in ("a.svg", "b.svg"):
        plot(document, "greeter", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_dollars_are_no_mathematics(make_live, tmp_path):
    """Any name of a key is drawn as it is."""
    live = make_live("$x^{$", "1" * 12, progress=curve(3, 3, 1))
    plot(status_document([live], "support-bots"), "$x^{$", tmp_path / "a.svg")
    assert "Loss of $x^{$" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_nothing_to_draw_yet(document, tmp_path):
    """A training without a loss makes no empty chart."""
    with pytest.raises(GemspecError, match="new has no loss to draw yet"):
        plot(document, "new", tmp_path / "new.svg")
    assert list(tmp_path.iterdir()) == []


def test_no_place_to_write(document, tmp_path):
    """The error gives the reason of the operating system."""
    with pytest.raises(GemspecError, match="No such file or directory"):
        plot(document, "greeter", tmp_path / "nowhere" / "a.svg")


def test_without_matplotlib_the_error_says_what_to_install(document, tmp_path, monkeypatch):
    """It is an extra of gemspec."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(GemspecError) as refused:
        plot(document, "greeter", tmp_path / "a.svg")
    assert refused.value.hint == "pip install 'gemspec[plot]'"
