"""The workflows plan and apply of examples/github-actions, run step by step: what is applied, and what waits."""

from __future__ import annotations

import json

import pytest

from .github_team import DATA, MODEL, SOMEBODY, change_by_hand, models, needs_tools

pytestmark = needs_tools


def test_plan_keeps_one_comment(team):
    """A second push rewrites the comment, with the plan and the commit of that push."""
    first = team.propose(7, tickets_yaml=MODEL, tickets_jsonl=DATA).job("plan")
    assert first.ok, first.log
    second = team.propose(7, tickets_yaml=MODEL.replace("0.2", "0.3"), tickets_jsonl=DATA)
    assert second.job("plan").ok
    [comment] = team.comments
    assert comment["body"].startswith("<!-- gemspec:plan support-bots -->\n\n### Plan: 1 to add")
    assert "0.3" in comment["body"]
    assert f"Planned for {second.sha} in [this run](https://github.com/acme/bots/actions/runs/1)" in comment["body"]
    assert "### Plan: 1 to add" in first.summary


def test_plan_says_nothing_where_nothing_changes(team, service):
    """Pull requests that are about something else get no comment."""
    team.propose(7, tickets_yaml=MODEL, tickets_jsonl=DATA).job("plan")
    team.merge(7)
    team.on_main("apply.yml", "reviewed")
    service.now += 10
    team.on_main("finish.yml", "finish")
    assert team.propose(8, README_md="other\n").job("plan").ok
    assert {comment["pull"] for comment in team.comments} == {"7"}


def test_comment_says_why_there_is_no_plan(team, service, monkeypatch):
    """Where the service cannot be asked, the comment says so, and the check fails."""
    monkeypatch.setenv("GEMSPEC_ENDPOINT", "http://127.0.0.1:1")
    job = team.propose(7, tickets_yaml=MODEL, tickets_jsonl=DATA).job("plan")
    assert not job.ok
    [comment] = team.comments
    assert comment["body"].startswith("<!-- gemspec:plan support-bots -->\n\n### No plan: 1 error.")


def test_fork_is_validated_without_credentials(team):
    """A pull request from a fork is checked; no job of it gets a token, or says anything."""
    run = team.propose(7, fork="mallory/bots", tickets_yaml=MODEL.replace("0.2", "2"), tickets_jsonl=DATA)
    assert run.job("plan") is None
    job = run.job("validate")
    assert not job.ok
    assert "::error file=tickets.yaml,line=7" in job.log
    assert "google-github-actions/auth" not in job.ran
    assert not team.comments


def test_merge_applies_what_was_reviewed(merged, service):
    """The digest in the comment is that of the plan on main: the training starts, and nobody is asked."""
    job = merged.on_main("apply.yml", "reviewed")
    assert job.ok, job.log
    assert "(pull request 7)" in job.log
    assert "1 in training" in job.log
    assert job.outputs == {"waits": "false"}
    assert merged.artifacts == ["approved-plan"]
    assert models(service, "state") == ["CREATING"]


def waits(team):
    """Run `reviewed`, which must leave everything to people."""
    job = team.on_main("apply.yml", "reviewed", number=70)
    assert job.ok, job.log
    assert job.outputs == {"waits": "true"}
    assert "Apply" not in job.ran
    assert team.artifacts[-1:] == ["plan"]
    return job


def approval(team):
    return team.on_main("apply.yml", "approval", number=70, needs={"reviewed": {"outputs": {"waits": "true"}}})


def approve(team, environment="gemspec-approval", state="approved"):
    review = {"state": state, "environments": [{"name": environment}], "user": {"login": "ann"}}
    team.github.change(approvals={"70": [review]})


@pytest.mark.parametrize("change", [{"editor": SOMEBODY}, {"author": SOMEBODY}, {"owner": "other"}], ids=str)
def test_only_the_bots_own_comment_counts(merged, service, change):
    """A comment that another client wrote or edited, or that is another project's, approves nothing."""
    [comment] = merged.comments
    body = comment["body"].replace("plan support-bots -->", f"plan {change.pop('owner', 'support-bots')} -->")
    merged.github.change(comments=[comment | {"body": body} | change])
    waits(merged)
    assert models(service) == []


