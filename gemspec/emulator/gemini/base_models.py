"""The base models: what the emulator offers, which can be tuned, and the methods list and get.

Defaults of temperature, topP and topK as published while each could be tuned (docs/api-gemini.md, "Limits and
defaults").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from ..kernel.paging import read_page
from .messages import LIST_MODELS_RESPONSE, MODEL, NO_PARAMETERS, PAGE_PARAMETERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.fields import Value
    from .store import GeminiCall

DEFAULT_PAGE = 50
CREATE_TUNED_MODEL = "createTunedModel"
GENERATE_CONTENT = "generateContent"


def _model(name: str, title: str, limits: tuple[int, int], defaults: tuple[float, float, int], *methods: str) -> Value:
    temperature, top_p, top_k = defaults
    return {
        "name": f"models/{name}",
        "version": "001",
        "display_name": title,
        "description": f"An emulation of {title}.",
        "input_token_limit": limits[0],
        "output_token_limit": limits[1],
        "supported_generation_methods": list(methods),
        "temperature": temperature,
        "top_p": top_p,
        "top_k": top_k,
    }


BASE_MODELS: dict[str, Value] = {
    model["name"]: model
    for model in (
        _model("text-bison-001", "PaLM 2 (Legacy)", (8196, 1024), (0.7, 0.95, 40), CREATE_TUNED_MODEL),
        _model("gemini-1.0-pro-001", "Gemini 1.0 Pro 001 (Tuning)", (30720, 2048), (0.9, 1, 1), GENERATE_CONTENT,
               CREATE_TUNED_MODEL),
        _model("gemini-1.5-flash-001-tuning", "Gemini 1.5 Flash 001 Tuning", (16384, 8192), (1, 0.95, 64),
               GENERATE_CONTENT, CREATE_TUNED_MODEL),
        _model("gemini-1.5-flash", "Gemini 1.5 Flash", (1000000, 8192), (1, 0.95, 40), GENERATE_CONTENT),
    )
}  # fmt: skip


def supports(name: str, method: str) -> bool:
    """Whether there is a base model of that name, `models/...`, with that method."""
    model = BASE_MODELS.get(name)
    return model is not None and method in model["supported_generation_methods"]


def list_models(call: GeminiCall) -> Response:
    """GET /v1beta/models."""
    models = list(BASE_MODELS.values())
    page = read_page(
        call.parameters(PAGE_PARAMETERS),
        "models",
        DEFAULT_PAGE,
        lambda after: (model for model in models[after:]),
        number=lambda model: models.index(model) + 1,
    )
    return call.answer(LIST_MODELS_RESPONSE, {"models": page.rows, "next_page_token": page.token})


def get(call: GeminiCall) -> Response:
    """GET /v1beta/models/ID."""
    call.parameters(NO_PARAMETERS)
    return call.answer(MODEL, find_base_model(call))


def find_base_model(call: GeminiCall) -> Value:
    """The base model that the path names. Raises ApiError (404)."""
    name = f"models/{call.path['model']}"
    if name not in BASE_MODELS:
        raise ApiError("NOT_FOUND", f"Model is not found: {name} for api version v1beta")
    return BASE_MODELS[name]
