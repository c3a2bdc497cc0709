"""The message types that the services share, as tables: google.longrunning, google.rpc and google.protobuf.

The tables of a service are in its own `messages`, which has these too.
"""

from __future__ import annotations

from .fields import Field, Message, Scalar

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
