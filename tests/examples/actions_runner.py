"""Runs the jobs of a workflow as GitHub would: its conditions, outputs, environment and shell are real.

Actions are stood in for by what they leave behind: a checkout, a credentials file, an artifact. GitHub itself is
`fake_gh`; the token that Google gives is the emulator's, for the service account that the job names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .expressions import filled, holds

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / "examples" / "github-actions"
PLAN_ACCOUNT, APPLY_ACCOUNT = "gemspec-plan@example.com", "gemspec-apply@example.com"
VARS = {
    "GEMSPEC_PLAN_PROVIDER": "projects/1/locations/global/workloadIdentityPools/gemspec-plan/providers/github",
    "GEMSPEC_PLAN_ACCOUNT": PLAN_ACCOUNT,
    "GEMSPEC_APPLY_PROVIDER": "projects/1/locations/global/workloadIdentityPools/gemspec-apply/providers/github",
    "GEMSPEC_APPLY_ACCOUNT": APPLY_ACCOUNT,
}
EMPTY: dict[str, Any] = {
    "comments": [], "pulls": {}, "issues": [], "runs": [], "artifacts": [], "approvals": {}, "order": {}, "main": "",
}  # fmt: skip


def write_command(path: Path, text: str) -> None:
    """Write a command of these lines for the shell."""
    path.write_text(f"#!/usr/bin/env bash\n{text}")
    path.chmod(0o755)


@dataclass
class GitHub:
    """One repository: its state, its Git repository, and the commands that jobs find."""

    folder: Path
    repository: Path
    commands: Path
    clock: int = 0

    def __post_init__(self) -> None:
        self.state_file.write_text(json.dumps(EMPTY))
        fake = Path(__file__).parent / "fake_gh.py"
        write_command(self.commands / "gh", f'exec "{sys.executable}" -S "{fake}" "$@"\n')

    @property
    def state_file(self) -> Path:
        return self.folder / "github.json"

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.state_file.read_text())

    def change(self, **parts: Any) -> None:
        """Set parts of the state."""
        self.state_file.write_text(json.dumps(self.state | parts))

    def file(self, artifact: int) -> Path:
        return self.folder / f"artifact-{artifact}"


@dataclass
class Job:
    """What became of a job. `ran` names its steps that ran, `log` is what they printed."""

    ok: bool = True
    ran: list[str] = field(default_factory=list)
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


@dataclass
class Run:
    """One run of a workflow at a commit."""

    github: GitHub
    workflow: str
    sha: str
    event: dict[str, Any] = field(default_factory=dict)
    number: int = 1
    attempt: int = 1
    ref: str = "refs/heads/main"
    needs: dict[str, Any] = field(default_factory=dict)

    def job(self, name: str) -> Job | None:
        """Run a job; None where its `if` says no."""
        workflow = yaml.safe_load((WORKFLOWS / self.workflow).read_text())
        told = workflow["jobs"][name]
        contexts = self._contexts()
        contexts["env"] = workflow["env"]
        if not holds(told.get("if"), contexts):
            return None
        return _Steps(self, told, contexts, workflow["env"]).run()

    def _contexts(self) -> dict[str, Any]:
        temp = self.github.folder / "temp"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        github = {"sha": self.sha, "ref": self.ref, "repository": "acme/bots", "event": self.event, "token": "ghs"}
        return {
            "github": github, "vars": VARS, "needs": self.needs, "steps": {}, "runner": {"temp": str(temp)},
            "functions": {"success": True, "cancelled": False},
        }  # fmt: skip


@dataclass
class _Steps:
    whole: Run
    told: dict[str, Any]
    contexts: dict[str, Any]
    environment: dict[str, str]
    job: Job = field(default_factory=Job)
    credentials: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.whole.github.folder / "workspace"

    @property
    def permissions(self) -> dict[str, str]:
        return self.told["permissions"]

    def run(self) -> Job:
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.workspace.mkdir()
        for step in self.told["steps"]:
            self._step(step)
        outputs = self.told.get("outputs", {})
        self.job.outputs = {name: filled(text, self.contexts) for name, text in outputs.items()}
        return self.job

    def _step(self, step: dict[str, Any]) -> None:
        name = step.get("name") or step["uses"].partition("@")[0]
        here = self.contexts["steps"].setdefault(step.get("id", name), {"outputs": {}, "outcome": "skipped"})
        if not holds(step.get("if"), self.contexts):
            return
        self.job.ran.append(name)
        if "uses" in step:
            used = step["uses"].partition("@")[0].replace("/", "_").replace("-", "_")
            getattr(self, f"_{used}")({key: filled(text, self.contexts) for key, text in step.get("with", {}).items()})
            ok = True
        else:
            ok = name == "Install gemspec" or self._shell(step, here["outputs"])
        here["outcome"] = "success" if ok else "failure"
        self.job.ok = self.contexts["functions"]["success"] = self.job.ok and ok

    def _shell(self, step: dict[str, Any], outputs: dict[str, str]) -> bool:
        temp = self.contexts["runner"]["temp"]
        said, summary, script = (Path(temp, name) for name in ("output", "summary", "script.sh"))
        said.write_text("")
        script.write_text(step["run"])
        environment = {
            "PATH": f"{self.whole.github.commands}{os.pathsep}{os.environ['PATH']}",
            "HOME": temp,
            "GEMSPEC_ENDPOINT": os.environ["GEMSPEC_ENDPOINT"],
            "FAKE_GITHUB": str(self.whole.github.state_file),
            "FAKE_PERMISSIONS": json.dumps(self.permissions),
            "GITHUB_ACTIONS": "true", "CI": "true", "RUNNER_TEMP": temp, "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(said), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/bots", "GITHUB_SHA": self.whole.sha, "GITHUB_RUN_ID": str(self.whole.number),
            "GITHUB_RUN_ATTEMPT": str(self.whole.attempt),
            "GITHUB_REF_NAME": self.whole.ref.rpartition("/")[2],
        }  # fmt: skip
        named = self.environment | step.get("env", {})
        environment |= self.credentials | {key: filled(text, self.contexts) for key, text in named.items()}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=self.workspace, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        self.job.log += done.stdout + done.stderr
        outputs |= dict(line.split("=", 1) for line in said.read_text().splitlines())
        self.job.summary = summary.read_text() if summary.exists() else ""
        return done.returncode == 0

    def _actions_checkout(self, told: dict[str, str]) -> None:
        assert self.permissions["contents"] == "read"
        subprocess.run(["git", "clone", "-q", str(self.whole.github.repository), "."], cwd=self.workspace, check=True)
        subprocess.run(["git", "checkout", "-q", told.get("ref", self.whole.sha)], cwd=self.workspace, check=True)

    def _actions_setup_python(self, told: dict[str, str]) -> None:
        pass

    def _google_github_actions_auth(self, told: dict[str, str]) -> None:
        """The credentials file is in the workspace, where gemspec looks for manifests."""
        assert self.permissions["id-token"] == "write"
        account = told["service_account"]
        assert told["workload_identity_provider"].endswith(f"/{account.partition('@')[0]}/providers/github")
        url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        file = {"type": "external_account", "service_account_impersonation_url": url}
        (self.workspace / "gha-creds-0a1b2c3d4e5f.json").write_text(json.dumps(file))
        self.credentials = {"GOOGLE_OAUTH_ACCESS_TOKEN": f"user:{account}"}

    def _actions_upload_artifact(self, told: dict[str, str]) -> None:
        github = self.whole.github
        github.clock += 1
        shutil.copy(told["path"], github.file(github.clock))
        run = {"id": self.whole.number, "head_sha": self.whole.sha}
        artifact = {"id": github.clock, "name": told["name"], "expired": False, "created_at": f"{github.clock:04}"}
        github.change(artifacts=[*github.state["artifacts"], {**artifact, "workflow_run": run}])

    def _actions_download_artifact(self, told: dict[str, str]) -> None:
        github, run = self.whole.github, int(told.get("run-id", self.whole.number))
        found = [
            artifact
            for artifact in github.state["artifacts"]
            if (artifact["name"], artifact["workflow_run"]["id"]) == (told["name"], run)
        ]
        shutil.copy(github.file(found[-1]["id"]), Path(told["path"], "plan.json"))
