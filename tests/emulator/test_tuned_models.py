"""tunedModels: create, get, list, patch, delete."""

import json
import re

import pytest

HYPER = {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}


def create(emulator, order, model_id="numbers", **how):
    user = how.pop("user", None)
    return emulator.post("tunedModels", order(**how), params={"tunedModelId": model_id}, user=user)


def names(answer):
    return [model["name"].removeprefix("tunedModels/") for model in answer.get("tunedModels", [])]


def test_create_answers_the_operation(emulator, order):
    """create answers an operation that is not done, with the steps of the whole training and the model's name."""
    operation = create(emulator, order, hyper=HYPER)
    assert re.fullmatch(r"tunedModels/numbers/operations/[a-z0-9]{12}", operation["name"])
    assert operation["metadata"] == {
        "@type": "type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata",
        "totalSteps": 38,
        "tunedModel": "tunedModels/numbers",
    }
    assert set(operation) == {"name", "metadata"}


def test_a_new_model_field_for_field(emulator, order):
    """A model in training: keys in the order of the proto, base model defaults, no training data, int64 as text."""
    body = order(hyper=HYPER, temperature=0.7, readerProjectNumbers=[12, "1234567890123"], description="Counts.")
    emulator.post("tunedModels", body, params={"tunedModelId": "numbers"})
    expected = {
        "name": "tunedModels/numbers",
        "baseModel": "models/gemini-1.0-pro-001",
        "displayName": "number generator model",
        "description": "Counts.",
        "state": "CREATING",
        "createTime": "2023-11-14T22:13:20.250Z",
        "updateTime": "2023-11-14T22:13:20.250Z",
        "tuningTask": {
            "startTime": "2023-11-14T22:13:20.250Z",
            "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
        },
        "temperature": 0.7,
        "topP": 1,
        "topK": 1,
        "readerProjectNumbers": ["12", "1234567890123"],
    }
    assert json.dumps(emulator.get("tunedModels/numbers")) == json.dumps(expected)


