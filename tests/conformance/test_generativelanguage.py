"""The emulator under Google's own typed client (google-ai-generativelanguage, REST), so that a mistake of our client
is not mirrored in our emulator. The client's parser ignores unknown fields; here every answer is parsed strictly.

What it does that the emulator does not serve: the text, discuss, retriever, prediction, cache and file services; of
the generative service countTokens, embedContent and batches; gRPC. Of operations v1beta has no cancel but for
batches: under v1.
"""

import time

import google.auth.credentials
import pytest
import requests
from google.ai import generativelanguage_v1beta as glm
from google.api_core import exceptions, operation
from google.protobuf import field_mask_pb2, json_format

CLIENT = "google-ai-generativelanguage"


@pytest.fixture(scope="module")
def host(url):
    """The address as the client wants it."""
    return url.removeprefix("http://")


@pytest.fixture(autouse=True)
def strict_parsing(monkeypatch):
    """Makes the client's own parsing strict: a field that Google's types do not have fails the test."""
    parse, parsed = json_format.Parse, []

    def parse_strictly(text, message, ignore_unknown_fields=False, **how):
        parsed.append(message)
        return parse(text, message, ignore_unknown_fields=False, **how)

    monkeypatch.setattr(json_format, "Parse", parse_strictly)
    yield
    assert parsed


@pytest.fixture
def connect(host):
    """Makes a client of Google's, without credentials, or as NAME@example.com."""
    sessions = []

    def make(service, user=None):
        transport_type = service.get_transport_class("rest")
        credentials = google.auth.credentials.AnonymousCredentials()
        transport = transport_type(host=host, credentials=credentials, url_scheme="http")
        transport._session.trust_env = False
        if user:
            transport._session.headers["Authorization"] = f"Bearer user:{user}@example.com"
        sessions.append(transport._session)
        return service(transport=transport)

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def plain():
    """HTTP without Google's client."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def models(connect):
    return connect(glm.ModelServiceClient)


def tuned_model(**fields):
    examples = [glm.TuningExample(text_input=str(n), output=str(n + 1)) for n in range(1, 16)]
    task = glm.TuningTask(
        hyperparameters=glm.Hyperparameters(epoch_count=5, batch_size=2, learning_rate=0.001),
        training_data=glm.Dataset(examples=glm.TuningExamples(examples=examples)),
    )
    return glm.TunedModel(base_model="models/gemini-1.0-pro-001", tuning_task=task, **fields)


@pytest.fixture
def create(models):
    """Create models, and delete them after the test."""
    made = []

    def make(model_id, client=models, **fields):
        request = glm.CreateTunedModelRequest(tuned_model_id=model_id, tuned_model=tuned_model(**fields))
        made.append((client, f"tunedModels/{model_id}"))
        return client.create_tuned_model(request)

    yield make
    for client, name in made:
        try:
            client.delete_tuned_model(name=name)
        except exceptions.NotFound:
            continue


def finish(started: operation.Operation):
    """The result of an operation, polled every 0.1 seconds."""
    while not started.done():
        time.sleep(0.1)
    return started.result(timeout=1)


def test_a_model_through_its_life(models, create):
    """create, wait for the operation, get, patch, delete: with Google's types all along."""
    started = create("numbers", display_name="Numbers", temperature=0.2, reader_project_numbers=[123])
    assert isinstance(started.metadata, glm.CreateTunedModelMetadata)
    assert (started.metadata.tuned_model, started.metadata.total_steps) == ("tunedModels/numbers", 38)
    assert models.get_tuned_model(name="tunedModels/numbers").state == glm.TunedModel.State.CREATING
    result = finish(started)
    assert started.metadata.completed_percent == 100
    model = models.get_tuned_model(name="tunedModels/numbers")
    assert result == model
    assert model.state == glm.TunedModel.State.ACTIVE
    assert model.update_time == model.tuning_task.complete_time > model.create_time
    assert (round(model.temperature, 6), model.top_p, model.top_k) == (0.2, 1, 1)
    assert list(model.reader_project_numbers) == [123]
    assert model.tuning_task.hyperparameters.batch_size == 2
    assert len(model.tuning_task.snapshots) == 38
    assert not model.tuning_task.training_data

    changed = glm.TunedModel(name=model.name, display_name="Counting", description="ignored")
    mask = field_mask_pb2.FieldMask(paths=["display_name"])
    answer = models.update_tuned_model(tuned_model=changed, update_mask=mask)
    assert answer == glm.TunedModel(name=model.name, display_name="Counting")
    assert models.get_tuned_model(name=model.name).description == ""

    models.delete_tuned_model(name=model.name)
    with pytest.raises(exceptions.NotFound, match=r"Tuned model tunedModels/numbers does not exist\."):
        models.get_tuned_model(name=model.name)


def test_pages_and_filters(models, create):
    """The client's own pager walks all pages; filters work."""
    for number in range(12):
        create(f"page-{number}", description=f"number {number}")
    listed = models.list_tuned_models(request={"page_size": 5})
    pages = [[model.name for model in page.tuned_models] for page in listed.pages]
    assert [len(page) for page in pages] == [5, 5, 2]
    found = models.list_tuned_models(request={"filter": '"number 7" owner:me'})
    assert [model.name for model in found] == ["tunedModels/page-7"]


