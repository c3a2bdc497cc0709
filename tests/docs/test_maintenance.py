"""What maintainers use agrees with the rest: versions of Python, licence, commands, and the workflow of our own CI."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8"))
SUPPORTED = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", "workflows/*.yml"),
        ("custom.github-workflows-require-timeout", "workflows/*.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("vendor.github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_published_schema(schema, pattern):
    """The schemas that editors use, as check-jsonschema carries them."""
    files = [str(path) for path in sorted(GITHUB.glob(pattern))]
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert files
    assert done.returncode == 0, done.stdout + done.stderr


def test_supported_versions_are_the_same_everywhere():
    """Classifiers, CI and noxfile."""
    assert WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"] == SUPPORTED
    assert re.findall(r'"(3\.\d+)"', NOXFILE) == SUPPORTED
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"


def test_the_workflow_may_read_and_no_more():
    """No permission but for the checkout; no token is left behind in it."""
    assert WORKFLOW["permissions"] == {}
    assert [job["permissions"] for job in WORKFLOW["jobs"].values()] == [{"contents": "read"}]
    checkout = WORKFLOW["jobs"]["test"]["steps"][0]
    assert checkout["with"] == {"persist-credentials": False}


def test_its_actions_are_those_of_the_examples():
    """Pinned to the same commit, so that both are updated together."""
    uses = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "uses" in step]
    example = (ROOT / "examples" / "github-actions" / "plan.yml").read_text(encoding="utf-8")
    assert uses
    assert [use for use in uses if not re.search(r"@[0-9a-f]{40}$", use) or use not in example] == []


def test_the_licence_is_the_declared_licence():
    """By its SPDX identifier."""
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"SPDX-License-Identifier: {PROJECT['license']}\n")


def test_contributing_names_every_command():
    """Each session of noxfile.py, and no other."""
    sessions = re.findall(r"@nox\.session.*\ndef (\w+)", NOXFILE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `nox -s (\w+)`", contributing, re.MULTILINE)) == sorted(sessions)
