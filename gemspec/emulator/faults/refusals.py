"""Refusals that nothing in the request calls for: what a service answers that is overloaded, broken or out of quota.

In the form of the service that was asked; a gateway before it knows pages only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import ApiError, credentials_unreadable

if TYPE_CHECKING:
    from .rules import Strike

PAGE = b"<!DOCTYPE html><html lang=en><title>Error</title><p>Something stands between you and the service.</html>"
JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"
BAD_GATEWAY = 502

_STATUS = {
    "throttled": ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "internal": ("INTERNAL", "Internal error encountered."),
    "unavailable": ("UNAVAILABLE", "The service is currently unavailable."),
    "timedOut": ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}
# Cloud Storage's words for them.
_REASONS = {429: "rateLimitExceeded", 401: "authError", 500: "backendError", 503: "backendError", 504: "backendError"}


def refusal(strike: Strike, path: str) -> tuple[int, str, bytes]:
    """HTTP status, content type and body of a refusal."""
    if strike.fault == "badGateway":
        return BAD_GATEWAY, HTML, PAGE
    error = _error(strike)
    body = error.body()
    if path.startswith(("/storage/", "/upload/", "/download/")):
        body = _of_storage(error)
    return error.code, JSON, msgspec.json.encode(body)


def _error(strike: Strike) -> ApiError:
    if strike.fault == "unauthenticated":
        return credentials_unreadable()
    status, message = _STATUS[strike.fault]
    details: list[dict[str, Any]] = []
    if strike.rule.retry_delay is not None:
        delay = f"{strike.rule.retry_delay:g}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    return ApiError(status, message, details)


def _of_storage(error: ApiError) -> dict[str, Any]:
    listed = [{"message": error.message, "domain": "global", "reason": _REASONS[error.code]}]
    return {"error": {"code": error.code, "message": error.message, "errors": listed}}
