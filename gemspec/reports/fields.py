"""A field of a manifest or of the project file, as `gemspec explain` draws it: its schema, and the fields below it.

The command makes the document from the schemas; `render.terminal.explain` draws it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from gemspec.util.schema_files import Schema


class FieldDocument(TypedDict):
    """One field, or (without names) a whole document.

    `schema` and `item` have their references followed; `item` is what each item of a list is, null for what is no list.
    `services` are the names of the services that rules of one service alone refer to, by their keys in the schema.
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
