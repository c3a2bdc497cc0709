"""Events as lines of JSON, for --events and --format json."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, strategies as st

from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.domain.model import Progress, Snapshot
from gemspec.domain.result import Result
from gemspec.reports.events import EventLines
from gemspec.reports.result import result_document

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "event.v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TRAIN, NAME = "1" * 12, "tunedModels/a-1111111111"
HEAD = {"format_version": "1.0", "time": "2023-11-14T22:13:20.125Z"}
STEP = {"action": "await", "key": "a", "train": TRAIN, "name": NAME}


class Listener:
    """Collects lines: each is a single line, in ASCII, valid by the schema."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.emit = EventLines(self.lines.append, lambda: 1_700_000_000.125)

    @property
    def entries(self) -> list[dict]:
        entries = []
        for line in self.lines:
            assert line.isascii()
            assert line.endswith("\n")
            assert line.count("\n") == 1
            entries.append(json.loads(line))
            VALIDATOR.validate(entries[-1])
        return entries


@pytest.fixture
def listener():
    return Listener()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            StepWaiting("await", "a", TRAIN, NAME, "create", "b", "2" * 12),
            {
                "type": "step_waiting",
                **STEP,
                "waits_for": {"action": "create", "key": "b", "train": "2" * 12},
                "reason": "",
            },
        ),
        (
            StepWaiting("await", "a", TRAIN, NAME),
            {"type": "step_waiting", **STEP, "waits_for": None, "reason": ""},
        ),
        (
            StepWaiting("create", "a", TRAIN, NAME, reason="one training at a time"),
            {"type": "step_waiting", **STEP, "action": "create", "waits_for": None, "reason": "one training at a time"},
        ),
        (StepStarted("await", "a", TRAIN, NAME), {"type": "step_started", **STEP}),
        (StepStarted("await", "a", TRAIN, ""), {"type": "step_started", **STEP, "name": None}),
        (
            StepProgress("await", "a", TRAIN, NAME, Progress(19, 38, (Snapshot(19, 2, 0.5),)), 12.34567),
            {
                "type": "step_progress",
                **STEP,
                "completed_steps": 19,
                "total_steps": 38,
                "percent": 50.0,
                "waiting": None,
                "epoch": 2,
                "loss": 0.5,
                "elapsed_seconds": 12.346,
            },
        ),
        (
            StepProgress("await", "a", TRAIN, NAME, Progress(waiting="queued"), 0.0),
            {
                "type": "step_progress",
                **STEP,
                "completed_steps": 0,
                "total_steps": None,
                "percent": None,
                "waiting": "queued",
                "epoch": None,
                "loss": None,
                "elapsed_seconds": 0.0,
            },
        ),
        (
            StepEnded("await", "a", TRAIN, NAME, Outcome.NOT_STARTED, 0.0, "interrupted"),
            {
                "type": "step_ended",
                **STEP,
                "outcome": "not_started",
                "elapsed_seconds": 0.0,
                "message": "interrupted",
                "hint": "",
                "checks": None,
            },
        ),
    ],
)
def test_lines(event, line, listener):
    """Each event is a line with its time, its type and its step."""
    listener.emit(event)
    assert listener.entries == [HEAD | line]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_null(loss, listener):
    """JSON has no value for it."""
    listener.emit(StepProgress("await", "a", TRAIN, NAME, Progress(1, 2, (Snapshot(1, 0, loss),)), 1.0))
    assert (listener.entries[0]["loss"], listener.entries[0]["epoch"]) == (None, 0)


@given(st.text(), st.text(), st.sampled_from(Outcome))
def test_any_text_stays_on_its_line(message, key, outcome):
    """Line breaks, control characters and lone surrogates do not end the line, and are written in ASCII."""
    listener = Listener()
    listener.emit(StepEnded("delete", key, TRAIN, NAME, outcome, 1.0, message))
    assert (listener.entries[0]["message"], listener.entries[0]["key"]) == (message, key)


def test_first_and_last_line(case, plan, document, listener):
    """The first line has the numbers and the digest of the plan, the last line the numbers of the result."""
    result = Result(
        tuple(StepEnded(step.action, step.key, step.train, step.name or NAME, Outcome.DONE) for step in plan.steps)
    )
    came_to = result_document(document(plan), plan, result)
    listener.emit.planned(document(plan))
    assert not listener.emit.is_ended
    listener.emit.summary(came_to)
    assert listener.emit.is_ended
    planned, summary = listener.entries
    assert (planned["type"], planned["plan_digest"], planned["steps"]) == (
        "planned",
        came_to["plan_digest"],
        len(plan.steps),
    )
    assert planned["applyable"] is plan.is_applyable
    assert summary["type"] == "summary"
    assert {name: summary[name] for name in ("outcome", "exit_status", "counts")} == {
        name: came_to[name] for name in ("outcome", "exit_status", "counts")
    }


def test_run_without_a_result(listener):
    """It ends with a summary, too."""
    listener.emit.broken_off("errored", 1, "the service does not answer")
    assert listener.entries == [
        HEAD
        | {
            "type": "summary",
            "outcome": "errored",
            "exit_status": 1,
            "counts": None,
            "endpointChanged": [],
            "message": "the service does not answer",
        }
    ]
    assert listener.emit.is_ended


def test_a_line_of_no_type_is_refused():
    """The schema distinguishes types: the fields of a type are not valid for another type."""
    for wrong in ({"type": "step_started", **STEP, "percent": 3}, {"type": "step_begun", **STEP}, STEP):
        assert not VALIDATOR.is_valid(HEAD | wrong)
