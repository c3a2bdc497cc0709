"""Every kind of error answer becomes a sentence and a hint."""

from __future__ import annotations

import msgspec
import pytest

from gemspec.domain.errors import (
    AuthError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    QuotaError,
    ServiceError,
    UnavailableError,
)
from gemspec.providers.http import errors, status as status_parser
from gemspec.providers.http.errors import LOGIN

RPC = "type.googleapis.com/google.rpc."


def status(code, name, message, *details) -> bytes:
    return msgspec.json.encode({"error": {"code": code, "message": message, "status": name, "details": details}})


def info(reason, **metadata):
    return {"@type": f"{RPC}ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata}


ENABLE = "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=1"
HELP = {"@type": f"{RPC}Help", "links": [{"description": "Enable it", "url": ENABLE}]}
SERVICE = "generativelanguage.googleapis.com"
FIELD = {"@type": f"{RPC}BadRequest", "fieldViolations": [{"field": "tuned_model.top_k", "description": "too big"}]}
DELAY = {"@type": f"{RPC}RetryInfo", "retryDelay": "22s"}

ROWS = [
    (
        400,
        status(400, "INVALID_ARGUMENT", "Bad.", FIELD),
        InvalidRequestError,
        "tuned_model.top_k: too big",
        "manifest",
    ),
    (
        400,
        status(400, "INVALID_ARGUMENT", "API key not valid.", info("API_KEY_INVALID")),
        AuthError,
        "API key",
        "GEMINI_API_KEY",
    ),
    (401, status(401, "UNAUTHENTICATED", "Invalid credentials."), AuthError, "Invalid", "GOOGLE_OAUTH_ACCESS_TOKEN"),
    (
        401,
        status(401, "UNAUTHENTICATED", "Missing credential.", info("CREDENTIALS_MISSING")),
        AuthError,
        "Missing",
        LOGIN,
    ),
    (
        401,
        status(401, "UNAUTHENTICATED", "API keys are not supported by this API.", info("CREDENTIALS_MISSING")),
        AuthError,
        "not supported",
        "takes no API key",
    ),
    (
        403,
        status(403, "PERMISSION_DENIED", "Insufficient scopes.", info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        AuthError,
        "scopes",
        LOGIN,
    ),
    (
        403,
        status(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes."),
        AuthError,
        "scopes",
        LOGIN,
    ),
    (
        403,
        status(403, "PERMISSION_DENIED", "It is disabled.", info("SERVICE_DISABLED", service=SERVICE), HELP),
        AuthError,
        "disabled",
        ENABLE,
    ),
    (
        403,
        status(403, "PERMISSION_DENIED", "The API requires a quota project.", info("SERVICE_DISABLED"), HELP),
        AuthError,
        "quota project",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
    ),
    (
        403,
        status(403, "PERMISSION_DENIED", "Caller may not use project x.", info("USER_PROJECT_DENIED")),
        AuthError,
        "project x",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
    ),
    (403, status(403, "PERMISSION_DENIED", "No."), AuthError, "No", "belongs to somebody else or does not exist"),
    (403, status(403, "PERMISSION_DENIED", "No.", info("IAM")), AuthError, "No", "Ask the owner"),
    (404, status(404, "NOT_FOUND", "Tuned model does not exist."), NotFoundError, "does not exist", "plan"),
    (409, status(409, "ALREADY_EXISTS", "Taken."), ConflictError, "Taken", "plan again"),
    (429, status(429, "RESOURCE_EXHAUSTED", "Quota.", DELAY), UnavailableError, "Quota", "try again in 22 s"),
    (429, status(429, "RESOURCE_EXHAUSTED", "Quota."), UnavailableError, "Quota", "try again later"),
    (
        429,
        status(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded for aiplatform.googleapis.com/global_concurrent_tuning_jobs."
        ),
        QuotaError,
        "global_concurrent_tuning_jobs",
        "Nothing was begun",
    ),
    (500, status(500, "INTERNAL", "Oops."), UnavailableError, "Oops", "same command again"),
    (503, status(503, "UNAVAILABLE", "Overloaded."), UnavailableError, "Overloaded", "same command again"),
    (503, b"", UnavailableError, "answered 503", "same command again"),
    (400, b'{"error": {"code": 400, "mess', ServiceError, "", "--endpoint"),
    (404, b"<html><title>404</title>", ServiceError, "answered 404", "--endpoint"),
    (418, b"teapot", ServiceError, "teapot", "--endpoint"),
    (400, b"[" * 100_000, ServiceError, "", "--endpoint"),
    (499, status(499, "CANCELLED", "Gone."), ServiceError, "Gone", "-v"),
]


@pytest.mark.parametrize(("code", "body", "kind", "summary", "hint"), ROWS)
def test_rows(code, body, kind, summary, hint):
    """Body -> class, what happened, next step."""
    error = errors.service_error(status_parser.parse_refusal(code, body), "reading tunedModels/x")
    assert type(error) is kind
    assert error.code == code
    assert error.summary.startswith("reading tunedModels/x: ")
    assert "\n" not in error.summary
    assert summary in error.summary
    assert hint in error.hint


@pytest.mark.parametrize(
    "error",
    [
        None,
        7,
        {"details": "x"},
        {"details": [1, {"@type": 5}, {"@type": f"{RPC}Help", "links": [3, {"url": "javascript:x"}]}]},
        {"message": {"a": 1}, "details": [{"@type": f"{RPC}ErrorInfo", "metadata": 3}]},
        {"details": [{"@type": f"{RPC}RetryInfo", "retryDelay": "soon"}]},
        {"details": [{"@type": f"{RPC}RetryInfo", "retryDelay": "-1s"}]},
        {"details": [{"@type": f"{RPC}RetryInfo", "retryDelay": "infs"}]},
    ],
)
def test_odd_bodies_do_no_harm(error):
    refusal = status_parser.parse_refusal(403, msgspec.json.encode({"error": error}))
    assert (refusal.retry_delay, refusal.link) == (None, "")
    assert errors.service_error(refusal, "x").code == 403


def test_text_of_the_service_is_cleaned():
    """No escape sequences, no direction marks, no line breaks, and not without end."""
    refusal = status_parser.parse_refusal(400, status(400, "INVALID_ARGUMENT", "a\x1b[31mb\u202ec\r\nd" + "x" * 5000))
    assert refusal.message.startswith("a[31mbc dxxx")
    assert len(refusal.message) == status_parser.TEXT_LIMIT


def test_retry_after_counts_where_the_body_has_no_delay():
    assert status_parser.parse_refusal(503, b"", "7").retry_delay == 7
    assert status_parser.parse_refusal(429, status(429, "RESOURCE_EXHAUSTED", "Quota.", DELAY), "7").retry_delay == 22
    assert status_parser.parse_refusal(503, b"", "Wed, 21 Oct 2026 07:28:00 GMT").retry_delay is None


def test_no_credentials_names_the_ways():
    hint = errors.no_credentials().hint
    assert all(way in hint for way in (LOGIN, "GOOGLE_OAUTH_ACCESS_TOKEN", "GEMINI_API_KEY"))


def test_a_service_s_own_words():
    """Hints may differ between services; the kind of error does not."""
    refusal = status_parser.parse_refusal(403, status(403, "PERMISSION_DENIED", "No.", info("IAM")))
    own = errors.service_error(refusal, "reading x", {errors.Kind.DENIED: "Ask IAM."})
    assert (type(own), own.hint) == (AuthError, "Ask IAM.")
    other = errors.service_error(refusal, "reading x", {errors.Kind.SCOPE: "Log in."})
    assert "Ask the owner" in other.hint
