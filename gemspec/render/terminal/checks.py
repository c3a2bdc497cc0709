"""Draws what models answered to their checks, from the document of schemas/checks.v1.schema.json. Pure.

`gemspec check` prints all of it; `result` shows the table of a model that failed its checks in an apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import GAP, aligned, columns, count, wrap
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.render.layout import Look
    from gemspec.reports.checks import CheckedModel, CheckEntry, ChecksDocument

_TITLES = ("PROMPT", "EXPECTED", "ANSWER")
_INDENT = 2
_IN_A_ROW = 500  # characters of a text from which a row is cut: more than any terminal has columns
_IN_FULL = 2000  # characters of a text below its row
_LINES = 20  # lines of a text below its row
_LABELS = ("prompt:  ", "expected:", "answer:  ")


def model_lines(entry: CheckedModel, look: Look) -> list[str]:
    """Draw a model: its key, name and role, then its checks."""
    head = wrap(
        f"{terminal(entry['name'])} ({entry['role']})", look.width, first=f"{terminal(entry['key'])}: ", rest="  "
    )
    return [*(look.style.paint(line, "bold") for line in head), *check_lines(entry["checks"], look)]


def check_lines(checks: Sequence[CheckEntry], look: Look, *, indent: int = _INDENT) -> list[str]:
    """Draw a row for each check: whether it passed, the prompt, what was expected, the answer.

    Below the row of a check that failed, the texts that the row cuts are drawn in full.
    """
    rows = [_cells(check) for check in checks]
    marks = ("✓", "✗") if look.unicode else ("ok", "FAIL")
    lead = max(map(len, marks))
    widths = _shared(
        [max(map(columns, cells)) for cells in zip(_TITLES, *rows, strict=True)], look.width - indent - lead
    )
    lines = [" " * (indent + lead) + look.style.paint(_row(_TITLES, widths), "dim")]
    for check, cells in zip(checks, rows, strict=True):
        mark = marks[0 if check["passed"] else 1]
        painted = look.style.paint(mark, "green" if check["passed"] else "red")
        lines.append(f"{' ' * indent}{painted}{' ' * (lead - len(mark))}{_row(cells, widths)}")
        if not check["passed"]:
            lines += _details(check, cells, widths, look.width, " " * (indent + lead + GAP))
    return lines


def checks_summary(document: ChecksDocument, look: Look) -> str:
    """`3 of 4 checks passed.`, over all models."""
    checks = [check for entry in document["models"] for check in entry["checks"]]
    passed = sum(check["passed"] for check in checks)
    text = f"{passed} of {count(len(checks), 'check')} passed."
    return look.style.paint(text, "bold", "green" if document["passed"] else "red")


def _cells(check: CheckEntry) -> tuple[str, str, str]:
    expected = f'{check["expectation"]} "{terminal(check["expected"][:_IN_A_ROW])}"'
    return terminal(check["prompt"][:_IN_A_ROW]), expected, terminal(_answer(check)[:_IN_A_ROW])


def _answer(check: CheckEntry) -> str:
    """The answer without the white space around it, which is not compared; or `!` and the reason why there is none."""
    return f"! {check['error']}" if check["error"] else (check["answer"] or "").strip()


def _shared(natural: Sequence[int], room: int) -> list[int]:
    """Widths of columns: short columns get what they need, long columns share the rest evenly."""
    left, widths = max(0, room - GAP * len(natural)), [0] * len(natural)
    by_need = sorted(range(len(natural)), key=lambda place: natural[place])
    for done, place in enumerate(by_need):
        widths[place] = min(natural[place], left // (len(natural) - done))
        left -= widths[place]
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{' ' * GAP}{aligned(*cell)}" for cell in zip(cells, widths, strict=True)).rstrip()


def _details(check: CheckEntry, cells: Sequence[str], widths: Sequence[int], width: int, indent: str) -> list[str]:
    """The texts that a row cuts, in full as far as that is sensible."""
    texts = (check["prompt"], f'{check["expectation"]} "{check["expected"]}"', _answer(check))
    lines = []
    for label, text, cell, room in zip(_LABELS, texts, cells, widths, strict=True):
        if columns(cell) > room:
            first, *rest = _folded(text, max(10, width - len(indent) - len(label) - 1))
            lines += [f"{indent}{label} {first}", *(f"{indent}{' ' * len(label)} {line}".rstrip() for line in rest)]
    return lines


def _folded(text: str, width: int) -> list[str]:
    """The lines of a text, escaped and broken to `width` columns; cut where there are too many."""
    lines = []
    for part in text[:_IN_FULL].split("\n"):
        rest = terminal(part)
        while columns(rest) > width:
            end = _end(rest, width)
            lines.append(rest[:end].rstrip())
            rest = rest[end:]
        lines.append(rest)
    if len(lines) > _LINES or len(text) > _IN_FULL:
        return [*lines[:_LINES], f"... ({len(text):,} characters in all)"]
    return lines


def _end(text: str, width: int) -> int:
    """Where to break a text that is wider than `width`: after the last space of the second half, if it has a space."""
    end = width
    while columns(text[:end]) > width:
        end -= 1
    space = text.rfind(" ", end // 2, end)
    return space + 1 if space >= 0 else max(1, end)
