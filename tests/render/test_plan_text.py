from __future__ import annotations

from dataclasses import replace

import pytest

from gemspec.domain.model import Progress, State
from gemspec.domain.plan import Action, KeyPlan, Kind, Plan, Step
from gemspec.render.layout import Style
from gemspec.render.terminal.key import progress_text
from gemspec.render.terminal.plan import plan_text

NEW = "1" * 12


def test_text_is_what_people_have_agreed_on(case, plan, document, golden):
    """The text of every kind of plan at 80 columns is in a golden file."""
    golden(f"plan-{case}", plan_text(document(plan)))


def test_text_fits_80_columns(case, plan, document):
    """No line is wider than the terminal."""
    assert [line for line in plan_text(document(plan)).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("width", [20, 40, 79, 140, 500])
def test_any_width_can_be_drawn(width, cases, document):
    """Narrow and wide terminals show the whole plan, and there is never an error."""
    text = plan_text(document(cases["everything"]), width=width)
    assert all(key.key in text for key in cases["everything"].keys if key.steps)


def test_colour_changes_only_colour(case, plan, document):
    """Without colour the text has no escape sequences; without them, the coloured text is the same."""
    plain = plan_text(document(plan))
    coloured = plan_text(document(plan), style=Style(colour=True))
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    for code in range(1, 37):
        coloured = coloured.replace(f"\x1b[{code}m", "").replace(f"\x1b[1;{code}m", "")
    assert coloured.replace("\x1b[0m", "") == plain


def test_a_training_that_waits_at_the_service(make_live, document):
    """The reason says so or, where the key also changes, a line below it."""
    queued = make_live("a", NEW, State.CREATING, serving=1, progress=Progress(waiting="queued"))
    waiting = Step(Action.AWAIT, "a", NEW, queued.name, "its training is queued at the service", live=queued)
    update = replace(waiting, action=Action.UPDATE, reason="settings differ from the manifest", waits=(waiting.ref,))
    lone = KeyPlan("a", Kind.AWAIT, waiting.reason, (waiting,), target=NEW, target_name=queued.name)
    both = replace(lone, kind=Kind.UPDATE, reason=update.reason, steps=(waiting, update))
    for key in (lone, both):
        text = plan_text(document(Plan("support-bots", (key,), key.steps)))
        assert text.count("      its training is queued at the service\n") == 1
        assert "in training:" not in text


def test_last_line_is_the_summary(case, plan, document):
    """The last line says how much would be done, as in Terraform, or that there is nothing to do."""
    last = plan_text(document(plan)).splitlines()[-1]
    text = plan_text(document(plan))
    assert last.startswith("Plan: ") if plan.has_changes or plan.blocks else "\nNo changes. " in f"\n{text}"


def test_unchanged_keys_are_only_counted(cases, document):
    """A key with nothing to do takes no lines."""
    text = plan_text(document(cases["everything"]))
    assert "steady" not in text
    assert "1 other key is unchanged." in text


@pytest.mark.parametrize(
    ("total", "percent", "expected"),
    [(38, 42.1, "16 of 38 steps, 42%"), (38, None, "16 of 38 steps"), (None, None, "16 steps done")],
)
def test_progress_is_shown_as_far_as_it_is_known(total, percent, expected):
    """A saved plan may know the steps of a training and no percentage: its schema allows that."""
    assert progress_text({"completed_steps": 16, "total_steps": total, "percent": percent}) == expected
