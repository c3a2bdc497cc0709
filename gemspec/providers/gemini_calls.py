"""Calls of the Gemini API: one request and its verdict, and lists of many pages. `gemini` is built from them.

Above `http` (which repeats and gives any answer back) and `service_errors` (which says what a refusal means).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gemspec.errors import ServiceError
from gemspec.providers import gemini_messages as messages, gemini_wire as wire, service_answers, service_errors
from gemspec.providers.service_errors import Kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import httpx

    from gemspec.providers.http import Session
    from gemspec.providers.service_answers import Refusal

PAGE_SIZE = "1000"  # the service's maximum; its default is 10

Page = TypeVar("Page", messages.TunedModelPage, messages.OperationPage, messages.PermissionPage, messages.ModelPage)


class RefusedError(Exception):
    """An error answer, before anybody has said what it means here; does not leave the provider."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.kind = service_errors.kind(refusal)


class Calls:
    """The Gemini API by its HTTP methods. `about` says what a call is for, as "reading tunedModels/x"."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def call(
        self, method: str, path: str, about: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        """Send a request and give the body of its answer. Raises ServiceError or one of its kinds."""
        try:
            return await self.attempt(method, path, params=params, body=body)
        except RefusedError as refused:
            raise service_errors.error(refused.refusal, about) from None

    async def attempt(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        """As `call`, but raises RefusedError for an error answer, for callers that know better what it means."""
        response = await self._session.request(method, path, params=params, body=body)
        if not response.is_success:
            raise RefusedError(_refusal(response))
        return response.content

    async def find(self, path: str, about: str) -> bytes | None:
        """GET what may not be there: None for 404, and for a 403 without details, which the service gives for both."""
        try:
            return await self.attempt("GET", path)
        except RefusedError as refused:
            if refused.kind in (Kind.NOT_FOUND, Kind.HIDDEN):
                return None
            raise service_errors.error(refused.refusal, about) from None

    async def pages(
        self, path: str, kind: type[Page], about: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[Page]:
        """Read a list page by page. Raises ServiceError when a page token comes twice: it would never end."""
        token, seen = "", {""}
        while True:
            query = {"pageSize": PAGE_SIZE, **(params or {}), **({"pageToken": token} if token else {})}
            page = wire.decode(await self.call("GET", path, about, params=query), kind)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise ServiceError(f"{about}: the service gave the same page token twice", "Try again later.")
            seen.add(token)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._session.aclose()


def _refusal(response: httpx.Response) -> Refusal:
    return service_answers.read(response.status_code, response.content, response.headers.get("retry-after", ""))
