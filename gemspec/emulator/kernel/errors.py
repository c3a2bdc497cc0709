"""Refusals: one exception, and the service's own bodies for it.

    ApiError            any answer that is not 200; `body()` is the google.rpc.Status in JSON
    BucketNameError     before there is anybody to answer: a bucket that `create_app` is to make
    FaultsError         the same: a fault file that cannot be used, with all that is wrong with it

The functions below make the ones that the service is known to give (docs/api-gemini.md, "Errors"); handlers raise them
and `calls` turns them into responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .fields import Value

# google.rpc.Code names with the HTTP status that Google's servers give them.
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
SERVICE = "generativelanguage.googleapis.com"


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


class BucketNameError(Exception):
    """A name that no bucket can have."""


@dataclass(frozen=True, slots=True)
class FaultProblem:
    """One thing that is wrong with a fault file: where (keys and indexes that lead there), what, what to write."""

    path: tuple[str | int, ...]
    summary: str
    advice: str

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in self.path)

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.summary}, {self.advice}"


class FaultsError(Exception):
    """A fault file that cannot be used."""

    def __init__(self, problems: Iterable[FaultProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field of a request; `field` is a proto path such as `tuned_model.top_k`, or empty."""

    field: str
    description: str


def bad_request(violations: Sequence[Violation]) -> ApiError:
    """400 that lists all of them, each on a line of the message and in google.rpc.BadRequest."""
    listed = [
        {"field": v.field, "description": v.description} if v.field else {"description": v.description}
        for v in violations
    ]
    details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}
    return ApiError("INVALID_ARGUMENT", "\n".join(v.description for v in violations), [details])


def invalid(field: str, description: str) -> ApiError:
    """400 for one field."""
    return bad_request([Violation(field, description)])


def model_missing(name: str) -> ApiError:
    """404 for a tuned model, in the recorded words."""
    return ApiError("NOT_FOUND", f"Tuned model {name} does not exist.")


def model_forbidden(name: str) -> ApiError:
    """403 for a model that the caller may not see or change: without details, as recorded."""
    return ApiError("PERMISSION_DENIED", f"You do not have permission to access tuned model {name}.")


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
    return ApiError("INVALID_ARGUMENT", message, [_error_info("API_KEY_INVALID", {"service": SERVICE}), localized])


def api_key_unsupported(method: str) -> ApiError:
    """401 for an API key where only a principal may call: ErrorInfo CREDENTIALS_MISSING. `method` is its rpc name, with
    its package in front where that is not the Gemini API's."""
    is_foreign = method.startswith("google.")
    message = (
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials "
        "that assert a principal. See https://cloud.google.com/docs/authentication"
    )
    metadata = {
        "service": f"{method.split('.')[2]}.googleapis.com" if is_foreign else SERVICE,
        "method": method if is_foreign else f"google.ai.generativelanguage.v1beta.{method}",
    }
    return ApiError("UNAUTHENTICATED", message, [_error_info("CREDENTIALS_MISSING", metadata)])


def credentials_unreadable() -> ApiError:
    """401 for an Authorization header that holds no bearer token."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return ApiError("UNAUTHENTICATED", message)


def trainings_exhausted(limit: int) -> ApiError:
    """429 for a training beyond what may run at a time; nobody has shown the service's own words for it."""
    message = (
        "Quota exceeded for quota metric 'Concurrent tuning jobs' of service 'generativelanguage.googleapis.com':"
        f" {limit} of {limit} concurrent trainings run."
    )
    violation = {"subject": SERVICE, "description": "Concurrent tuning jobs"}
    details = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    return ApiError("RESOURCE_EXHAUSTED", message, [details])


def internal() -> ApiError:
    """500 for whatever the emulator did not foresee; the reason stays in its log."""
    return ApiError("INTERNAL", "Internal error encountered.")


def _error_info(reason: str, metadata: dict[str, str]) -> Value:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }
