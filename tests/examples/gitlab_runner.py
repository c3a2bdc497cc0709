"""Runs the jobs of examples/gitlab-ci as a runner would: Git, shell, cache and artifacts are real, the API is not."""

from __future__ import annotations

import os
import shutil
import subprocess

import yaml

from .actions_runner import ROOT, write_command
from .github_team import PROJECT

JOBS = yaml.safe_load((ROOT / "examples" / "gitlab-ci" / ".gitlab-ci.yml").read_text())
# A server that has the artifact of one job, for whoever shows the job's token.
CURL = """\
case "$*" in
  *"--header JOB-TOKEN: token "*"/projects/1/jobs/artifacts/refs%2Fmerge-requests%2F4%2Fhead/raw/plan.json?job=plan")
    while [ "$1" != --output ]; do shift; done
    cp "$MERGE_REQUEST_PLAN" "$2" ;;
  *) echo "curl: (22) The requested URL returned error: 404" >&2; exit 22 ;;
esac
"""


class GitLab:
    """A repository with merge request 4, and the workspace of a runner."""

    def __init__(self, folder, commands):
        self.folder, self.commands = folder, commands
        self.origin, self.workspace = folder / "origin", folder / "workspace"
        self.cache, self.reviewed = folder / "cache", folder / "reviewed.json"
        write_command(commands / "pip", "exit 0\n")
        write_command(commands / "curl", CURL)
        self.origin.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit("Start", {"gemspec.yaml": PROJECT})

    def git(self, *words):
        who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
        command = ["git", *who, *words]
        done = subprocess.run(command, cwd=self.origin, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message, files):
        for name, text in files.items():
            (self.origin / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def propose(self, files):
        """Push to merge request 4."""
        self.git("checkout", "-q", "-B", "feature", "main")
        self.commit("Change", files)
        self.git("update-ref", "refs/merge-requests/4/head", "HEAD")
        done = self.run("plan", merge_request=True)
        assert done.returncode == 0, done.stderr
        shutil.copy(self.workspace / "plan.json", self.reviewed)
        self.git("checkout", "-q", "main")

    def merge(self, message="Merge branch 'feature' into 'main'\n\nSee merge request acme/bots!4"):
        self.git("merge", "-q", "--no-ff", "-m", message, "feature")

    def run(self, name, *, merge_request=False):
        """Run a job on the newest commit, with what its `extends` give it, its cache and its variables."""
        job, base = JOBS[name], JOBS[JOBS[name]["extends"]]
        sha = self.git("rev-parse", "HEAD")
        shutil.rmtree(self.workspace, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", str(self.origin), str(self.workspace)], check=True)
        subprocess.run(["git", "checkout", "-q", sha], cwd=self.workspace, check=True)
        if "cache" in base and self.cache.exists():
            shutil.copytree(self.cache, self.workspace / "approved")
        for artifact in job.get("needs", []):
            if artifact == "apply reviewed":
                shutil.copy(self.folder / "plan.json", self.workspace)
        lines = [*JOBS[".gemspec"]["before_script"], *job["script"]]
        environment = {
            "PATH": f"{self.commands}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.folder),
            "GEMSPEC_ENDPOINT": os.environ["GEMSPEC_ENDPOINT"], "GEMSPEC_ID_TOKEN": "a.b.c", **JOBS["variables"],
            "PROVIDER": "projects/1/locations/global/workloadIdentityPools/p/providers/q", "ACCOUNT": "a@example.com",
            "CI": "true", "CI_COMMIT_SHA": sha, "CI_COMMIT_MESSAGE": self.git("log", "-1", "--format=%B"),
            "CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "1", "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
            "CI_JOB_TOKEN": "token", "MERGE_REQUEST_PLAN": str(self.reviewed),
        }  # fmt: skip
        command = ["bash", "-eo", "pipefail", "-c", "\n".join(lines)]
        done = subprocess.run(
            command, cwd=self.workspace, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        if "cache" in base and (self.workspace / "approved").exists():
            shutil.rmtree(self.cache, ignore_errors=True)
            shutil.copytree(self.workspace / "approved", self.cache)
        if name == "apply reviewed" and (self.workspace / "plan.json").exists():
            shutil.copy(self.workspace / "plan.json", self.folder)
        return done
