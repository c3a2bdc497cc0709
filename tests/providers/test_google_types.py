"""The client held against Google's own published types: what we send they parse strictly, what they print we read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from google.ai.generativelanguage_v1beta import types as google
from google.ai.generativelanguage_v1beta.types import (
    generative_service,
    model_service,
    permission_service,
    tuned_model,
)
from google.protobuf import field_mask_pb2, json_format

from gemspec.domain.model import BaseModel, LiveModel, ParentModel, Snapshot, State
from gemspec.identity import description_marker as markers
from gemspec.providers.gemini import decode as wire, encode as requests, messages
from gemspec.providers.http.generate_content import Generation, generated_text
from gemspec.providers.http.wire import decode


def parsed(body: bytes, kind):
    """Parse as the service does: an unknown field or a wrong type is an error."""
    return kind(json_format.Parse(body, kind.pb(kind()), ignore_unknown_fields=False))


def printed(message) -> bytes:
    """Print as the service does: defaults left out, enums by name, int64 as strings."""
    return json_format.MessageToJson(type(message).pb(message)).encode()


def test_a_create(creation):
    found = parsed(requests.create_body(creation), tuned_model.TunedModel)
    assert found.base_model == "models/gemini-1.0-pro-001"
    assert (found.display_name, found.top_k) == ("numbers", 3)
    assert found.temperature == pytest.approx(0.2)
    assert markers.split(found.description, "numbers-0123456789") == ("Says the next.", creation.marker)
    task = found.tuning_task
    assert (task.hyperparameters.epoch_count, task.hyperparameters.batch_size) == (5, 2)
    assert [(e.text_input, e.output) for e in task.training_data.examples.examples] == [
        ("1", "2"),
        ("3", "4"),
        ("9", "10"),
    ]


def test_a_create_from_another_model_with_readers(creation):
    settings = {"readerProjectNumbers": ("999", "1234567890123"), "topP": 0.95}
    changed = replace(creation, source=ParentModel("tunedModels/p"), settings=settings, hyperparameters={})
    found = parsed(requests.create_body(changed), tuned_model.TunedModel)
    assert found.tuned_model_source.tuned_model == "tunedModels/p"
    assert list(found.reader_project_numbers) == [999, 1234567890123]


def test_an_update(creation):
    live = LiveModel(creation.name, State.ACTIVE, BaseModel("models/b"), creation.marker, {"description": ""})
    body, mask = requests.update_body(live, {"topK": 5, "description": "New.", "readerProjectNumbers": ("7",)}, None)
    found = parsed(body, tuned_model.TunedModel)
    assert (found.top_k, list(found.reader_project_numbers)) == (5, [7])
    paths = field_mask_pb2.FieldMask()
    paths.FromJsonString(mask)
    assert sorted(paths.paths) == ["description", "reader_project_numbers", "top_k"]
    assert paths.IsValidForDescriptor(tuned_model.TunedModel.pb(tuned_model.TunedModel()).DESCRIPTOR)


def test_a_question():
    found = parsed(requests.prompt_body("III"), generative_service.GenerateContentRequest)
    assert found.contents[0].parts[0].text == "III"


def test_a_model_as_google_prints_it(creation):
    description = markers.join("Says the next.", creation.marker, "numbers-0123456789")
    model = tuned_model.TunedModel(
        name=creation.name,
        base_model="models/b",
        display_name="numbers",
        description=description,
        state=tuned_model.TunedModel.State.ACTIVE,
        temperature=0.2,
        top_p=0.95,
        top_k=64,
        create_time="2026-01-01T00:00:00Z",
        reader_project_numbers=[1000, 999],
        tuning_task=tuned_model.TuningTask(
            hyperparameters=tuned_model.Hyperparameters(epoch_count=5, batch_size=2, learning_rate=0.001),
            snapshots=[tuned_model.TuningSnapshot(step=1, epoch=0, mean_loss=8.25)],
        ),
    )
    page = model_service.ListTunedModelsResponse(tuned_models=[model], next_page_token="n")
    decoded = decode(printed(page), messages.TunedModelPage)
    live = wire.live_model(decoded.tuned_models[0])
    assert decoded.next_page_token == "n"
    assert live.settings == {
        "displayName": "numbers",
        "description": "Says the next.",
        "temperature": 0.2,
        "topP": 0.95,
        "topK": 64,
        "readerProjectNumbers": ("999", "1000"),
    }
    assert (live.state, live.marker, live.source) == (State.ACTIVE, creation.marker, BaseModel("models/b"))
    assert live.hyperparameters == creation.hyperparameters
    assert live.progress.snapshots == (Snapshot(1, 0, 8.25),)
    assert live.create_time == "2026-01-01T00:00:00Z"


def test_an_empty_model_as_google_prints_it():
    live = wire.live_model(decode(printed(tuned_model.TunedModel(name="tunedModels/x")), messages.TunedModel))
    assert live.settings == {"displayName": "", "description": "", "readerProjectNumbers": ()}


def test_a_training_as_google_prints_it():
    metadata = model_service.CreateTunedModelMetadata(
        tuned_model="tunedModels/x",
        total_steps=38,
        completed_steps=19,
        completed_percent=50,
        snapshots=[tuned_model.TuningSnapshot(step=19, epoch=2, mean_loss=1.5)],
    )
    decoded = decode(printed(metadata), messages.OperationMetadata)
    assert (decoded.total_steps, decoded.completed_steps, decoded.snapshots[0].mean_loss) == (38, 19, 1.5)


def test_permissions_as_google_prints_them():
    permission = google.Permission(
        name="tunedModels/x/permissions/1",
        grantee_type="GROUP",
        email_address="a@b.c",
        role=google.Permission.Role.READER,
    )
    page = permission_service.ListPermissionsResponse(permissions=[permission], next_page_token="n")
    decoded = decode(printed(page), messages.PermissionPage)
    assert decoded.permissions == (messages.Permission("tunedModels/x/permissions/1", "GROUP", "a@b.c", "READER"),)


def test_base_models_as_google_prints_them():
    page = model_service.ListModelsResponse(models=[google.Model(name="models/b", supported_generation_methods=["x"])])
    assert decode(printed(page), messages.ModelPage).models == (messages.Model("models/b", ("x",)),)


def test_an_answer_as_google_prints_it():
    content = google.Content(parts=[google.Part(text="IV")])
    candidate = generative_service.Candidate(content=content, finish_reason="STOP")
    answer = generative_service.GenerateContentResponse(candidates=[candidate])
    assert generated_text(decode(printed(answer), Generation), "tunedModels/x") == "IV"
