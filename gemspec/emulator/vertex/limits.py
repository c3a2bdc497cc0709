"""The published limits of a TuningJob and of what can be changed of models and endpoints, as checks that collect what
is wrong. `dataset` has those of training data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..kernel.errors import Violation
from . import labels
from .catalogue import NO_TUNING_IN

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..kernel.fields import Value
    from .names import Place

DISPLAY_NAME_LENGTH = 128  # characters
EPOCHS = 100  # unpublished: the emulator's own
# THIRTY_TWO exists, but is not published for Gemini.
ADAPTER_SIZES = (
    "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_TWO", "ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_EIGHT", "ADAPTER_SIZE_SIXTEEN",
)  # fmt: skip

_KEY = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")
_OBJECT = re.compile(r"gs://[^/]+/.+")


def check_job(job: Value, place: Place) -> list[Violation]:
    """What is wrong with a TuningJob, as far as that can be seen without the database."""
    path = "tuning_job"
    problems = [Violation("parent", "Tuning is done in a region.")] if place.location in NO_TUNING_IN else []
    if ("base_model" in job) == ("pre_tuned_model" in job):
        problems.append(Violation(path, f"{path}: one of base_model and pre_tuned_model is required."))
    problems += _check_name(job, "tuned_model_display_name", path)
    problems += labels.check(job.get("labels", {}), f"{path}.labels")
    problems += _check_text(job, "service_account", lambda text: _ACCOUNT.fullmatch(text) is not None, path)
    if "encryption_spec" in job:
        spec, where = job["encryption_spec"], f"{path}.encryption_spec"
        problems += _check_text(spec, "kms_key_name", lambda text: _is_key_in(text, place.location), where, needed=True)
    if "supervised_tuning_spec" not in job:
        return [*problems, Violation(f"{path}.supervised_tuning_spec", f"{path}.supervised_tuning_spec is required.")]
    return problems + _check_spec(job["supervised_tuning_spec"], f"{path}.supervised_tuning_spec")


def check_settings(settings: Value, path: str) -> list[Violation]:
    """What is wrong with the fields that can be patched of a model or endpoint."""
    problems = _check_name(settings, "display_name", path) + labels.check(settings.get("labels", {}), f"{path}.labels")
    if settings.get("display_name", "x") == "":
        problems.append(Violation(f"{path}.display_name", f"{path}.display_name is required."))
    return problems


def _check_spec(spec: Value, path: str) -> list[Violation]:
    def is_object(text: str) -> bool:
        return _OBJECT.fullmatch(text) is not None

    hyper = spec.get("hyper_parameters", {})
    checks = [
        ("epoch_count", 1 <= hyper.get("epoch_count", 1) <= EPOCHS, f"must be from 1 to {EPOCHS}"),
        ("learning_rate_multiplier", hyper.get("learning_rate_multiplier", 1) > 0, "must be greater than 0"),
        ("adapter_size", hyper.get("adapter_size", ADAPTER_SIZES[0]) in ADAPTER_SIZES, "is not supported"),
    ]
    return [
        *_check_text(spec, "training_dataset_uri", is_object, path, needed=True),
        *_check_text(spec, "validation_dataset_uri", is_object, path),
        *(
            Violation(f"{path}.hyper_parameters.{name}", f"{path}.hyper_parameters.{name} {must}.")
            for name, holds, must in checks
            if not holds
        ),
    ]


def _check_name(value: Value, name: str, path: str) -> list[Violation]:
    if len(value.get(name, "")) <= DISPLAY_NAME_LENGTH:
        return []
    return [Violation(f"{path}.{name}", f"{path}.{name} must be at most {DISPLAY_NAME_LENGTH} characters.")]


def _check_text(
    value: Value, name: str, is_valid: Callable[[str], bool], path: str, *, needed: bool = False
) -> list[Violation]:
    text = value.get(name, "")
    if not text:
        return [Violation(f"{path}.{name}", f"{path}.{name} is required.")] if needed else []
    return [] if is_valid(text) else [Violation(f"{path}.{name}", f"{path}.{name}: '{text}' is not valid.")]


def _is_key_in(text: str, location: str) -> bool:
    match = _KEY.fullmatch(text)
    return match is not None and match[1] == location
