"""Reads saved plans: plan documents in files, which are not trusted, since anybody may have written them.

A plan that was read is only compared with a new plan (`approval`), or drawn.
"""

from __future__ import annotations

import json
import math
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, cast

from gemspec.domain.errors import InputError, Origin, Problem
from gemspec.util.schema_files import load

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.reports.plan import PlanDocument

MAJOR = 1
MAX_BYTES = 256 * 1024 * 1024
_SUFFIX = ".json"


def is_plan(path: Path) -> bool:
    """Whether a file is a saved plan: JSON with a `format_version`, which manifests do not have."""
    if path.suffix != _SUFFIX or not os.path.isfile(path):
        return False
    try:
        document = _parse(path)
    except InputError:
        return _looks_like_one(path)
    return isinstance(document, dict) and "format_version" in document


def read(path: Path) -> PlanDocument:
    """Read a saved plan. Raises InputError where it is none, was cut or edited into another shape, or was written in a
    format that this gemspec does not know.
    """
    document = _parse(path)
    version = document.get("format_version") if isinstance(document, dict) else None
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", version):
        raise _refused(path, "it is not a saved plan", "`gemspec plan --out FILE` writes one")
    if int(version.split(".")[0]) != MAJOR:
        raise _refused(path, f"it has format {version}, which this gemspec does not know", "plan again")
    _check_shape(path, document)
    return cast("PlanDocument", document)  # it has the shape of the schema


def _check_shape(path: Path, document: object) -> None:
    """Check the document against the schema. A later minor version may have fields that this version does not know."""
    first = next(_validator().iter_errors(document), None)  # the first is enough: there may be millions
    if first is not None:
        where = "/".join(str(part) for part in first.absolute_path) or "the document"
        raise _refused(path, f"it is no plan as gemspec writes it ({where} is not right)", "plan again")


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_tolerant(load("Plan")))


def _tolerant(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _tolerant(value) for name, value in schema.items() if name != "additionalProperties"}
    return [_tolerant(value) for value in schema] if isinstance(schema, list) else schema


def _parse(path: Path) -> object:
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise _refused(path, f"it is larger than {MAX_BYTES >> 20} MiB", "plan again")
        return json.loads(
            path.read_bytes(), object_pairs_hook=_unique, parse_constant=_refuse_number, parse_float=_finite
        )
    except OSError as error:
        raise _refused(path, f"it cannot be read: {error.strerror}", "") from error
    except (ValueError, RecursionError) as error:
        raise _refused(path, "it is not JSON, or was cut", "plan again") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a field that appears twice: readers disagree which of the two counts."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError
    return found


def _finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else _refuse_number(text)


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(name)


def _looks_like_one(path: Path) -> bool:
    """Whether a file that is not JSON begins like a plan: a plan that was cut off is not a manifest."""
    with open(path, "rb") as file:
        return re.match(rb'\s*\{\s*"format_version"\s*:', file.read(200)) is not None


def _refused(path: Path, summary: str, hint: str) -> InputError:
    return InputError([Problem(summary, hint, Origin(str(path)))])
