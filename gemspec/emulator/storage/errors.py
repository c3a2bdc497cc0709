"""Error responses in the form of Cloud Storage's JSON API, which is older than google.rpc.Status.

StorageError        {"error": {code, message, errors: [{message, domain, reason}]}}, or its message as plain text
BucketNameError     a name that no bucket can have, given to `create_app`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping


class StorageError(Exception):
    """An answer that is not a success. `reason` is the API's word for it; None sends the bare message, as the service
    does for requests for bytes and not JSON."""

    def __init__(
        self, code: int, reason: str | None, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.headers = headers

    def response(self) -> Response:
        """The error as an answer."""
        if self.reason is None:
            return PlainTextResponse(self.message, self.code, self.headers)
        listed = [{"message": self.message, "domain": "global", "reason": self.reason}]
        body = {"error": {"code": self.code, "message": self.message, "errors": listed}}
        return Response(msgspec.json.encode(body), self.code, self.headers, "application/json; charset=UTF-8")


class BucketNameError(Exception):
    """A name that no bucket can have."""


def invalid(message: str) -> StorageError:
    """400."""
    return StorageError(400, "invalid", message)


def required(message: str) -> StorageError:
    """400 for a missing value."""
    return StorageError(400, "required", message)


def bucket_missing() -> StorageError:
    """404."""
    return StorageError(404, "notFound", "The specified bucket does not exist.")


def object_missing(bucket: str, name: str) -> StorageError:
    """404."""
    return StorageError(404, "notFound", f"No such object: {bucket}/{name}")


def condition_not_met() -> StorageError:
    """412 for ifGenerationMatch and the like."""
    return StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def not_modified() -> StorageError:
    """304 for a read with ifGenerationNotMatch and the like."""
    return StorageError(304, None, "")


def upload_missing() -> StorageError:
    """404 for a session that is unknown, cancelled or too old."""
    return StorageError(404, "notFound", "No such upload session.")
