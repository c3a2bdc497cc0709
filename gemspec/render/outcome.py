"""The end of an apply for people: what was done, what failed, what did not start, what goes on, and how to resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.events import Outcome
from gemspec.render.escape import terminal
from gemspec.render.layout import Style, hint_lines, wrap
from gemspec.render.progress import done_words, to_do_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.events import StepEnded
    from gemspec.result import Result

_SECTIONS = (
    (Outcome.DONE, "Applied:", "green"),
    (Outcome.FAILED, "Failed:", "red"),
    (Outcome.SUPERSEDED, "Stopped, since the service has changed after the plan:", "red"),
    (Outcome.NOT_STARTED, "Not started:", "yellow"),
    (Outcome.WAITING, "Training goes on at the service:", "cyan"),
)


def outcome_text(result: Result, *, width: int = 80, style: Style | None = None) -> str:
    """Draw a result; ends with the line that says whether the apply is complete."""
    style = style or Style()
    sections = [_section(result, *section, width, style) for section in _SECTIONS]
    sections += [_resume(result, width), [last_line(result, style)]]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def last_line(result: Result, style: Style | None = None) -> str:
    """`Apply complete! Resources: 1 added, 0 changed, 0 destroyed.`, or that it is not complete."""
    waiting = len(result.having(Outcome.WAITING))
    parts = [f"{result.added} added", f"{result.changed} changed", f"{result.destroyed} destroyed"]
    parts += [f"{result.forgotten} forgotten"] if result.forgotten else []
    parts += [f"{waiting} in training"] if waiting else []
    left = result.having(Outcome.NOT_STARTED)
    is_right = result.is_complete and (not left or waiting > 0)  # what waits for a training is nothing gone wrong
    said = "Apply incomplete." if not is_right else "Apply complete so far." if left else "Apply complete!"
    return (style or Style()).paint(f"{said} Resources: {', '.join(parts)}.", "bold", "green" if is_right else "red")


def _section(result: Result, outcome: Outcome, title: str, look: str, width: int, style: Style) -> list[str]:
    ended = _worth_saying(result, outcome)
    lines = [line for end in ended for line in _entry(end, width)]
    return [style.paint(title, "bold", look), *lines] if lines else []


def _worth_saying(result: Result, outcome: Outcome) -> Sequence[StepEnded]:
    """All steps with this outcome; of a create and what comes with it, only what says more."""
    trained = {(end.key, end.train) for end in result.having(Outcome.DONE) if end.action == "await"}
    creates = [end for end in result.ended if end.action == "create"]
    unmade = {(end.key, end.train) for end in creates if end.outcome is not Outcome.DONE}
    unsaid = {("create", *address) for address in trained}
    unsaid |= {(action, *address) for action in ("await", "permit") for address in unmade}
    return [end for end in result.having(outcome) if (end.action, end.key, end.train) not in unsaid]


def _entry(end: StepEnded, width: int) -> list[str]:
    is_done = end.outcome is Outcome.DONE
    said = done_words(end) if is_done else to_do_words(end)
    if end.outcome is Outcome.WAITING:
        said = terminal(end.name)
    if end.outcome is Outcome.FAILED:
        said = f"could not {said}"
    because = f": {terminal(end.message)}" if end.message and not is_done else ""
    lines = wrap(f"{said}{because}", width, first=f"  {terminal(end.key)}: ", rest=" " * 4)
    return lines if is_done else [*lines, *hint_lines(end.hint, width, indent=" " * 4)]


def _resume(result: Result, width: int) -> list[str]:
    """What happens to what is not finished, and what to do."""
    why = "Interrupted. " if result.interrupted else "The time to wait has passed. " if result.timed_out else ""
    if result.having(Outcome.WAITING):
        return wrap(f"{why}`gemspec apply` again waits for the training and does what is left.", width)
    if result.having(Outcome.NOT_STARTED) or why:
        return wrap(f"{why}`gemspec apply` again does what is left.", width)
    return []
