"""The whole story of a review in a Git repository: branch, plan, review, merge, apply; and what may come between."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from gemspec import cli
from gemspec.reports.plan import digest

PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: team}
spec: {provider: emulator, policy: {maxDeletes: 5}}
"""
MANIFEST = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: KEY}
spec:
  description: Says the number that follows.
  baseModel: models/gemini-1.0-pro-001
  temperature: 0.2
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2}
    trainingData: {files: [data/KEY.jsonl]}
  lifecycle: {keepPrevious: 0}
"""


class Repository:
    """A project in Git, worked on by branches."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self._git("init", "-q", "-b", "main")
        self.write("gemspec.yaml", PROJECT)
        for key in ("a", "b"):
            self.write(f"{key}.yaml", MANIFEST.replace("KEY", key))
            self.write(f"data/{key}.jsonl", '{"text_input": "1", "output": "2"}\n')
        self.commit("first")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def edit(self, name, old, new):
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def commit(self, message):
        self._git("add", "-A")
        self._git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", message)

    def branch(self, name):
        self._git("checkout", "-q", "-b", name)

    def merge(self, name):
        self._git("checkout", "-q", "main")
        self._git("merge", "-q", "--ff-only", name)

    def trained(self, *arguments):
        """Start what the arguments start, let the trainings end, and finish."""
        self.gemspec("apply", *arguments, "--auto-approve", "--no-wait")
        self.clock.now += 20
        return self.gemspec("apply", *arguments, "--auto-approve", "--no-wait")

    def gemspec(self, *arguments):
        """Exit status, standard output, standard error."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(arguments)
        return status, out.getvalue(), err.getvalue()

    def _git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, service, clock):
    """Two models that serve, as Git has them; outside the work tree lies what CI keeps of a plan."""
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Repository(folder, clock)
    assert made.trained()[0] == 0
    return made


@pytest.fixture
def saved(tmp_path):
    return str(tmp_path / "plan.json")


def propose(repository, saved, *flags):
    """A branch that trains `a` on other data, changes `b`, and adds `c`; its plan, saved."""
    repository.branch("proposal")
    repository.write("data/a.jsonl", '{"text_input": "1", "output": "two"}\n')
    repository.edit("b.yaml", "temperature: 0.2", "temperature: 0.4")
    repository.write("c.yaml", MANIFEST.replace("KEY", "c"))
    repository.write("data/c.jsonl", '{"text_input": "5", "output": "6"}\n')
    repository.commit("proposal")
    status, text, _ = repository.gemspec("plan", "--out", saved, *flags)
    assert status == 0
    return text


def models():
    """What the service holds, by the first part of the id."""
    found = httpx.get(f"{os.environ['GEMSPEC_ENDPOINT']}/v1beta/tunedModels?pageSize=1000").json()
    return {model["name"]: model for model in found.get("tunedModels", [])}


def name_of(repository, key):
    return repository.gemspec("output", key)[1].strip()


def patch(name, mask, **fields):
    """Somebody's change beside Git."""
    url = f"{os.environ['GEMSPEC_ENDPOINT']}/v1beta/{name}?updateMask={mask}"
    assert httpx.patch(url, json=fields).status_code == 200


def test_what_was_reviewed_is_what_is_applied(repository, saved, clock, service):
    """Branch, plan, review, merge, apply; and applied once more, which does nothing."""
    text = propose(repository, saved)
    assert "Plan: 2 to add, 1 to change, 1 to destroy." in text
    assert repository.gemspec("show", saved)[1] == text
    repository.merge("proposal")
    status, out, _ = repository.gemspec("apply", saved, "--no-wait")
    assert status == 0, out
    clock.now += 20
    status, out, err = repository.gemspec("apply", saved)
    assert (status, "Apply complete!" in out) == (0, True)
    assert "3 of the approved steps are not needed any more." in err
    assert repository.gemspec("plan", "--detailed-exitcode")[0] == 0
    started = service.state.store.trainings_started()
    status, out, err = repository.gemspec("apply", saved)
    assert (status, "No changes." in out) == (0, True)
    assert service.state.store.trainings_started() == started