def test_a_trained_model(emulator, order):
    """Training done: ACTIVE, updateTime is completeTime, one snapshot a step, loss falling, epoch 0 left out."""
    create(emulator, order, hyper=HYPER)
    emulator.wait()
    model = emulator.get("tunedModels/numbers")
    task = model["tuningTask"]
    assert model["state"] == "ACTIVE"
    assert model["updateTime"] == task["completeTime"] == "2023-11-14T22:13:24.250Z"
    assert list(task) == ["startTime", "completeTime", "snapshots", "hyperparameters"]
    assert list(task["snapshots"][0]) == ["step", "meanLoss", "computeTime"]
    assert [s["step"] for s in task["snapshots"]] == list(range(1, 39))
    assert [s.get("epoch", 0) for s in task["snapshots"]] == [step * 2 // 15 for step in range(1, 39)]
    losses = [s["meanLoss"] for s in task["snapshots"]]
    assert losses == sorted(set(losses), reverse=True)


def test_enums_as_numbers(emulator, order):
    """$alt=json;enum-encoding=int gives enums as numbers, as Google's own clients ask."""
    create(emulator, order)
    assert emulator.get("tunedModels/numbers", params={"$alt": "json;enum-encoding=int"})["state"] == 1
    assert emulator.get("tunedModels/numbers", params={"alt": "json"})["state"] == "CREATING"


def test_snake_case_and_trailing_commas_are_read(emulator):
    """Both spellings are accepted, null is unset, and the tutorial's trailing comma is forgiven."""
    body = """{"display_name": "a \\", ]", "base_model": "models/gemini-1.5-flash-001-tuning", "description": null,
        "tuning_task": {"training_data": {"examples": {"examples": [{"text_input": "1", "output": "2",},]}}},}"""
    headers = {"Content-Type": "application/json"}
    emulator.post("tunedModels?tuned_model_id=x", None, content=body, headers=headers)
    model = emulator.get("tunedModels/x")
    assert (model["displayName"], model["topP"], model["topK"], model["temperature"]) == ('a ", ]', 0.95, 64, 1)


def test_output_only_fields_are_ignored(emulator, order):
    """What only the service sets is checked and then ignored in a create."""
    fields = {"name": "tunedModels/other", "state": 2, "createTime": "2020-01-01T00:00:00Z"}
    create(emulator, order, **fields)
    model = emulator.get("tunedModels/numbers")
    assert (model["name"], model["state"]) == ("tunedModels/numbers", "CREATING")
    assert model["createTime"].startswith("2023")


@pytest.mark.parametrize(
    ("display_name", "pattern"),
    [
        ("number generator model", r"number-generator-model-[a-z0-9]{12}"),
        ("test_Number (2)", r"testnumber-2-[a-z0-9]{12}"),
        ("2 数", r"[a-z][a-z0-9]{11}"),
        ("a" * 40, r"a{27}-[a-z0-9]{12}"),
    ],
)
def test_ids_from_display_names(emulator, order, display_name, pattern):
    """Without tunedModelId the id is made from the display name: lower case, hyphens, a base-36 suffix."""
    operation = emulator.post("tunedModels", order(displayName=display_name))
    assert re.fullmatch(pattern, operation["metadata"]["tunedModel"].removeprefix("tunedModels/"))


@pytest.mark.parametrize(
    ("examples", "hyper", "expected"),
    [
        (15, None, {"epochCount": 5, "batchSize": 4, "learningRate": 0.001}),
        (1000, None, {"epochCount": 5, "batchSize": 16, "learningRate": 0.0002}),
        (15, {"learningRateMultiplier": 0.5}, {"epochCount": 5, "batchSize": 4, "learningRateMultiplier": 0.5}),
        (15, {"learningRate": 1e-5}, {"epochCount": 5, "batchSize": 4, "learningRate": 1e-5}),
    ],
)
def test_hyperparameter_defaults(emulator, order, examples, hyper, expected):
    """Hyperparameters that are not set appear with their defaults; a multiplier is in place of the rate."""
    create(emulator, order, examples=[(str(n), "x") for n in range(examples)], hyper=hyper)
    assert emulator.get("tunedModels/numbers")["tuningTask"]["hyperparameters"] == expected


def test_a_model_from_a_tuned_model(emulator, order):
    """tunedModelSource needs an ACTIVE source; its base model is filled in, and its defaults are used."""
    create(emulator, order, model_id="parent", baseModel="models/gemini-1.5-flash-001-tuning")
    child = order(tunedModelSource={"tunedModel": "tunedModels/parent", "baseModel": "models/ignored"})
    error = emulator.refusal("POST", "/v1beta/tunedModels?tunedModelId=child", json=child)
    assert error["status"] == "FAILED_PRECONDITION"
    emulator.wait()
    emulator.post("tunedModels?tunedModelId=child", child)
    model = emulator.get("tunedModels/child")
    base = "models/gemini-1.5-flash-001-tuning"
    assert model["tunedModelSource"] == {"tunedModel": "tunedModels/parent", "baseModel": base}
    assert (model["topK"], "baseModel" in model) == (64, False)


def test_the_same_id_again(emulator, order):
    """A taken id is 409, also for another client, and starts no second training."""
    create(emulator, order)
    for user in (None, "ann"):
        error = emulator.refusal("POST", "/v1beta/tunedModels?tunedModelId=numbers", json=order(), user=user)
        assert (error["code"], error["status"]) == (409, "ALREADY_EXISTS")
    assert emulator.app.state.store.trainings_started() == 1


def test_pages(emulator, order):
    """A page holds 10 models by default and at most 1000; tokens lead through all of them, in a stable order."""
    for number in range(12):
        create(emulator, order, model_id=f"m{number}")
    first = emulator.get("tunedModels")
    assert len(first["tunedModels"]) == 10
    emulator.delete("tunedModels/m3")
    second = emulator.get("tunedModels", params={"pageToken": first["nextPageToken"]})
    assert names(first) + names(second) == [f"m{number}" for number in range(12)]
    assert "nextPageToken" not in second
    assert len(names(emulator.get("tunedModels?pageSize=5000"))) == 11
    assert "nextPageToken" not in emulator.get("tunedModels?pageSize=11")


def test_a_page_token_belongs_to_its_list(emulator, order):
    """A token is refused with another filter, for another caller, and when made up."""
    for number in range(3):
        create(emulator, order, model_id=f"m{number}")
    token = emulator.get("tunedModels?pageSize=1")["nextPageToken"]
    refused = [
        {"params": {"pageToken": token, "filter": "owner:me"}},
        {"params": {"pageToken": token}, "user": "ann"},
        {"params": {"pageToken": "abc"}},
        {"params": {"pageToken": "é"}},
    ]
    for how in refused:
        assert emulator.refusal("GET", "/v1beta/tunedModels", **how)["status"] == "INVALID_ARGUMENT"


def test_an_empty_list_is_an_empty_object(emulator):
    """No models: the list is left out, as every empty list is."""
    assert emulator.get("tunedModels") == {}


def test_filter_operators(emulator, order):
    """owner:me, writers:me, readers:me, readers:everyone; what is shared with everyone is missing by default."""
    for model_id, user in (("mine", None), ("public", None), ("written", "ann"), ("read", "ann"), ("hers", "ann")):
        create(emulator, order, model_id=model_id, user=user)
    emulator.post("tunedModels/public/permissions", {"granteeType": "EVERYONE", "role": "READER"})
    for model_id, role in (("written", "WRITER"), ("read", "READER")):
        grant = {"granteeType": "USER", "emailAddress": "Emulator@example.com", "role": role}
        emulator.post(f"tunedModels/{model_id}/permissions", grant, user="ann")
    expected = {
        "": ["mine", "written", "read"],
        "owner:me": ["mine", "public"],
        "writers:me": ["written"],
        "readers:me": ["read"],
        "readers:everyone": ["public"],
        "owner:me readers:everyone": ["public"],
    }
    found = {text: names(emulator.get("tunedModels", params={"filter": text})) for text in expected}
    assert found == expected
    assert names(emulator.get("tunedModels?filter=readers:everyone", user="bob")) == ["public"]


def test_filter_text(emulator, order):
    """Words are looked for in description and display name, whole and without case; quoted ones stand together."""
    create(emulator, order, model_id="a", displayName="Sentence Translator", description="From French")
    create(emulator, order, model_id="b", displayName="Poet", description="translator of French sentence")
    expected = {
        "translator": ["a", "b"],
        "FRENCH poet": ["b"],
        '"sentence translator"': ["a"],
        "trans": [],
        "french owner:me": ["a", "b"],
    }
    assert {text: names(emulator.get("tunedModels", params={"filter": text})) for text in expected} == expected


def test_patch_changes_and_answers_the_masked_fields(emulator, order):
    """PATCH changes what the mask names, in either spelling, answers only that and the name; updateTime stays."""
    create(emulator, order, description="old", temperature=0.5)
    body = {"displayName": "new", "description": "new", "topP": 0.5, "readerProjectNumbers": ["7"]}
    answer = emulator.patch("tunedModels/numbers?updateMask=display_name,topP,readerProjectNumbers", body)
    assert answer == {
        "name": "tunedModels/numbers",
        "displayName": "new",
        "topP": 0.5,
        "readerProjectNumbers": ["7"],
    }
    model = emulator.get("tunedModels/numbers")
    assert (model["displayName"], model["description"], model["temperature"]) == ("new", "old", 0.5)
    assert model["updateTime"] == model["createTime"]


def test_patch_clears(emulator, order):
    """A masked field that the body leaves out is cleared; sampling settings go back to those of the base model."""
    create(emulator, order, description="old", temperature=0.5)
    answer = emulator.patch("tunedModels/numbers?updateMask=description,temperature", {})
    assert answer == {"name": "tunedModels/numbers", "temperature": 0.9}
    assert "description" not in emulator.get("tunedModels/numbers")


def test_patch_without_mask(emulator, order):
    """Without a mask the fields of the body are changed; `*` is every field that can be."""
    create(emulator, order, description="old")
    assert emulator.patch("tunedModels/numbers", {"topK": 3}) == {"name": "tunedModels/numbers", "topK": 3}
    assert emulator.get("tunedModels/numbers")["description"] == "old"
    emulator.patch("tunedModels/numbers?updateMask=*", {"displayName": "all"})
    model = emulator.get("tunedModels/numbers")
    assert (model["displayName"], model["topK"], "description" in model) == ("all", 1, False)


def test_zero_temperature_is_shown(emulator, order):
    """A temperature of 0 differs from an unset temperature, since the field has presence."""
    create(emulator, order, temperature=0)
    assert emulator.get("tunedModels/numbers")["temperature"] == 0


def test_delete(emulator, order):
    """DELETE answers {}; then the model is 404, and its id is free again."""
    create(emulator, order)
    assert emulator.delete("tunedModels/numbers") == {}
    error = emulator.refusal("GET", "/v1beta/tunedModels/numbers")
    assert error == {"code": 404, "message": "Tuned model tunedModels/numbers does not exist.", "status": "NOT_FOUND"}
    create(emulator, order)
    assert emulator.app.state.store.trainings_started() == 2


def test_roles(emulator, order):
    """Strangers get 403 without details, readers read, writers patch, only the owner deletes."""
    create(emulator, order)
    for name, role in (("ann", "READER"), ("bob", "WRITER")):
        grant = {"granteeType": "USER", "emailAddress": f"{name}@example.com", "role": role}
        emulator.post("tunedModels/numbers/permissions", grant)
    path = "/v1beta/tunedModels/numbers"
    status = {
        (user, method): emulator.send(method, path, json={} if method == "PATCH" else None, user=user).status_code
        for user in ("eve", "ann", "bob")
        for method in ("GET", "PATCH", "DELETE")
    }
    assert list(status.values()) == [403, 403, 403, 200, 403, 403, 200, 200, 403]
    assert emulator.refusal("GET", path, user="eve") == {
        "code": 403,
        "message": "You do not have permission to access tuned model tunedModels/numbers.",
        "status": "PERMISSION_DENIED",
    }
