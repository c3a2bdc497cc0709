"""Encodes requests to Vertex AI: bodies and update masks. Pure; `decode` is its counterpart.

Bodies hold only camelCase names that the API knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from gemspec.domain.settings import LABEL, VERTEX, SettingKind, of_kind
from gemspec.identity import label_marker as marker_labels
from gemspec.providers.vertex.wire.parts import DESCRIBED, JOB, described, sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import Value
    from gemspec.providers.base import Creation
    from gemspec.providers.vertex.wire.messages import Described
    from gemspec.providers.vertex.wire.parts import Parts

JOB_LABEL = "gemspec-job"


def create_body(creation: Creation, *, training: str, validation: str | None, parent: str | None) -> bytes:
    """Encode a TuningJob to create. `training` and `validation` are gs:// URIs; `parent` is the resource name of the
    model to tune further, None for a base model.

    Without a displayName the model is named after its key. Otherwise a further tuning would get the name of its parent,
    and Vertex AI would make it a version of the parent.
    """
    settings = {name: value for name, value in creation.settings.items() if value != ""}
    settings["displayName"] = display_name(creation)
    body = JOB.write({**settings, **creation.hyperparameters, **creation.fixed, **_extras(creation)})
    data = {"trainingDatasetUri": training} | ({"validationDatasetUri": validation} if validation else {})
    body["supervisedTuningSpec"] = data | body.get("supervisedTuningSpec", {})
    body |= {"preTunedModel": {"tunedModelName": parent}} if parent else {"baseModel": creation.source.name}
    bound_to = sent(base=creation.source.name, parent=parent or "", data=training)
    body["labels"] = body.get("labels", {}) | marker_labels.of(creation.marker, bound_to=bound_to)
    return msgspec.json.encode(body)


def display_name(creation: Creation) -> str:
    """The name of the model for people: its displayName, or its key."""
    return str(creation.settings.get("displayName") or creation.marker.key)


def patch_body(
    resource: Described, settings: Mapping[str, Value], labels: Mapping[str, str]
) -> tuple[Mapping[str, Any], str]:
    """Make a PATCH of the fields that differ: the body, and the update mask ("" when none differ).

    `labels` are all labels afterwards, without those of `settings`. The etag makes the request fail if somebody else
    has written in between.
    """
    present = described(resource)
    changed = {name: value for name, value in settings.items() if present.get(name) != value}
    body = DESCRIBED.write({name: value for name, value in changed.items() if not name.startswith(LABEL)})
    wanted = {**labels, **_labels(settings)}
    if wanted != resource.labels:
        body["labels"] = wanted
    mask = ",".join(body)
    return body | ({"etag": resource.etag} if resource.etag else {}), mask


def endpoint_body(parts: Parts) -> bytes:
    """Encode an Endpoint to create for a model: it has the name and texts of the model, and the key of its job. Of
    gemspec's labels it gets the job's id alone: those of the marker are bound to the endpoint's name.
    """
    described_by = {name: value for name, value in parts.settings.items() if not name.startswith(LABEL)}
    body = DESCRIBED.write(described_by)
    body["displayName"] = body.get("displayName") or parts.job_name.id
    body["labels"] = _labels(parts.settings) | {JOB_LABEL: parts.job_name.id}
    if key := parts.job.encryption_spec.kms_key_name:
        body["encryptionSpec"] = {"kmsKeyName": key}
    return msgspec.json.encode(body)


def deploy_body(parts: Parts) -> bytes:
    """Encode the request to deploy a model. It is the only one on its endpoint, which the service calls 0 here."""
    deployed = {"model": str(parts.model_name), "displayName": parts.model.display_name if parts.model else ""}
    return msgspec.json.encode({"deployedModel": deployed, "trafficSplit": {"0": 100}})


def undeploy_body(deployed_id: str) -> bytes:
    """Encode the request to undeploy a model."""
    return msgspec.json.encode({"deployedModelId": deployed_id})


def prompt_body(prompt: str, system: str) -> bytes:
    """Encode a prompt for generateContent, with its system instruction, if any."""
    instruction = {"systemInstruction": {"parts": [{"text": system}]}} if system else {}
    return msgspec.json.encode({"contents": [{"role": "user", "parts": [{"text": prompt}]}], **instruction})


def _labels(settings: Mapping[str, Value]) -> dict[str, str]:
    return {name.removeprefix(LABEL): str(value) for name, value in settings.items() if name.startswith(LABEL)}


def _extras(creation: Creation) -> dict[str, Any]:
    """Give the settings that only a create sends. Validation data is uploaded, and sent as a URI."""
    sent = {row.name: creation.extras.get(row.name, row.default) for row in of_kind(SettingKind.EXTRA, VERTEX)}
    return {name: value for name, value in sent.items() if value not in (None, "")}
