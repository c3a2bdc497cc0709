"""The public API: what the commands do, without their screen. docs/python-api.md is run, too."""

from __future__ import annotations

import doctest
import inspect
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import jsonschema
import pytest

import gemspec
from gemspec import api, cli

ROOT = Path(__file__).parents[2]
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = """apiVersion: gemspec/v1
kind: TunedModel
metadata: {{name: {key}}}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {{trainingData: {{examples: [{{textInput: x, output: {output}}}]}}}}
"""
PAGE = ROOT / "docs/python-api.md"
HEAVY = ["anyio", "click", "deepdiff", "google.auth", "httpx", "jsonschema", "msgspec", "rich", "starlette", "yaml"]


@pytest.fixture
def folder(gemspec_emulator, tmp_path):
    """A project of two models; it is not the current folder."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT)
    for key in ("a", "b"):
        write(tmp_path, key, "one")
    return tmp_path


def write(folder, key, output):
    (folder / f"{key}.yaml").write_text(MODEL.format(key=key, output=output))


def schema(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / "schemas" / f"{name}.v1.schema.json").read_text()))


def test_load_plan_apply(folder, gemspec_emulator):
    """The whole way; a second plan has nothing to do."""
    project = gemspec.load(folder)
    assert (project.name, project.provider, project.folder, project.whole) == ("team", "emulator", folder, True)
    assert [model.key for model in project.models] == ["a", "b"]
    plan = gemspec.plan(project)
    assert (plan.has_changes, plan.is_applyable, plan.blocks) == (True, True, ())
    result = gemspec.apply(plan)
    assert (result.outcome, result.is_complete, sorted(result.serving)) == ("complete", True, ["a", "b"])
    assert gemspec_emulator.trainings == 2
    assert not gemspec.plan(project).has_changes


def test_in_a_running_event_loop(folder):
    """The same by await; the other forms say so instead of blocking the loop."""

    async def main():
        project = await gemspec.load_async(folder)
        plan = await gemspec.plan_async(project)
        with pytest.raises(RuntimeError, match="await gemspec"):
            gemspec.plan(project)
        return await gemspec.apply_async(plan)

    assert anyio.run(main).is_complete


def test_in_a_thread(folder):
    """Where no signal could be handled."""
    results = []
    thread = threading.Thread(target=lambda: results.append(gemspec.apply(gemspec.plan(gemspec.load(folder)))))
    thread.start()
    thread.join()
    assert results[0].is_complete


def test_documents_are_those_of_the_commands(folder, capsys):
    """Of plan and of apply, by their schemas."""
    plan = gemspec.plan(gemspec.load(folder))
    assert cli.run(["plan", str(folder), "--format", "json"]) == 0
    assert plan.document == json.loads(capsys.readouterr().out)
    assert plan.digest == plan.document["digest"]
    schema("plan").validate(plan.document)
    result = gemspec.apply(plan, wait=False)
    schema("result").validate(result.document)
    assert (result.document["plan_digest"], result.outcome) == (plan.digest, "in_progress")


def test_a_plan_can_be_saved_for_apply(folder, tmp_path):
    """As --out does: the document is a reviewed plan for the command."""
    plan = gemspec.plan(gemspec.load(folder))
    (tmp_path / "plan.json").write_text(json.dumps(plan.document))
    assert cli.run(["apply", str(tmp_path / "plan.json"), str(folder)]) == 0


def test_events(folder):
    """Each step begins and ends, in order; a listener that fails stops nothing."""
    seen = []

    def listen(event):
        seen.append(event)
        raise ValueError

    plan = gemspec.plan(gemspec.load(folder), targets="a")
    result = gemspec.apply(plan, on_event=listen)
    ended = [event for event in seen if isinstance(event, gemspec.StepEnded)]
    assert ended == [*result.steps]
    assert [(event.action, event.key, event.outcome) for event in ended] == [
        ("create", "a", gemspec.Outcome.DONE),
        ("await", "a", gemspec.Outcome.DONE),
    ]
    assert any(isinstance(event, gemspec.StepStarted) for event in seen)


def test_problems_have_places(folder):
    """All of them, as values."""
    (folder / "a.yaml").write_text(MODEL.format(key="a", output="one") + "  temprature: 1\n")
    (folder / "b.yaml").write_text("kind: TunedModel\na: [")
    with pytest.raises(gemspec.InputError) as raised:
        gemspec.load(folder)
    places = [(Path(problem.origin.file).name, problem.origin.line) for problem in raised.value.problems]
    assert [name for name, _ in places] == ["a.yaml", "b.yaml"]
    assert places[0][1] == 7
    assert isinstance(raised.value, gemspec.GemspecError)


def test_warnings_are_values(folder, capsys):
    """Nothing is printed."""
    project = gemspec.load(folder)
    assert [problem.severity for problem in project.warnings] == [gemspec.Severity.WARNING] * 2
    assert len(gemspec.plan(project).document["warnings"]) == 2
    assert capsys.readouterr() == ("", "")


def test_flags_are_keywords(folder):
    """A string alone is a single name. Limits are written as in gemspec.yaml."""
    project = gemspec.load(folder)
    assert [step["key"] for step in gemspec.plan(project, targets="a").document["steps"]] == ["a", "a"]
    assert gemspec.plan(project, excludes=["a"]).document["left_out"] == ["a"]
    with pytest.raises(gemspec.InputError, match="--replace nope: no manifest declares this key"):
        gemspec.plan(project, replace="nope")
    with pytest.raises(gemspec.InputError, match="max_deletes"):
        gemspec.plan(project, max_deletes="many")
    assert not gemspec.plan(project, max_trainings=1).is_applyable


def test_a_blocked_plan_is_refused(folder, gemspec_emulator):
    """With what lifts the block."""
    plan = gemspec.plan(gemspec.load(folder), max_trainings=1)
    assert [block.rule for block in plan.blocks] == ["maxTrainings"]
    with pytest.raises(gemspec.PlanRefused, match="the plan is blocked") as raised:
        gemspec.apply(plan)
    assert raised.value.hint
    assert gemspec_emulator.trainings == 0


def test_a_stale_plan_is_refused(folder, gemspec_emulator):
    """A plan that was reviewed does not have what was changed meanwhile."""
    assert gemspec.apply(gemspec.plan(gemspec.load(folder))).is_complete
    (folder / "a.yaml").write_text(MODEL.format(key="a", output="one") + "  temperature: 0.2\n")
    plan = gemspec.plan(gemspec.load(folder))
    (folder / "a.yaml").write_text(MODEL.format(key="a", output="one") + "  temperature: 0.7\n")
    assert gemspec.apply(gemspec.plan(gemspec.load(folder))).is_complete
    with pytest.raises(gemspec.PlanRefused, match="stale"):
        gemspec.apply(plan)


def test_what_was_done_meanwhile_is_not_done_again(folder, gemspec_emulator):
    """A plan that was carried out trains nothing twice, not even a plan with `replace`."""
    plan = gemspec.plan(gemspec.load(folder))
    assert gemspec.apply(plan).is_complete
    assert gemspec.apply(plan).is_complete
    again = gemspec.plan(gemspec.load(folder), replace="a")
    assert gemspec.apply(again).is_complete
    assert gemspec.apply(again).is_complete
    assert gemspec_emulator.trainings == 3


@pytest.mark.gemspec_emulator(training_seconds=3600)
def test_cancelling_ends_the_wait_and_no_training(folder, gemspec_emulator):
    """The next plan attaches to it."""

    async def main():
        plan = await gemspec.plan_async(gemspec.load(folder), targets="a")
        with anyio.move_on_after(0.5):
            await gemspec.apply_async(plan)

    anyio.run(main)
    assert gemspec_emulator.trainings == 1
    actions = [step["action"] for step in gemspec.plan(gemspec.load(folder), targets="a").document["steps"]]
    assert actions == ["await"]


def test_a_timeout_is_a_result(folder, gemspec_emulator):
    """Trainings that have begun continue."""
    plan = gemspec.plan(gemspec.load(folder))
    assert gemspec.apply(plan, wait_timeout=0).outcome in ("timed_out", "complete")


def test_manifests_from_an_open_file(folder, monkeypatch):
    """Standard input is read where it is given, and never else."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdin", None)
    project = gemspec.load("-", stdin=io.BytesIO(MODEL.format(key="a", output="one").encode()))
    assert ([model.key for model in project.models], project.whole) == (["a"], True)
    with pytest.raises(gemspec.InputError, match="stdin"):
        gemspec.load("-")


