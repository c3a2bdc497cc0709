"""Error responses of the Gemini API and Vertex AI: an exception, and the bodies that the services give for it.

    ApiError            any answer that is not 200; `body()` is the google.rpc.Status in JSON

The functions below make those that both services give (docs/api-gemini.md, "Errors"). Handlers raise them and `calls`
turns them into responses. Cloud Storage has a form of its own (`storage.errors`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .fields import Value

# The HTTP status of the names of google.rpc.Code, as Google's servers have it.
HTTP_STATUS = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


class ApiError(Exception):
    """An answer that is not a success. `status` is a google.rpc.Code name, `details` are messages with an @type."""

    def __init__(self, status: str, message: str, details: Sequence[Value] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = HTTP_STATUS[status]
        self.message = message
        self.details = list(details)

    def body(self) -> dict[str, Any]:
        """The JSON body: {"error": {code, message, status, details?}}."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with a field of a request; `field` is a proto path such as `tuned_model.top_k`, or empty."""

    field: str
    description: str


def bad_request(violations: Sequence[Violation]) -> ApiError:
    """400 that lists all violations, each on a line of the message and in google.rpc.BadRequest."""
    listed = [
        {"field": v.field, "description": v.description} if v.field else {"description": v.description}
        for v in violations
    ]
    details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}
    return ApiError("INVALID_ARGUMENT", "\n".join(v.description for v in violations), [details])


def invalid(field: str, description: str) -> ApiError:
    """400 for a single field."""
    return bad_request([Violation(field, description)])


def payload_too_large(limit: int) -> ApiError:
    """400 for a body of more than `limit` bytes."""
    return ApiError("INVALID_ARGUMENT", f"Request payload size exceeds the limit: {limit} bytes.")


def api_key_invalid() -> ApiError:
    """400 for a wrong API key: ErrorInfo API_KEY_INVALID."""
    message = "API key not valid. Please pass a valid API key."
    localized = {
        "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
        "locale": "en-US",
        "message": message,
    }
    return ApiError(
        "INVALID_ARGUMENT",
        message,
        [_error_info("API_KEY_INVALID", {"service": "generativelanguage.googleapis.com"}), localized],
    )


def api_key_unsupported(service: str, method: str) -> ApiError:
    """401 for an API key where only a principal may call: ErrorInfo CREDENTIALS_MISSING. `method` is its rpc name, with
    its package."""
    message = (
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials "
        "that assert a principal. See https://cloud.google.com/docs/authentication"
    )
    metadata = {"service": service, "method": method}
    return ApiError("UNAUTHENTICATED", message, [_error_info("CREDENTIALS_MISSING", metadata)])


def credentials_unreadable() -> ApiError:
    """401 for an Authorization header without a bearer token."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return ApiError("UNAUTHENTICATED", message)


def internal() -> ApiError:
    """500 for any other exception; the reason is in the log alone."""
    return ApiError("INTERNAL", "Internal error encountered.")


def _error_info(reason: str, metadata: dict[str, str]) -> Value:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }
