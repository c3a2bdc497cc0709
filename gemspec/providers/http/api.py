"""Calls of a Google API: a request, its answer or its error, and lists of many pages. Providers are built on them.

Above `session`, which sends and retries requests, and `errors`, which says what a refusal means.
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
class ApiProfile:
    """How an API differs from others: the largest page of its lists, and the parameter that asks for it, the kinds of
    refusal that may mean "not there", and its own hints on what to do next.
    """

    page_size: int
    absent: frozenset[Kind]
    hints: Mapping[Kind, str] = field(default_factory=dict)
    page_size_parameter: str = "pageSize"


# The Gemini API answers a 403 without details for models of other people and for missing models alike. Its default
# page size is 10.
GEMINI = ApiProfile(page_size=1000, absent=frozenset({Kind.NOT_FOUND, Kind.HIDDEN}))


# A filter may leave a page empty, and a list may be long. Beyond these limits the service is at fault.
MAX_EMPTY_PAGES, MAX_PAGES = 100, 10_000
_UNRELIABLE_LIST = "The list is none that can be relied on, so nothing was planned by it. Try again later."


class RefusedError(Exception):
    """An error answer that its caller has yet to interpret. It does not leave the provider."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.kind = errors.classify(refusal)


class Calls:
    """The HTTP methods of an API. `about` says what a call is for, as "reading tunedModels/x"."""

    def __init__(self, session: Session, profile: ApiProfile = GEMINI) -> None:
        self._session = session
        self._profile = profile

    async def call(
        self, method: str, path: str, about: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        """Send a request and return the body of its answer. Raises ServiceError or a subclass."""
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
        """As `call`, but raises RefusedError for an error answer, for callers that interpret it themselves."""
        response = await self._session.request(method, path, params=params, body=body, once=once)
        if not response.is_success:
            raise RefusedError(_refusal(response))
        return response.content

    async def find(self, path: str, about: str) -> bytes | None:
        """GET a resource that may be missing: None for 404, and for other refusals that mean the same."""
        try:
            return await self.attempt("GET", path)
        except RefusedError as refused:
            if refused.kind in self._profile.absent:
                return None
            raise self.error(refused, about) from None

    async def pages(
        self, path: str, kind: type[Page], about: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[Page]:
        """Read a list page by page.

        Raises UnavailableError for a list without an end: a page token comes twice, or there are too many pages.
        """
        token, seen, empty_pages = "", {""}, 0
        while True:
            query = {
                self._profile.page_size_parameter: str(self._profile.page_size),
                **(params or {}),
                **({"pageToken": token} if token else {}),
            }
            page = decode(await self.call("GET", path, about, params=query), kind)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise UnavailableError(f"{about}: the service gave the same page token twice", _UNRELIABLE_LIST)
            seen.add(token)
            empty_pages = 0 if _has_items(page) else empty_pages + 1
            if empty_pages == MAX_EMPTY_PAGES or len(seen) > MAX_PAGES:
                what = f"{MAX_EMPTY_PAGES} empty pages in a row" if empty_pages else f"more than {MAX_PAGES} pages"
                raise UnavailableError(f"{about}: the service gave {what}, and promises more", _UNRELIABLE_LIST)

    def error(self, refused: RefusedError, about: str) -> ServiceError:
        """Make the error that tells a person what a refusal means."""
        return errors.service_error(refused.refusal, about, self._profile.hints)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()


def _has_items(page: WirePage) -> bool:
    return any(getattr(page, name) for name in page.__struct_fields__ if name != "next_page_token")


def _refusal(response: httpx.Response) -> Refusal:
    refusal = status.parse_refusal(response.status_code, response.content, retry_after(response))
    return replace(refusal, effort=effort(response))
