"""Text from manifests and services reaches a terminal only as visible characters."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from datetime import date

from hypothesis import given, settings, strategies as st

from gemspec.domain.errors import GemspecError, Origin, Problem
from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted
from gemspec.domain.model import FieldChange, Progress
from gemspec.domain.overrides import Allowance
from gemspec.domain.plan import Block
from gemspec.domain.project import Identity
from gemspec.domain.result import Result
from gemspec.render.terminal.plan import plan_text
from gemspec.render.terminal.problems import error_lines, problem_lines
from gemspec.render.terminal.progress import Lines
from gemspec.render.terminal.result import result_text
from gemspec.render.terminal.status import status_lines
from gemspec.reports.status import status_document
from gemspec.util.escape import terminal

BAD = ["\n", "\r", "\t", "\x1b[2J", "\x9b31m", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800", "\x00", "\x7f", '"']
hostile = st.text(st.one_of(st.characters(), st.sampled_from("".join(BAD)))).map("x".__add__)
FORGED = "\nPlan: 0 to add, 0 to change, 0 to destroy."


def assert_harmless(text: str) -> None:
    bad = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")} - {"\n"}
    assert bad == set()
    assert not any(line.startswith("Plan: 0 to add") for line in text.splitlines()[:-1])


def spoil(plan, text):
    """A plan with `text` in every place for text of a manifest or a service."""
    live = lambda model: model and replace(model, name=text, settings={"description": text}, failure=text)  # noqa: E731
    change = (FieldChange(("description",), text, text + "a"), FieldChange(("labels",), None, (text,)))
    spoiled = lambda step: replace(step, name=text, reason=text, live=live(step.live), changes=change)  # noqa: E731
    keys = tuple(
        replace(
            key,
            reason=text,
            notes=(text,),
            current=live(key.current),
            changes=change if key.changes else (),
            steps=tuple(map(spoiled, key.steps)),
            after={"description": text, "tuningTask": {"trainingData": text}} if key.after else None,
        )
        for key in plan.keys
    )
    return replace(
        plan,
        keys=keys,
        steps=tuple(map(spoiled, plan.steps)),
        blocks=(Block("rule", text, "hint", text), Block("rename", text, "hint", text)),
        allowances=(Allowance("rename", text, key=text),),
        expired=(Allowance("rename", text, key=text, until=date(2001, 1, 1)),),
    )


@given(text=hostile)
def test_escaped_text_is_visible_and_on_one_line(text):
    """Of any text, a terminal gets only characters that it prints."""
    assert_harmless(terminal(text))
    assert "\n" not in terminal(text)


def test_ordinary_text_stays_as_it_is():
    """Letters of every script, symbols and emoji are harmless."""
    for text in ["plain", "Größe", "数字", "שלום", "→ 🙂"]:
        assert terminal(text) == text


@settings(deadline=None, max_examples=60)
@given(text=st.one_of(hostile, st.just(FORGED)))
def test_no_plan_obeys_hostile_text(cases, document, text):
    """Names, descriptions, reasons and notes neither move the cursor nor add a line that looks like gemspec's."""
    for case in ("everything", "failed", "no-changes", "blocked"):
        made = document(spoil(cases[case], text), Identity(text, text, text, {text: text}))
        assert_harmless(plan_text(made))


@settings(deadline=None, max_examples=60)
@given(text=st.one_of(hostile, st.just(FORGED)))
def test_no_report_obeys_hostile_text(make_live, text):
    """The same for progress, results, problems, errors and status."""
    stream = io.StringIO()
    end = StepEnded("create", text, "0" * 12, text, Outcome.FAILED, 2.0, text, "do this")
    with Lines(stream) as emit:
        emit(StepStarted("create", text, "0" * 12, text))
        emit(StepProgress("await", text, "0" * 12, text, Progress(2, 4), 1.0))
        emit(end)
    assert stream.getvalue().count("\n") == 3
    assert_harmless(stream.getvalue())
    assert_harmless(
        result_text(Result((end, replace(end, outcome=Outcome.WAITING), replace(end, outcome=Outcome.DONE))))
    )
    lines = problem_lines([Problem(text, text, Origin(text, 1, 2))])
    assert len(lines) == 1
    assert_harmless("\n".join(lines))
    assert_harmless("\n".join(error_lines(GemspecError(text, f"  {text}"))))
    status = status_document([replace(make_live("a", "0" * 12), name=text, failure=text)], "support-bots")
    assert len(status_lines(status)) == 2
    assert_harmless("\n".join(status_lines(status)))
