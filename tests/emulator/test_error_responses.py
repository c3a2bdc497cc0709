"""Requests are refused as the service refuses them: a table of them, and the bodies of the errors."""

import json

import pytest

CREATE = "/v1beta/tunedModels?tunedModelId=x"
BASE = {"baseModel": "models/gemini-1.0-pro-001"}
EXAMPLE = "tuned_model.tuning_task.training_data.examples.examples[0]"
TASK = "tuned_model.tuning_task"
HYPER = "tuned_model.tuning_task.hyperparameters"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
CANNOT_FIND = "Invalid JSON payload received. Unknown name \"{}\" at '{}': Cannot find field."


def example(**fields):
    return {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2", **fields}]}}}


# (what the create's body has beside a good body, the field that is refused, a part of the message)
CREATES = [
    ({"x": 1}, "tuned_model", CANNOT_FIND.format("x", "tuned_model")),
    ({"tuningTask": {**example(), "y": 1}}, TASK, CANNOT_FIND.format("y", TASK)),
    ({"tuningTask": example(z=1)}, EXAMPLE, "Unknown name \"z\""),
    ({"temperature": "warm"}, "tuned_model.temperature",
     "Invalid value at 'tuned_model.temperature' (TYPE_FLOAT), \"warm\""),
    ({"temperature": True}, "tuned_model.temperature", "(TYPE_FLOAT), true"),
    ({"temperature": 1e39}, "tuned_model.temperature", "(TYPE_FLOAT)"),
    ({"temperature": "NaN"}, "tuned_model.temperature", "(TYPE_FLOAT)"),
    ({"topK": 1.5}, "tuned_model.top_k", "(TYPE_INT32), 1.5"),
    ({"topK": 2**31}, "tuned_model.top_k", "(TYPE_INT32)"),
    ({"readerProjectNumbers": "1"}, "tuned_model.reader_project_numbers", "(TYPE_INT64)"),
    ({"readerProjectNumbers": ["one"]}, "tuned_model.reader_project_numbers[0]", "(TYPE_INT64), \"one\""),
    ({"displayName": 5}, "tuned_model.display_name", "(TYPE_STRING), 5"),
    ({"displayName": "\ud800"}, "tuned_model.display_name", "(TYPE_STRING)"),
    ({"displayName": ["a"]}, "tuned_model", "Proto field is not repeating, cannot start list."),
    ({"display_name": "again"}, "tuned_model", "cannot be set twice"),
    ({"state": "DONE"}, "tuned_model.state",
     "(type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel.State), \"DONE\""),
    ({"state": 9}, "tuned_model.state", "TunedModel.State), 9"),
    ({"createTime": "yesterday"}, "tuned_model.create_time", "google.protobuf.Timestamp"),
    ({"tuningTask": "later"}, "tuned_model.tuning_task", "v1beta.TuningTask), \"later\""),
    ({"tunedModelSource": {"tunedModel": "tunedModels/y"}}, "tuned_model",
     "at 'tuned_model' (oneof), oneof field 'source_model' is already set. Cannot set 'tunedModelSource'"),
    ({"tuningTask": {**example(), "hyperparameters": {"learningRate": 1, "learningRateMultiplier": 1}}},
     HYPER, "oneof field 'learning_rate_option' is already set"),
    ({"displayName": "x" * 41}, "tuned_model.display_name", "at most 40 characters"),
    ({"temperature": 1.1}, "tuned_model.temperature", "[0.0, 1.0]"),
    ({"temperature": -0.1}, "tuned_model.temperature", "[0.0, 1.0]"),
    ({"topP": 1.1}, "tuned_model.top_p", "[0.0, 1.0]"),
    ({"topK": 0}, "tuned_model.top_k", "at least 1"),
    ({"readerProjectNumbers": [-1]}, "tuned_model.reader_project_numbers", "positive"),
    ({"tuningTask": {}}, "tuned_model.tuning_task.training_data.examples", "at least one example"),
    ({"tuningTask": example(textInput="")}, EXAMPLE + ".text_input", "is required"),
    ({"tuningTask": example(textInput="x" * 40001)}, EXAMPLE + ".text_input", "40000"),
    ({"tuningTask": example(output="")}, EXAMPLE + ".output", "is required"),
    ({"tuningTask": example(output="x" * 5001)}, EXAMPLE + ".output", "5000"),
    *(({"tuningTask": {**example(), "hyperparameters": hyper}}, f"{HYPER}.{field}", must)
      for hyper, field, must in [
          ({"epochCount": 0}, "epoch_count", "at least 1"),
          ({"batchSize": 0}, "batch_size", "at least 1"),
          ({"learningRate": 0}, "learning_rate", "greater than 0"),
          ({"learningRateMultiplier": -1}, "learning_rate_multiplier", "greater than 0"),
          ({"epochCount": 2_000_000}, "epoch_count", "more than 100000 steps"),
      ]),
]  # fmt: skip


@pytest.mark.parametrize(("beside", "field", "words"), CREATES)
def test_create_refuses(emulator, beside, field, words):
    """A create that breaks one rule is 400 INVALID_ARGUMENT and names the field; no training starts."""
    body = json.dumps({**BASE, "displayName": "good", "tuningTask": example(), **beside})
    error = emulator.refusal("POST", CREATE, content=body)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert words in error["message"]
    [details] = error["details"]
    assert details["@type"] == BAD_REQUEST
    assert [v["field"] for v in details["fieldViolations"]] == [field]
    assert emulator.app.state.store.trainings_started() == 0


def test_all_mistakes_are_listed(emulator):
    """All mistakes are in a single answer: a line and a violation for each."""
    error = emulator.refusal("POST", CREATE, json={"x": 1, "y": 2, "topK": "many"})
    assert len(error["message"].splitlines()) == len(error["details"][0]["fieldViolations"]) == 3


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"a": 1, "a": 2}', b'{"topP": NaN}', b"\xff", b"[" * 100_000, b'{"topK": ' + b"9" * 5000 + b"}",
     b"[]", b'"x"'],
)  # fmt: skip
def test_what_is_not_a_json_object(emulator, body):
    """A body that is no JSON object, or only nearly, is 400."""
    error = emulator.refusal("POST", CREATE, content=body)
    assert (error["status"], error["message"][:30]) == ("INVALID_ARGUMENT", "Invalid JSON payload received.")


