"""Callers get answers at every moment of a replacement or a rollback, whether they read the name once or each time."""

from __future__ import annotations

import time

import pytest
from support.served import PATIENCE, TRAINING_SECONDS

from .project_fixture import check

ANY_WORD = [check("matches", "billing|sales|support")]
WITHIN = 12  # samples that a training takes


@pytest.fixture
def ask(bots):
    """Both callers, once: the answer of a name that was read earlier, then the current name and its answer."""

    def ask(old):
        now = bots.output("tickets")
        return bots.answer(old), now, bots.answer(now)

    return ask


@pytest.mark.parametrize("checks", [[], ANY_WORD], ids=["without checks", "with checks"])
def test_callers_are_answered_all_through_a_replacement(bots, service, ask, checks):
    """A process replaces the model while both callers ask without a pause: one switch, no gap, no error."""
    [old] = bots.bring("tickets", "billing", checks=checks)
    bots.declare("tickets", "sales", checks=checks)
    apply = bots.apply()
    answers, deadline = [], time.monotonic() + PATIENCE
    while apply.status is None:
        assert time.monotonic() < deadline, apply.text
        answers.append(ask(old))
        service.now += TRAINING_SECONDS / WITHIN
        time.sleep(0.05)  # what is watched needs the processor, too
    assert apply.status == 0, apply.text
    answers += [ask(old) for _ in range(WITHIN)]
    new = bots.output("tickets")
    before, after = (old, "billing"), (new, "sales")
    switch = [serving for _, *serving in answers].index([*after])
    assert new != old
    assert {said for said, *_ in answers} == {"billing"}
    assert [(name, said) for _, name, said in answers] == [before] * switch + [after] * (len(answers) - switch)
    assert min(switch, len(answers) - switch) >= WITHIN
    assert service.trainings == 2


def new_name(bots):
    """The name that will serve, by the plan."""
    return bots.plan().partition(" -> ")[2].partition(")")[0]


@pytest.mark.parametrize("when", ["before", "applied"])
def test_callers_are_answered_while_each_request_of_a_replacement_is_under_way(bots, service, ask, when):
    """Whether the service has carried it out yet or not: and nothing goes before the new one serves."""
    first, old = bots.bring("tickets", "billing", "sales", checks=ANY_WORD)
    bots.declare("tickets", "support", checks=ANY_WORD)
    new = new_name(bots)
    create, checking, promote, delete = (
        service.hold("POST", "/tunedModels$", when),
        service.hold("POST", f"{new}:generateContent$", when),
        service.hold("PATCH", f"{new}$", when),
        service.hold("DELETE", f"{first}$", when),
    )
    apply = bots.apply()
    for hold in (create, checking):
        hold.wait()
        assert ask(old) == ("sales", old, "sales")
        assert bots.answer(first) == "billing"
        hold.go_on()
        if hold is create:
            apply.says("training tunedModels/")
            service.now += TRAINING_SECONDS
    promote.wait()
    switched = ("sales", old, "sales") if when == "before" else ("sales", new, "support")
    assert ask(old) == switched
    assert bots.answer(first) == "billing"
    promote.go_on()
    delete.wait()
    assert ask(old) == ("sales", new, "support")
    assert (first in service.models) == (when == "before")
    delete.go_on()
    assert apply.wait() == 0, apply.text
    assert ask(old) == ("sales", new, "support")
    assert sorted(service.models) == sorted([old, new])


@pytest.mark.parametrize("when", ["before", "applied"])
def test_callers_are_answered_while_each_request_of_a_rollback_is_under_way(bots, service, ask, when):
    """The model that served last and the model that serves again both answer throughout."""
    first, old = bots.bring("tickets", "billing", "sales", checks=ANY_WORD)
    bots.declare("tickets", "billing", checks=ANY_WORD)
    checking = service.hold("POST", f"{first}:generateContent$", when)
    promote = service.hold("PATCH", f"{first}$", when)
    apply = bots.apply()
    checking.wait()
    assert ask(old) == ("sales", old, "sales")
    checking.go_on()
    promote.wait()
    assert ask(old) == ("sales", old, "sales") if when == "before" else ("sales", first, "billing")
    promote.go_on()
    assert apply.wait() == 0, apply.text
    assert ask(old) == ("sales", first, "billing")
    assert service.trainings == 2
