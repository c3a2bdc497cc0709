"""Encodes requests to the Gemini API: bodies, update masks and paths. Pure; `decode` is its counterpart.

Bodies hold only camelCase names that the API knows: it refuses unknown fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from gemspec.domain.errors import InvalidRequestError, ServiceError
from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import BaseModel
from gemspec.domain.training_data import Example
from gemspec.identity import description_marker as markers, fingerprint
from gemspec.providers.gemini.decode import PREFIX, WIRE, model_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.model import LiveModel, ParentModel, Value
    from gemspec.providers.base import Creation


def create_body(creation: Creation) -> bytes:
    """Encode a TunedModel to create: the settings, the marker in the description, and the training data.

    Raises InvalidRequestError when the examples are not those that the marker names: they changed after the plan.
    """
    # Read once, so that what is hashed is what is sent. The reader refuses conversations.
    examples = [example for example in creation.examples if isinstance(example, Example)]
    _check_data(examples, creation.marker)
    text = str(creation.settings.get("description", ""))
    body = WIRE.write({**creation.settings, **creation.hyperparameters}) | _source(creation.source)
    body["description"] = markers.join(text, creation.marker, model_id(creation.name))
    data = {"trainingData": {"examples": {"examples": [_example(example) for example in examples]}}}
    body["tuningTask"] = data | body.get("tuningTask", {})
    return msgspec.json.encode(body)


def update_body(live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> tuple[bytes, str]:
    """Encode a PATCH of the fields that differ from `live`: the body, and the update mask ("" when none differ).

    Raises ServiceError for a marker that is broken or of a later gemspec, unless a new marker is given.
    """
    body = WIRE.write({name: value for name, value in settings.items() if live.settings.get(name) != value})
    body.pop("description", None)
    text, kept = str(live.settings.get("description", "")), marker or _kept(live)
    wanted = str(settings.get("description", text))
    if wanted != text or kept != (live.marker if isinstance(live.marker, Marker) else None):
        body["description"] = markers.join(wanted, kept, model_id(live.name)) if kept else wanted
    return msgspec.json.encode(body), ",".join(body)


def release_body(live: LiveModel) -> tuple[bytes, str]:
    """Encode a PATCH that leaves the user's own text and the trace of the release: the body and the update mask."""
    text = markers.release(str(live.settings.get("description", "")), model_id(live.name))
    return msgspec.json.encode({"description": text}), "description"


def prompt_body(prompt: str) -> bytes:
    """Encode a question for generateContent."""
    return msgspec.json.encode({"contents": [{"parts": [{"text": prompt}]}]})


def path(name: str, version: str = "v1beta") -> str:
    """Give the URL path of a tuned model, or of an operation or a permission below it.

    Names come from the service and from arguments. Characters that could lead to another path are quoted, or refused
    with ServiceError.
    """
    segments = name.removeprefix(PREFIX).split("/")
    if not name.startswith(PREFIX) or any(segment in ("", ".", "..") for segment in segments):
        raise ServiceError(
            f"{name[:80]!r} is not the name of a tuned model", "Names look like tunedModels/my-model-1a2b3c4d5e."
        )
    return f"/{version}/{PREFIX}{'/'.join(quote(segment, safe='') for segment in segments)}"


def _check_data(examples: Sequence[Example], marker: Marker) -> None:
    found = fingerprint.fingerprint(examples)
    if (found.fingerprint[: fingerprint.DATA_DIGITS], found.examples) != (marker.data, marker.examples):
        raise InvalidRequestError(
            f"the training data of {marker.key!r} is not what was planned: it changed in the meantime",
            "Nothing was sent. Run plan again.",
        )


def _kept(live: LiveModel) -> Marker | None:
    if isinstance(live.marker, Marker):
        return live.marker
    if isinstance(live.marker, Absent):
        return None
    raise ServiceError(
        f"{live.name} has a marker that this gemspec cannot judge; it was not changed",
        "Use the gemspec that wrote it, or mend its description by hand.",
    )


def _source(source: BaseModel | ParentModel) -> dict[str, Any]:
    if isinstance(source, BaseModel):
        return {"baseModel": source.name}
    return {"tunedModelSource": {"tunedModel": source.name}}


def _example(example: Example) -> dict[str, str]:
    return {"textInput": example.text_input, "output": example.output}
