"""The workflows finish and drift of examples/github-actions, run step by step: what they do, and what they leave."""

from __future__ import annotations

from .github_team import MODEL, change_by_hand, models, needs_tools

pytestmark = needs_tools


def test_finish_does_the_rest_and_no_more(merged, service):
    """While it trains nothing happens; then the model is checked and serves, and the approval is thrown away."""
    merged.on_main("apply.yml", "reviewed")
    training = merged.on_main("finish.yml", "finish")
    assert training.ok, training.log
    assert merged.artifacts == ["approved-plan"]
    assert "no drift" not in training.log
    quiet = merged.on_main("drift.yml", "drift")
    assert quiet.ok, quiet.log
    assert not merged.github.state["issues"]

    service.now += 10
    done = merged.on_main("finish.yml", "finish")
    assert done.ok, done.log
    assert "serving=1" in models(service, "description")[0]
    assert merged.artifacts == []

    idle = merged.on_main("finish.yml", "finish")
    assert idle.ran == ["Find the last approved plan"]


def test_finish_takes_no_step_that_was_not_approved(merged, service):
    """Somebody changed the model while it trained: to correct that was in no plan, so it stops as stale."""
    merged.on_main("apply.yml", "reviewed")
    service.now += 10
    change_by_hand(service, temperature=0.9)
    job = merged.on_main("finish.yml", "finish")
    assert not job.ok
    assert "this plan is stale" in job.log
    assert models(service, "temperature") == [0.9]
    assert merged.artifacts == ["approved-plan"]


def test_finish_goes_on_at_the_commit_that_was_approved(merged, service):
    """Main has gone on, and nobody has approved that yet."""
    approved = merged.github.state["main"]
    merged.on_main("apply.yml", "reviewed")
    merged.commit("Straight to main", tickets_yaml=MODEL.replace("0.2", "0.3"))
    merged.pushed()
    service.now += 10
    job = merged.on_main("finish.yml", "finish")
    assert job.ok, job.log
    assert f"commit={approved}" in job.log
    assert models(service, "temperature") == [0.2]


def test_finish_believes_apply_alone(merged, service):
    """An artifact of the same name that another workflow has uploaded is no approval; nor is a tag named main."""
    plan = merged.github.folder / "forged.json"
    plan.write_text("{}")
    forged = {"id": 50, "name": "approved-plan", "expired": False, "created_at": "9999"}
    forged["workflow_run"] = {"id": 666, "head_sha": merged.github.state["main"]}
    merged.github.change(artifacts=[forged])
    assert merged.on_main("finish.yml", "finish").ran == ["Find the last approved plan"]

    forged["workflow_run"] = {"id": 667, "head_sha": "f" * 40}
    merged.github.change(artifacts=[forged], runs=[{"id": 667, "event": "push"}])
    tagged = merged.on_main("finish.yml", "finish")
    assert not tagged.ok
    assert "is not in main's history" in tagged.log


def test_drift_is_one_issue_that_closes_itself(merged, service):
    """It opens an issue, rewrites it, and closes it when the service is as main says."""
    merged.on_main("apply.yml", "reviewed")
    service.now += 10
    merged.on_main("finish.yml", "finish")
    assert merged.on_main("drift.yml", "drift").ok
    assert merged.github.state["issues"] == []

    for temperature in (0.9, 0.8):
        change_by_hand(service, temperature=temperature)
        job = merged.on_main("drift.yml", "drift")
        assert job.ok, job.log
        [issue] = merged.github.state["issues"]
        assert issue["title"] == "gemspec: the service differs from main"
        assert str(temperature) in issue["body"]

    change_by_hand(service, temperature=0.2)
    assert merged.on_main("drift.yml", "drift").ok
    [issue] = merged.github.state["issues"]
    assert issue["state"] == "closed"


def test_drift_that_cannot_be_planned_is_no_drift(merged, monkeypatch):
    """An error fails the run, and opens no issue."""
    monkeypatch.setenv("GEMSPEC_ENDPOINT", "http://127.0.0.1:1")
    assert not merged.on_main("drift.yml", "drift").ok
    assert merged.github.state["issues"] == []
