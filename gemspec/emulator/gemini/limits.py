"""The published limits of a TunedModel, as checks that return every violation.

Limits from docs/api-gemini.md, "Limits and defaults". Published advice (20 examples) is not enforced. Where the range
is disputed (temperature of the 2024 models) the documented, stricter range holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..kernel.errors import Violation

if TYPE_CHECKING:
    from ..kernel.fields import Value

DISPLAY_NAME_LENGTH = 40  # characters, spaces included
TEXT_INPUT_LENGTH = 40_000
OUTPUT_LENGTH = 5_000
# Unpublished: the emulator's own, since every step has a snapshot in every answer.
TOTAL_STEPS = 100_000

_MODEL_ID = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")


def is_model_id(text: str) -> bool:
    """Whether a tunedModelId has the published form, at most 40 characters."""
    return _MODEL_ID.fullmatch(text) is not None


def check_settings(settings: Value) -> list[Violation]:
    """What is wrong with the fields that can be patched."""
    checks = [
        ("display_name", len(settings.get("display_name", "")) <= DISPLAY_NAME_LENGTH,
         f"must be at most {DISPLAY_NAME_LENGTH} characters"),
        ("temperature", 0 <= settings.get("temperature", 0) <= 1, "must be in the range [0.0, 1.0]"),
        ("top_p", 0 <= settings.get("top_p", 0) <= 1, "must be in the range [0.0, 1.0]"),
        ("top_k", settings.get("top_k", 1) >= 1, "must be at least 1"),
        ("reader_project_numbers", all(number > 0 for number in settings.get("reader_project_numbers", [])),
         "must be positive"),
    ]  # fmt: skip
    return _violations("tuned_model", checks)


def check_hyperparameters(hyperparameters: Value) -> list[Violation]:
    """What is wrong with the hyperparameters that are set."""
    checks = [
        ("epoch_count", hyperparameters.get("epoch_count", 1) >= 1, "must be at least 1"),
        ("batch_size", hyperparameters.get("batch_size", 1) >= 1, "must be at least 1"),
        ("learning_rate", hyperparameters.get("learning_rate", 1) > 0, "must be greater than 0"),
        ("learning_rate_multiplier", hyperparameters.get("learning_rate_multiplier", 1) > 0, "must be greater than 0"),
    ]
    return _violations("tuned_model.tuning_task.hyperparameters", checks)


def check_examples(examples: list[Value]) -> list[Violation]:
    """What is wrong with the training data."""
    path = "tuned_model.tuning_task.training_data.examples"
    if not examples:
        return [Violation(path, f"{path}: at least one example is required.")]
    return [v for i, example in enumerate(examples) for v in _check_example(example, f"{path}.examples[{i}]")]


def check_steps(total_steps: int) -> list[Violation]:
    """Whether the training has so few steps that the emulator can show all of them."""
    path = "tuned_model.tuning_task.hyperparameters"
    return _violations(path, [("epoch_count", total_steps <= TOTAL_STEPS, f"makes more than {TOTAL_STEPS} steps")])


def _check_example(example: Value, path: str) -> list[Violation]:
    text, output = example.get("text_input", ""), example.get("output", "")
    if 0 < len(text) <= TEXT_INPUT_LENGTH and 0 < len(output) <= OUTPUT_LENGTH:
        return []
    checks = [
        ("text_input", bool(text), "is required"),
        ("text_input", len(text) <= TEXT_INPUT_LENGTH, f"must be at most {TEXT_INPUT_LENGTH} characters"),
        ("output", bool(output), "is required"),
        ("output", len(output) <= OUTPUT_LENGTH, f"must be at most {OUTPUT_LENGTH} characters"),
    ]
    return _violations(path, checks)


def _violations(path: str, checks: list[tuple[str, bool, str]]) -> list[Violation]:
    return [Violation(f"{path}.{name}", f"{path}.{name} {must}.") for name, holds, must in checks if not holds]
