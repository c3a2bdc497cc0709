"""What Vertex AI is asked, made from values: bodies and update masks. Pure; the way back is `vertex_wire`.

Bodies hold camelCase names only and nothing that the API does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from gemspec.identity import label_marker as marker_labels
from gemspec.providers.vertex.decode import LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import Hyperparameter, Value
    from gemspec.providers.base import Creation
    from gemspec.providers.vertex.messages import Described

_TEXTS = ("displayName", "description")


def create_body(creation: Creation, *, training: str, validation: str | None, parent: str | None) -> bytes:
    """Encode a TuningJob to create. `training` and `validation` are gs:// URIs; `parent` is the model that it goes on
    from, by its resource name, None for a base model.

    Without a displayName the model is named after its key, so that a further tuning does not take its parent's name,
    which would make it a version of its parent.
    """
    extras = creation.extras
    data = {"trainingDatasetUri": training} | ({"validationDatasetUri": validation} if validation else {})
    tuning: dict[str, Any] = {**data, "exportLastCheckpointOnly": bool(extras.get("exportLastCheckpointOnly", True))}
    if creation.hyperparameters:
        tuning["hyperParameters"] = {name: _as_sent(name, value) for name, value in creation.hyperparameters.items()}
    body: dict[str, Any] = {
        "supervisedTuningSpec": tuning,
        "tunedModelDisplayName": display_name(creation),
        "labels": _labels(creation.settings) | marker_labels.of(creation.marker),
    }
    body |= {"preTunedModel": {"tunedModelName": parent}} if parent else {"baseModel": creation.source.name}
    if description := creation.settings.get("description"):
        body["description"] = description
    if key := creation.fixed.get("kmsKeyName"):
        body["encryptionSpec"] = {"kmsKeyName": key}
    if account := extras.get("serviceAccount"):
        body["serviceAccount"] = account
    return msgspec.json.encode(body)


def display_name(creation: Creation) -> str:
    """Give the name that people see."""
    return str(creation.settings.get("displayName") or creation.marker.key)


def patch_body(
    resource: Described, settings: Mapping[str, Value], labels: Mapping[str, str]
) -> tuple[Mapping[str, Any], str]:
    """Make a PATCH of what differs: the body, and the update mask ("" when nothing does).

    `labels` are all that are to stand there afterwards but for those of `settings`. The etag makes it fail if somebody
    else has written in between.
    """
    present = {"displayName": resource.display_name, "description": resource.description}
    body: dict[str, Any] = {
        name: settings[name] for name in _TEXTS if name in settings and settings[name] != present[name]
    }
    wanted = {**labels, **_labels(settings)}
    if wanted != resource.labels:
        body["labels"] = wanted
    mask = ",".join(body)
    return body | ({"etag": resource.etag} if resource.etag else {}), mask


def undeploy_body(deployed_id: str) -> bytes:
    """Encode the request to take one model off an endpoint."""
    return msgspec.json.encode({"deployedModelId": deployed_id})


def prompt_body(prompt: str, system: str) -> bytes:
    """Encode one question for generateContent, with its system instruction, if there is one."""
    instruction = {"systemInstruction": {"parts": [{"text": system}]}} if system else {}
    return msgspec.json.encode({"contents": [{"role": "user", "parts": [{"text": prompt}]}], **instruction})


def _labels(settings: Mapping[str, Value]) -> dict[str, str]:
    return {name.removeprefix(LABEL): str(value) for name, value in settings.items() if name.startswith(LABEL)}


def _as_sent(name: str, value: Hyperparameter) -> Hyperparameter:
    """Write a whole number as Google's JSON has int64: as text."""
    return str(value) if name == "epochCount" else value
