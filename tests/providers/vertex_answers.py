"""Answers of Vertex AI, as the discovery document has them, with the project's number in every name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel
from gemspec.domain.training_data import Example
from gemspec.identity import fingerprint, label_marker
from gemspec.providers.base import Creation
from gemspec.providers.http.wire import decode
from gemspec.providers.vertex.wire import messages
from gemspec.providers.vertex.wire.parts import Parts, sent
from gemspec.providers.vertex.wire.resource_names import Place

from . import discovery

NUMBER, PROJECT, LOCATION = "123456789012", "my-project", "us-central1"
PLACE = Place(PROJECT, LOCATION, "my-bucket")
AT = f"projects/{NUMBER}/locations/{LOCATION}"
JOB_ID, MODEL_ID, ENDPOINT_ID = "1000000000000000001", "2000000000000000002", "3000000000000000003"
JOB = f"projects/{PROJECT}/locations/{LOCATION}/tuningJobs/{JOB_ID}"
MODEL = f"projects/{PROJECT}/locations/{LOCATION}/models/{MODEL_ID}@1"
ENDPOINT = f"projects/{PROJECT}/locations/{LOCATION}/endpoints/{ENDPOINT_ID}"

EXAMPLES = (Example("1", "2"), Example("3", "4"), Example("9", "10"))
DATA = fingerprint.fingerprint(EXAMPLES)
MARKER = Marker("bots", "numbers", "0a1b2c3d4e5f", DATA.fingerprint[: fingerprint.DATA_DIGITS], 3, serving=1)
CREATION = Creation(
    name="",
    source=BaseModel("gemini-2.5-flash"),
    settings={"displayName": "numbers", "description": "Says the next.", "labels.team": "chat"},
    hyperparameters={"epochCount": 3, "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_FOUR"},
    examples=EXAMPLES,
    marker=MARKER,
)
SERVICE_LABELS = {"google-vertex-llm-tuning-job-id": JOB_ID, "tune-type": "sft"}


def job(state: str = "RUNNING", marker: Marker | None = MARKER, **changes: Any) -> dict[str, Any]:
    """A tuning job; keyword arguments replace or (None) remove fields. One that succeeded names what it made."""
    made = {"model": f"{AT}/models/{MODEL_ID}@1", "endpoint": f"{AT}/endpoints/{ENDPOINT_ID}"}
    value: dict[str, Any] = {
        "name": f"{AT}/tuningJobs/{JOB_ID}",
        "state": f"JOB_STATE_{state}",
        "baseModel": "gemini-2.5-flash",
        "tunedModelDisplayName": "numbers",
        "description": "Says the next.",
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://my-bucket/gemspec/x.jsonl",
            "hyperParameters": {
                "epochCount": "3",
                "learningRateMultiplier": 0.5,
                "adapterSize": "ADAPTER_SIZE_FOUR",
            },
            "exportLastCheckpointOnly": True,
        },
        "createTime": "2026-01-01T00:00:00.123456Z",
        "updateTime": "2026-01-01T01:00:00Z",
        **({"tunedModel": made} if state.endswith("SUCCEEDED") else {}),
    }
    value |= changes
    labels = {"team": "chat"} | (label_marker.of(marker, bound_to=sent_of(value)) if marker else {})
    return _checked({"labels": labels} | value, {}, "TuningJob")


def sent_of(value: dict[str, Any]) -> str:
    """What the labels of this job are bound to."""
    parent = (value.get("preTunedModel") or {}).get("tunedModelName", "")
    data = value["supervisedTuningSpec"]["trainingDatasetUri"]
    return sent(base=value.get("baseModel") or "", parent=parent, data=data)


def stamped(labels: dict[str, str], marker: Marker, resource: str, job_id: str = JOB_ID) -> dict[str, str]:
    """Labels with the marker, as gemspec writes them on `resource` ("models/1", "endpoints/1")."""
    return label_marker.stamped(labels, marker, job_id, bound_to=resource)


def model(marker: Marker | None = None, **changes: Any) -> dict[str, Any]:
    """The model that `job` made; with a marker, as gemspec has written on it."""
    value: dict[str, Any] = {
        "name": f"{AT}/models/{MODEL_ID}",
        "versionId": "1",
        "versionAliases": ["default"],
        "displayName": "numbers",
        "description": "Says the next.",
        "labels": stamped({"team": "chat"}, marker, f"models/{MODEL_ID}") if marker else {},
        "deployedModels": [{"endpoint": f"{AT}/endpoints/{ENDPOINT_ID}", "deployedModelId": "77"}],
        "etag": "m1",
        "createTime": "2026-01-01T02:00:00Z",
        "updateTime": "2026-01-01T02:00:00Z",
    }
    value["labels"] |= SERVICE_LABELS
    return _checked(value, changes, "Model")


def endpoint(marker: Marker | None = None, **changes: Any) -> dict[str, Any]:
    """The endpoint that `job` made; with a marker, as gemspec has written on it."""
    value: dict[str, Any] = {
        "name": f"{AT}/endpoints/{ENDPOINT_ID}",
        "displayName": "numbers",
        "description": "Says the next.",
        "labels": stamped({"team": "chat"}, marker, f"endpoints/{ENDPOINT_ID}") if marker else {},
        "deployedModels": [{"id": "77", "model": f"{AT}/models/{MODEL_ID}", "modelVersionId": "1"}],
        "etag": "e1",
        "updateTime": "2026-01-01T03:00:00Z",
    }
    return _checked(value, changes, "Endpoint")


def parts(job_value: Any, model_value: Any = None, endpoint_value: Any = None, **more: Any) -> Parts:
    """What the reader makes of these answers."""
    return Parts(
        read(job_value, messages.TuningJob),
        PROJECT,
        model_value and read(model_value, messages.Model),
        endpoint_value and read(endpoint_value, messages.Endpoint),
        **more,
    )


def read(value: Any, kind: Any) -> Any:
    import msgspec

    return decode(msgspec.json.encode(value), kind)


def marked(**changes: Any) -> Marker:
    return replace(MARKER, **changes)


def _checked(value: dict[str, Any], changes: dict[str, Any], schema: str) -> dict[str, Any]:
    value = {name: content for name, content in (value | changes).items() if content is not None}
    assert not discovery.problems(value, schema)
    return value
