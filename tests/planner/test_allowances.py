"""Lines of spec.policy.allow: what they lift, while they are in force, and what they never lift."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from support.planner_dsl import PROJECT, TRAITS, have, want

from gemspec.domain.overrides import Allowance
from gemspec.domain.plan import Action
from gemspec.domain.project import Limit
from gemspec.planner import PlanOptions, plan

TODAY = datetime(2026, 12, 1, 23, 59, tzinfo=UTC).timestamp()
WHY = "reviewed"
SERVED = [have(key, key) for key in "abcd"]
TAKEN = replace(have("z", "z", owner="other"), name=have("a").name)
FEW = replace(PROJECT, max_deletes=Limit(1), max_trainings=1)

# rule, live, desired, the key of a line
CASES = [
    ("maxDeletes", SERVED, [want("a", "a"), want("b", "b")], None),
    ("maxTrainings", [], [want("a"), want("b", "y")], None),
    ("rename", [have("a")], [want("b")], "b"),
    ("id-taken", [TAKEN], [want("a")], "a"),
    ("all-undeclared", SERVED[:1], [want("z", "z")], None),
    ("renamed-project", [have("a", owner="old")], [want("a")], None),
]


def planned(live, desired, *lines, now=TODAY):
    project = replace(FEW, allow=lines, max_deletes=Limit(1 if len(live) > 1 else 9))
    return plan(desired, live, project, TRAITS, PlanOptions(now=now))


@pytest.mark.parametrize(("rule", "live", "desired", "key"), CASES, ids=[case[0] for case in CASES])
def test_a_line_lifts_the_blocks_of_its_rule(rule, live, desired, key):
    """And of no other; the plan shows it, and its verdicts have passed."""
    assert [block.rule for block in planned(live, desired).blocks] == [rule]
    line = Allowance(rule, WHY, key=key or "*")
    allowed = planned(live, desired, line)
    assert (allowed.blocks, allowed.allowances) == ((), (line,))
    assert all(verdict.passed for verdict in allowed.verdicts)
    others = [Allowance(other, WHY) for other, *_ in CASES if other != rule]
    assert [block.rule for block in planned(live, desired, *others).blocks] == [rule]


@pytest.mark.parametrize(("key", "lifts"), [("b", True), ("*", True), ("b*", True), ("a", False), ("B", False)])
def test_a_line_about_keys_lifts_those_that_it_names(key, lifts):
    made = planned([have("a")], [want("b")], Allowance("rename", WHY, key=key))
    assert made.is_applyable is lifts


@pytest.mark.parametrize(
    ("until", "now", "lifts"),
    [
        (date(2026, 12, 1), TODAY, True),  # the last minute of its last day
        (date(2026, 11, 30), TODAY, False),
        (date(2026, 12, 2), TODAY, True),
        (None, TODAY, True),
        (date(2026, 12, 2), None, False),
        (None, None, True),
    ],
)
def test_a_line_holds_up_to_its_last_day(until, now, lifts):
    """In UTC; without a time, a line that ends lifts nothing. What has ended is shown as that."""
    line = Allowance("rename", WHY, until=until)
    made = planned([have("a")], [want("b")], line, now=now)
    assert made.is_applyable is lifts
    assert (made.allowances, made.expired) == (((line,), ()) if lifts else ((), (line,)))


def test_an_id_that_is_taken_is_not_used():
    """The training has the next attempt whose id is free, and is not begun again once it is there."""
    line = Allowance("id-taken", WHY, key="a")
    (create,) = [step for step in planned([TAKEN], [want("a")], line).steps if step.action is Action.CREATE]
    assert (create.marker.attempt, create.name) == (2, have("a", attempt=2).name)
    assert planned([TAKEN, have("a", attempt=2)], [want("a")], line).steps == ()


def test_no_line_lifts_what_no_flag_does():
    """A protected key stays."""
    lines = [Allowance(rule, WHY) for rule, *_ in CASES]
    made = planned([have("a", protect=True), have("b", "y")], [want("b", "y")], *lines)
    assert [block.rule for block in made.blocks] == ["protect"]
