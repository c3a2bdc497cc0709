"""The models of a project as a table: which generation of each key serves, how far trainings are, how the loss falls.

Drawn from the status document. A column is shown where there is room for it; the key and its role always are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import GAP, PLAIN, PLAIN_LOOK, Look, Style, aligned, columns, count, fitting, wrap
from gemspec.render.terminal.loss_curve import sparkline
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.reports.status import ModelEntry, StatusDocument, UnreadableEntry

_COLOURS = {
    "serving": "green",
    "undeployed": "red",
    "creating": "cyan",
    "failed": "red",
    "retired": "dim",
    "terminating": "dim",
}
# From left to right; a wide terminal has room for all.
_COLUMNS = ("KEY", "MODEL", "GEN", "ROLE", "STATE", "DONE", "STEPS", "LOSS", "AGE")
_STATES = {"no": "undeployed", "unknown": "unclear"}  # of a model that is ACTIVE
_RIGHT = frozenset({"GEN", "DONE", "STEPS", "LOSS", "AGE"})
# In the order in which they get room, after KEY, ROLE and DONE; CURVE is the column of the loss curve.
_BY_WORTH = ("LOSS", "CURVE", "AGE", "GEN", "STATE", "MODEL", "STEPS")
_CURVE_TITLE, _WIDEST_CURVE = "LOSS CURVE", 24
_ALWAYS = ("KEY", "ROLE", "DONE")
# Models that do not count: the title above them, and what each is called.
_ASIDE = {
    "Not readable, and left alone:": {"corrupt": "corrupt marker", "newer": "newer marker"},
    "Not counted, and left alone:": {"unmarked": "without marker, a model", "shared": "shared, a model"},
}
_SPANS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "m"))


def status_lines(document: StatusDocument, look: Look = PLAIN_LOOK) -> list[str]:
    """Draw a status document as a table, a line for each model; the reason of a failure below its line."""
    lines = table_lines(document["models"], look)
    if not lines and not document["unreadable"]:
        lines = [f"{terminal(document['owner'])} has no models on the service."]
    return [*lines, *_unreadable(document, look), *_unmanaged(document, look)]


def table_lines(
    models: Sequence[ModelEntry], look: Look, *, without: Iterable[str] = (), first: Sequence[str] = ()
) -> list[str]:
    """Draw models as a table with the columns that have room, never those of `without`, those of `first` first."""
    if not models:
        return []
    by_worth = [*first, *(name for name in _BY_WORTH if name not in first)]
    table = _Table(models, look.width, frozenset(without), by_worth)
    lines = [look.style.paint(table.line({name: name for name in _COLUMNS}, _CURVE_TITLE, PLAIN), "bold")]
    for entry in models:
        curve = sparkline([point["loss"] for point in entry["snapshots"]], table.curve, unicode=look.unicode)
        lines.append(table.line(_cells(entry), curve, look.style))
        if entry["role"] == "failed":
            lines += _failure(entry, look)
    return lines


def role_text(role: str, style: Style) -> str:
    """A role in its colour."""
    return style.paint(role, _COLOURS[role]) if role in _COLOURS else role


def age_words(seconds: int | None) -> str:
    """`<1m`, `5m`, `3h`, `12d`, `2y`; "" where it is not known."""
    if seconds is None:
        return ""
    return next((f"{seconds // span}{unit}" for span, unit in _SPANS if seconds >= span), "<1m")


def loss_words(entry: ModelEntry) -> str:
    """The last loss; `NaN` where a training has progress but no loss."""
    if entry["loss"] is None:
        return "NaN" if entry["snapshots"] else ""
    return f"{entry['loss']:.4g}"


class _Table:
    """Which columns have room, and how wide they are."""

    def __init__(
        self, models: Sequence[ModelEntry], width: int, without: frozenset[str], by_worth: Sequence[str]
    ) -> None:
        rows = [_cells(entry) for entry in models]
        self._widths = {
            name: max(len(name), *(columns(row[name]) for row in rows))
            for name in _COLUMNS
            if name not in without and (name in _ALWAYS or any(row[name] for row in rows))
        }
        always = {name for name in _ALWAYS if name in self._widths}
        spare = width + GAP - sum(self._widths[name] + GAP for name in always)
        least = len(_CURVE_TITLE) if any(entry["snapshots"] for entry in models) else 0
        kept, spare = fitting({**self._widths, "CURVE": least}, by_worth, spare)
        self.curve = min(_WIDEST_CURVE, least + spare) if "CURVE" in kept else 0
        self._shown = [name for name in _COLUMNS if name in always | kept]
        if spare < 0 and "KEY" in always:  # only on a very narrow terminal
            self._widths["KEY"] = max(4, self._widths["KEY"] + spare)

    def line(self, cells: dict[str, str], curve: str, style: Style) -> str:
        """A line of the table. Only ROLE is coloured, so that a table of many models stays calm."""
        parts = []
        for name in self._shown:
            text = aligned(cells[name], self._widths[name], right=name in _RIGHT)
            parts.append(text.replace(cells[name], role_text(cells[name], style)) if name == "ROLE" else text)
        return (" " * GAP).join([*parts, *([curve] if self.curve else [])]).rstrip()


def _cells(entry: ModelEntry) -> dict[str, str]:
    percent, total = entry["percent"], entry["total_steps"]
    return {
        "KEY": terminal(entry["key"]),
        "MODEL": terminal(entry["name"].rpartition("/")[2]),
        "GEN": str(entry["generation"]),
        "ROLE": entry["role"],
        "STATE": _STATES.get(entry["answering"], entry["state"]) if entry["state"] == "ACTIVE" else entry["state"],
        "DONE": terminal(entry["waiting"] or ("" if percent is None else f"{int(percent)}%")),
        "STEPS": f"{entry['completed_steps']}/{total}" if total else str(entry["completed_steps"] or ""),
        "LOSS": loss_words(entry),
        "AGE": age_words(entry["age_seconds"]),
    }


def _failure(entry: ModelEntry, look: Look) -> list[str]:
    reason = terminal(entry["failure"]) or "the service gives no reason"
    return wrap(f"{terminal(entry['name'])}: {reason}", look.width, first="  ! ", rest=" " * 6)


def _unreadable(document: StatusDocument, look: Look) -> list[str]:
    """Models that look like ours and do not count; gemspec changes none of them."""
    lines = []
    for title, kinds in _ASIDE.items():
        entries = [entry for entry in document["unreadable"] if entry["kind"] in kinds]
        lines += ["", look.style.paint(title, "bold", "yellow")] if entries else []
        for entry in entries:
            about = f"{terminal(entry['name'])} ({kinds[entry['kind']]}{_of(entry)}): {terminal(entry['reason'])}"
            lines += wrap(about, look.width, first="  ! ", rest=" " * 6)
    return lines if document["models"] else lines[1:]


def _of(entry: UnreadableEntry) -> str:
    return f" of {terminal(entry['key'])}" if entry["key"] else ""


def _unmanaged(document: StatusDocument, look: Look) -> list[str]:
    number = document["unmanaged"]
    if not number:
        return []
    are = "is" if number == 1 else "are"
    text = f"{count(number, 'other model')} on the service {are} not of this project."
    return ["", *(look.style.paint(line, "dim") for line in wrap(text, look.width))]
