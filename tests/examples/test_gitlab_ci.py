"""The jobs of examples/gitlab-ci, run as a runner would: plan in the merge request, apply on main, finish, drift."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import httpx
import pytest

from .github_team import DATA, MODEL
from .gitlab_runner import JOBS, GitLab

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="needs bash and git")


@pytest.fixture
def gitlab(tmp_path, commands, service):
    return GitLab(tmp_path, commands)


@pytest.fixture
def merged(gitlab):
    gitlab.propose({"tickets.yaml": MODEL, "tickets.jsonl": DATA})
    gitlab.merge()
    return gitlab


def models(service, field):
    answer = httpx.get(f"{service.url}/v1beta/tunedModels").raise_for_status().json()
    return [model.get(field) for model in answer.get("tunedModels", [])]


def test_merge_request_shows_the_plan(gitlab):
    """The counts stand in the report that GitLab draws, the plan in the file that it links."""
    gitlab.propose({"tickets.yaml": MODEL, "tickets.jsonl": DATA})
    assert json.loads((gitlab.workspace / "report.json").read_text()) == {"create": 1, "update": 0, "delete": 0}
    assert "### Plan: 1 to add" in (gitlab.workspace / "plan.md").read_text()


def test_a_plan_that_fails_is_shown_too(gitlab):
    """The job fails, and its artifacts say why."""
    gitlab.commit("Broken", {"tickets.yaml": MODEL.replace("0.2", "2"), "tickets.jsonl": DATA})
    assert gitlab.run("plan").returncode == 1
    assert "No plan" in (gitlab.workspace / "plan.md").read_text()
    assert json.loads((gitlab.workspace / "report.json").read_text()) == {"create": 0, "update": 0, "delete": 0}


def test_merge_applies_what_was_reviewed_and_a_schedule_finishes_it(merged, service):
    """No person is asked; the model is checked and serves once it is trained, and the approval is used up."""
    done = merged.run("apply reviewed")
    assert done.returncode == 0, done.stderr
    assert models(service, "state") == ["CREATING"]
    assert merged.run("drift").returncode == 0
    assert merged.run("finish").returncode == 0
    assert (merged.cache / "plan.json").exists()

    service.now += 10
    done = merged.run("finish")
    assert done.returncode == 0, done.stderr
    assert "serving=1" in models(service, "description")[0]
    assert not (merged.cache / "plan.json").exists()
    assert merged.run("finish").stdout.endswith("Nothing is left to do.\n")
    assert merged.run("drift").returncode == 0
    url = f"{service.url}/v1beta/{models(service, 'name')[0]}?updateMask=temperature"
    httpx.patch(url, json={"temperature": 0.9}).raise_for_status()
    assert merged.run("drift").returncode == 2


@pytest.mark.parametrize(
    "message", ["No merge request", "See merge request acme/bots!5", "See merge request acme/bots!4 and more"]
)
def test_what_nobody_reviewed_waits(gitlab, service, message):
    """The job ends in a warning, and leaves no approval; `apply approved` does it once somebody says so."""
    gitlab.propose({"tickets.yaml": MODEL, "tickets.jsonl": DATA})
    gitlab.merge(message)
    done = gitlab.run("apply reviewed")
    assert done.returncode in JOBS["apply reviewed"]["allow_failure"]["exit_codes"], done.stderr
    assert "Reviewed: nothing." in done.stdout
    assert not gitlab.cache.exists()
    assert models(service, "state") == []

    done = gitlab.run("apply approved")
    assert done.returncode == 0, done.stderr
    assert models(service, "state") == ["CREATING"]
    assert (gitlab.cache / "plan.json").exists()


def test_a_merge_request_is_not_taken_for_another(gitlab, service):
    """A message may claim what it likes: the head of the merge request must be what was merged."""
    gitlab.propose({"tickets.yaml": MODEL, "tickets.jsonl": DATA})
    gitlab.git("checkout", "-q", "feature")
    gitlab.commit("Not planned", {"README.md": "more\n"})
    gitlab.git("checkout", "-q", "main")
    gitlab.merge()
    assert gitlab.run("apply reviewed").returncode == 75
    assert models(service, "state") == []


def test_another_plan_than_the_one_reviewed_waits(merged, service):
    """Its digest is another one."""
    merged.reviewed.write_text(json.dumps({"digest": f"sha256:{'0' * 64}"}))
    done = merged.run("apply reviewed")
    assert done.returncode == 75
    assert f"Reviewed: sha256:{'0' * 64}. Now: sha256:" in done.stdout
    assert models(service, "state") == []


def test_an_older_commit_is_not_applied_after_a_newer_one(merged, service):
    """Neither reviewed nor approved: main has moved on."""
    reviewed = merged.reviewed.read_text()
    merged.reviewed.unlink()
    assert merged.run("apply reviewed").returncode == 75
    merged.reviewed.write_text(reviewed)
    old = merged.git("rev-parse", "HEAD")
    merged.commit("Newer", {"README.md": "newer\n"})
    merged.git("checkout", "-q", old)
    for job, status in (("apply reviewed", 75), ("apply approved", 1)):
        done = merged.run(job)
        assert done.returncode == status
        assert "main has moved on" in done.stdout
    assert models(service, "state") == []


def test_credentials_are_those_of_the_job(merged):
    """google-auth reads the file that the jobs write as a workload identity."""
    from google.auth import identity_pool

    line = next(line for line in JOBS[".gemspec"]["before_script"] if "external_account" in line)
    environment = {
        "PATH": os.environ["PATH"],
        "GEMSPEC_ID_TOKEN": "a.b.c",
        "PROVIDER": "projects/1/x",
        "ACCOUNT": "a@b",
    }
    command = ["bash", "-euo", "pipefail", "-c", f'{line}\necho "$GOOGLE_APPLICATION_CREDENTIALS"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    path = done.stdout.strip()
    try:
        credentials = identity_pool.Credentials.from_file(path)
        assert credentials.service_account_email == "a@b"
        assert credentials.info["audience"] == "//iam.googleapis.com/projects/1/x"
        assert credentials.retrieve_subject_token(None) == "a.b.c"
    finally:
        shutil.rmtree(os.path.dirname(path))
