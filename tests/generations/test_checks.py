"""A replacement that fails its checks never serves, takes nothing away, and waits for a person's word."""

from __future__ import annotations

import pytest

from .project_fixture import PROMPT, check, ended

NO_SPAM = [check("matches", "billing|sales"), check("matches", "[a-z]+", prompt="ticket 8")]


@pytest.fixture
def failed(bots, service):
    """Two generations, a candidate that failed a check, and the output of apply: (first, second, candidate, output)."""
    loose = [check("matches", "[a-z]+")]
    first, second = bots.bring("tickets", "billing", "sales", checks=loose)
    bots.declare("tickets", "spam", checks=NO_SPAM)
    said = bots.carried_out()
    [candidate] = set(service.models) - {first, second}
    return first, second, candidate, said


def test_a_failed_check_leaves_everything_as_it_was(bots, service, failed):
    """Only the checks were run: no marker is written, nothing is deleted, `output` is the same."""
    first, second, candidate, said = failed
    assert said.status == 1
    create, *asked = service.noted()
    assert create == "POST tunedModels"
    assert asked == [f"POST {candidate}:generateContent"] * 2
    assert bots.output("tickets") == second
    assert [bots.answer(name) for name in (first, second)] == ["billing", "sales"]


def test_a_failed_check_is_shown_as_a_table(failed):
    """With the prompt, the expectation and the answer, and with both ways to continue."""
    *_, candidate, said = failed
    lines = [line.split() for line in said.out.splitlines()]
    assert ["✗", *PROMPT.split(), "matches", '"billing|sales"', "spam"] in lines
    assert ["✓", "ticket", "8", "matches", '"[a-z]+"', "spam"] in lines
    assert f'{candidate} failed 1 of 2 checks: "ticket 7"' in said.out
    assert "check --accept tickets" in said.out
    assert "apply --replace tickets" in said.out


def test_the_next_plan_says_what_waits(bots, service, failed):
    """From the markers alone, on any machine. Another apply trains nothing and ends the same."""
    _, second, candidate, _ = failed
    plan = bots.plan()
    assert candidate in plan
    assert "2 checks" in plan
    assert "Plan: 0 to add, 1 to change, 1 to destroy." in plan
    assert "gemspec check --accept tickets" in plan
    assert bots.said("plan", "--detailed-exitcode").status == 2
    assert bots.carried_out().status == 1
    assert bots.output("tickets") == second
    assert service.trainings == 3


def test_a_person_may_accept_it(bots, service, failed):
    """A single write, then the deletes that keepPrevious asks for; no check is run."""
    first, second, candidate, _ = failed
    service.noted()
    assert bots.carried_out("check", "--accept", "tickets").status == 0
    assert service.noted() == [f"PATCH {candidate}", *ended(first)]
    assert bots.output("tickets") == candidate
    assert sorted(service.models) == sorted([second, candidate])
    assert bots.is_settled()
    assert service.trainings == 3


def test_it_may_be_trained_again(bots, service, failed):
    """The candidate is deleted once its successor was created. The serving model stays until that has passed."""
    first, second, candidate, _ = failed
    service.noted()
    assert bots.carried_out("apply", "--replace", "tickets").status == 1
    assert service.trainings == 4
    [again] = set(service.models) - {first, second}
    asked = [f"POST {again}:generateContent"] * 2
    done = service.noted()
    assert (done[0], sorted(done[1:])) == ("POST tunedModels", sorted([*asked, *ended(candidate)]))
    assert bots.output("tickets") == second


def test_checks_may_be_corrected(bots, service, failed):
    """Asked again, with the checks that the manifest has now, and promoted without a training."""
    first, _, candidate, _ = failed
    bots.declare("tickets", "spam", checks=[check("equals", "spam")])
    service.noted()
    assert bots.carried_out().status == 0
    assert service.noted() == [f"POST {candidate}:generateContent", f"PATCH {candidate}", *ended(first)]
    assert bots.output("tickets") == candidate
    assert service.trainings == 3


def test_checks_may_be_taken_out(bots, service, failed):
    """Then nothing is in its way any more."""
    first, _, candidate, _ = failed
    bots.declare("tickets", "spam")
    service.noted()
    assert bots.carried_out().status == 0
    assert service.noted() == [f"PATCH {candidate}", *ended(first)]
    assert bots.output("tickets") == candidate


def test_it_may_be_given_up(bots, service, failed):
    """The manifest is reverted to the serving model: only the candidate is deleted."""
    first, second, candidate, _ = failed
    bots.declare("tickets", "sales", checks=NO_SPAM)
    service.noted()
    assert bots.carried_out().status == 0
    assert service.noted() == ended(candidate)
    assert bots.output("tickets") == second
    assert sorted(service.models) == sorted([first, second])


def test_a_training_that_fails_leaves_everything_as_it_was(bots, service):
    """No check is run, nothing is deleted, and nothing is trained again without a flag."""
    first, second = bots.bring("tickets", "billing", "sales", checks=NO_SPAM)
    bots.declare("tickets", "!fail", checks=NO_SPAM)
    assert bots.carried_out().status == 1
    assert service.noted() == ["POST tunedModels"]
    assert bots.carried_out().status == 1
    assert service.noted() == []
    assert bots.output("tickets") == second
    assert [bots.answer(name) for name in (first, second)] == ["billing", "sales"]
    assert f"{second} goes on serving" in bots.plan()
    assert bots.carried_out("apply", "--retry-failed").status == 1
    assert service.trainings == 4
