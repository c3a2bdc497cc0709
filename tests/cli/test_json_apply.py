"""The result document and the events of an apply, compared with their schemas and with each other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .test_json import MODEL, PROJECT, check, printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def applied(*arguments: str) -> tuple[int, dict, list[dict]]:
    """The exit status, the result, and the events of an apply; each is held against its schema, and to the others."""
    words = ("--auto-approve", "--format", "json", "--events", "events.jsonl", *arguments)
    status, result = printed("apply", *words)
    check(result, "result")
    lines = Path("events.jsonl").read_text(encoding="ascii").splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        check(event, "event")
    first, *between, last = events
    assert (first["type"], first["plan_digest"]) == ("planned", result["plan_digest"])
    assert (last["type"], last["counts"], last["outcome"]) == ("summary", result["counts"], result["outcome"])
    assert status == result["exit_status"] == last["exit_status"]
    changed = [{"key": key["key"], **key["endpointChanged"]} for key in result["keys"] if key["endpointChanged"]]
    assert last["endpointChanged"] == changed
    ended = [event for event in between if event["type"] == "step_ended"]
    assert len(ended) == first["steps"] == len(result["steps"])
    for step in result["steps"]:
        assert any(step.items() <= event.items() for event in ended), step
    return status, result, between


def outcomes(result: dict) -> dict[str, str]:
    return {step["action"]: step["outcome"] for step in result["steps"]}


@pytest.fixture
def project(service, tmp_path, monkeypatch):
    """Write the manifest of a project: an example's answer, and what its check expects."""
    (tmp_path / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def write(output: str = "z", expected: str = "") -> None:
        checks = f"  checks: [{{prompt: x, expect: {{equals: {expected}}}}}]\n" if expected else ""
        (tmp_path / "a.yaml").write_text(MODEL.replace("output: z", f'output: "{output}"') + checks, encoding="utf-8")

    return write


@pytest.fixture
def end_trainings(clock):
    """Lets time pass at the service."""

    def move() -> None:
        clock.now += 10

    return move


@contextlib.contextmanager
def once_it_trains(do: Callable[[], None]) -> Iterator[None]:
    """Do something as soon as an event says that the training continues."""
    events = Path("events.jsonl")
    events.unlink(missing_ok=True)

    def watch() -> None:
        while not (events.exists() and '"step_progress"' in events.read_text(encoding="ascii")):
            time.sleep(0.01)
        do()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    thread.join(10)


def test_apply(project, end_trainings):
    """Create, wait, done; then there is nothing to do."""
    project()
    with once_it_trains(end_trainings):
        status, result, events = applied()
    assert (status, outcomes(result)) == (0, {"create": "done", "await": "done"})
    assert {event["type"] for event in events} >= {"step_waiting", "step_started", "step_progress", "step_ended"}
    name = result["steps"][0]["name"]
    assert result["keys"] == [{"key": "a", "serving": name, "endpointChanged": {"old": None, "new": name}}]
    status, again, events = applied()
    assert (status, again["outcome"], again["steps"], events) == (0, "complete", [], [])
    assert again["keys"] == [{"key": "a", "serving": name, "endpointChanged": None}]


def test_apply_of_a_replacement(project, end_trainings):
    """The new name for callers is in the result, and in the last event."""
    project()
    with once_it_trains(end_trainings):
        old = applied()[1]["keys"][0]["serving"]
    project("y")
    with once_it_trains(end_trainings):
        _, result, _ = applied()
    new = result["keys"][0]["serving"]
    assert result["keys"][0]["endpointChanged"] == {"old": old, "new": new}


def test_apply_of_a_training_that_fails(project, end_trainings):
    """The step has the reason; the next apply reports the key as failed."""
    project("!fail")
    with once_it_trains(end_trainings):
        status, result, _ = applied()
    assert (status, result["outcome"], outcomes(result)["await"]) == (1, "incomplete", "failed")
    assert "an example has the output !fail" in result["steps"][1]["message"]
    assert result["keys"] == [{"key": "a", "serving": None, "endpointChanged": None}]
    status, result, _ = applied()
    assert (status, result["outcome"], result["steps"]) == (1, "incomplete", [])
    assert [failure["key"] for failure in result["failures"]] == ["a"]


def test_apply_of_a_model_that_fails_its_check(project, end_trainings):
    """The result has its answers, and it does not serve."""
    project(expected="y")
    with once_it_trains(end_trainings):
        status, result, _ = applied()
    assert (status, result["outcome"]) == (1, "incomplete")
    assert outcomes(result) == {"create": "done", "await": "done", "check": "failed", "promote": "not_started"}
    assert [(check["answer"], check["passed"]) for check in result["steps"][2]["checks"]] == [("z", False)]
    assert result["keys"] == [{"key": "a", "serving": None, "endpointChanged": None}]


def test_apply_that_does_not_wait(project, end_trainings):
    """In progress is no failure. The next apply completes it and names the serving model."""
    project(expected="z")
    status, result, _ = applied("--no-wait")
    assert (status, result["outcome"], result["counts"]["in_training"]) == (0, "in_progress", 1)
    assert result["keys"] == [{"key": "a", "serving": None, "endpointChanged": None}]
    end_trainings()
    status, result, _ = applied()
    assert (status, outcomes(result)) == (0, {"check": "done", "promote": "done"})
    name = result["steps"][0]["name"]
    assert result["keys"] == [{"key": "a", "serving": name, "endpointChanged": {"old": None, "new": name}}]


def test_apply_that_waits_no_longer(project):
    """As --no-wait, but for the word and the exit status."""
    project()
    status, result, _ = applied("--wait-timeout", "1s")
    assert (status, result["outcome"], outcomes(result)) == (1, "timed_out", {"create": "done", "await": "waiting"})


def test_apply_that_is_interrupted(project):
    """The document is printed: what was done, and what continues."""
    project(expected="z")

    with once_it_trains(lambda: os.kill(os.getpid(), signal.SIGINT)):
        status, result, _ = applied()
    assert (status, result["outcome"]) == (130, "interrupted")
    assert outcomes(result) == {
        "create": "done",
        "await": "waiting",
        "check": "not_started",
        "promote": "not_started",
    }
