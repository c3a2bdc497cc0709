"""The base types of all JSON messages, which ignore unknown fields, and their decoder. Pure, below both providers."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from gemspec.domain.errors import ServiceError


class Wire(msgspec.Struct, rename="camel", frozen=True):
    """A message: camelCase on the wire, unknown fields ignored."""


class WirePage(Wire, frozen=True):
    """A page of a list; the last page has the token ""."""

    next_page_token: str = ""


Message = TypeVar("Message", bound=Wire)
Page = TypeVar("Page", bound=WirePage)


def decode(body: bytes, kind: type[Message]) -> Message:
    """Decode an answer.

    Raises ServiceError when the body is cut off, is not JSON, or has another shape than Google publishes.
    """
    try:
        # Not strict: int64 come as strings, and a diverged loss as "NaN".
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise ServiceError(
            f"the service's answer cannot be read as {kind.__name__}: {broken}",
            "Something between here and the service may have cut or replaced it; try again, and check proxies.",
        ) from broken
