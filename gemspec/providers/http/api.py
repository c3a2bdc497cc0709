"""Calls of one host: a request and its verdict, and lists of many pages. Providers are built from them.

Above `http` (which repeats and gives any answer back) and `service_errors` (which says what a refusal means).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import ServiceError, UnavailableError
from gemspec.providers.http import errors, status
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.retry import retry_after
from gemspec.providers.http.session import effort
from gemspec.providers.http.wire import Page, decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import httpx

    from gemspec.providers.http.session import Session
    from gemspec.providers.http.status import Refusal
    from gemspec.providers.http.wire import WirePage


@dataclass(frozen=True, slots=True)
class Manner:
    """How a service differs from others: the largest page of its lists, kinds of refusal that may stand for "not
    there", and its own words on what to do next.
    """

    page_size: int
    absent: frozenset[Kind]
    hints: Mapping[Kind, str] = field(default_factory=dict)


# A 403 without details is given for what is somebody else's and for what is not there. Pages are of 10 unless told.
GEMINI = Manner(page_size=1000, absent=frozenset({Kind.NOT_FOUND, Kind.HIDDEN}))


# A page may be empty where a filter leaves nothing of it, and a list may be long; but both end.
BARREN, PAGES = 100, 10_000
_ASTRAY = "The list is none that can be relied on, so nothing was planned by it. Try again later."


class RefusedError(Exception):
    """An error answer, before anybody has said what it means here; does not leave the provider."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.kind = errors.kind(refusal)


class Calls:
    """A service by its HTTP methods. `about` says what a call is for, as "reading tunedModels/x"."""

    def __init__(self, session: Session, manner: Manner = GEMINI) -> None:
        self._session = session
        self._manner = manner

    async def call(
        self, method: str, path: str, about: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        """Send a request and give the body of its answer. Raises ServiceError or one of its kinds."""
        try:
            return await self.attempt(method, path, params=params, body=body)
        except RefusedError as refused:
            raise self.error(refused, about) from None

    async def attempt(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        once: bool = False,
    ) -> bytes:
        """As `call`, but raises RefusedError for an error answer, for callers that know better what it means."""
        response = await self._session.request(method, path, params=params, body=body, once=once)
        if not response.is_success:
            raise RefusedError(_refusal(response))
        return response.content

    async def find(self, path: str, about: str) -> bytes | None:
        """GET what may not be there: None for 404, and for what else stands for that."""
        try:
            return await self.attempt("GET", path)
        except RefusedError as refused:
            if refused.kind in self._manner.absent:
                return None
            raise self.error(refused, about) from None

    async def pages(
        self, path: str, kind: type[Page], about: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[Page]:
        """Read a list page by page. Raises UnavailableError for one that would never end: whose page token comes twice,
        or that goes on and on.
        """
        token, seen, barren = "", {""}, 0
        while True:
            query = {
                "pageSize": str(self._manner.page_size),
                **(params or {}),
                **({"pageToken": token} if token else {}),
            }
            page = decode(await self.call("GET", path, about, params=query), kind)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise UnavailableError(f"{about}: the service gave the same page token twice", _ASTRAY)
            seen.add(token)
            barren = 0 if _holds_anything(page) else barren + 1
            if barren == BARREN or len(seen) > PAGES:
                what = f"{BARREN} empty pages in a row" if barren else f"more than {PAGES} pages"
                raise UnavailableError(f"{about}: the service gave {what}, and promises more", _ASTRAY)

    def error(self, refused: RefusedError, about: str) -> ServiceError:
        """Say what a refusal means to a person."""
        return errors.error(refused.refusal, about, self._manner.hints)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._session.aclose()


def _holds_anything(page: WirePage) -> bool:
    return any(getattr(page, name) for name in page.__struct_fields__ if name != "next_page_token")


def _refusal(response: httpx.Response) -> Refusal:
    refusal = status.read(response.status_code, response.content, retry_after(response))
    return replace(refusal, effort=effort(response))
