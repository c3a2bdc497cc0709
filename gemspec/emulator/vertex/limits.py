"""The published limits of tuning jobs, models, endpoints and labels, and what a PATCH makes of the settings.

The checks return every violation. `dataset` has the limits of training data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..kernel.errors import Violation, bad_request, invalid
from ..kernel.reading import read_mask
from .names import NO_TUNING_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..kernel.fields import Value
    from .names import Place

DISPLAY_NAME_LENGTH = 128  # characters
EPOCHS = 100  # unpublished: the emulator's own
LABELS = 64
LABEL_LENGTH = 63  # characters, of keys and of values
# THIRTY_TWO exists, but is not published for Gemini.
ADAPTER_SIZES = (
    "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_TWO", "ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_EIGHT", "ADAPTER_SIZE_SIXTEEN",
)  # fmt: skip

_KEY = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")
_OBJECT = re.compile(r"gs://[^/]+/.+")


def check_job(job: Value, place: Place) -> list[Violation]:
    """Violations of a TuningJob, as far as they can be seen without the database."""
    path = "tuning_job"
    problems = [Violation("parent", "Tuning is done in a region.")] if place.location in NO_TUNING_IN else []
    if ("base_model" in job) == ("pre_tuned_model" in job):
        problems.append(Violation(path, f"{path}: one of base_model and pre_tuned_model is required."))
    problems += _check_name(job, "tuned_model_display_name", path)
    problems += check_labels(job.get("labels", {}), f"{path}.labels")
    problems += _check_text(job, "service_account", lambda text: _ACCOUNT.fullmatch(text) is not None, path)
    if "encryption_spec" in job:
        spec, where = job["encryption_spec"], f"{path}.encryption_spec"
        problems += _check_text(spec, "kms_key_name", lambda text: _is_key_in(text, place.location), where, needed=True)
    if "supervised_tuning_spec" not in job:
        return [*problems, Violation(f"{path}.supervised_tuning_spec", f"{path}.supervised_tuning_spec is required.")]
    return problems + _check_spec(job["supervised_tuning_spec"], f"{path}.supervised_tuning_spec")


def check_labels(labels: Value, path: str) -> list[Violation]:
    """Violations of labels: at most 64, of lower case, digits, `_` and `-`; a key begins with a letter."""
    problems = []
    if len(labels) > LABELS:
        problems.append(Violation(path, f"{path}: there are more than {LABELS} labels."))
    for key, value in labels.items():
        if not key or not key[0].isalpha() or not _is_label_text(key):
            problems.append(Violation(path, f"{path}: invalid label key '{key}'."))
        if not _is_label_text(value):
            problems.append(Violation(path, f"{path}: invalid value '{value}' of the label '{key}'."))
    return problems


def patched(settings: Value, body: Value, mask: str, patchable: Sequence[str], path: str) -> Value:
    """The settings after a PATCH: fields of the mask are set, or cleared where the body leaves them out.

    Without a mask the fields that the body has are set: Google's own client sends no mask, though it is documented as
    required. `path` is the request's field. Raises ApiError (400) for fields that cannot be patched, and for limits.
    """
    names = read_mask(mask, tuple(patchable)) if mask else [name for name in body if name != "etag"]
    for name in names:
        if name not in patchable:
            raise invalid(f"{path}.{name}", f"{path}.{name} cannot be updated.")
    wanted = {name: body[name] for name in names if name in body}
    cleared = {name: "" for name in names if name == "display_name" and name not in body}
    if problems := _check_settings(wanted | cleared, path):
        raise bad_request(problems)
    return {**{name: value for name, value in settings.items() if name not in names}, **wanted}


def check_endpoint(body: Value, place: Place) -> list[Violation]:
    """Violations of an Endpoint to create."""
    problems = _check_settings({"display_name": "", **body}, "endpoint")
    if "encryption_spec" in body:
        spec, where = body["encryption_spec"], "endpoint.encryption_spec"
        problems += _check_text(spec, "kms_key_name", lambda text: _is_key_in(text, place.location), where, needed=True)
    return problems


def check_traffic(split: Value) -> list[Violation]:
    """Violations of the traffic split of a first deployment, which is called 0; none is taken for all of it."""
    if not split or split == {"0": 100}:
        return []
    return [Violation("traffic_split", "traffic_split must give 100 to the deployed model, as 0.")]


def _check_settings(settings: Value, path: str) -> list[Violation]:
    """Violations of the patchable fields of a model or endpoint."""
    problems = _check_name(settings, "display_name", path) + check_labels(settings.get("labels", {}), f"{path}.labels")
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


def _is_label_text(text: str) -> bool:
    # "International characters are allowed", where they have no upper case.
    return len(text) <= LABEL_LENGTH and all(
        character in "_-" or character.isdecimal() or (character.isalpha() and character == character.lower())
        for character in text
    )