@pytest.mark.parametrize(
    "change",
    [{"merge_commit_sha": "0" * 40}, {"base": {"ref": "release"}}, {"merged_at": None}, {"number": 8}],
    ids=lambda change: next(iter(change)),
)
def test_only_the_pull_request_that_made_the_commit_counts(merged, service, change):
    """The same commit may be in other pull requests, too: into another branch, or not merged."""
    sha = merged.github.state["main"]
    [pull] = merged.github.state["pulls"][sha]
    merged.github.change(pulls={sha: [pull | change]})
    waits(merged)
    assert models(service) == []


def test_a_digest_in_the_text_does_not_count(merged, service):
    """Only the line that the plan itself has at its top is read."""
    body = merged.comments[0]["body"]
    digest = next(line for line in body.splitlines() if line.startswith("Digest: "))
    other = f"Digest: `sha256:{'0' * 64}`"
    merged.github.change(comments=[merged.comments[0] | {"body": body.replace(digest, other) + f"\n{digest}\n"}])
    assert "0000" in waits(merged).log


def test_push_without_a_pull_request_waits(team, service):
    """No person has reviewed a plan: the run asks, with the plan in its summary."""
    team.commit("Straight to main", tickets_yaml=MODEL, tickets_jsonl=DATA)
    team.pushed()
    assert "### Plan: 1 to add" in waits(team).summary


def test_drift_before_the_merge_waits_and_is_applied_once_approved(merged, service):
    """The plan is not the one that was reviewed any more: people decide, then just that plan is applied."""
    merged.on_main("apply.yml", "reviewed")
    service.now += 10
    merged.on_main("finish.yml", "finish")
    merged.propose(8, tickets_yaml=MODEL.replace("0.2", "0.3")).job("plan")
    change_by_hand(service, temperature=0.9)
    merged.merge(8)
    waits(merged)

    approve(merged, state="rejected")
    assert not approval(merged).ok
    approve(merged, environment="other")
    assert not approval(merged).ok
    approve(merged)
    assert "Approved by ann." in approval(merged).log

    applied = merged.on_main("apply.yml", "approved", number=70)
    assert applied.ok, applied.log
    assert models(service, "temperature") == [0.3]
    assert merged.artifacts == ["plan", "approved-plan"]


def test_environment_without_reviewers_is_no_approval(merged):
    """Such an environment lets every job in."""
    merged.github.change(comments=[])
    waits(merged)
    job = approval(merged)
    assert not job.ok
    assert "Nobody approved this plan" in job.log


def test_an_older_commit_is_not_applied_after_a_newer_one(merged, service):
    """An approval that comes late stops where main has moved on."""
    merged.github.change(comments=[])
    old = merged.github.state["main"]
    waits(merged)
    approve(merged)
    merged.commit("Newer", README_md="newer\n")
    merged.pushed()
    job = merged.on_main("apply.yml", "approved", sha=old, number=70)
    assert job.ran == ["Stop if main has moved on"]
    assert not job.ok
    assert models(service) == []


def test_a_repeated_run_brings_no_old_commit_back(merged, service):
    """It would do again what its pull request said, though main is at another commit: only people may do that."""
    old = merged.github.state["main"]
    merged.commit("Newer", README_md="newer\n")
    merged.pushed()
    first = merged.on_main("apply.yml", "reviewed", sha=old, number=70, attempt=2)
    assert first.outputs == {"waits": "true"}
    assert models(service) == []
    queued = merged.on_main("apply.yml", "reviewed", sha=old, number=71)
    assert queued.outputs == {"waits": "false"}
    assert models(service, "state") == ["CREATING"]


def test_accounts_see_the_same_plan(merged, service):
    """The one that plans and the one that applies agree on the digest, also where models exist."""
    merged.on_main("apply.yml", "reviewed")
    service.now += 10
    merged.on_main("finish.yml", "finish")
    changed = DATA.replace("ticket 3", "ticket three")
    merged.propose(8, tickets_yaml=MODEL.replace("0.2", "0.3"), tickets_jsonl=changed).job("plan")
    merged.merge(8)
    job = merged.on_main("apply.yml", "reviewed")
    assert job.ok, job.log
    assert job.outputs == {"waits": "false"}
    assert sorted(models(service, "state")) == ["ACTIVE", "CREATING"]
    assert json.loads(merged.github.file(merged.github.clock).read_text())["applyable"]
