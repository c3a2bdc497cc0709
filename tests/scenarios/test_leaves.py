"""What was approved is what is sent, and where: each leaf of a manifest or of the project file that is changed after an
approval either changes the digest, and makes the saved plan stale, or changes no request to the service.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

import gemspec.emulator
from gemspec.reports import plan as plans, steps

from .conftest import walked_leaves
from .leaves import KINDS, ROWS, leaves, merged, rows_of, table
from .wire import Wire

CASES = [(leaf, service) for leaf, row in ROWS.items() for service in row.on]
BASE = {
    "apiVersion": "gemspec/v1",
    "kind": "TunedModel",
    "metadata": {"name": "a"},
    "spec": {"tuningTask": {"trainingData": {"files": ["one.jsonl"]}}},
}


@pytest.fixture
def approving(make_stage, monkeypatch):
    def make(service):
        stage = make_stage(service)
        wire = Wire(stage.service)
        monkeypatch.setattr(gemspec.emulator, "create_app", lambda *_, **__: wire)
        monkeypatch.setenv("GEMSPEC_ENDPOINT", "")
        return Approving(stage, wire)

    return make


class Approving:
    """Two plans, of manifests that differ in a leaf: `differences` says what is wrong about their approval."""

    def __init__(self, stage, wire):
        self.stage, self.wire = stage, wire
        for name, word in (("one", "even"), ("two", "odd")):
            lines = [json.dumps(row) for row in rows_of(f"{name} ", word)]
            (stage.here / f"{name}.jsonl").write_text("\n".join(lines))
            if stage.provider == "vertex":
                stage.there.store(name, [(row["textInput"], row["output"]) for row in rows_of(name, word)])
        (stage.here / "table.csv").write_text(table())
        for name in ("wild", "tame"):
            stage.train(name, "even")
        self.base = merged(BASE, {"spec": {"baseModel": stage.there.base_model}})
        place = {"vertex": {"project": "my-project", "location": "us-central1", "bucket": "my-bucket"}}
        self.project = {
            "apiVersion": "gemspec/v1",
            "kind": "Project",
            "metadata": {"name": "team"},
            "spec": {"provider": "emulator", **(place if stage.provider == "vertex" else {})},
        }

    def served(self):
        """Two generations of the key, of which the second serves, a key that is left alone, and two parents."""
        for files in (["two.jsonl"], ["one.jsonl"]):
            self.write("manifest", {"spec": {"tuningTask": {"trainingData": {"files": files}}}})
            for name in ("p", "q"):
                other = merged(self.base, {"metadata": {"name": name}, "spec": {"displayName": name}})
                (self.stage.here / f"{name}.yaml").write_text(json.dumps(other))
            self.stage.run(["apply"])
            assert self.stage.status == 0, self.stage.said

    def write(self, what, patch):
        """Write the project file and the manifest, with a patch of either."""
        patch = patch(self.stage) if callable(patch) else patch
        manifest = merged(self.base, patch if what == "manifest" else {})
        project = merged(self.project, patch if what == "project" else {})
        (self.stage.here / "a.yaml").write_text(json.dumps(manifest))
        (self.stage.here / "more").mkdir(exist_ok=True)
        more = merged(self.base, {"metadata": {"name": "more"}})
        (self.stage.here / "more" / "more.yaml").write_text(json.dumps(more))
        if (what == "project" and "manifests" not in project["spec"]) or what == "manifest":
            (self.stage.here / "more" / "more.yaml").unlink()
        (self.stage.here / "gemspec.yaml").write_text(json.dumps(project))

    def problems(self, leaf):
        """What is wrong about this leaf: nothing, where an approval holds for it."""
        (what, path), row = leaf.split(":"), ROWS[leaf]
        self.write(what, row.one)
        self.stage.run(["plan", "--out", "plan.json"])
        approved = self.document()
        if approved["errored"]:
            return [f"the first plan is none: {self.stage.said}"]
        self.write(what, row.other)
        self.stage.run(["plan", "--out", "other.json"])
        planned = self.document("other.json")
        before = self.stage.save()
        wanted = self.requests(what, row.one, [], before)
        if approved["digest"] == planned["digest"]:
            sent = self.requests(what, row.other, [], before)
            return [f"with the same digest, {request} is sent" for request in sent if request not in wanted]
        sent = self.requests(what, row.other, ["plan.json"], before)
        if self.stage.status == 0:
            return [f"{request} was not approved" for request in sent if request not in wanted]
        told = self.stage.said
        if not approved["applyable"]:
            return []
        self.stage.restore(before)
        name = row.says or re.sub(r"\[\]|\.\*", "", path).rpartition(".")[2]
        wrong = [f"{request} was sent all the same" for request in sent]
        is_named = name in told or "was not approved: " in told  # a step that is not in the plan at all, by its name
        return wrong if is_named else [*wrong, f"nothing names {name}: {told}"]

    def document(self, name="plan.json"):
        return json.loads((self.stage.here / name).read_text())

    def requests(self, what, patch, plan, before):
        """What an apply writes; afterwards all is as before."""
        self.write(what, patch)
        self.wire.writes = []
        self.stage.run(["apply", *plan])
        sent, self.wire.writes = self.wire.writes, []
        status, said = self.stage.status, self.stage.said
        self.stage.restore(before)
        self.stage.status, self.stage.said = status, said
        return sent


def without_sent(path):
    """A digest and a saved plan that lack a field of what a create sends."""

    def take_out(monkeypatch):
        whole = steps._sent
        monkeypatch.setattr(steps, "_sent", lambda made: {k: v for k, v in whole(made).items() if k != path})

    return take_out


def without_place(monkeypatch):
    whole = plans.plan_document
    elsewhere = lambda plan, identity, **more: whole(plan, replace(identity, place={}), **more)  # noqa: E731
    monkeypatch.setattr(plans, "plan_document", elsewhere)


def without_checks(monkeypatch):
    monkeypatch.setattr(steps, "_checks", lambda checks: {"count": len(checks), "digest": "sha256:" + "0" * 64})


TAKEN_OUT = {
    "manifest:spec.serviceAccount": without_sent("serviceAccount"),
    "manifest:spec.tuningTask.exportLastCheckpointOnly": without_sent("tuningTask.exportLastCheckpointOnly"),
    "project:spec.vertex.project": without_place,
    "project:spec.vertex.location": without_place,
    "manifest:spec.checks[].prompt": without_checks,
}


@pytest.mark.parametrize("leaf", TAKEN_OUT)
def test_a_leaf_that_is_taken_out_of_the_digest_is_found(approving, monkeypatch, leaf):
    made = approving("vertex")
    TAKEN_OUT[leaf](monkeypatch)
    assert made.problems(leaf)


@pytest.mark.parametrize("kind", KINDS)
def test_every_leaf_of_both_schemas_is_walked(kind):
    """A new field of a schema has two values in the table."""
    assert set(leaves(kind)) == {leaf for leaf in ROWS if leaf.startswith(KINDS[kind])}


@pytest.mark.parametrize(("leaf", "service"), CASES)
def test_an_approval_holds_for(approving, leaf, service):
    """First where the service has nothing, then where two generations are there."""
    made = approving(service)
    for name in ("p", "q"):
        other = merged(made.base, {"metadata": {"name": name}, "spec": {"displayName": name}})
        (made.stage.here / f"{name}.yaml").write_text(json.dumps(other))
    assert made.problems(leaf) == []
    made.served()
    assert made.problems(leaf) == []
    walked_leaves.append((leaf, service))
