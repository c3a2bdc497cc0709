"""The fields of manifests and project files, by their JSON schemas. For `explain` and completion.

A field has an address as people type it, `spec.tuningTask.hyperparameters`; those of the project file begin with
`project.`. Lists are walked through: `spec.tuningTask.trainingData.examples.textInput` is a field of each example.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError
from gemspec.manifest.validation.provider_schema import schema_on
from gemspec.manifest.validation.schema import property_schema
from gemspec.util.text import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first word of an address that names a kind; without it, the kind is the default.
KINDS = {"TunedModel": "tunedmodel", "Project": "project"}
DEFAULT_KIND = "TunedModel"
_ITEM = "[]"


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or (without names) a whole document. `steps` are the names with a `[]` wherever a list is entered."""

    kind: str
    names: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """Its schema, references followed."""
        return property_schema(self.kind, *self.steps)

    @property
    def address(self) -> str:
        """The argument of `gemspec explain` for it."""
        first = () if self.kind == DEFAULT_KIND and self.names else (KINDS[self.kind],)
        return ".".join((*first, *self.names))

    @property
    def sentence(self) -> str:
        """The first sentence of its description."""
        return re.split(r"(?<=\.)\s", self.schema["description"], maxsplit=1)[0]

    @property
    def block(self) -> Field:
        """The block that has the fields below it: the items of a list, else the field itself."""
        here = self
        while "items" in here.schema:
            here = Field(self.kind, self.names, (*here.steps, _ITEM))
        return here

    @property
    def item(self) -> dict[str, Any] | None:
        """The schema of the items of a list; None for a field that is not a list."""
        return property_schema(self.kind, *self.steps, _ITEM) if "items" in self.schema else None

    def below(self) -> list[Field]:
        """Its fields, in the order of the schema."""
        block = self.block
        schema = block.schema
        return [
            Field(self.kind, (*self.names, name), (*block.steps, name), name in schema.get("required", ()))
            for name in schema.get("properties", ())
        ]


def find_field(address: str) -> Field:
    """The field with this address. Raises GemspecError, which names the fields that exist."""
    kind, names = _parts(address)
    field = Field(kind)
    for index, name in enumerate(names):
        inner = {below.names[-1]: below for below in field.below()}
        if name not in inner:
            raise _unknown(kind, names, field, index)
        field = inner[name]
    return field


def all_fields() -> Iterator[Field]:
    """Every field of every kind, the documents first."""
    for kind in KINDS:
        yield from _tree(Field(kind))


def resolved_schema(field: Field) -> dict[str, Any]:
    """Give the schema of a field on its own, with all references written out."""
    root = schema_on(field.kind, None)
    written = _written_out(root, field.schema)
    return {name: value for name, value in written.items() if name != "$defs"}


def _tree(field: Field) -> Iterator[Field]:
    yield field
    for inner in field.below():
        yield from _tree(inner)


def _written_out(root: dict[str, Any], value: Any) -> Any:
    if isinstance(value, list):
        return [_written_out(root, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        referred = root["$defs"][value["$ref"].removeprefix("#/$defs/")]
        value = {**referred, **{name: inner for name, inner in value.items() if name != "$ref"}}
    return {name: _written_out(root, inner) for name, inner in value.items()}


def _parts(address: str) -> tuple[str, list[str]]:
    """Take an address apart. JSON pointers, as `validate --format json` has them, and `files[0]` are understood too."""
    plain = re.sub(r"\[\d*\]", "", address.replace("/", "."))
    names = [name for name in plain.split(".") if name and not name.isdigit()]
    kinds = {word: kind for kind, word in KINDS.items()}
    if names and names[0].lower() in kinds:
        return kinds[names[0].lower()], names[1:]
    return DEFAULT_KIND, names


def _unknown(kind: str, names: list[str], field: Field, index: int) -> GemspecError:
    inner = [below.names[-1] for below in field.below()]
    guess = _guess(kind, names, field, index)
    hints = [f"did you mean `gemspec explain {guess}`?"] if guess else []
    where = ".".join(field.names) or kind
    hints += [f"the fields of {where} are {', '.join(inner)}"] if inner else [f"{where} has no fields below it"]
    return GemspecError(f"there is no field {names[index]} in {where}", "\n".join(hints))


def _guess(kind: str, names: list[str], field: Field, index: int) -> str | None:
    """The address that was probably meant: the same words in another place, a typo here, or a typo anywhere."""
    others = sorted((other for other in all_fields() if other.names), key=lambda other: other.kind != kind)
    ends = {".".join(other.names[start:]): other for other in reversed(others) for start in range(len(other.names))}
    asked = [".".join(names[start:]) for start in range(len(names))]
    by_lower = {end.lower(): end for end in ends}
    found = next((by_lower[end.lower()] for end in asked if end.lower() in by_lower), None)
    if found is None and (close := closest(names[index], [below.names[-1] for below in field.below()])):
        return Field(kind, (*field.names, close)).address
    found = found or next((end for address in asked if (end := closest(address, ends))), None)
    return ends[found].address if found else None
