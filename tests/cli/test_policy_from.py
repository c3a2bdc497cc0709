"""What may be done, and where, comes from outside the checkout: `--policy-from` and GEMSPEC_POLICY; and lines of
spec.policy.allow in a plan.
"""

from __future__ import annotations

import contextlib
import io
import json

import pytest

from gemspec import cli

HEAD = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\n"
VERTEX = "  vertex: {project: my-project, location: us-central1, bucket: my-bucket}\n"
MANIFEST = {
    "apiVersion": "gemspec/v1",
    "kind": "TunedModel",
    "metadata": {"name": "a"},
    "spec": {
        "baseModel": "gemini-2.5-flash",
        "tuningTask": {"hyperparameters": {"epochCount": 2}, "trainingData": {"files": ["a.jsonl"]}},
    },
}
PLACES = "    places: {projects: [my-project], buckets: [my-*, data]}\n"
ROW = json.dumps({"textInput": "1", "output": "2"})
COMMANDS = (["validate"], ["plan"], ["apply", "--auto-approve", "--no-wait"])


class Checkout:
    """A checkout of a pull request, and the project file of its base branch beside it."""

    def __init__(self, folder):
        self.here, self.base = folder / "checkout", folder / "base.yaml"
        self.here.mkdir()
        self.project("")
        self.manifest({})
        (self.here / "a.jsonl").write_text(f"{ROW}\n" * 20)

    def project(self, policy, place=VERTEX, provider="emulator"):
        self._write(self.here / "gemspec.yaml", policy, place, provider)

    def policy(self, policy):
        self._write(self.base, policy, VERTEX, "emulator")

    def manifest(self, fields):
        (self.here / "a.yaml").write_text(json.dumps({**MANIFEST, "spec": {**MANIFEST["spec"], **fields}}, indent=1))

    def run(self, *words):
        """Exit status, and all that was said."""
        said = io.StringIO()
        with contextlib.chdir(self.here), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            return cli.run(words), " ".join(said.getvalue().split())

    def _write(self, path, policy, place, provider):
        text = f"{HEAD}spec:\n  provider: {provider}\n{place}"
        path.write_text(text + (f"  policy:\n{policy}" if policy else ""))


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_places_that_the_base_branch_does_not_allow_are_errors_before_data_is_read(checkout, words):
    """Each with its place; no database of the emulator is made, and the missing data is not even looked for."""
    checkout.policy(PLACES)
    checkout.project("", VERTEX.replace("my-bucket", "theirs").replace("my-project", "your-project"))
    task = {"trainingData": {"uri": "gs://elsewhere/a.jsonl"}, "validationData": {"files": ["missing.jsonl"]}}
    account, key = (
        "x@your-project.iam.gserviceaccount.com",
        "projects/p/locations/l/keyRings/r/cryptoKeys/k".replace("/l/", "/us/"),
    )
    checkout.manifest({"tuningTask": task, "serviceAccount": account, "kmsKeyName": key})
    status, said = checkout.run(*words, "--policy-from", str(checkout.base))
    assert status == 1
    for place in ("your-project", "theirs", "elsewhere", account, key):
        assert f'"{place}" is not allowed by policy.places.' in said
    assert "gemspec.yaml:6:" in said
    assert "missing.jsonl" not in said
    assert not (checkout.here / ".gemspec").exists()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_places_that_are_allowed_are_used(checkout, words):
    checkout.policy(PLACES)
    assert checkout.run(*words, "--policy-from", str(checkout.base))[0] == 0


def test_destroy_asks_no_cloud_project_that_is_not_allowed(checkout):
    checkout.policy(PLACES)
    checkout.project("", VERTEX.replace("my-project", "your-project"))
    status, said = checkout.run("destroy", "--auto-approve", "--policy-from", str(checkout.base))
    assert (status, '"your-project" is not allowed' in said) == (1, True)


