"""Draws the plan document as text, as Terraform does: the changes key by key, what blocks the plan, the counts.

`key` draws a key in full, this module the rest and, with --compact, a key on a line. Unchanged keys are only counted.
Everything comes from the document, and everything in it that a manifest or the service wrote is escaped.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gemspec.domain.actions import ACTIONS, Action
from gemspec.domain.overrides import OVERRIDES
from gemspec.render.layout import PLAIN, Style, columns, count, cut, hint_lines, wrap
from gemspec.render.terminal.fields import SIDES, shown
from gemspec.render.terminal.key import ENDINGS, SYMBOLS, KeyView, key_lines, key_views, reason_words, step_lines, title
from gemspec.reports.gates import GATES
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemspec.reports.plan import AllowanceEntry, FailureEntry, PlanCounts, PlanDocument

_MANY = 20  # keys that change: above that the legend counts them
_SHORT = 40  # columns of a field with its values; a longer field is named alone


def plan_text(document: PlanDocument, *, width: int = 80, style: Style = PLAIN, compact: bool = False) -> str:
    """Draw a plan document for a terminal of this width; ends with the summary line. `warnings` are not drawn here.
    `compact`: a line for each key.
    """
    views = key_views(document)
    keys = [_compact(views, width, style)] if compact else [key_lines(view, width=width, style=style) for view in views]
    sections = [
        _opening(document, width),
        _legend(views, width),
        *keys,
        _notes(document, views, width),
        _failures(document, width, style),
        _blocked(document, width, style),
        _allowances(document, width, style),
        _gates(document, width, style),
        _errors(document, width, style),
        _summary(document, width, style),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def summary_line(counts: PlanCounts) -> str:
    """`Plan: 1 to add, 0 to change, 0 to destroy.`, with imports, trainings and the like where there are any."""
    parts = [f"{counts['imports']} to import"] if counts["imports"] else []
    parts += [f"{counts['add']} to add", f"{counts['change']} to change", f"{counts['destroy']} to destroy"]
    if counts["forget"]:
        parts.append(f"{counts['forget']} to forget")
    if counts["awaiting"]:
        parts.append(f"{count(counts['awaiting'], 'training')} in progress")
    return f"Plan: {', '.join(parts)}."


def _opening(document: PlanDocument, width: int) -> list[str]:
    models = document["models"]
    service = f"{document['provider']} at {document['endpoint']}"
    service += f", {document['credential']}" if document["credential"] else ""
    owned = f"{document['owner']}, which owns {models['ours']} of {count(models['seen'], 'model')} seen"
    lines = [*wrap(terminal(service), width, first="Service: "), *wrap(terminal(owned), width, first="Project: ")]
    if place := place_words(document):
        lines += wrap(place, width, first="Place: ")
    if not document["whole"]:
        lines += wrap("Only the keys that were named are planned; all others stay as they are.", width)
    elif document["left_out"]:
        keys = ", ".join(terminal(key) for key in document["left_out"])
        lines += wrap(f"This plan is incomplete. Left out: {keys}", width, rest="  ")
    if any(ACTIONS[Action(step["action"])].writes for step in document["steps"]):
        lines.append(f"Digest: {document['digest']}")
    return lines


def place_words(document: PlanDocument) -> str:
    """Where trainings run and data goes: `project my-project, location us-central1, bucket my-bucket`."""
    return ", ".join(terminal(f"{what} {name}") for what, name in document["place"].items())


def _legend(views: Iterable[KeyView], width: int) -> list[str]:
    """What the symbols mean; where there are many keys, also how often each symbol is used."""
    views = list(views)
    used = Counter(symbol for view in views for symbol in view.symbols)
    meanings = [(symbol, meaning) for symbol, (_, meaning) in SYMBOLS.items() if symbol in used]
    lines, line = [], ""
    for symbol, meaning in meanings:
        entry = f"{symbol} {meaning}" + (f": {used[symbol]:,}" if len(views) >= _MANY else "")
        if line and columns(line) + 3 + columns(entry) > width:
            lines.append(line)
            line = ""
        line = f"{line}   {entry}" if line else f"  {entry}"
    return [*lines, line] if line else []


def _compact(views: Iterable[KeyView], width: int, style: Style) -> list[str]:
    """A line for each key, for plans of thousands; below it the names that stop working, which are never left out."""
    views = list(views)
    lines = [line for view in views for line in (_compact_line(view, width, style), *_endings(view, width, style))]
    hidden = sum(len(view.notes) for view in views)
    return [*lines, f"    ({count(hidden, 'note')} not shown with --compact)"] if hidden else lines


def _compact_line(view: KeyView, width: int, style: Style) -> str:
    what = (_changed_fields(view) if view.symbol == "~" else "") or reason_words(view)
    return f"{title(view, style)}: {cut(what, max(width - 6 - columns(terminal(view.key)), 20))}"


def _changed_fields(view: KeyView) -> str:
    """The fields that change in place, with their values where they are short."""
    fields = []
    for change in view.entry["changes"]:
        path = terminal(change["path"])
        sides = " -> ".join(shown(change["path"], change[side]) for side in SIDES)
        fields.append(f"{path} {sides}" if columns(sides) <= _SHORT else path)
    return ", ".join(fields)


def _endings(view: KeyView, width: int, style: Style) -> list[str]:
    """The models that are deleted or released; the line of a key that ends as a whole says so already."""
    if view.entry["kind"] in ("delete", "forget"):
        return []
    return [line for step in view.steps if step["action"] in ENDINGS for line in step_lines(view, step, width, style)]


def _notes(document: PlanDocument, views: Iterable[KeyView], width: int) -> list[str]:
    """Notes on keys that are drawn nowhere else."""
    drawn = {view.key for view in views} | {failure["key"] for failure in document["failures"]}
    return [
        line
        for note in document["notes"]
        if note["key"] not in drawn
        for line in wrap(terminal(note["text"]), width, first=f"Note on {terminal(note['key'])}: ", rest="  ")
    ]


def _failures(document: PlanDocument, width: int, style: Style) -> list[str]:
    failed = [failure for failure in document["failures"] if failure["kind"] == "failed"]
    if not failed:
        return []
    lines = [style.paint("Failed:", "bold", "red")]
    for failure in failed:
        lines += wrap(terminal(failure["reason"]), width, first=f"  ! {terminal(failure['key'])}: ", rest=" " * 6)
        for note in document["notes"]:
            if note["key"] == failure["key"]:
                lines += wrap(terminal(note["text"]), width, first=" " * 6)
    return lines


def _blocked(document: PlanDocument, width: int, style: Style) -> list[str]:
    if not document["blocks"]:
        return []
    lines = [style.paint("Blocked: nothing is applied until this is settled.", "bold", "red")]
    for block in document["blocks"]:
        lines += wrap(terminal(block["summary"]), width, first="  ! ")
        lines += hint_lines(block["hint"], width, indent=" " * 6)
    if document["excludable"]:
        flags = " ".join(f"--exclude {terminal(key)}" for key in document["excludable"])
        lines += wrap(f"To apply everything else: {flags}", width)
    return lines


def _allowances(document: PlanDocument, width: int, style: Style) -> list[str]:
    """The lines of spec.policy.allow: those in force, then those that have expired."""
    lines = [style.paint("Allowed by spec.policy.allow:", "bold")] if document["allowances"] else []
    for allowance in document["allowances"]:
        lines += wrap(terminal(allowance_words(allowance)), width, first="  ", rest=" " * 6)
    return lines


def allowance_words(allowance: AllowanceEntry) -> str:
    """`rename of b, up to 2026-12-31: its data is shared`."""
    of = f" of {allowance['key']}" if OVERRIDES[allowance["rule"]].has_key else ""
    if allowance["expired"]:
        return f"expired on {allowance['until']}, lifts nothing any more: {allowance['rule']}{of}"
    until = f", up to {allowance['until']}" if allowance["until"] else ""
    return f"{allowance['rule']}{of}{until}: {allowance['reason']}"


def _gates(document: PlanDocument, width: int, style: Style) -> list[str]:
    stopped = [gate for gate in document["gates"] if gate["stops"]]
    lines = [style.paint("Stopped by --fail-on:", "bold", "red")] if stopped else []
    for gate in stopped:
        text = f"{GATES[gate['gate']].words}: {terminal(', '.join(gate['stops']))}"
        lines += wrap(text, width, first=f"  ! {terminal(gate['gate'])}: ", rest=" " * 6)
    return lines


def _errors(document: PlanDocument, width: int, style: Style) -> list[str]:
    lines = [style.paint("Errors: there is no plan.", "bold", "red")] if document["errors"] else []
    for error in document["errors"]:
        place = ":".join(str(error[name]) for name in ("file", "line", "column") if error[name])
        lines += wrap(
            terminal(f"{place}: {error['message']}" if place else error["message"]), width, first="  ! ", rest=" " * 6
        )
    return lines


def _summary(document: PlanDocument, width: int, style: Style) -> list[str]:
    counts, lines = document["counts"], []
    if document["errored"]:
        return []
    changes = any(ACTIONS[Action(step["action"])].needs_approval for step in document["steps"])
    if changes or document["blocks"]:
        if counts["unchanged"]:
            be = "is" if counts["unchanged"] == 1 else "are"
            lines.append(f"{count(counts['unchanged'], 'other key')} {be} unchanged.")
        return [*lines, style.paint(summary_line(counts), "bold")]
    if document["left_out"] and not document["resource_changes"]:
        return [style.paint("Nothing was planned: every key is left out.", "bold")]
    first, *rest = wrap(f"No changes. {_no_changes(document)}", width)
    head = "No changes."
    return [f"{style.paint(head, 'bold', 'green')}{first.removeprefix(head)}", *rest]


def _failed_and_waiting(failures: list[FailureEntry]) -> str:
    failed = sum(failure["kind"] == "failed" for failure in failures)
    blocked = len(failures) - failed
    parts = [f"{count(failed, 'training')} failed"] if failed else []
    parts += [f"{count(blocked, 'key')} {'waits' if blocked == 1 else 'wait'}"] if blocked else []
    return " and ".join(parts)


def _no_changes(document: PlanDocument) -> str:
    """Why there is nothing to do. With a failed training, the service does not match the manifests."""
    awaiting = document["counts"]["awaiting"]
    if document["failures"]:
        return f"{_failed_and_waiting(document['failures'])}, see above."
    if document["uncompared"]:
        several = len(document["uncompared"]) > 1
        return f"{count(len(document['uncompared']), 'key')} cannot be compared, see the note{'s' * several} above."
    going_on = f"; {count(awaiting, 'training')} in progress" if awaiting else ""
    return f"The service matches the manifest{'s' if document['whole'] else 's that were named'}{going_on}."
