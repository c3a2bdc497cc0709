"""A violation of a schema, with the facts for its message: the rule, the value, and the place.

`schema` makes it from an error of jsonschema; `schema_errors` and `field_errors` have a sentence for each keyword.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from gemspec.util.text import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.errors import Origin
    from gemspec.manifest.syntax.nodes import Document, Path


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that `value` breaks: the keyword, its argument, and the schema around it."""

    keyword: str
    wanted: Any
    value: Any
    schema: dict[str, Any]
    document: Document
    path: Path
    homes: Mapping[str, str]  # field -> the block that it belongs in

    @property
    def name(self) -> str:
        """The field by the end of its path: `temperature`, `files[1]`, `labels.team`."""
        if self.path[-2:-1] == ("labels",):
            return f"labels.{cut(str(self.path[-1]))}"
        indexes = [name for name in self.path if isinstance(name, int)][-1:] if self.in_list else []
        names = [name for name in self.path if isinstance(name, str)]
        return f"{names[-1] if names else 'the document'}{''.join(f'[{index}]' for index in indexes)}"

    @property
    def in_list(self) -> bool:
        """Whether the value is an item of a list."""
        return bool(self.path) and isinstance(self.path[-1], int)

    @property
    def origin(self) -> Origin:
        """The place of the value."""
        return self.document.origin(self.path)

    @property
    def written(self) -> str | None:
        """The value as the file has it, None for a value in quotes."""
        return self.document.written(self.path)

    @property
    def example(self) -> str:
        """An example of the field: `temperature: 0.2`; for an item of a list, only the value."""
        if self.in_list or not self.path:
            return as_yaml(_example_value(self.schema))
        return example_of(str(self.path[-1]), self.schema)


def example_of(name: str, schema: dict[str, Any]) -> str:
    """Give an example of a field, from its schema: `temperature: 0.2`."""
    return f"{name}: {as_yaml(_example_value(schema))}"


def as_yaml(value: object) -> str:
    """Write a value as YAML on a single line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _example_value(schema: dict[str, Any]) -> object:
    return next(iter(schema.get("examples", [schema.get("const", "...")])))
