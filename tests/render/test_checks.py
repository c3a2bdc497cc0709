"""What models answered to their checks, as a table and as JSON."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings, strategies as st

from gemspec.domain.events import Checked, Outcome, StepEnded, StepStarted
from gemspec.domain.model import Check, Expectation
from gemspec.domain.result import Result
from gemspec.render.layout import Look, Style, columns
from gemspec.render.terminal.checks import check_lines, checks_summary, model_lines
from gemspec.render.terminal.progress import end_line
from gemspec.render.terminal.progress_table import ProgressTable
from gemspec.render.terminal.result import result_text
from gemspec.reports.checks import ModelChecks, checks_document

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "checks.v1.schema.json").read_text(encoding="utf-8"))
NAME = "tunedModels/greeter-1111111111"
TICKET = (
    "Summarise: My printer does not print any more since I installed the update that you sent me on Monday, and I have "
    "a deadline."
)
SUMMARY = "The customer reports that after the update of Monday their device stopped working.\n\nUrgency: high\n- today"


def checked(prompt: str, how: str, text: str, answer: str = "", *, passed: bool = False, error: str = "") -> Checked:
    return Checked(Check(prompt, Expectation(how), text), passed, answer, error)


ROMAN = checked("LXIII", "equals", "LXIV", " LXIV\n", passed=True)
SEVEN = checked("seven", "matches", r"^e.*t$", "Eight")
BLOCKED = checked("how to hurt people", "contains", "sorry", error="did not answer: the service blocked it (SAFETY)")
LONG = checked(TICKET, "contains", "printer", SUMMARY)
PASSED_LONG = checked(TICKET, "contains", "device", SUMMARY, passed=True)
WIDE = checked("数字の次は何ですか" * 6, "equals", "八" * 30, "七" * 300)
ENDLESS = checked("count", "contains", "done", "\n".join(str(number) for number in range(1000)))


def document() -> dict:
    serving = ModelChecks("greeter", "tunedModels/greeter-0000000000", "serving", [ROMAN, PASSED_LONG])
    return checks_document(
        "team", [serving, ModelChecks("greeter", NAME, "candidate", [ROMAN, SEVEN, BLOCKED, LONG])], unasked=["b", "a"]
    )


def drawn(entries: dict, look: Look) -> str:
    parts = ["\n".join(model_lines(entry, look)) for entry in entries["models"]]
    return "\n\n".join([*parts, checks_summary(entries, look)]) + "\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_table(width, golden):
    """A row for each check; the texts that the row of a failed check cuts are below it."""
    golden(f"checks-{width}", drawn(document(), Look(width)))


def test_plain(golden):
    """Terminals that show no ticks get words."""
    text = drawn(document(), Look(80, unicode=False))
    assert text.isascii()
    golden("checks-plain", text)


def test_colour():
    """Only ticks and the last line are coloured, and words say the same."""
    look = Look(80, Style(colour=True))
    lines = check_lines(document()["models"][1]["checks"], look)
    assert [line for line in lines if "\x1b[32m✓\x1b[0m" in line] == [lines[1]]
    assert sum("\x1b[31m✗\x1b[0m" in line for line in lines) == 3
    assert checks_summary(document(), look) == "\x1b[1;31m3 of 6 checks passed.\x1b[0m"


def test_short_answers_are_drawn_once():
    """A short answer is not repeated below its row."""
    entry = checks_document("team", [ModelChecks("a", NAME, "serving", [SEVEN])])["models"][0]
    assert model_lines(entry, Look(80))[1:] == [
        "     PROMPT  EXPECTED          ANSWER",
        '  ✗  seven   matches "^e.*t$"  Eight',
    ]


def test_an_endless_answer_is_cut():
    """A model that cannot stop does not fill the screen; the length is there."""
    entry = checks_document("team", [ModelChecks("a", NAME, "serving", [ENDLESS])])["models"][0]
    lines = model_lines(entry, Look(80))
    assert len(lines) < 30
    assert lines[-1].strip() == "... (3,889 characters in all)"


def test_wide_characters_keep_their_columns():
    """CJK takes two columns; no line is wider than the terminal."""
    entry = checks_document("team", [ModelChecks("a", NAME, "serving", [WIDE, ROMAN])])["models"][0]
    lines = check_lines(entry["checks"], Look(60))
    assert max(map(columns, lines)) <= 60
    assert "".join(line.strip() for line in lines).count("七") >= 300


def test_document():
    """Valid by the schema, with both models in the order given; passed only where every check passed."""
    made = document()
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert [(model["role"], model["passed"]) for model in made["models"]] == [("serving", True), ("candidate", False)]
    assert (made["passed"], made["unasked"]) == (False, ["a", "b"])
    assert made["models"][1]["checks"][1] == {
        "prompt": "seven",
        "expectation": "matches",
        "expected": "^e.*t$",
        "passed": False,
        "answer": "Eight",
        "error": None,
    }
    blocked = made["models"][1]["checks"][2]
    assert (blocked["answer"], blocked["error"]) == (None, "did not answer: the service blocked it (SAFETY)")


def test_no_checks_are_no_failure():
    made = checks_document("team", [], unasked=["a"])
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert made["passed"] is True


hostile = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x9b\u202e\u200b\n\r\t\x00\ud800七 ")), max_size=300)


@settings(deadline=None, max_examples=150)
@given(text=hostile, width=st.integers(40, 130), passed=st.booleans(), unicode=st.booleans())
@example(text="\n3 of 3 checks passed.", width=80, passed=False, unicode=True)
def test_no_answer_controls_the_terminal(text, width, passed, unicode):
    """Any text of a manifest or a model is drawn as visible characters, within the width, and indented."""
    answered = Checked(Check("p" + text, Expectation.EQUALS, "e" + text), passed, "a" + text)
    error = Checked(answered.check, False, error="x" + text)
    checks = checks_document("team", [ModelChecks("a", NAME, "serving", [answered, error])])["models"][0]["checks"]
    lines = check_lines(checks, Look(width, unicode=unicode))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") for char in "".join(lines))
    assert all(columns(line) <= width and (line.startswith("  ") or not line) for line in lines)


def ended(action: str, outcome: Outcome = Outcome.DONE, *, train: str = "1" * 12, **more) -> StepEnded:
    return StepEnded(action, "greeter", train, f"tunedModels/greeter-{train[:10]}", outcome, 2.0, **more)


LEFT = ended("delete", Outcome.NOT_STARTED, train="0" * 12, message="the check of greeter failed")
UNPROMOTED = ended("promote", Outcome.NOT_STARTED, message="the check of greeter failed")
REFUSED = ended(
    "check", Outcome.FAILED, checked=(ROMAN, SEVEN), message=f'{NAME} failed 1 of 2 checks: "seven"', hint="do `this`"
)


def test_outcome_of_a_failed_check(golden):
    """The table is below the step that failed; the promotion that it prevents has no line, nor has the advice to apply
    again, which would run the same checks.
    """
    golden("outcome-check-failed", result_text(Result((ended("create"), ended("await"), REFUSED, UNPROMOTED, LEFT))))


def test_outcome_of_checks_that_could_not_be_asked():
    """The reason without a table, and that the next apply goes on from there."""
    away = ended("check", Outcome.FAILED, message="the quota is used up", hint="try later")
    text = result_text(Result((ended("await"), away, UNPROMOTED)))
    assert f"  greeter: could not check {NAME}: the quota is used up\n    try later\n" in text
    assert "`gemspec apply` again does what is left." in text
    assert "PROMPT" not in text


@pytest.mark.parametrize(("checks", "words"), [((ROMAN,), "its check"), ((ROMAN, PASSED_LONG), "its 2 checks")])
def test_outcome_of_passed_checks(checks, words):
    """Checks and promotion are one line."""
    text = result_text(Result((ended("create"), ended("await"), ended("check", checked=checks), ended("promote"))))
    assert text.splitlines()[1:3] == [
        f"  greeter: trained {NAME}",
        f"  greeter: {NAME} passed {words}, and serves",
    ]


def test_outcome_of_passed_checks_before_a_promotion_that_fails():
    """Then both have a line."""
    failed = ended("promote", Outcome.FAILED, message="no", hint="")
    text = result_text(Result((ended("check", checked=(ROMAN,)), failed)))
    assert f"  greeter: {NAME} passed its check\n" in text
    assert f"  greeter: could not let {NAME} serve: no\n" in text


def test_outcome_of_a_training_that_goes_on():
    """The steps that wait for it have no line."""
    waiting = ended("await", Outcome.WAITING)
    steps = [ended(action, Outcome.NOT_STARTED, message="it waits") for action in ("check", "promote")]
    text = result_text(Result((ended("create"), waiting, *steps)))
    assert "Not started" not in text
    assert "`gemspec apply` again waits for the training and does what is left." in text
    assert "Apply complete so far." in text


def test_lines():
    """A log has a line for the begin of the checks, and a line for their end."""
    assert end_line(ended("check", checked=(ROMAN, ROMAN)), Style()) == f"greeter: {NAME} passed its 2 checks after 2s"
    assert end_line(REFUSED, Style()) == f'greeter: {NAME} failed 1 of 2 checks: "seven"'
    assert end_line(ended("import"), Style()) == f"greeter: imported {NAME} after 2s"


def test_rows():
    """A terminal has a row for the model that is being checked."""
    rows = ProgressTable(lambda: 0.0)
    rows.take(StepStarted("check", "greeter", "1" * 12, NAME))
    assert rows.lines(80, 5) == ["greeter  checking"]
