"""The base models that the emulator offers: what models.list says of them, and which can be tuned.

Defaults of temperature, topP and topK as published while each could be tuned (docs/api-gemini.md, "Limits and
defaults").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..kernel.fields import Value

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
