"""Parses error answers: google.rpc.Status bodies become a `Refusal`. Pure; `errors` makes exceptions of them.

Serves every provider of Google. Text from the service is untrusted: control characters are removed and its length is
limited here, before anything else sees it. Source of the shapes: google/rpc/status.proto and error_details.proto.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from math import isfinite
from typing import Any

import msgspec

TEXT_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer, its texts cleaned.

    `reason` and `service` are those of ErrorInfo, `link` is the first of Help, `violations` those of BadRequest
    ("field: what is wrong"), `retry_delay` that of RetryInfo or Retry-After in seconds. `detailed` says whether there
    were details, `foreign` that the body comes from a proxy or another server. `effort` says how often the request was
    tried, "" for a single attempt.
    """

    code: int
    status: str = ""
    message: str = ""
    reason: str = ""
    service: str = ""
    link: str = ""
    violations: tuple[str, ...] = ()
    retry_delay: float | None = None
    detailed: bool = False
    foreign: bool = False
    effort: str = ""


def clean(text: object, limit: int = TEXT_LIMIT) -> str:
    """Make text of unknown origin fit for a message: one line, no control or format characters, `limit` at most."""
    line = " ".join(str(text).split())
    shown = "".join(char for char in line if unicodedata.category(char)[0] != "C")
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def parse_refusal(code: int, body: bytes, retry_after: str = "") -> Refusal:
    """Parse an error answer of any shape: HTTP status, body, and the Retry-After header. Never raises."""
    delay = _seconds(retry_after)
    error = _error(body)
    if error is None:
        return Refusal(code, message=clean(_plain(body)), retry_delay=delay, foreign=bool(body.strip()))
    details = [detail for detail in _list(error.get("details")) if isinstance(detail, dict)]
    info, help_ = _detail(details, "ErrorInfo"), _detail(details, "Help")
    stated = _seconds(_detail(details, "RetryInfo").get("retryDelay"))
    return Refusal(
        code=code,
        status=clean(error.get("status", ""), 60),
        message=clean(error.get("message", "")),
        reason=clean(info.get("reason", ""), 80),
        service=clean(_dict(info.get("metadata")).get("service", ""), 100),
        link=_link(help_),
        violations=_violations(_detail(details, "BadRequest")),
        retry_delay=delay if stated is None else stated,
        detailed=bool(details),
    )


def _error(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(parsed, list) and parsed:  # some of Google's front ends wrap the status in a list
        parsed = parsed[0]
    error = parsed.get("error") if isinstance(parsed, dict) else None
    return error if isinstance(error, dict) else None


def _plain(body: bytes) -> str:
    """Give the start of a plain-text page; "" for HTML."""
    text = body[:4000].decode(errors="replace")
    return "" if "<" in text else text[:TEXT_LIMIT]


def _detail(details: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((detail for detail in details if str(detail.get("@type", "")).endswith(f"google.rpc.{kind}")), {})


def _link(help_: dict[str, Any]) -> str:
    links = (_dict(link).get("url", "") for link in _list(help_.get("links")))
    return next((clean(link, 300) for link in links if str(link).startswith("https://")), "")


def _violations(bad_request: dict[str, Any]) -> tuple[str, ...]:
    found = [_dict(violation) for violation in _list(bad_request.get("fieldViolations"))[:10]]
    return tuple(
        clean(f"{violation.get('field', '')}: {violation.get('description', '')}".removeprefix(": "), 200)
        for violation in found
    )


def _seconds(text: object) -> float | None:
    """Read a duration: "22s" (JSON of google.protobuf.Duration) or "22" (Retry-After); None for anything else."""
    try:
        seconds = float(str(text).removesuffix("s")) if text else -1.0
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