def test_operations(models, create):
    """The operations methods of the client: get and list."""
    started = create("ops")
    got = models.get_operation({"name": started.operation.name})
    assert got.name == started.operation.name
    listed = models.list_operations({"name": "tunedModels/ops"})
    assert [operation.name for operation in listed.operations] == [got.name]


def test_a_failed_training(models, create):
    """The operation of a training that fails raises the error of the service."""
    request = glm.CreateTunedModelRequest(tuned_model_id="bad", tuned_model=tuned_model())
    request.tuned_model.tuning_task.training_data.examples.examples[0].output = "!fail"
    started = models.create_tuned_model(request)
    with pytest.raises(exceptions.InternalServerError, match="Tuning failed"):
        finish(started)
    assert models.get_tuned_model(name="tunedModels/bad").state == glm.TunedModel.State.FAILED
    models.delete_tuned_model(name="tunedModels/bad")


def test_errors_as_the_client_sees_them(models, create, connect):
    """Refusals arrive as the exceptions of google.api_core, with their details."""
    create("taken")
    with pytest.raises(exceptions.Conflict, match="already exists"):
        create("taken")
    with pytest.raises(exceptions.BadRequest, match="at most 40") as refused:
        create("long", display_name="x" * 41)
    assert refused.value.details[0]["fieldViolations"][0]["field"] == "tuned_model.display_name"
    with pytest.raises(exceptions.Forbidden):
        connect(glm.ModelServiceClient, user="eve").get_tuned_model(name="tunedModels/taken")


def test_permissions(create, connect):
    """create, list, get, update, delete and transferOwnership."""
    create("shared")
    client = connect(glm.PermissionServiceClient)
    wanted = glm.Permission(grantee_type="USER", email_address="ann@example.com", role="READER")
    made = client.create_permission(parent="tunedModels/shared", permission=wanted)
    assert (made.grantee_type, made.role) == (glm.Permission.GranteeType.USER, glm.Permission.Role.READER)
    assert client.get_permission(name=made.name) == made
    made.role = glm.Permission.Role.WRITER
    assert client.update_permission(permission=made, update_mask=field_mask_pb2.FieldMask(paths=["role"])) == made
    pages = client.list_permissions(request={"parent": "tunedModels/shared", "page_size": 1})
    assert [permission.role.name for permission in pages] == ["OWNER", "WRITER"]
    client.delete_permission(name=made.name)
    client.transfer_ownership({"name": "tunedModels/shared", "email_address": "ann@example.com"})
    anns = connect(glm.PermissionServiceClient, user="ann")
    back = {"name": "tunedModels/shared", "email_address": "emulator@example.com"}
    anns.transfer_ownership(back)


def test_generation(create, connect, plain, host):
    """generateContent and the stream answer from the training data; a base model answers too."""
    finish(create("speaker"))
    client = connect(glm.GenerativeServiceClient)
    request = glm.GenerateContentRequest(
        model="tunedModels/speaker",
        contents=[glm.Content(role="user", parts=[glm.Part(text="9")])],
        generation_config=glm.GenerationConfig(temperature=0.5, response_modalities=["TEXT"]),
        safety_settings=[glm.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")],
    )
    answer = client.generate_content(request)
    assert answer.candidates[0].content.parts[0].text == "10"
    assert answer.candidates[0].finish_reason == glm.Candidate.FinishReason.STOP
    chunks = list(client.stream_generate_content(request))
    assert [chunk.candidates[0].content.parts[0].text for chunk in chunks] == ["1", "0"]
    # The client reads a stream by a parser of its own, which is not made strict above.
    body = {"contents": [{"parts": [{"text": "9"}]}]}
    for raw in plain.post(f"http://{host}/v1beta/{request.model}:streamGenerateContent", json=body).json():
        json_format.ParseDict(raw, glm.GenerateContentResponse.pb()(), ignore_unknown_fields=False)
    request.model = "models/gemini-1.5-flash"
    assert client.generate_content(request).candidates[0].content.parts[0].text == "9"


def test_base_models(models):
    """models.list and models.get."""
    listed = {model.name: model for model in models.list_models(request={"page_size": 2})}
    assert len(listed) == 4
    name = "models/gemini-1.5-flash-001-tuning"
    assert models.get_model(name=name) == listed[name]
    assert "createTunedModel" in listed[name].supported_generation_methods


def test_v1_cancel(models, create, plain, host):
    """cancel exists under v1 alone (the typed v1beta client knows it for batches only); the client sees Cancelled."""
    started = create("stopped")
    answer = plain.post(f"http://{host}/v1/{started.operation.name}:cancel", json={})
    assert answer.json() == {}
    with pytest.raises(exceptions.Cancelled):
        finish(started)
    assert models.get_tuned_model(name="tunedModels/stopped").state == glm.TunedModel.State.FAILED
