"""Two owners with the same keys and the same data, side by side on one service: neither touches the other's models."""

from __future__ import annotations

import io

import pytest
from support.served import TRAINING_SECONDS

from .project_fixture import check

SOME_WORD = [check("matches", "[a-z]+")]


@pytest.fixture
def overlays(make_bots):
    """Staging and prod, each in its folder, with two keys that have served two words."""
    both = make_bots("staging"), make_bots("prod")
    for bots in both:
        bots.bring("tickets", "billing", "sales", checks=SOME_WORD)
        bots.bring("questions", "yes", parent="tickets")
    return both


def models_of(bots):
    """Name -> model, as the service has it, for all models of one owner."""
    models = (bots.service.raw(name) for name in bots.service.models)
    return {model["name"]: model for model in models if f"owner={bots.owner} " in model["description"]}


def test_overlays_live_side_by_side(overlays, service):
    """Equal keys and data give other models and names, and each project gets its own."""
    staging, prod = overlays
    assert service.trainings == len(service.models) == 6
    assert staging.outputs().keys() == prod.outputs().keys() == {"questions", "tickets"}
    assert not set(staging.outputs().values()) & set(prod.outputs().values())
    assert models_of(staging).keys() | models_of(prod).keys() == set(service.models)
    assert staging.is_settled()
    assert prod.is_settled()


def test_changes_of_one_project_do_not_touch_the_other(overlays):
    """A retrain with its cascade, a rollback, settings, a removed key, destroy: no model of the other changes."""
    staging, prod = overlays
    before = models_of(prod)

    def carry_out(*words):
        assert staging.carried_out(*words).status == 0
        assert models_of(prod) == before
        assert prod.is_settled()

    staging.declare("tickets", "support", checks=SOME_WORD)
    carry_out()
    staging.declare("tickets", "sales", checks=SOME_WORD)
    carry_out()
    staging.declare("tickets", "sales", checks=SOME_WORD, more="temperature: 0.1")
    carry_out()
    carry_out("apply", "--replace", "questions")
    staging.declare("tickets", "spam", checks=[check("equals", "ham")])
    assert staging.carried_out().status == 1
    carry_out("check", "--accept", "tickets")
    (staging.folder / "questions.yaml").unlink()
    carry_out()
    carry_out("destroy")
    assert models_of(staging) == {}
    assert prod.answer(prod.output("tickets")) == "sales"


def test_one_folder_two_project_files(bots, service, monkeypatch):
    """Manifests from standard input, as `kubectl kustomize` writes them: the project file says whose they are."""
    manifest = bots.declare("tickets", "billing").read_text()
    (bots.folder / "tickets.yaml").unlink()
    for owner in ("staging", "prod"):
        bots.write_project(f"{owner}.yaml", owner)

    def apply(owner, text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        said = bots.said("apply", "-", "--project", f"{owner}.yaml", "--auto-approve", "--no-wait")
        assert said.status == 0, said.out + said.err
        service.now += TRAINING_SECONDS

    def names(owner):
        return bots.said("output", "tickets", "--project", f"{owner}.yaml").out.strip()

    apply("staging", manifest)
    apply("prod", manifest)
    staging, prod = names("staging"), names("prod")
    assert sorted(service.models) == sorted({staging, prod})
    untouched = service.raw(prod)
    apply("staging", manifest.replace("spec:", "spec:\n  displayName: which queue"))
    assert service.raw(staging)["displayName"] == "which queue"
    assert bots.said("destroy", "--project", "staging.yaml", "--auto-approve").status == 0
    assert service.models == [prod]
    assert service.raw(prod) == untouched
