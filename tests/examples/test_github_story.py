"""The workflows of examples/github-actions, run step by step: from a pull request to a model that serves."""

from __future__ import annotations

import json
import shutil
import subprocess

import httpx
import pytest
from actions_runner import APPLY_ACCOUNT, PLAN_ACCOUNT, GitHub, Run

pytestmark = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("git") and shutil.which("bash")), reason="needs bash, git and jq"
)

PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: support-bots}
spec: {provider: emulator}
"""
MODEL = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: tickets}
spec:
  displayName: tickets
  baseModel: models/gemini-1.0-pro-001
  temperature: 0.2
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 4}
    trainingData: {files: [tickets.jsonl]}
  checks: [{prompt: ticket 7, expect: {equals: billing}}]
  permissions: [{granteeType: USER, emailAddress: gemspec-plan@example.com, role: WRITER}]
"""
DATA = "".join(f'{{"text_input": "ticket {number}", "output": "billing"}}\n' for number in range(20))
SOMEBODY = {"__typename": "User", "login": "mallory"}


class Team:
    """What people do: push to a pull request, merge it; and the runs that follow."""

    def __init__(self, folder, commands):
        repository = folder / "repository"
        self.github = GitHub(folder, repository, commands)
        repository.mkdir()
        self.git("init", "-q", "-b", "main")
        for file, text in {"gemspec.yaml": PROJECT, "README.md": "bots\n"}.items():
            (repository / file).write_text(text)
        self.commit("Start")
        self.runs = 0

    def git(self, *words):
        identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, *words]
        done = subprocess.run(command, cwd=self.github.repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message, **files):
        for name, text in files.items():
            (self.github.repository / name.replace("_", ".")).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def propose(self, pull, fork="acme/bots", **files):
        """A pull request with one more commit, and the run of plan.yml on it."""
        self.git("checkout", "-q", "-B", f"pull-{pull}", "main")
        head = self.commit(f"Pull {pull}", **files)
        self.git("checkout", "-q", "main")
        event = {"pull_request": {"number": pull, "head": {"sha": head, "repo": {"full_name": fork}}}}
        return Run(self.github, "plan.yml", head, event, ref=f"refs/pull/{pull}/merge")

    def merge(self, pull):
        """Merge it, and give the commit of main."""
        self.git("merge", "-q", "--no-ff", "-m", f"Merge pull request #{pull}", f"pull-{pull}")
        return self.pushed(pull)

    def pushed(self, pull=None):
        sha = self.git("rev-parse", "HEAD")
        order = {one: "identical" if one == sha else "ahead" for one in self.git("rev-list", "HEAD").split()}
        made = {"number": pull, "merged_at": "2026-01-01", "merge_commit_sha": sha, "base": {"ref": "main"}}
        pulls = self.github.state["pulls"] | ({sha: [made]} if pull else {})
        self.github.change(main=sha, order=order, pulls=pulls)
        return sha

    def on_main(self, workflow, job, sha=None, needs=None, number=None):
        """Run a job of a workflow on main."""
        if number is None:
            self.runs += 1
            number = self.runs
        if workflow == "apply.yml" and number not in [run["id"] for run in self.github.state["runs"]]:
            self.github.change(runs=[*self.github.state["runs"], {"id": number, "event": "push"}])
        run = Run(self.github, workflow, sha or self.github.state["main"], number=number, needs=needs or {})
        return run.job(job)

    @property
    def comments(self):
        return self.github.state["comments"]

    @property
    def artifacts(self):
        return [one["name"] for one in self.github.state["artifacts"]]


@pytest.fixture
def team(tmp_path, commands, service):
    return Team(tmp_path, commands)


@pytest.fixture
def merged(team):
    """Pull request 7, which adds the model: planned, merged, not applied."""
    team.propose(7, tickets_yaml=MODEL, tickets_jsonl=DATA).job("plan")
    team.merge(7)
    return team


def models(service, field="name"):
    headers = {"Authorization": f"Bearer user:{APPLY_ACCOUNT}"}
    answer = httpx.get(f"{service.url}/v1beta/tunedModels", headers=headers).raise_for_status().json()
    return [one.get(field) for one in answer.get("tunedModels", [])]


def change_by_hand(service, **body):
    [name] = models(service)
    headers = {"Authorization": f"Bearer user:{PLAN_ACCOUNT}"}
    url = f"{service.url}/v1beta/{name}?updateMask={','.join(body)}"
    httpx.patch(url, json=body, headers=headers).raise_for_status()


def test_plan_keeps_one_comment(team):
    """A second push writes the comment anew, with the plan and the commit of that push."""
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
    assert {one["pull"] for one in team.comments} == {"7"}


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


@pytest.mark.parametrize(
    "change", [{"editor": SOMEBODY}, {"author": SOMEBODY}, {"body": "<!-- gemspec:plan other -->"}]
)
def test_only_the_bots_own_comment_counts(merged, service, change):
    """A comment that somebody else wrote or edited, or that is another project's, approves nothing."""
    merged.github.change(comments=[merged.comments[0] | change])
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
    """Nobody has reviewed a plan: the run asks, with the plan in its summary."""
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


def test_drift_is_one_issue_that_closes_itself(merged, service):
    """It opens an issue, writes it anew, and closes it when the service is as main says."""
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
