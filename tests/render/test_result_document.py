"""The result of an apply, for programs."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import jsonschema
import pytest

from gemspec.domain.events import Checked, Outcome, StepEnded
from gemspec.domain.model import Check, Expectation
from gemspec.domain.result import Result
from gemspec.render.terminal.result import last_line
from gemspec.reports.plan import json_text
from gemspec.reports.result import counts, exit_status, outcome, result_document, step_result

SCHEMAS = Path(__file__).parents[2] / "schemas"
DONE, FAILED, SUPERSEDED, UNANSWERED, WAITING, NOT_STARTED = Outcome
FAILURE = {"key": "b", "kind": "failed", "train": "1" * 12, "reason": "out of memory"}


def schema(name: str) -> dict:
    return json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text(encoding="utf-8"))


VALIDATOR = jsonschema.Draft202012Validator(schema("result"))


def end(outcome: Outcome = DONE, action: str = "create", **more) -> StepEnded:
    return StepEnded(action, "a", "1" * 12, "tunedModels/a-1111111111", outcome, **more)


@pytest.mark.parametrize(
    ("outcomes", "more", "failures", "word", "status"),
    [
        ([], {}, [], "complete", 0),
        ([DONE], {}, [], "complete", 0),
        ([DONE, WAITING, NOT_STARTED], {}, [], "in_progress", 0),
        ([DONE, WAITING], {"timed_out": True}, [], "timed_out", 1),
        ([FAILED, WAITING], {"timed_out": True}, [], "incomplete", 1),
        ([DONE, FAILED, NOT_STARTED], {}, [], "incomplete", 1),
        ([DONE, SUPERSEDED], {}, [], "incomplete", 1),
        ([NOT_STARTED], {}, [], "incomplete", 1),
        ([], {}, [FAILURE], "incomplete", 1),
        ([WAITING], {}, [FAILURE], "incomplete", 1),
        ([DONE, WAITING], {"interrupted": 2}, [], "interrupted", 130),
        ([FAILED, WAITING], {"interrupted": 15}, [FAILURE], "interrupted", 143),
        ([DONE, UNANSWERED, NOT_STARTED], {"interrupted": 2}, [], "interrupted", 130),
    ],
)
def test_outcome(outcomes, more, failures, word, status):
    """A word and an exit status for every result of a run."""
    result = Result(tuple(map(end, outcomes)), **more)
    assert (outcome(result, failures), exit_status(result, failures)) == (word, status)


def test_text_and_document_agree():
    """The last line for people says complete exactly where the outcome does."""
    for first, second, timed_out in product(Outcome, Outcome, [False, True]):
        result = Result((end(first), end(second, "await")), timed_out=timed_out and WAITING in (first, second))
        said = last_line(result)
        claims = {"complete": "Apply complete", "in_progress": "Apply complete"}.get(
            outcome(result), "Apply incomplete"
        )
        assert said.startswith(claims), (first, second, timed_out)


def test_counts():
    """The counts of the last line, and how many steps failed."""
    steps = [end(action=action) for action in ("import", "update", "delete", "abandon", "forget")]
    wrong = [end(FAILED, "check"), end(SUPERSEDED, "delete"), end(NOT_STARTED, "promote"), end(WAITING, "await")]
    assert counts(Result((*steps, *wrong))) == {
        "imported": 1,
        "added": 0,
        "changed": 1,
        "destroyed": 2,
        "forgotten": 1,
        "in_training": 1,
        "failed": 2,
    }


def test_every_plan_has_a_result_by_the_schema(case, plan, document):
    """For every outcome of its steps, the document is valid, and has every step in its order."""
    for how in Outcome:
        ended = tuple(
            StepEnded(step.action, step.key, step.train, step.name or "tunedModels/new", how) for step in plan.steps
        )
        made = json.loads(json_text(result_document(document(plan), plan, Result(ended))))
        VALIDATOR.validate(made)
        assert [step["action"] for step in made["steps"]] == [step.action for step in plan.steps]
        assert made["plan_digest"] == document(plan)["digest"]
        assert {failure["key"] for failure in made["failures"]} == {key.key for key in plan.failures}


def test_nothing_to_do(cases, document):
    """A result without steps; every key still says which model serves."""
    plan = cases["no-changes"]
    made = result_document(document(plan), plan, Result(()))
    VALIDATOR.validate(made)
    assert (made["outcome"], made["steps"]) == ("complete", [])
    assert {key["key"] for key in made["keys"]} == {key.key for key in plan.keys}


def test_a_step_with_checks():
    """The checks are as in `gemspec check`; unknown values are null, and seconds are rounded."""
    checked = (
        Checked(Check("7", Expectation.EQUALS, "8"), passed=False, answer="9"),
        Checked(Check("x", Expectation.MATCHES, "y*"), passed=False, error="did not answer"),
    )
    entry = step_result(StepEnded("check", "a", "1" * 12, "", FAILED, 1.23456, "it failed", "mend it", checked))
    assert entry == {
        "action": "check",
        "key": "a",
        "train": "1" * 12,
        "name": None,
        "outcome": "failed",
        "elapsed_seconds": 1.235,
        "message": "it failed",
        "hint": "mend it",
        "checks": [
            {
                "prompt": "7",
                "expectation": "equals",
                "expected": "8",
                "passed": False,
                "answer": "9",
                "error": None,
            },
            {
                "prompt": "x",
                "expectation": "matches",
                "expected": "y*",
                "passed": False,
                "answer": None,
                "error": "did not answer",
            },
        ],
    }


def test_schemas_agree():
    """Parts that several documents have are described alike in all of them."""
    result, event = schema("result")["$defs"], schema("event")["$defs"]
    assert result["check"] == event["check"] == schema("checks")["$defs"]["check"]
    assert result["counts"] == event["counts"]
    assert result["failure"] == schema("plan")["$defs"]["failure"]
    step = dict(event["step_ended"]["properties"])
    assert step.keys() - {"format_version", "time", "type"} == result["step"]["properties"].keys()
    assert {name: step[name] for name in ("outcome", "message", "hint", "checks", "elapsed_seconds")} == {
        name: result["step"]["properties"][name] for name in ("outcome", "message", "hint", "checks", "elapsed_seconds")
    }
    counted = schema("plan")["properties"]["counts"]
    assert event["plan_counts"]["properties"] == counted["properties"]
