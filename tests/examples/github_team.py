"""A team with a repository on GitHub: it proposes, merges, approves; and the runs of workflows that follow."""

from __future__ import annotations

import shutil
import subprocess

import httpx
import pytest

from .actions_runner import APPLY_ACCOUNT, PLAN_ACCOUNT, GitHub, Run

needs_tools = pytest.mark.skipif(
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
        order = {commit: "identical" if commit == sha else "ahead" for commit in self.git("rev-list", "HEAD").split()}
        made = {"number": pull, "merged_at": "2026-01-01", "merge_commit_sha": sha, "base": {"ref": "main"}}
        pulls = self.github.state["pulls"] | ({sha: [made]} if pull else {})
        self.github.change(main=sha, order=order, pulls=pulls)
        return sha

    def on_main(self, workflow, job, sha=None, needs=None, number=None, attempt=1):
        """Run a job of a workflow on main."""
        if number is None:
            self.runs += 1
            number = self.runs
        if workflow == "apply.yml" and number not in [run["id"] for run in self.github.state["runs"]]:
            self.github.change(runs=[*self.github.state["runs"], {"id": number, "event": "push"}])
        run = Run(
            self.github, workflow, sha or self.github.state["main"], number=number, needs=needs or {}, attempt=attempt
        )
        return run.job(job)

    @property
    def comments(self):
        return self.github.state["comments"]

    @property
    def artifacts(self):
        return [artifact["name"] for artifact in self.github.state["artifacts"]]


def models(service, field="name"):
    headers = {"Authorization": f"Bearer user:{APPLY_ACCOUNT}"}
    answer = httpx.get(f"{service.url}/v1beta/tunedModels", headers=headers).raise_for_status().json()
    return [model.get(field) for model in answer.get("tunedModels", [])]


def change_by_hand(service, **body):
    [name] = models(service)
    headers = {"Authorization": f"Bearer user:{PLAN_ACCOUNT}"}
    url = f"{service.url}/v1beta/{name}?updateMask={','.join(body)}"
    httpx.patch(url, json=body, headers=headers).raise_for_status()
