"""Error responses of a service that is overloaded, broken or out of quota, or that the account may not use.

In the form of the requested service; a gateway in front of it answers with a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..kernel.errors import ApiError, credentials_unreadable
from ..storage.errors import StorageError

if TYPE_CHECKING:
    from .rules import Strike

PAGE = b"<!DOCTYPE html><html lang=en><title>Error</title><p>Something stands between you and the service.</html>"
JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"
BAD_GATEWAY = 502
TYPE = "type.googleapis.com/google.rpc."

_STATUS = {
    "throttled": ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "internal": ("INTERNAL", "Internal error encountered."),
    "unavailable": ("UNAVAILABLE", "The service is currently unavailable."),
    "timedOut": ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}
_URL = "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview"
# 403: the message, and the reason of the google.rpc.ErrorInfo.
_DENIED = {
    "scopeInsufficient": ("Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    "serviceDisabled": (
        f"Generative Language API has not been used in project 1 before or it is disabled. Enable it by "
        f"visiting {_URL} then retry.",
        "SERVICE_DISABLED",
    ),
    "quotaProjectMissing": (
        "Your application is authenticating by using local Application Default Credentials. The "
        "generativelanguage.googleapis.com API requires a quota project, which is not set by default.",
        "SERVICE_DISABLED",
    ),
}
# Cloud Storage's words for them.
_REASONS = {
    403: "forbidden",
    429: "rateLimitExceeded",
    401: "authError",
    500: "backendError",
    503: "backendError",
    504: "backendError",
}


def error_response(strike: Strike, path: str) -> tuple[int, str, bytes]:
    """HTTP status, content type and body of the error that a request meets."""
    if strike.fault == "badGateway":
        return BAD_GATEWAY, HTML, PAGE
    error = _error(strike)
    if path.startswith(("/storage/", "/upload/", "/download/")):
        body = bytes(StorageError(error.code, _REASONS[error.code], error.message).response().body)
    else:
        body = msgspec.json.encode(error.body())
    return error.code, JSON, body


def _error(strike: Strike) -> ApiError:
    if strike.fault == "unauthenticated":
        return credentials_unreadable()
    if strike.fault in _DENIED:
        return _denied(*_DENIED[strike.fault])
    status, message = _STATUS[strike.fault]
    details: list[dict[str, Any]] = []
    if strike.rule.retry_delay is not None:
        delay = f"{strike.rule.retry_delay:g}s"
        details.append({"@type": f"{TYPE}RetryInfo", "retryDelay": delay})
    return ApiError(status, message, details)


def _denied(message: str, reason: str) -> ApiError:
    about = {"service": "generativelanguage.googleapis.com"}
    info = {"@type": f"{TYPE}ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": about}
    link = {"@type": f"{TYPE}Help", "links": [{"description": "Google developers console", "url": _URL}]}
    return ApiError("PERMISSION_DENIED", message, [info, link] if reason == "SERVICE_DISABLED" else [info])
