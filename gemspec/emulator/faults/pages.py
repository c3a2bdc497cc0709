"""Faulty pages of lists: empty pages, and pages that repeat. Their tokens are made here.

Such a token is a prefix and the true token: of the page after an empty page, or of the page that repeats. The services
never see it.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import msgspec

if TYPE_CHECKING:
    from starlette.types import Scope

_LISTS = re.compile(r".*(/(tunedModels|models|permissions|operations|tuningJobs|endpoints|b|o)|:listVersions)")
_TRUE, _AGAIN = "faults-next-", "faults-again-"


def is_list(method: str, path: str) -> bool:
    """Whether a request is for a list with pages."""
    return method == "GET" and _LISTS.fullmatch(path) is not None


def with_true_token(scope: Scope) -> tuple[Scope, bool]:
    """A request with the true token in place of ours; and whether ours was that of a repeated page."""
    token = _token(scope)
    ours = next((prefix for prefix in (_TRUE, _AGAIN) if token.startswith(prefix)), None)
    if ours is None:
        return scope, False
    try:
        true = base64.b64decode(token.removeprefix(ours).partition(".")[0], b"-_", validate=True).decode()
    except ValueError:
        return scope, False  # not made here: the list refuses it
    pairs = [(name, text) for name, text in _query(scope) if name not in ("pageToken", "page_token")]
    pairs += [("pageToken", true)] if true else []
    return {**scope, "query_string": urlencode(pairs).encode()}, ours == _AGAIN


def empty(scope: Scope) -> bytes:
    """The body of an empty page; its token leads to the requested page, and is different each time."""
    return msgspec.json.encode({"nextPageToken": f"{_sealed(_TRUE, scope)}.{secrets.token_hex(8)}"})


def leading_back(scope: Scope, body: bytes) -> bytes:
    """The body of a page with a token that leads to the same page again."""
    page: dict[str, Any] = msgspec.json.decode(body)
    return msgspec.json.encode({**page, "nextPageToken": _sealed(_AGAIN, scope)})


def _sealed(prefix: str, scope: Scope) -> str:
    return prefix + base64.urlsafe_b64encode(_token(scope).encode()).decode()


def _token(scope: Scope) -> str:
    query = dict(_query(scope))
    return query.get("pageToken") or query.get("page_token") or ""


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
