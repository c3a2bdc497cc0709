"""The methods of models: list and get of the base models in `catalogue`, under v1beta and v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import ApiError
from .catalogue import BASE_MODELS
from .messages import LIST_MODELS_RESPONSE, MODEL, NO_PARAMETERS, PAGE_PARAMETERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Call
    from ..kernel.fields import Value

DEFAULT_PAGE = 50
SCOPE = "models"


def list_models(call: Call) -> Response:
    """GET /v1beta/models."""
    parameters = call.parameters(PAGE_PARAMETERS)
    size = paging.page_size(parameters, DEFAULT_PAGE)
    after = paging.position(parameters, SCOPE)
    page, has_more = paging.cut(list(BASE_MODELS.values())[after:], size)
    value: Value = {"models": page}
    if has_more:
        value["next_page_token"] = paging.token(after + size, SCOPE)
    return call.answer(LIST_MODELS_RESPONSE, value)


def get(call: Call) -> Response:
    """GET /v1beta/models/ID."""
    call.parameters(NO_PARAMETERS)
    return call.answer(MODEL, find(call))


def find(call: Call) -> Value:
    """The base model that the path names. Raises ApiError (404)."""
    name = f"models/{call.path['model']}"
    if name not in BASE_MODELS:
        raise ApiError("NOT_FOUND", f"Model is not found: {name} for api version v1beta")
    return BASE_MODELS[name]
