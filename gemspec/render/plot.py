"""The loss curves of a key's generations in a chart, as an SVG file. matplotlib draws it, an extra of gemspec.

Equal documents give equal files: no date, no random ids. Text stays text, for search and for screen readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError
from gemspec.render.layout import cut
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gemspec.reports.status import ModelEntry, StatusDocument

# Okabe and Ito's colours, which colour-blind people can distinguish; the dashes distinguish them in print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", "-.", ":")
_MOST = 12  # curves that a legend can still name
_LEGEND_LINE = 0.24  # inches
_MANY_FOLD = 50  # the ratio of the greatest loss to the least from which the scale is logarithmic
# Any: matplotlib types the names of its settings, differently from version to version.
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gemspec",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.parse_math": False,  # a dollar sign is a dollar sign
}


def plot(document: StatusDocument, key: str, file: Path) -> None:
    """Write the loss curves of `key` to `file`. Raises GemspecError without matplotlib, a loss, or a place to write."""
    models = [entry for entry in document["models"] if entry["key"] == key and _points(entry)]
    if not models:
        raise GemspecError(f"{key} has no loss to draw yet", "`gemspec status` shows how far its trainings are")
    try:
        import matplotlib
    except ImportError as missing:
        raise GemspecError("--plot needs matplotlib", "pip install 'gemspec[plot]'") from missing
    with matplotlib.rc_context(_SETTINGS):
        try:
            figure(key, models).savefig(file, format="svg", metadata={"Date": None, "Creator": "gemspec"})
        except OSError as refused:
            raise GemspecError(f"{file} cannot be written: {refused.strerror or refused}") from refused


def figure(key: str, models: Sequence[ModelEntry]) -> Figure:
    """The chart. `Figure` needs no display and keeps no state, unlike pyplot."""
    from matplotlib.figure import Figure

    shown = models[:_MOST]
    made = Figure(figsize=(9, 4.8 + _LEGEND_LINE * len(shown)), layout="constrained")
    axes = made.subplots()
    for place, entry in enumerate(shown):
        _draw(axes, entry, place)
    _label(axes, key, models)
    # Below the axes it covers no curve, and a name has a line of its own.
    made.legend(frameon=False, loc="outside lower left", ncols=1)
    return made


def _draw(axes: Axes, entry: ModelEntry, place: int) -> None:
    steps, losses = zip(*_points(entry), strict=True)
    is_serving = entry["role"] == "serving"
    axes.plot(
        steps,
        losses,
        color=_COLOURS[place % len(_COLOURS)],
        linestyle=_DASHES[place % len(_DASHES)],
        linewidth=2.4 if is_serving else 1.6,
        marker="o" if len(steps) == 1 else None,
        markevery=[-1],
        zorder=3 if is_serving else 2,
        label=_name(entry),
    )


def _label(axes: Axes, key: str, models: Sequence[ModelEntry]) -> None:
    from matplotlib.ticker import MaxNLocator

    losses = [loss for entry in models for _, loss in _points(entry)]
    is_log = min(losses) > 0 and max(losses) / min(losses) > _MANY_FOLD
    if is_log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=min(0.0, *losses))
    axes.set_xlim(left=0)
    axes.set_xlabel("training step")
    axes.set_ylabel("mean loss (log scale)" if is_log else "mean loss")
    more = f" (the first {_MOST} of {len(models)} generations)" if len(models) > _MOST else ""
    axes.set_title(f"Loss of {terminal(key)}{more}", loc="left", fontweight="bold")
    axes.grid(visible=True, color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _name(entry: ModelEntry) -> str:
    role = entry["role"] if entry["role"] != "creating" else f"in training, {int(entry['percent'] or 0)}%"
    return f"{cut(terminal(entry['name'].rpartition('/')[2]), 44)} ({role}), loss {_points(entry)[-1][1]:.4g}"


def _points(entry: ModelEntry) -> list[tuple[int, float]]:
    return [(point["step"], point["loss"]) for point in entry["snapshots"] if point["loss"] is not None]