def test_an_unknown_name_that_is_no_text(emulator):
    """A key with half of a surrogate pair is an unknown name, not an internal error."""
    assert emulator.refusal("POST", CREATE, content=b'{"\\ud800": 1}')["code"] == 400


@pytest.mark.parametrize("model_id", ["A", "1a", "a-", "a_b", "a" * 41, "a\n"])
def test_model_ids(emulator, order, model_id):
    """An id that does not have the published form is refused."""
    error = emulator.refusal("POST", "/v1beta/tunedModels", params={"tunedModelId": model_id}, json=order())
    assert error["details"][0]["fieldViolations"][0]["field"] == "tuned_model_id"


def test_the_longest_id(emulator, order):
    """40 characters are an id."""
    emulator.post("tunedModels", order(), params={"tunedModelId": "a" * 39 + "1"})


def test_neither_id_nor_display_name(emulator, order):
    """The service's words for a create that names nothing."""
    error = emulator.refusal("POST", "/v1beta/tunedModels", json=order(displayName=""))
    assert error == {
        "code": 400,
        "message": "Either tuned_model_id or display_name must be set.",
        "status": "INVALID_ARGUMENT",
    }


@pytest.mark.parametrize("base", ["models/gemini-1.5-flash", "models/nope", "gemini-1.0-pro-001"])
def test_base_models_that_cannot_be_tuned(emulator, order, base):
    """The service's words for a base model that cannot be tuned."""
    error = emulator.refusal("POST", CREATE, json=order(baseModel=base))
    assert error["message"] == f"{base} is not found for CREATE TUNED MODEL at API version v1beta."
    assert error["code"] == 400


def test_no_source_at_all(emulator, order):
    """One of baseModel and tunedModelSource must be set."""
    assert emulator.refusal("POST", CREATE, json=order(baseModel=None))["status"] == "INVALID_ARGUMENT"


def test_sources_that_cannot_be_used(emulator, order):
    """A source that does not exist is 404, a source that the caller may not see 403."""
    emulator.post("tunedModels?tunedModelId=hers", order(), user="ann")
    emulator.wait()
    for name, code in (("tunedModels/none", 404), ("tunedModels/hers", 403), ("hers", 404), ("", 404)):
        body = order(tunedModelSource={"tunedModel": name})
        assert emulator.refusal("POST", CREATE, json=body)["code"] == code


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("tunedModels?pageSize=-1", "page_size"),
        ("tunedModels?pageSize=ten", "page_size"),
        ("tunedModels?filter=owner:you", "filter"),
        ("tunedModels?pageSize=1&pageSize=2", None),
        ("tunedModels?colour=red", None),
        ("tunedModels/x?updateMask=a", None),
        ("models?pageToken=zzz", "page_token"),
        ("tunedModels?alt=proto", None),
    ],
)
def test_query_parameters(emulator, path, field):
    """Query parameters are as strict as bodies."""
    error = emulator.refusal("GET", f"/v1beta/{path}")
    violation = error["details"][0]["fieldViolations"][0]
    assert (error["status"], violation.get("field")) == ("INVALID_ARGUMENT", field)


