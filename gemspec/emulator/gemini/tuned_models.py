"""The methods of tunedModels except create: list, get, patch, delete.

The filter of list has operators over roles, `owner:me`, `writers:me`, `readers:me`, `readers:everyone`, and words or
"quoted phrases" to find in description and display name; all must hold. Words are compared whole and without case.
Without an operator models shared with everyone are left out, also the caller's own, as the proto of
ListTunedModelsRequest says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import bad_request, invalid
from ..kernel.fields import Field, Message, Use, Value
from ..kernel.paging import read_page
from ..kernel.reading import read_mask
from . import limits, store
from .base_models import BASE_MODELS
from .messages import (
    EMPTY,
    FILTERED_PAGE_PARAMETERS,
    LIST_TUNED_MODELS_RESPONSE,
    NO_PARAMETERS,
    TUNED_MODEL,
    UPDATE_PARAMETERS,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from .store import GeminiCall, StoredModel

DEFAULT_PAGE = 10
PATCHABLE = tuple(field.name for field in TUNED_MODEL.fields if field.use is Use.PLAIN)

_HELD = (
    "EXISTS (SELECT 1 FROM permissions p WHERE p.model = models.number AND p.email = :email AND p.grantee_type = 'USER'"
)
_HAS_ANY_ROLE = f"{_HELD})"
_IS_SHARED = "EXISTS (SELECT 1 FROM permissions p WHERE p.model = models.number AND p.grantee_type = 'EVERYONE')"
_OPERATORS = {
    "owner:me": f"{_HELD} AND p.role = 'OWNER')",
    "writers:me": f"{_HELD} AND p.role = 'WRITER')",
    "readers:me": f"{_HELD} AND p.role = 'READER')",
    "readers:everyone": _IS_SHARED,
}
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"\w+")


def list_models(call: GeminiCall) -> Response:
    """GET /v1beta/tunedModels: a page of the models that the caller may see, in the order of creation, with all
    snapshots."""
    parameters = call.parameters(FILTERED_PAGE_PARAMETERS)
    text = parameters.get("filter", "")
    wanted = parse_filter(text)
    with call.database.transaction():
        page = read_page(
            parameters,
            f"tunedModels {call.caller} {text}",
            DEFAULT_PAGE,
            lambda number: call.service.models_after(number, wanted.conditions, call.caller),
            matches=wanted.matches_text,
        )
    value: Value = {
        "tuned_models": [model_value(model, call.now) for model in page.rows],
        "next_page_token": page.token,
    }
    return call.answer(LIST_TUNED_MODELS_RESPONSE, value)


def get(call: GeminiCall) -> Response:
    """GET /v1beta/tunedModels/ID."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        model = store.find_model(call, store.READ)
    return call.answer(TUNED_MODEL, model_value(model, call.now))


def patch(call: GeminiCall) -> Response:
    """PATCH /v1beta/tunedModels/ID?updateMask=...: sets the masked fields, or clears those that the body leaves out.

    Without a mask every field of the body is masked (AIP-134; the proto has it as optional). The answer has the
    name and the masked fields only, as observed of the service: a client must GET.
    """
    text = call.parameters(UPDATE_PARAMETERS).get("update_mask")
    body = call.message(_PATCH_BODY, "tuned_model")
    if "name" in body:
        description = "Invalid value at 'tuned_model.name' (TYPE_STRING), the field is already set from the path"
        raise invalid("tuned_model.name", description)
    mask = read_mask(text, PATCHABLE) if text else [name for name in PATCHABLE if name in body]
    changes = {name: body[name] for name in mask if name in body}
    if problems := limits.check_settings(changes):
        raise bad_request(problems)
    with call.database.transaction(write=True):
        model = store.find_model(call, store.EDIT)
        base = BASE_MODELS[model.base_model]
        defaults: Value = {name: base[name] for name in ("temperature", "top_p", "top_k") if name in mask}
        kept = {name: value for name, value in model.settings.items() if name not in mask}
        settings = {**kept, **defaults, **changes}
        call.service.update_settings(model, settings)
    masked: Value = {name: settings.get(name) for name in mask}
    return call.answer(TUNED_MODEL, {"name": model.name, **masked})


def delete(call: GeminiCall) -> Response:
    """DELETE /v1beta/tunedModels/ID: deletes the model at once, in any state. Only for its owner."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        call.service.delete_model(store.find_model(call, store.OWN))
    return call.answer(EMPTY, {})


def model_value(model: StoredModel, now: int) -> Value:
    """The TunedModel at that time. While CREATING updateTime is createTime, afterwards completeTime, as recorded;
    a patch does not move it."""
    training = model.training
    done = training.is_done(now)
    settings = dict(model.settings)
    task = {
        "start_time": training.start,
        "complete_time": training.end if done else None,
        "snapshots": training.snapshots(now),
        "hyperparameters": settings.pop("hyperparameters"),
    }
    return {
        **settings,
        "name": model.name,
        "state": training.state(now),
        "create_time": training.start,
        "update_time": training.end if done else training.start,
        "tuning_task": task,
    }


# The path has the name, and the body must not have it (docs/api-gemini.md, "Methods"). Here it is no output-only field,
# which would be dropped, so that `patch` can refuse it.
_PATCH_BODY = Message(
    TUNED_MODEL.name,
    *(Field("name", field.kind) if field.name == "name" else field for field in TUNED_MODEL.fields),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: SQL conditions on `models` (with `:email` the caller), and phrases to find in its text."""

    conditions: tuple[str, ...]
    phrases: tuple[str, ...]

    def matches_text(self, model: StoredModel) -> bool:
        """Whether every phrase is in the description or the display name."""
        if not self.phrases:
            return True
        texts = [_words(model.settings.get(name, "")) for name in ("description", "display_name")]
        return all(any(phrase in text for text in texts) for phrase in self.phrases)


def parse_filter(text: str) -> Filter:
    """Parses a filter. Raises ApiError (400) for `owner:`, `writers:`, `readers:` of other callers."""
    conditions: list[str] = []
    phrases: list[str] = []
    for quoted, word in _TERM.findall(text):
        if word in _OPERATORS:
            conditions.append(_OPERATORS[word])
        elif word.startswith(("owner:", "writers:", "readers:")):
            raise invalid("filter", f"Invalid filter: {word} is not one of {', '.join(_OPERATORS)}.")
        else:
            phrases.append(_words(quoted or word))
    return Filter(tuple(conditions) or (_HAS_ANY_ROLE, f"NOT {_IS_SHARED}"), tuple(phrases))


def _words(text: str) -> str:
    """The words of a text, each between spaces, so that a phrase is found only as whole words."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
