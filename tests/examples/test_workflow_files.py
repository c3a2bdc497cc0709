"""The ready-made workflows are what GitHub and GitLab take, and keep the rules that make them safe to copy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
import yaml

from .actions_runner import ROOT

GITHUB = sorted((ROOT / "examples" / "github-actions").glob("*.yml"))
GITLAB = ROOT / "examples" / "gitlab-ci" / ".gitlab-ci.yml"
SHELLCHECK = shutil.which("shellcheck", path=str(sys.prefix) + "/bin") or shutil.which("shellcheck")


def load(path):
    return yaml.safe_load(path.read_text())


def steps():
    for path in GITHUB:
        for name, job in load(path)["jobs"].items():
            for step in job["steps"]:
                yield pytest.param(step, id=f"{path.stem}-{name}-{step.get('name', step.get('uses', ''))}")


def jobs():
    for path in GITHUB:
        for name, job in load(path)["jobs"].items():
            yield pytest.param(job, id=f"{path.stem}-{name}")


def scripts():
    """All shell of both hosts."""
    for step in steps():
        if "run" in step.values[0]:
            yield pytest.param(step.values[0]["run"], id=step.id)
    for name, job in load(GITLAB).items():
        for part in ("before_script", "script"):
            if isinstance(job, dict) and part in job:
                yield pytest.param("\n".join(job[part]), id=f"gitlab-{name}-{part}")


def test_there_is_one_for_each_task():
    """Plan, apply, drift, finish."""
    assert [path.stem for path in GITHUB] == ["apply", "drift", "finish", "plan"]


@pytest.mark.parametrize(
    ("schema", "files"), [("vendor.github-workflows", GITHUB), ("vendor.gitlab-ci", [GITLAB])], ids=["github", "gitlab"]
)
def test_published_schema(schema, files):
    """The schemas that editors use, as check-jsonschema carries them."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", [*scripts()])
def test_shell(script):
    """ShellCheck finds nothing in it; bash can read it."""
    if SHELLCHECK:
        # SC2016: jq and GraphQL have dollar signs of their own.
        command = [SHELLCHECK, "--shell=bash", "--exclude=SC2016", "-"]
        whole = f"set -eo pipefail\n{script}"
        done = subprocess.run(command, input=whole, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=10)


@pytest.mark.parametrize("step", [*steps()])
def test_no_text_of_others_becomes_shell(step):
    """An expression within `run` would be put into the script before bash reads it: values come by `env` alone."""
    assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("step", [step for step in steps() if "uses" in step.values[0]])
def test_actions_are_pinned(step):
    """To a commit, which nobody can move as a tag can be."""
    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
    if step["uses"].startswith("actions/checkout@"):
        assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_pins_say_their_version(path):
    """One commit and one version an action, everywhere."""
    pins = re.findall(r"uses: (\S+)@(\w+) # (v[\d.]+)$", path.read_text(), re.MULTILINE)
    assert len(pins) == path.read_text().count("uses: ")
    everywhere = "\n".join(path.read_text() for path in GITHUB)
    for action, commit, version in pins:
        assert set(re.findall(rf"{action}@(\S+ # \S+)", everywhere)) == {f"{commit} # {version}"}


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_nothing_is_granted_to_a_workflow_as_a_whole(path):
    """Jobs name what they need. pull_request_target would run with secrets on files that nobody has read."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    triggers = workflow[True]  # YAML 1.1 reads `on` as true
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    assert "secrets." not in path.read_text()


@pytest.mark.parametrize("job", [*jobs()])
def test_job_is_bounded(job):
    """In time, and in what its token may do."""
    assert job["timeout-minutes"] <= 60
    assert "write-all" not in str(job["permissions"])


@pytest.mark.parametrize("job", [*jobs()])
def test_jobs_that_write_queue_up(job):
    """None is cancelled, neither running nor waiting; and none runs away from main."""
    if "GEMSPEC_APPLY_ACCOUNT" not in str(job):
        return
    assert job["concurrency"] == {"group": "gemspec", "queue": "max", "cancel-in-progress": False}
    assert "github.ref == 'refs/heads/main'" in job.get("if", "") or job["needs"] == "approval"


def test_gitlab_keeps_no_key():
    """Jobs get an identity, and those that write wait for each other."""
    jobs = {name: job for name, job in load(GITLAB).items() if isinstance(job, dict)}
    for name in ("apply reviewed", "apply approved", "finish"):
        assert jobs[name]["extends"] == ".applies"
    assert jobs[".applies"]["resource_group"] == "gemspec"
    for account in (".plans", ".applies"):
        assert jobs[account]["id_tokens"]["GEMSPEC_ID_TOKEN"]["aud"].startswith("https://iam.googleapis.com/$")
    assert not re.search(r"private.?key|PRIVATE-TOKEN|KEY_FILE", GITLAB.read_text())