def test_system_parameters_are_known(emulator):
    """What every Google API takes is no unknown parameter."""
    assert emulator.get("tunedModels?key=k&prettyPrint=true&quotaUser=q&$.xgafv=2&alt=json") == {}


@pytest.mark.parametrize(
    "mask", ["baseModel", "tuningTask", "state", "name", "tuningTask.hyperparameters", "nope", ","]
)
def test_masks_of_what_cannot_be_patched(emulator, order, mask):
    """A mask that names anything but the six fields that can be patched is refused, and nothing changes."""
    emulator.post("tunedModels?tunedModelId=x", order())
    error = emulator.refusal("PATCH", "/v1beta/tunedModels/x", params={"updateMask": mask}, json={"displayName": "y"})
    assert error["details"][0]["fieldViolations"][0]["field"] == "update_mask"
    assert emulator.get("tunedModels/x")["displayName"] == "number generator model"


def test_patches_that_break_a_rule(emulator, order):
    """PATCH checks types and limits as create does, and wants no name in its body."""
    emulator.post("tunedModels?tunedModelId=x", order())
    for body in ({"displayName": "x" * 41}, {"temperature": 2}, {"nope": 1}, {"name": "tunedModels/x"}):
        assert emulator.refusal("PATCH", "/v1beta/tunedModels/x", json=body)["status"] == "INVALID_ARGUMENT"


def test_a_request_of_more_than_4_mb(emulator):
    """A body of more than 4 MB is refused."""
    error = emulator.refusal("POST", CREATE, content=b" " * (4 * 1024 * 1024 + 1))
    assert error["message"] == "Request payload size exceeds the limit: 4194304 bytes."


def test_a_body_of_another_type(emulator):
    """curl without a Content-Type sends a form: not JSON."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert emulator.refusal("POST", CREATE, content=b"{}", headers=form)["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("how", [{"headers": {"x-goog-api-key": "invalid"}}, {"params": {"key": "invalid"}}])
def test_a_wrong_api_key(emulator, how):
    """The key `invalid` is answered as the service answers a wrong key."""
    error = emulator.refusal("GET", "/v1beta/tunedModels", **how)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0] == {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }


def test_keys_and_permissions(emulator, order):
    """An API key works for models, but not on permission calls: 401 CREDENTIALS_MISSING; with a bearer it does."""
    key = {"x-goog-api-key": "some-key"}
    emulator.post("tunedModels?tunedModelId=x", order(), headers=key)
    for method, path in (
        ("GET", "/permissions"),
        ("POST", "/permissions"),
        ("DELETE", "/permissions/owner"),
        ("POST", ":transferOwnership"),
    ):
        error = emulator.refusal(method, f"/v1beta/tunedModels/x{path}", headers=key)
        assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
        assert error["message"].startswith("API keys are not supported by this API.")
        assert error["details"][0]["reason"] == "CREDENTIALS_MISSING"
    emulator.get("tunedModels/x/permissions", headers={**key, "Authorization": "Bearer t"})


@pytest.mark.parametrize("header", ["Basic abc", "Bearer ", "Bearer"])
def test_no_bearer(emulator, header):
    """An Authorization header without a bearer token is 401."""
    error = emulator.refusal("GET", "/v1beta/tunedModels", headers={"Authorization": header})
    assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/v1/tunedModels"), ("PUT", "/v1beta/tunedModels/x"), ("GET", "/v1beta/tunedModels/"),
     ("POST", "/v1beta/tunedModels/x/operations/y:cancel")],
)  # fmt: skip
def test_paths_that_the_api_does_not_have(emulator, method, path):
    """Google's front end answers an unknown path with a page, not with JSON."""
    response = emulator.send(method, path)
    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_an_unforeseen_exception(emulator, monkeypatch, caplog):
    """Any internal error is 500 INTERNAL without details; the log has them."""

    def broken(*args):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(emulator.app.state.store, "model", broken)
    error = emulator.refusal("GET", "/v1beta/tunedModels/x")
    assert error == {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}
    assert "secret" in caplog.text
