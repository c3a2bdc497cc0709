"""Labels: their form, and the ones that the service sets itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import Violation

if TYPE_CHECKING:
    from ..kernel.fields import Value

HOW_MANY = 64
LENGTH = 63  # characters, of keys and of values

JOB_ID = "google-vertex-llm-tuning-job-id"
TUNE_TYPE = "tune-type"


def of_model(job_id: str) -> dict[str, str]:
    """What the service writes on a model that a supervised tuning has made."""
    return {JOB_ID: job_id, TUNE_TYPE: "sft"}


def check(labels: Value, path: str) -> list[Violation]:
    """What is wrong with labels: how many, lower case, digits, `_` and `-`; a key begins with a letter."""
    problems = []
    if len(labels) > HOW_MANY:
        problems.append(Violation(path, f"{path}: there are more than {HOW_MANY} labels."))
    for key, value in labels.items():
        if not key or not key[0].isalpha() or not _is_plain(key):
            problems.append(Violation(path, f"{path}: invalid label key '{key}'."))
        if not _is_plain(value):
            problems.append(Violation(path, f"{path}: invalid value '{value}' of the label '{key}'."))
    return problems


def _is_plain(text: str) -> bool:
    # "International characters are allowed", where they have no upper case.
    return len(text) <= LENGTH and all(
        character in "_-" or character.isdecimal() or (character.isalpha() and character == character.lower())
        for character in text
    )