def test_drift_makes_it_stale(repository, saved):
    """A field that was changed meanwhile and would be overwritten: both before and after were approved."""
    propose(repository, saved)
    patch(name_of(repository, "b"), "temperature", temperature=0.9)
    before = models()
    status, _, err = repository.gemspec("apply", saved)
    assert status == 1
    assert f"{saved}: error: this plan is stale" in err or f"{saved}: this plan is stale" in err
    assert "b: temperature would be 0.9 -> 0.4; approved is 0.2 -> 0.4" in err
    assert models() == before


def test_drift_elsewhere_makes_it_stale(repository, saved):
    """A step that was not reviewed is not carried out, however small."""
    repository.branch("proposal")
    repository.edit("b.yaml", "temperature: 0.2", "temperature: 0.4")
    repository.commit("proposal")
    repository.gemspec("plan", "--out", saved)
    patch(name_of(repository, "a"), "temperature", temperature=0.9)
    status, _, err = repository.gemspec("apply", saved)
    assert status == 1
    assert f"a: update {name_of(repository, 'a')} was not approved: settings differ from the manifest" in err


def test_a_half_applied_plan_can_be_resumed(repository, saved, clock):
    """The remaining steps were approved: the next apply attaches to the training and deletes the old model."""
    propose(repository, saved)
    old = name_of(repository, "a")
    assert repository.gemspec("apply", saved, "--no-wait")[0] == 0
    assert old in models()
    clock.now += 20
    assert repository.gemspec("apply", saved)[0] == 0
    assert old not in models()
    assert name_of(repository, "a") != old


def test_an_edited_manifest_makes_it_stale(repository, saved, service):
    """Other training data, another setting, another key: each is named with its field."""
    propose(repository, saved)
    repository.write("data/a.jsonl", '{"text_input": "1", "output": "three"}\n')
    repository.edit("a.yaml", "epochCount: 5", "epochCount: 9")
    repository.edit("b.yaml", "temperature: 0.4", "temperature: 0.5")
    repository.write("d.yaml", MANIFEST.replace("KEY", "d").replace("data/d", "data/c"))
    started = service.state.store.trainings_started()
    status, _, err = repository.gemspec("apply", saved)
    assert status == 1
    assert "a: tuningTask.hyperparameters.epochCount would be 9; approved is 5" in err
    assert "a: tuningTask.trainingData would be" in err
    assert "b: temperature would be 0.2 -> 0.5; approved is 0.2 -> 0.4" in err
    assert "d: create tunedModels/d-" in err
    assert service.state.store.trainings_started() == started


def test_another_teams_merge_does_not(repository, saved, tmp_path, clock):
    """Models of other projects do not matter."""
    propose(repository, saved)
    other = tmp_path / "other"
    other.mkdir()
    theirs = Repository(other, clock)
    theirs.edit("gemspec.yaml", "name: team", "name: others, distinctFrom: [team]")
    assert theirs.trained()[0] == 0
    assert repository.gemspec("apply", saved, "--no-wait")[0] == 0


def test_a_file_edited_by_hand_approves_nothing_new(repository, saved, service):
    """Neither an added step, nor another project's name in the file."""
    propose(repository, saved)
    with open(saved) as file:
        document = json.load(file)
    (gone,) = [step for step in document["steps"] if step["action"] == "delete"]
    forged = {**gone, "key": "b", "name": name_of(repository, "b"), "train": "0" * 12, "successor": None, "waits": []}
    before = models()

    def write(changed):
        with open(saved, "w") as file:
            json.dump(changed, file)

    for command in ("apply", "show"):
        write({**document, "steps": [forged]})
        status, _, err = repository.gemspec(command, saved)
        assert (status, "this plan was changed after it was saved" in err) == (1, True)
    write(digested({**document, "steps": [forged]}))
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "this plan was changed after it was saved" in err) == (1, True)  # it draws what it would not do
    assert models() == before
    write(digested({**document, "owner": "others"}))
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "it approves owner others, and this is team" in err) == (1, True)
    assert models() == before
    write(digested({**document, "endpoint": "http://127.0.0.1:1"}))
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "it approves endpoint http://127.0.0.1:1" in err) == (1, True)
    assert models() == before