def test_a_service_that_does_not_answer(folder):
    """One of the tree of errors."""
    with pytest.raises(gemspec.UnavailableError):
        gemspec.plan(gemspec.load(folder), endpoint="http://127.0.0.1:9")


def test_the_process_is_left_alone(folder, monkeypatch):
    """Arguments, signal handlers, folder and environment."""
    monkeypatch.setattr(sys, "argv", ["program", "--format", "json", "nowhere"])

    def state():
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)], os.getcwd(), dict(os.environ)

    before = state()
    assert gemspec.apply(gemspec.plan(gemspec.load(folder))).is_complete
    assert state() == before


def test_importing_loads_nothing():
    """What is public is loaded when it is first used; errors alone load no library."""
    program = f"""
import sys, gemspec
assert "gemspec.api" not in sys.modules
gemspec.InputError, gemspec.load, gemspec.Plan
print(*(name for name in {HEAVY} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_names_are_public_by_hand():
    """All of them are there, and typed."""
    assert sorted({*api.__all__, "__version__"}) == sorted(gemspec.__all__) == dir(gemspec)
    assert all(getattr(gemspec, name) is not None for name in gemspec.__all__)
    assert (ROOT / "gemspec" / "py.typed").is_file()
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        gemspec.nope  # noqa: B018


@pytest.mark.parametrize("name", ["load", "plan", "apply"])
def test_both_forms_take_the_same(name):
    """An addition to either is an addition to both."""
    plain, awaited = (inspect.signature(getattr(gemspec, form)) for form in (name, f"{name}_async"))
    assert plain == awaited


def test_the_page_is_true(gemspec_emulator, tmp_path, monkeypatch):
    """Its examples run, in order, over an emulator."""
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init", "support-bots", "--name", "support-bots"]) == 0
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 5) == (0, True)


def test_the_page_names_everything():
    """What is public and not described is not guaranteed to anybody."""
    page = PAGE.read_text()
    assert [name for name in gemspec.__all__ if name not in page] == []
