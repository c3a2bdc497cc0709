"""The tables of messages against Google's published types, and the printing of single values."""

import pytest
from google.ai.generativelanguage_v1beta import types as google
from google.longrunning import operations_pb2

from gemspec.emulator.gemini import messages
from gemspec.emulator.kernel.fields import Enumeration, Message, Scalar
from gemspec.emulator.kernel.writing import float32_text, timestamp_text, write

TYPES = {
    messages.TUNED_MODEL: google.TunedModel,
    messages.TUNED_MODEL_SOURCE: google.TunedModelSource,
    messages.TUNING_TASK: google.TuningTask,
    messages.HYPERPARAMETERS: google.Hyperparameters,
    messages.DATASET: google.Dataset,
    messages.TUNING_EXAMPLES: google.TuningExamples,
    messages.TUNING_EXAMPLE: google.TuningExample,
    messages.TUNING_SNAPSHOT: google.TuningSnapshot,
    messages.CREATE_TUNED_MODEL_METADATA: google.CreateTunedModelMetadata,
    messages.LIST_TUNED_MODELS_RESPONSE: google.ListTunedModelsResponse,
    messages.PERMISSION: google.Permission,
    messages.LIST_PERMISSIONS_RESPONSE: google.ListPermissionsResponse,
    messages.TRANSFER_OWNERSHIP_REQUEST: google.TransferOwnershipRequest,
    messages.MODEL: google.Model,
    messages.LIST_MODELS_RESPONSE: google.ListModelsResponse,
    messages.GENERATE_CONTENT_REQUEST: google.GenerateContentRequest,
    messages.GENERATION_CONFIG: google.GenerationConfig,
    messages.CONTENT: google.Content,
    messages.PART: google.Part,
    messages.CANDIDATE: google.Candidate,
    messages.GENERATE_CONTENT_RESPONSE: google.GenerateContentResponse,
    messages.USAGE_METADATA: google.GenerateContentResponse.UsageMetadata,
}
DESCRIPTORS = {message: type_.pb().DESCRIPTOR for message, type_ in TYPES.items()} | {
    messages.OPERATION: operations_pb2.Operation.DESCRIPTOR,
    messages.LIST_OPERATIONS_RESPONSE: operations_pb2.ListOperationsResponse.DESCRIPTOR,
}
# Newer than the API in docs/api-gemini.md, or never used by a caller: left out of the tables.
LEFT_OUT = {
    "GenerationConfig": {"response_json_schema_ordered"},
    "Model": {"thinking"},
    "ListOperationsResponse": {"unreachable"},
}
RESPONSES = {"Candidate", "GenerateContentResponse", "UsageMetadata"}
SCALARS = {9: Scalar.STRING, 5: Scalar.INT32, 3: Scalar.INT64, 2: Scalar.FLOAT, 8: Scalar.BOOL}


@pytest.mark.parametrize(("message", "descriptor"), DESCRIPTORS.items(), ids=lambda x: getattr(x, "name", ""))
def test_tables_are_googles(message, descriptor):
    """Names, order, JSON names, repetition, oneofs, presence and types are those of the published protos."""
    by_number = sorted(descriptor.fields, key=lambda f: f.number)
    ours = {field.name: field for field in message.fields}
    published = {f.name: f for f in by_number}
    assert list(ours) == [name for name in published if name in ours]
    if descriptor.name not in RESPONSES:
        assert set(published) - set(ours) == LEFT_OUT.get(descriptor.name, set())
    assert message.type_url == f"type.googleapis.com/{descriptor.full_name}"
    for name, field in ours.items():
        theirs = published[name]
        oneof = theirs.containing_oneof
        assert field.json == theirs.json_name
        assert field.repeated == theirs.is_repeated
        assert field.oneof == (oneof.name if oneof and not oneof.name.startswith("_") else "")
        if not isinstance(field.kind, Message) and field.kind not in (
            Scalar.STRUCT,
            Scalar.VALUE,
            Scalar.TIMESTAMP,
            Scalar.ANY,
        ):
            assert field.presence == theirs.has_presence, name
        if theirs.type in SCALARS:
            assert field.kind is SCALARS[theirs.type], name
        if isinstance(field.kind, Message) and theirs.type == 11:
            assert field.kind.type_url == f"type.googleapis.com/{theirs.message_type.full_name}"
        if isinstance(field.kind, Enumeration):
            values = {v.number: v.name for v in theirs.enum_type.values}
            assert [values[n] for n in range(len(field.kind.names))] == list(field.kind.names)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.7, "0.7"), (0.699999988079071, "0.7"), (1.0, "1"), (0.001, "0.001"), (0.0002, "0.0002"), (0.1 + 0.2, "0.3"),
        (16777216.0, "16777216"), (0.123456789, "0.12345679"), (0.99999999999, "1"), (-0.5, "-0.5"), (1e-05, "1e-05"),
    ],
)  # fmt: skip
def test_floats(number, text):
    """float32, as short as possible; whole numbers without .0."""
    assert repr(float32_text(number)) == text


def test_floats_survive():
    """What is printed reads back as the same float32, for many numbers."""
    import random
    import struct

    generator = random.Random(7)
    for _ in range(20_000):
        exact = struct.unpack("f", struct.pack("f", generator.uniform(-10, 10) * 10 ** generator.randint(-6, 6)))[0]
        assert struct.pack("f", float32_text(exact)) == struct.pack("f", exact)


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "1970-01-01T00:00:00Z"), (1_500_000, "1970-01-01T00:00:01.500Z"), (1_000_001, "1970-01-01T00:00:01.000001Z")],
)
def test_timestamps(microseconds, text):
    """RFC 3339 with Z, and 0, 3 or 6 digits of fraction."""
    assert timestamp_text(microseconds) == text


def test_defaults_are_left_out():
    """0, "", false, unspecified enums and empty lists are left out; fields with presence and set messages are not."""
    value = {"name": "", "state": "STATE_UNSPECIFIED", "temperature": 0.0, "tuning_task": {"snapshots": []}}
    assert write(messages.TUNED_MODEL, {**value, "reader_project_numbers": []}) == {"tuningTask": {}, "temperature": 0}
