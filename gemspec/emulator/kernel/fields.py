"""The vocabulary of message types, and the types that all services share. Each service has tables in its `messages`.

Values of a message are dicts by proto name: float and int for numbers, str for enums (their name), int for timestamps
(microseconds since 1970), dicts and lists for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

Value: TypeAlias = dict[str, Any]

PACKAGE = "type.googleapis.com/google.ai.generativelanguage.v1beta."


class Scalar(Enum):
    """A type without fields of its own; the value is the service's name for it in its errors."""

    STRING = "TYPE_STRING"
    INT32 = "TYPE_INT32"
    INT64 = "TYPE_INT64"
    FLOAT = "TYPE_FLOAT"
    DOUBLE = "TYPE_DOUBLE"
    BOOL = "TYPE_BOOL"
    BYTES = "TYPE_BYTES"  # stored as base64, as in JSON
    TIMESTAMP = "type.googleapis.com/google.protobuf.Timestamp"
    STRUCT = "type.googleapis.com/google.protobuf.Struct"  # also for messages that the emulator does not read
    VALUE = "type.googleapis.com/google.protobuf.Value"  # also for enums that the emulator does not read
    ANY = "type.googleapis.com/google.protobuf.Any"  # answers only: the value is a pair (message, value)


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enum type: the names of its numbers, from 0 on; a number without a name is an empty text."""

    name: str
    names: tuple[str, ...]
    package: str = PACKAGE

    @property
    def type_url(self) -> str:
        """Its name in errors."""
        return self.package + self.name


class Use(Enum):
    """google.api.field_behavior, as far as it changes what happens to a field."""

    PLAIN = "may be set and patched"
    IMMUTABLE = "set on create only"
    INPUT_ONLY = "immutable and never returned"
    OUTPUT_ONLY = "never set by the caller: ignored in requests"


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `presence`: a set zero differs from an unset field, and is printed; `mapped`: a map from strings to that
    kind."""

    name: str
    kind: Scalar | Enumeration | Message
    repeated: bool = False
    mapped: bool = False
    presence: bool = False
    oneof: str = ""
    use: Use = Use.PLAIN

    @property
    def json(self) -> str:
        """The field's name in JSON (camelCase)."""
        head, *rest = self.name.split("_")
        return head + "".join(word.capitalize() for word in rest)


class Message:
    """A message type."""

    def __init__(self, name: str, *fields: Field, package: str = PACKAGE) -> None:
        self.name = name
        self.type_url = package + name
        self.fields = fields
        self._by_name = {name: field for field in fields for name in (field.name, field.json)}

    def find(self, name: str) -> Field | None:
        """The field of that name, in camelCase or snake_case: the service accepts both."""
        return self._by_name.get(name)


# What the services share: google.longrunning, google.rpc and google.protobuf.
LONGRUNNING = "type.googleapis.com/google.longrunning."

EMPTY = Message("Empty", package="type.googleapis.com/google.protobuf.")
STATUS = Message(
    "Status",
    Field("code", Scalar.INT32),
    Field("message", Scalar.STRING),
    package="type.googleapis.com/google.rpc.",
)
OPERATION = Message(
    "Operation",
    Field("name", Scalar.STRING),
    Field("metadata", Scalar.ANY),
    Field("done", Scalar.BOOL),
    Field("error", STATUS, oneof="result"),
    Field("response", Scalar.ANY, oneof="result"),
    package=LONGRUNNING,
)
LIST_OPERATIONS_RESPONSE = Message(
    "ListOperationsResponse",
    Field("operations", OPERATION, repeated=True),
    Field("next_page_token", Scalar.STRING),
    package=LONGRUNNING,
)
