"""The methods of tunedModels but for create: list, get, patch, delete."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import bad_request, invalid
from ..kernel.fields import Field, Message, Use, Value
from ..kernel.masks import read_mask
from . import access, filters, limits
from .catalogue import BASE_MODELS
from .messages import (
    EMPTY,
    FILTERED_PAGE_PARAMETERS,
    LIST_TUNED_MODELS_RESPONSE,
    NO_PARAMETERS,
    TUNED_MODEL,
    UPDATE_PARAMETERS,
)
from .resources import model_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call

DEFAULT_PAGE = 10
PATCHABLE = tuple(field.name for field in TUNED_MODEL.fields if field.use is Use.PLAIN)


def list_models(call: Call) -> Response:
    """GET /v1beta/tunedModels: a page of the models that the caller may see, in the order of their making, each with
    all its snapshots."""
    parameters = call.parameters(FILTERED_PAGE_PARAMETERS)
    text = parameters.get("filter", "")
    scope = f"tunedModels {call.caller} {text}"
    wanted = filters.parse(text)
    after, size = paging.position(parameters, scope), paging.page_size(parameters, DEFAULT_PAGE)
    found = call.store.models_after(after, wanted.conditions, call.caller)
    with call.store.transaction(), closing(found) as rows:
        page, has_more = paging.cut((row for row in rows if wanted.matches_text(row)), size)
    value: Value = {"tuned_models": [model_value(model, call.now) for model in page]}
    if has_more:
        value["next_page_token"] = paging.token(page[-1].number, scope)
    return call.answer(LIST_TUNED_MODELS_RESPONSE, value)


def get(call: Call) -> Response:
    """GET /v1beta/tunedModels/ID."""
    call.parameters(NO_PARAMETERS)
    with call.store.transaction():
        model = access.find(call, access.READ)
    return call.answer(TUNED_MODEL, model_value(model, call.now))


def patch(call: Call) -> Response:
    """PATCH /v1beta/tunedModels/ID?updateMask=...: sets the masked fields, or clears those that the body leaves out.

    Without a mask every field of the body is one (AIP-134; the proto has it as optional). The answer holds the name and
    the masked fields only, which is what the service has been seen to do: a client must GET.
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
    with call.store.transaction(write=True):
        model = access.find(call, access.EDIT)
        base = BASE_MODELS[model.base_model]
        defaults: Value = {name: base[name] for name in ("temperature", "top_p", "top_k") if name in mask}
        kept = {name: value for name, value in model.settings.items() if name not in mask}
        settings = {**kept, **defaults, **changes}
        call.store.update_settings(model, settings)
    masked: Value = {name: settings.get(name) for name in mask}
    return call.answer(TUNED_MODEL, {"name": model.name, **masked})


def delete(call: Call) -> Response:
    """DELETE /v1beta/tunedModels/ID: the model is gone at once, in any state. Only for its owner."""
    call.parameters(NO_PARAMETERS)
    with call.store.transaction(write=True):
        call.store.delete_model(access.find(call, access.OWN))
    return call.answer(EMPTY, {})


# The path has the name already, and the body must not have one (docs/api-gemini.md, "Methods"). So that `patch` sees
# it, it is not dropped as the output-only field that it is.
_PATCH_BODY = Message(
    TUNED_MODEL.name,
    *(Field("name", field.kind) if field.name == "name" else field for field in TUNED_MODEL.fields),
)