def digested(document):
    """A forger knows how to make the digest right."""
    return {**document, "digest": digest(document)}


def test_by_digest(repository, saved, clock):
    """Pipelines that plan again on merge: equal, nothing to do, or stale."""
    text = propose(repository, saved)
    digest = next(line.split()[1] for line in text.splitlines() if line.startswith("Digest: "))
    repository.merge("proposal")
    wrong = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    status, _, err = repository.gemspec("apply", "--expect-plan", wrong)
    assert status == 1
    assert f"this is not the plan that was approved: its digest is {digest}, not {wrong}" in " ".join(err.split())
    assert repository.gemspec("apply", "--expect-plan", digest, "--no-wait")[0] == 0
    clock.now += 20
    assert repository.gemspec("apply", "--expect-plan", digest)[0] == 1  # the delete that is left needs a new word
    assert repository.trained()[0] == 0
    assert repository.gemspec("apply", "--expect-plan", digest)[0] == 0


def test_flags_have_to_be_given_again(repository, saved, clock, service):
    """A file holds no flags. With the same flags, an approved training is made once, however often apply runs."""
    repository.gemspec("plan", "--out", saved, "--replace", "a", "--exclude", "b")
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "this plan was made with --exclude b --replace a, give apply the same flags" in err) == (1, True)
    started = service.state.store.trainings_started()
    assert repository.gemspec("apply", saved, "--replace", "a", "--exclude", "b", "--no-wait")[0] == 0
    clock.now += 20
    assert repository.gemspec("apply", saved, "--replace", "a", "--exclude", "b")[0] == 0
    assert repository.gemspec("apply", saved, "--replace", "a", "--exclude", "b")[0] == 0
    assert service.state.store.trainings_started() == started + 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format_version": "2.0"}', "it has format 2.0, which this gemspec does not know"),
        ('{"format_version": "1.0"}', "it is no plan as gemspec writes it"),
        ('{"format_version": "1.0", "owner"', "it is not JSON, or was cut"),
        ('{"format_version": 1}', "it is not a saved plan"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(repository, saved, text, words):
    """By apply and by show, before any request."""
    with open(saved, "w") as file:
        file.write(text)
    for command in ("apply", "show"):
        status, _, err = repository.gemspec(command, saved)
        assert (status, words in err) == (1, True), err


def test_later_minor_versions_are_read(repository, saved):
    """Additions raise the minor version, and readers ignore them."""
    propose(repository, saved)
    with open(saved) as file:
        document = json.load(file)
    with open(saved, "w") as file:
        json.dump({**document, "format_version": "1.7", "new": {"field": 1}}, file)
    assert repository.gemspec("apply", saved, "--no-wait")[0] == 0


def test_a_blocked_plan_is_written_and_refused(repository, saved):
    """It can be shown, and approves nothing, even when the block has been lifted."""
    repository.edit("gemspec.yaml", "maxDeletes: 5", "maxDeletes: 0")
    os.remove(repository.folder / "b.yaml")
    status, _, _ = repository.gemspec("plan", "--out", saved)
    assert status == 1
    assert "Blocked" in repository.gemspec("show", saved)[1]
    status, _, err = repository.gemspec("apply", saved, "--max-deletes", "1")
    assert (status, "this plan is blocked, and approves nothing" in err) == (1, True)


def test_a_plan_that_a_gate_stopped_approves_nothing_until_the_gate_is_waived_by_name(repository, saved):
    """Every gate that stopped it, and no other."""
    propose(repository, saved)
    status, out, _ = repository.gemspec("plan", "--fail-on", "train,replace,delete", "--out", saved)
    assert (status, "Stopped by --fail-on:" in out) == (1, True)
    assert "Stopped by --fail-on." in repository.gemspec("show", saved, "--format", "markdown")[1].splitlines()[2]
    for waived in ([], ["--waive", "delete"], ["--waive", "replace"]):
        status, _, err = repository.gemspec("apply", saved, *waived)
        assert (status, "--waive train" in err) == (1, True)
    assert "--waive replace" not in err
    status, _, err = repository.gemspec(
        "apply", saved, "--waive", "train", "--waive", "replace", "--waive", "delete", "--no-wait"
    )
    assert status == 0, err


def test_a_gate_that_is_edited_in_a_saved_plan_is_noticed(repository, saved):
    """A gate stops what follows from the steps."""
    propose(repository, saved)
    repository.gemspec("plan", "--fail-on", "train", "--out", saved)
    document = json.loads(Path(saved).read_text())
    document["gates"][0]["stops"] = []
    Path(saved).write_text(json.dumps(document))
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "was changed after it was saved" in err) == (1, True)


