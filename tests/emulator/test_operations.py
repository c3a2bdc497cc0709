"""Trainings seen through their operations: progress, end, failure, cancel; and the function behind them."""

import pytest

from gemspec.emulator.gemini.training import Training

HYPER = {"epochCount": 5, "batchSize": 4}
SECOND = 1_000_000


def start(emulator, order, **how):
    return emulator.post("tunedModels?tunedModelId=m", order(hyper=HYPER, **how))["name"]


def test_progress(emulator, order):
    """While training continues: steps, percent and a snapshot for each step; no `done`."""
    name = start(emulator, order)
    emulator.seconds += 2
    metadata = emulator.get(name)["metadata"]
    assert (metadata["totalSteps"], metadata["completedSteps"], metadata["completedPercent"]) == (19, 9, 47.36842)
    assert len(metadata["snapshots"]) == 9
    assert list(metadata) == [
        "@type", "totalSteps", "completedSteps", "completedPercent", "snapshots", "tunedModel",
    ]  # fmt: skip
    assert "done" not in emulator.get(name)


def test_done(emulator, order):
    """At the end: `done`, and the model as `response`."""
    name = start(emulator, order)
    emulator.seconds += 4
    operation = emulator.get(name)
    assert list(operation) == ["name", "metadata", "done", "response"]
    assert operation["metadata"]["completedPercent"] == 100
    response = operation["response"]
    assert response.pop("@type") == "type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel"
    assert response == emulator.get("tunedModels/m")


def test_the_same_under_v1(emulator, order):
    """Operations are served under v1 and v1beta."""
    name = start(emulator, order)
    assert emulator.send("GET", f"/v1/{name}").json() == emulator.get(name)
    listed = emulator.get("tunedModels/m/operations")
    assert listed == {"operations": [emulator.get(name)]}
    assert emulator.send("GET", "/v1/tunedModels/m/operations").json() == listed


def test_a_training_that_fails(emulator, order):
    """An example with the output !fail: the training ends half way, the model is FAILED, the operation has an error."""
    name = start(emulator, order, examples=[("1", "2"), ("2", "!fail")])
    emulator.seconds += 1.9
    assert emulator.get("tunedModels/m")["state"] == "CREATING"
    emulator.seconds += 0.1
    operation, model = emulator.get(name), emulator.get("tunedModels/m")
    assert list(operation) == ["name", "metadata", "done", "error"]
    assert operation["error"] == {"code": 13, "message": "Tuning failed: an example has the output !fail."}
    assert operation["metadata"]["completedSteps"] == 1
    assert model["state"] == "FAILED"
    assert model["updateTime"] == model["tuningTask"]["completeTime"] == "2023-11-14T22:13:22.250Z"


def test_cancel(emulator, order):
    """Cancel under v1 ends the training there: error CANCELLED, the model FAILED. Again, or later, it does nothing."""
    name = start(emulator, order)
    emulator.seconds += 1
    for _ in range(2):
        response = emulator.send("POST", f"/v1/{name}:cancel", json={})
        assert (response.status_code, response.json()) == (200, {})
        emulator.seconds += 10
    operation = emulator.get(name)
    assert (operation["error"]["code"], operation["metadata"]["completedSteps"]) == (1, 4)
    assert emulator.get("tunedModels/m")["state"] == "FAILED"
    assert emulator.get("tunedModels/m")["updateTime"] == "2023-11-14T22:13:21.250Z"


def test_cancel_of_what_is_done(emulator, order):
    """A training that is done stays ACTIVE."""
    name = start(emulator, order)
    emulator.wait()
    emulator.send("POST", f"/v1/{name}:cancel")
    assert emulator.get("tunedModels/m")["state"] == "ACTIVE"


def test_cancel_needs_a_writer(emulator, order):
    """Who may not edit the model may not cancel its training."""
    name = start(emulator, order)
    emulator.post("tunedModels/m/permissions", {"granteeType": "EVERYONE", "role": "READER"})
    assert emulator.refusal("POST", f"/v1/{name}:cancel", user="eve")["code"] == 403


def test_operations_that_do_not_exist(emulator, order):
    """404 for another operation, and for those of a deleted model."""
    name = start(emulator, order)
    assert emulator.refusal("GET", "/v1beta/tunedModels/m/operations/zzz")["status"] == "NOT_FOUND"
    emulator.delete("tunedModels/m")
    assert emulator.refusal("GET", f"/v1beta/{name}")["status"] == "NOT_FOUND"


def test_instant_training(make_emulator, order):
    """With training_seconds=0 the create's own answer is done."""
    emulator = make_emulator(training_seconds=0)
    operation = emulator.post("tunedModels?tunedModelId=m", order())
    assert operation["done"]
    assert operation["response"]["state"] == "ACTIVE"
    assert len(operation["response"]["tuningTask"]["snapshots"]) == 19


def test_an_instant_failure(make_emulator, order):
    """With training_seconds=0 a failing training fails at once, half way in steps."""
    operation = make_emulator(training_seconds=0).post(
        "tunedModels?tunedModelId=m", order(examples=[("1", "!fail")] * 8)
    )
    assert (operation["error"]["code"], operation["metadata"]["completedSteps"]) == (13, 5)


@pytest.mark.parametrize(
    ("examples", "epochs", "batch", "steps"), [(15, 5, 2, 38), (15, 5, 4, 19), (1, 1, 16, 1), (20, 5, 4, 25)]
)
def test_total_steps(examples, epochs, batch, steps):
    """ceil(examples * epochs / batch), as recorded."""
    assert Training(0, SECOND, examples, epochs, batch).total_steps == steps


@pytest.mark.parametrize(
    ("training", "now", "state", "steps"),
    [
        (Training(0, 10 * SECOND, 10, 1, 1), -5 * SECOND, "CREATING", 0),
        (Training(0, 10 * SECOND, 10, 1, 1), 0, "CREATING", 0),
        (Training(0, 10 * SECOND, 10, 1, 1), SECOND - 1, "CREATING", 0),
        (Training(0, 10 * SECOND, 10, 1, 1), SECOND, "CREATING", 1),
        (Training(0, 10 * SECOND, 10, 1, 1), 10 * SECOND, "ACTIVE", 10),
        (Training(0, 10 * SECOND, 10, 1, 1, fails=True), 5 * SECOND, "FAILED", 5),
        (Training(0, 10 * SECOND, 10, 1, 1, cancelled=3 * SECOND), 99 * SECOND, "FAILED", 3),
        (Training(0, 10 * SECOND, 10, 1, 1, cancelled=3 * SECOND), 2 * SECOND, "CREATING", 2),
        (Training(0, 0, 10, 1, 1), 0, "ACTIVE", 10),
    ],
)
def test_training_is_a_function_of_time(training, now, state, steps):
    """State and steps follow from what is stored and the time alone; a clock that went back does no harm."""
    assert (training.state(now), training.completed_steps(now)) == (state, steps)
    assert all(snapshot["compute_time"] <= max(now, training.start) for snapshot in training.snapshots(now))
