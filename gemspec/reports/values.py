"""Values of fields in JSON, which the documents for plans, results and status share; and the document of a field, which
`gemspec explain` makes of the schemas and `render.terminal.explain` draws.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, TypedDict, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gemspec.domain.model import Progress
    from gemspec.util.schema_files import Schema

# The value of a field; null stands for "not there".
FieldValue = str | int | float | bool | list[str] | None
# A model as its manifest has it: values, nested by the names of fields.
Form = dict[str, "FieldValue | Form"]


def field_value(value: object) -> FieldValue:
    """Give a value as JSON has it: a list for a tuple."""
    if isinstance(value, tuple | list):
        return list(value)
    return cast("FieldValue", value)  # the domain's values are those of JSON, but for tuples


def form(values: Mapping[str, object]) -> Form:
    """Give nested fields as JSON has them: plain dicts for mappings."""
    return {name: form(inner) if _is_form(inner) else field_value(inner) for name, inner in values.items()}


def leaves(values: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Give each value of nested fields, with its path."""
    for name, inner in values.items():
        if _is_form(inner):
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name), inner


def last_loss(progress: Progress) -> float | None:
    """The mean loss last reported; None where it is not finite (the training diverged), which JSON cannot express."""
    last = progress.last
    return last.mean_loss if last and isfinite(last.mean_loss) else None


def _is_form(value: object) -> TypeGuard[Mapping[str, object]]:
    return hasattr(value, "items")


class FieldDocument(TypedDict):
    """A field, or (without names) a whole document.

    `schema` and `item` have their references followed; `item` is the schema of the items of a list, else null.
    `services` are the names of services, by their keys in rules for a single service.
    """

    kind: str
    api_version: str
    names: list[str]
    required: bool
    sentence: str
    schema: Schema
    item: Schema | None
    services: dict[str, str]
    fields: list[FieldDocument]
