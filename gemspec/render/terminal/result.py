"""Draws the result of an apply: what was done, what failed, what did not start, what goes on, and how to resume.

For people, below the lines of `progress` or `screen`. Programs read the document of `reports.result`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from gemspec.domain.actions import ACTIONS, Action
from gemspec.domain.events import Outcome
from gemspec.render.layout import PLAIN, Look, Style, count, hint_lines, wrap
from gemspec.render.terminal.checks import check_lines
from gemspec.render.terminal.progress import done_words, to_do_words
from gemspec.reports.checks import check_entry
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.events import StepEnded
    from gemspec.domain.result import Result

    _Ended = Mapping[tuple[str, str, str], StepEnded]  # by action, key and train hash

_TITLES = {"destroy": "Destroy", "import": "Import"}
_SECTIONS = (
    (Outcome.DONE, "Applied:", "green"),
    (Outcome.FAILED, "Failed:", "red"),
    (Outcome.SUPERSEDED, "Stopped, since the service has changed after the plan:", "red"),
    (Outcome.UNANSWERED, "Asked for, but not answered in time; the next plan shows what became of it:", "red"),
    (Outcome.NOT_STARTED, "Not started:", "yellow"),
    (Outcome.WAITING, "Training goes on at the service:", "cyan"),
)


def result_text(
    result: Result,
    *,
    command: str = "apply",
    behind: int = 0,
    width: int = 80,
    style: Style = PLAIN,
    unicode: bool = True,
) -> str:
    """Draw a result of `gemspec COMMAND`; the last line says whether it is complete. `behind`: the number of keys for
    which the plan could do nothing. `unicode`: the terminal shows ticks.
    """
    look = Look(width, style, unicode)
    sections = [_section(result, *section, look) for section in _SECTIONS]
    sections += [_resume(result, command, width)]
    sections += [[last_line(result, _TITLES.get(command.split()[0], "Apply"), style, behind=behind)]]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def last_line(result: Result, what: str = "Apply", style: Style = PLAIN, *, behind: int = 0) -> str:
    """`Apply complete! Resources: 1 added, 0 changed, 0 destroyed.`, or `Apply incomplete. ...`."""
    waiting, done = len(result.having(Outcome.WAITING)), result.counts
    parts = [f"{done.imports} imported"] if done.imports else []
    parts += [f"{done.add} added", f"{done.change} changed", f"{done.destroy} destroyed"]
    parts += [f"{done.forget} forgotten"] if done.forget else []
    parts += [f"{waiting} in training"] if waiting else []
    parts += [f"{count(behind, 'key')} left behind, see above"] if behind else []
    left = result.having(Outcome.NOT_STARTED)
    # Steps that wait for a training are no failure.
    is_right = result.is_complete and not behind and (not left or waiting > 0)
    how = "incomplete." if not is_right else "complete so far." if left else "complete!"
    text = f"{what} {how} Resources: {', '.join(parts)}."
    return style.paint(text, "bold", "green" if is_right else "red")


def _section(result: Result, outcome: Outcome, title: str, colour: str, look: Look) -> list[str]:
    ended = {(str(end.action), end.key, end.train): end for end in result.ended}
    ends = [end for end in result.having(outcome) if not _is_implied(end, ended)]
    lines = [line for end in ends for line in _entry(end, ended, look)]
    return [look.style.paint(title, "bold", colour), *lines] if lines else []


def _is_implied(end: StepEnded, ended: _Ended) -> bool:
    """Whether another step of the generation says more: a later step that was done, or an earlier step that was not."""

    def is_done(action: str) -> bool | None:
        other = ended.get((action, end.key, end.train))
        return other.outcome is Outcome.DONE if other else None

    row = ACTIONS[Action(end.action)]
    if end.outcome is Outcome.DONE:
        return bool(is_done(row.implied_by or ""))
    return any(is_done(action) is False for action in row.follows)


def _entry(end: StepEnded, ended: _Ended, look: Look) -> list[str]:
    is_short = end.outcome in (Outcome.DONE, Outcome.UNANSWERED)
    checks = check_lines([check_entry(checked) for checked in end.checked], look, indent=4) if end.checked else []
    lines = wrap(_words(end, ended), look.width, first=f"  {terminal(end.key)}: ", rest=" " * 4)
    return lines if is_short else [*lines, *checks, *hint_lines(end.hint, look.width, indent=" " * 4)]


def _words(end: StepEnded, ended: _Ended) -> str:
    because = f": {terminal(end.message)}" if end.message else ""
    match end.outcome:
        case Outcome.DONE:
            check = ended.get(("check", end.key, end.train)) if end.action == "promote" else None
            return f"{done_words(check)}, and serves" if check else done_words(end)
        case Outcome.WAITING:
            return f"{terminal(end.name)}{because}"
        case Outcome.FAILED if end.checked:
            return terminal(end.message)
        case Outcome.FAILED:
            return f"could not {to_do_words(end)}{because}"
        case Outcome.UNANSWERED:
            return to_do_words(end)
        case Outcome.SUPERSEDED | Outcome.NOT_STARTED:
            return f"{to_do_words(end)}{because}"
        case never:
            assert_never(never)


def _resume(result: Result, command: str, width: int) -> list[str]:
    """How to go on with what is not finished."""
    why = "Interrupted. " if result.interrupted else "The time to wait has passed. " if result.timed_out else ""
    if any(end.action == "await" for end in result.having(Outcome.FAILED)) and not why:
        again = "`gemspec apply --retry-failed` trains what failed again; without that it is not tried again."
        return wrap(again, width)
    if result.having(Outcome.WAITING):
        return wrap(f"{why}`gemspec {command}` again waits for the training and does what is left.", width)
    refused = {end.key for end in result.having(Outcome.FAILED) if end.checked}  # their hints say what to do
    if why or any(end.key not in refused for end in result.having(Outcome.NOT_STARTED)):
        return wrap(f"{why}`gemspec {command}` again does what is left.", width)
    return []
