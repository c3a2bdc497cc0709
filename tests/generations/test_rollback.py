"""A manifest that is reverted to what was trained before: a single write, no training."""

from __future__ import annotations

from .project_fixture import PROMPT, check, ended

BILLING_OR_SALES = [check("matches", "billing|sales")]


def test_a_rollback_is_one_write(bots, service):
    """Back, and forth again: each time the old name serves again, and a plan is then empty."""
    first, second = bots.bring("tickets", "billing", "sales")
    for word, name in [("billing", first), ("sales", second), ("billing", first)]:
        bots.declare("tickets", word)
        assert "Plan: 0 to add, 1 to change, 0 to destroy." in bots.plan()
        service.noted()
        assert bots.carried_out().status == 0
        assert service.noted() == [f"PATCH {name}"]
        assert bots.output("tickets") == name
        assert bots.answer(name) == word
        assert bots.is_settled()
    assert service.trainings == 2
    assert sorted(service.models) == sorted([first, second])


def test_a_rollback_is_checked_first(bots, service):
    """The checks run before the write that promotes it."""
    first, _ = bots.bring("tickets", "billing", "sales", checks=BILLING_OR_SALES)
    bots.declare("tickets", "billing", checks=BILLING_OR_SALES)
    said = bots.carried_out()
    assert said.status == 0
    assert f"{first} passed its check, and serves" in " ".join(said.out.split())
    assert service.noted() == [f"POST {first}:generateContent", f"PATCH {first}"]
    assert bots.output("tickets") == first
    assert service.trainings == 2


def test_a_rollback_whose_check_fails_changes_nothing(bots, service):
    """The manifest has other checks by now; accepting it anyway is one write as well."""
    first, second = bots.bring("tickets", "billing", "sales", checks=BILLING_OR_SALES)
    bots.declare("tickets", "billing", checks=[check("equals", "sales")])
    said = bots.carried_out()
    assert said.status == 1
    assert PROMPT in said.out
    assert service.noted() == [f"POST {first}:generateContent"]
    assert bots.output("tickets") == second
    assert bots.carried_out("check", "--accept", "tickets").status == 0
    assert service.noted() == [f"PATCH {first}"]
    assert bots.output("tickets") == first
    assert service.trainings == 2


def test_a_rollback_to_settings_of_then_writes_them_before_it_serves(bots, service):
    """The manifest's other settings are restored with it."""
    first, _ = bots.bring("tickets", "billing", more="temperature: 0.2") + bots.bring(
        "tickets", "sales", more="temperature: 0.7"
    )
    bots.declare("tickets", "billing", more="temperature: 0.1", checks=[check("equals", "billing")])
    assert bots.carried_out().status == 0
    assert service.noted() == [f"PATCH {first}", f"POST {first}:generateContent", f"PATCH {first}"]
    assert service.raw(first)["temperature"] == 0.1
    assert bots.is_settled()


def test_a_rollback_keeps_what_it_takes_over_from(bots, service):
    """With three generations, the last serving model is kept, and the other is deleted once the old model serves."""
    first, second, third = bots.bring("tickets", "billing", "sales", "support", keep=2)
    bots.declare("tickets", "sales", keep=1)
    assert f"- {first} stops working when the new one serves" in bots.plan()
    service.noted()
    assert bots.carried_out().status == 0
    assert service.noted() == [f"PATCH {second}", *ended(first)]
    assert bots.output("tickets") == second
    assert sorted(service.models) == sorted([second, third])


def test_a_deleted_generation_is_trained_again(bots, service):
    """There is no rollback to a generation that keepPrevious has deleted: the plan says that it trains."""
    first, second = bots.bring("tickets", "billing", "sales", keep=0)
    assert service.models == [second]
    bots.declare("tickets", "billing", keep=0)
    assert "1 to add" in bots.plan()
    assert bots.carried_out().status == 0
    assert bots.output("tickets") == first
    assert service.trainings == 3
