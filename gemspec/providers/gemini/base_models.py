"""Finds the base models that the Gemini API tunes, for the message after it refused a base model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemspec.domain.errors import InvalidRequestError, ServiceError
from gemspec.providers.gemini import messages
from gemspec.providers.http.status import clean

if TYPE_CHECKING:
    from gemspec.providers.http.api import Calls
    from gemspec.providers.http.status import Refusal

METHOD = "createTunedModel"
NONE_LEFT = (
    "Since mid-2025 Google lists no Gemini API model that can be tuned and points to Vertex AI: "
    "https://cloud.google.com/vertex-ai/generative-ai/docs/models/tune-models"
)
# Recorded: "models/x is not found for CREATE TUNED MODEL at API version v1beta."
_WORDS = re.compile(r"create ?tuned ?model|cannot be tuned|not tunable|tuning is not supported", re.IGNORECASE)
_UNKNOWN = re.compile(r"not found|not supported|does not exist", re.IGNORECASE)


def is_untunable(refusal: Refusal, base_model: str) -> bool:
    """Whether a refused create says that its base model cannot be tuned."""
    if refusal.code not in (400, 404) or refusal.foreign:
        return False
    named = base_model in refusal.message and _UNKNOWN.search(refusal.message)
    return bool(named or _WORDS.search(refusal.message))


async def untunable(calls: Calls, base_model: str, cause: ServiceError) -> InvalidRequestError:
    """Make the error that says which base models can be tuned instead, as models.list has them now."""
    try:
        pages = calls.pages("/v1beta/models", messages.ModelPage, "listing base models")
        found = [
            model.name async for page in pages for model in page.models if METHOD in model.supported_generation_methods
        ]
    except ServiceError as failed:
        hint = f"Which can be tuned is not known either ({failed.summary}). {NONE_LEFT}"
    else:
        hint = f"These can be tuned: {clean(', '.join(sorted(found)), 1000)}." if found else NONE_LEFT
    return InvalidRequestError(f"{base_model} cannot be tuned ({cause.summary})", hint, code=cause.code)
