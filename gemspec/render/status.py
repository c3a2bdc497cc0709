"""The models of a project as a table: which generation of each key serves, and how far trainings are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.model import Marker, State
from gemspec.render.escape import terminal
from gemspec.render.layout import Style, columns, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemspec.model import LiveModel

FORMAT_VERSION = "1.0"
_ORDER = ("serving", "creating", "candidate", "failed", "retired")
_LOOKS = {"serving": "green", "creating": "cyan", "failed": "red", "retired": "dim"}
_HEADS = ("KEY", "MODEL", "ROLE", "TRAINED", "LOSS")


def status_document(models: Iterable[LiveModel], owner: str) -> dict[str, Any]:
    """Give the models that `owner` has on the service, by key, the serving generation first."""
    owned = [(live, live.marker) for live in models if isinstance(live.marker, Marker) and live.marker.owner == owner]
    serving = _serving_names(owned)
    entries = [_entry(live, marker, serving) for live, marker in owned]
    entries.sort(key=lambda entry: (entry["key"], _ORDER.index(entry["role"]), -(entry["serving"] or 0), entry["name"]))
    return {"format_version": FORMAT_VERSION, "owner": owner, "models": entries}


def status_lines(document: dict[str, Any], *, width: int = 80, style: Style | None = None) -> list[str]:
    """Draw a status document as a table of this width, one line a model."""
    if not document["models"]:
        return [f"{terminal(document['owner'])} has no models on the service."]
    rows = [_HEADS, *(_row(entry) for entry in document["models"])]
    widths = [max(columns(row[place]) for row in rows) for place in range(len(_HEADS))]
    # The key gives way: the model's name begins with it.
    spare = width - sum(widths[1:]) - 2 * (len(widths) - 1)
    widths[0] = min(widths[0], max(spare, len(_HEADS[0])))
    return [_line(row, widths, style or Style()) for row in rows]


def _serving_names(owned: Iterable[tuple[LiveModel, Marker]]) -> set[str]:
    """The name of each key's ACTIVE generation with the highest serving number."""
    best: dict[str, tuple[int, str]] = {}
    for live, marker in owned:
        if live.state is State.ACTIVE and marker.serving:
            best[marker.key] = max(best.get(marker.key, (0, "")), (marker.serving, live.name))
    return {name for _, name in best.values()}


def _entry(live: LiveModel, marker: Marker, serving: set[str]) -> dict[str, Any]:
    last = live.progress.last
    return {
        "key": marker.key,
        "name": live.name,
        "train": marker.train,
        "role": _role(live, marker, serving),
        "serving": marker.serving,
        "state": str(live.state),
        "percent": live.progress.percent if live.state is not State.ACTIVE else 100.0,
        "completed_steps": live.progress.completed_steps,
        "total_steps": live.progress.total_steps,
        "loss": last.mean_loss if last else None,
        "failure": live.failure,
    }


def _role(live: LiveModel, marker: Marker, serving: set[str]) -> str:
    if live.state is not State.ACTIVE:
        return live.state.lower()
    if live.name in serving:
        return "serving"
    return "retired" if marker.serving else "candidate"


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    percent, loss = entry["percent"], entry["loss"]
    return (
        terminal(entry["key"]),
        terminal(entry["name"].rpartition("/")[2]),
        entry["role"],
        "" if percent is None else f"{int(percent)}%",
        "" if loss is None else f"{loss:.4g}",
    )


def _line(row: tuple[str, ...], widths: list[int], style: Style) -> str:
    cells = [cut(text, width) for text, width in zip(row, widths, strict=True)]
    padded = [f"{text}{' ' * (width - columns(text))}" for text, width in zip(cells, widths, strict=True)]
    padded[2] = style.paint(padded[2], _LOOKS[row[2]]) if row[2] in _LOOKS else padded[2]
    return "  ".join(padded).rstrip()