@pytest.mark.parametrize("waived", [["--waive", "train"], ["--waive", "nothing"]])
def test_a_gate_is_waived_for_a_saved_plan_alone_and_by_a_name_that_exists(repository, waived):
    status, _, err = repository.gemspec("apply", *waived, "--auto-approve")
    assert (status, "--waive" in err) == (1, True)


def test_errors_are_written_for_the_review(repository, saved, tmp_path):
    """A pull request is to show why there is no plan."""
    repository.edit("b.yaml", "temperature", "temprature")
    markdown, outputs = tmp_path / "plan.md", tmp_path / "outputs"
    outputs.write_text("before=1\n")
    status, out, err = repository.gemspec(
        "plan", "--out", saved, "--write", f"markdown={markdown}", "--write", f"github-output={outputs}"
    )
    assert (status, out) == (1, "")
    assert 'unknown field "temprature"' in err
    assert "temprature" in markdown.read_text()
    assert markdown.read_text().startswith("<!-- gemspec:plan team -->")
    assert outputs.read_text().startswith("before=1\nchanges=false\n")
    assert "applyable=false" in outputs.read_text()
    assert "Errors: there is no plan." in repository.gemspec("show", saved)[1]
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "ended in errors" in err) == (1, True)


def test_gates(repository, saved):
    """Each names what it stops; a plan that it lets through is as good as any."""
    text = propose(repository, saved)
    for gate, key in (("delete", "a"), ("replace", "a"), ("train", "a, c")):
        status, out, _ = repository.gemspec("plan", "--fail-on", gate)
        assert status == 1
        assert "Stopped by --fail-on:" in out
        assert out.split(f"! {gate}: ")[1].splitlines()[0].endswith(f": {key}")
    status, out, _ = repository.gemspec("plan", "--fail-on", "warning", "--format", "json")
    assert (status, json.loads(out)["gates"]) == (1, [{"gate": "warning", "stops": ["a.yaml", "b.yaml", "c.yaml"]}])
    repository.edit("a.yaml", "keepPrevious: 0", "keepPrevious: 1")
    assert repository.gemspec("plan", "--fail-on", "delete", "--target", "b")[0] == 0
    assert repository.gemspec("plan", "--fail-on", "nothing")[0] == 1
    assert "Stopped" not in text


def test_github_outputs(repository, saved, tmp_path):
    """Numbers and words that no manifest can write into."""
    outputs = tmp_path / "outputs"
    text = propose(repository, saved, "--write", f"github-output={outputs}")
    digest = next(line.split()[1] for line in text.splitlines() if line.startswith("Digest: "))
    assert outputs.read_text() == (
        "changes=true\nto_import=0\nto_add=2\nto_change=1\nto_destroy=1\ntrainings=2\n"
        f"plan_digest={digest}\napplyable=true\n"
    )


def test_single_manifests(repository, saved):
    """A plan of a single manifest is applied to that manifest."""
    propose(repository, saved)
    assert repository.gemspec("plan", "b.yaml", "--out", saved)[0] == 0
    status, out, _ = repository.gemspec("apply", saved, "b.yaml")
    assert (status, "1 changed" in out) == (0, True)
    status, _, err = repository.gemspec("apply", saved)
    assert (status, "c: create" in err) == (1, True)