def test_the_variable_is_the_flag(checkout, monkeypatch):
    checkout.policy("    places: {}\n")
    monkeypatch.setenv("GEMSPEC_POLICY", str(checkout.base))
    status, said = checkout.run("plan")
    assert (status, "none is allowed" in said) == (1, True)
    monkeypatch.setenv("GEMSPEC_POLICY", "")
    assert checkout.run("plan")[0] == 0


def test_a_policy_that_is_not_there_stops_everything(checkout):
    status, said = checkout.run("plan", "--policy-from", "base.yaml")
    assert (status, "--policy-from base.yaml is not a file" in said) == (1, True)
    assert checkout.run("plan", "--policy-from", "")[0] == 1


def test_limits_and_lines_are_the_base_branchs_too(checkout):
    """What the pull request writes of its own counts for nothing then."""
    checkout.policy("    maxTrainings: 0\n")
    checkout.project("    maxTrainings: 9\n    allow: [{rule: maxTrainings, reason: mine}]\n")
    assert checkout.run("plan")[0] == 0
    status, said = checkout.run("plan", "--policy-from", str(checkout.base))
    assert (status, "policy.maxTrainings allows 0" in said, "mine" in said) == (1, True, False)
    checkout.policy("    maxTrainings: 0\n    allow: [{rule: maxTrainings, reason: the first models}]\n")
    checkout.project("    maxTrainings: 0\n")
    assert checkout.run("plan", "--policy-from", str(checkout.base))[0] == 0


def test_a_project_may_limit_itself(checkout):
    checkout.project("    places: {projects: [my-project], buckets: [other]}\n")
    status, said = checkout.run("plan")
    assert (status, '"my-bucket" is not allowed by policy.places.buckets of gemspec.yaml' in said) == (1, True)


def test_a_plan_shows_the_lines_that_are_in_force_and_those_that_have_expired(checkout):
    """In text, Markdown and JSON."""
    lines = (
        "{rule: maxTrainings, reason: the first models, until: 2999-12-31}",
        "{rule: rename, reason: old, until: 2001-01-31}",
    )
    checkout.project(f"    maxTrainings: 0\n    allow:\n      - {lines[0]}\n      - {lines[1]}\n")
    status, said = checkout.run("plan", "--out", "plan.json")
    assert status == 0
    assert "Allowed by spec.policy.allow: maxTrainings, up to 2999-12-31: the first models" in said
    assert "expired on 2001-01-31, lifts nothing any more: rename of *" in said
    assert "Allowed by spec.policy.allow" in checkout.run("show", "plan.json", "--format", "markdown")[1]
    found = json.loads((checkout.here / "plan.json").read_text())["allowances"]
    assert [(line["rule"], line["until"], line["expired"]) for line in found] == [
        ("maxTrainings", "2999-12-31", False),
        ("rename", "2001-01-31", True),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{rule: rename}", "reason"),
        ("{rule: nothing, reason: x}", "rule"),
        ("{rule: rename, reason: x, until: 2026-02-30}", "there is no day 2026-02-30"),
        ("{rule: rename, reason: x, until: soon}", "write a day such as 2026-12-31"),
        ("{rule: maxDeletes, key: a, reason: x}", "maxDeletes is about the whole plan, not about a key"),
    ],
)
def test_a_line_that_makes_no_sense_is_an_error_with_its_place(checkout, line, said):
    checkout.project(f"    allow: [{line}]\n")
    status, told = checkout.run("validate")
    assert (status, said in told, "gemspec.yaml:8:" in told) == (1, True, True)


def test_a_block_says_which_line_lifts_it(checkout):
    """And the line, followed to the letter, does."""
    checkout.project("    maxTrainings: 0\n")
    status, said = checkout.run("plan")
    assert (status, "under spec.policy: `allow: [{rule: maxTrainings, reason: WHY}]`" in said) == (1, True)
    checkout.project("    maxTrainings: 0\n    allow: [{rule: maxTrainings, reason: WHY}]\n")
    assert checkout.run("plan")[0] == 0
