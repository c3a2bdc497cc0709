"""A provider that the package does not know goes through the command line: a spec is all that it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import third_provider
from support.fake_provider import FakeProvider

from gemspec import cli
from gemspec.domain.marker import Absent, Corrupt
from gemspec.providers import registry

KEY = "number-generator"


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A project on the third provider, as `gemspec init` writes it."""
    monkeypatch.chdir(tmp_path)
    service = FakeProvider(traits=third_provider.TRAITS)
    monkeypatch.setattr(third_provider, "SERVICE", service)
    registry.register(third_provider.SPEC)
    try:
        assert cli.run(["init", "--provider", "memory", "--name", "team"]) == 0
        yield service
    finally:
        registry.unregister(third_provider.SPEC)


@pytest.fixture
def run(capsys, service):
    """Run a command, which has to end so; give what it printed."""
    capsys.readouterr()

    def run(*arguments, status=0):
        ended = cli.run(arguments)
        out, err = capsys.readouterr()
        assert ended == status, out + err
        return " ".join((out + err).split())

    return run


def change(service, **changes):
    """Somebody changes the only model by hand."""
    [live] = service.models.values()
    service.models[live.name] = replace(live, **changes)
    return live.name


def test_init_writes_a_project_of_it(run, tmp_path):
    said = run("init", "other", "--provider", "memory", "--name", "other")
    assert "shelf:" in (tmp_path / "other/gemspec.yaml").read_text()
    assert "Project other, on the Memory Service:" in said
    assert "Choose a shelf" in said


def test_it_is_planned_applied_and_shown(service, run):
    assert "Plan: 1 to add" in run("plan")
    assert "1 added" in run("apply", "--auto-approve")
    [name] = service.models
    assert name.startswith("tunes/number-generator-")
    assert "No changes." in run("plan")
    assert KEY in run("status")
    assert run("output", KEY) == name
    assert name in run("ask", KEY, "3")


def test_a_model_is_imported(service, run, tmp_path):
    run("apply", "--auto-approve")
    name = change(service, marker=Absent())
    (tmp_path / f"models/{KEY}.yaml").unlink()
    assert name in run("import", name, "--out", "taken.yaml")
    assert f"tunedModel: {name}" in (tmp_path / "taken.yaml").read_text()
    assert "1 to import" in run("plan")
    run("apply", "--auto-approve")
    assert "No changes." in run("plan")


def test_the_message_for_a_broken_marker_is_in_its_words(service, run):
    run("apply", "--auto-approve")
    name = change(service, marker=Corrupt("was edited", "team", KEY))
    said = run("plan", status=1)
    assert f"hang its tag back on {name}" in said
    assert "description" not in said
    assert "label" not in said


def test_the_message_for_a_marker_that_bars_an_import_is_in_its_words(service, run):
    run("apply", "--auto-approve")
    name = change(service, marker=Corrupt("was edited"))
    assert f"take the tag off {name}" in run("import", name, status=1)


def test_its_names_and_its_block_are_checked(run, tmp_path):
    project = tmp_path / "gemspec.yaml"
    project.write_text(project.read_text().replace("shelf:", "vertex:"))
    assert "provider memory has no vertex block" in run("validate", status=1)
