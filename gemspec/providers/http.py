"""The one module that makes httpx clients: where credentials may go, timeouts, retries, and the log of requests.

A `Session` sends a provider's requests and gives back the answer, whatever its status; `service_errors` judges it.
Requests are repeated, since almost all of them may be: creates carry their own id, the others are idempotent. What may
not be repeated is sent `once`. A redirect is an error, never followed.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from gemspec import __version__
from gemspec.errors import ServiceError, UnavailableError
from gemspec.providers import endpoint as endpoints, service_answers
from gemspec.providers.service_answers import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gemspec.providers.credentials import Credentials
    from gemspec.providers.endpoint import Endpoint

    AsgiApp = Callable[..., Awaitable[Any]]

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
RETRIED = frozenset({429, 500, 502, 503, 504})
ATTEMPTS = 6
BUDGET = 120.0  # seconds of one request with all its repeats; a run of many requests is not bounded by it
LONGEST_WAIT = 60.0  # seconds: whoever asks for more (a daily quota) is not worth waiting for

log = logging.getLogger("gemspec.http")
stamina.instrumentation.set_on_retry_hooks(())  # our own log lines tell of retries


def client(endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Make the client for a checked endpoint. A loopback address is never reached through a proxy."""
    return httpx.AsyncClient(
        base_url=endpoint.url,
        transport=transport,
        trust_env=not endpoint.is_loopback,
        follow_redirects=False,
        timeout=TIMEOUT,
        headers={"user-agent": f"gemspec/{__version__}"},
    )


def asgi_client(app: AsgiApp) -> httpx.AsyncClient:
    """Make a client that calls an ASGI app in this process: no network, no credentials."""
    # What fails inside the app is a 500 to the client, as over a network.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(base_url="http://emulator", transport=transport, timeout=TIMEOUT, trust_env=False)


def token_client() -> httpx.Client:
    """Make the blocking client that google-auth fetches tokens with."""
    return httpx.Client(follow_redirects=False, timeout=TIMEOUT, headers={"user-agent": f"gemspec/{__version__}"})


def reason(broken: BaseException | None) -> str:
    """Say why there was no answer, in a few words."""
    if isinstance(broken, httpx.TimeoutException):
        return "no connection in time" if isinstance(broken, httpx.ConnectTimeout) else "no answer in time"
    return clean(broken, 200) or type(broken).__name__


class _TryAgain(Exception):  # noqa: N818 - a signal to the retry loop, never seen outside
    """An attempt that is worth repeating: after `delay` seconds, or when the back-off says (None)."""

    def __init__(self, response: httpx.Response | None, delay: float | None) -> None:
        super().__init__("retried")
        self.response = response
        self.delay = delay


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked, without who asks."""

    method: str
    path: str
    params: Mapping[str, str] | None
    body: bytes | None
    headers: Mapping[str, str]


class Session:
    """A client with credentials: sends requests, repeats them where that helps, renews a refused token once."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._client = client
        self._credentials = credentials

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> httpx.Response:
        """Send a request until it is answered, within the retry budget; gives an answer of any status but a redirect.

        `headers` go beside those of the credentials. What is sent `once` has its answer given as it is, be it a failure
        that passes. Raises UnavailableError without an answer, ServiceError for a redirect, AuthError where no token is
        to be had.
        """
        asked = _Request(method, path, params, body, headers or {})
        try:
            return await (self._attempt(1, asked) if once else self._repeated(asked))
        except _TryAgain as last:
            if last.response is None:
                raise self._unreachable(last.__cause__) from last.__cause__
            return last.response

    async def _repeated(self, asked: _Request) -> httpx.Response:
        async for attempt in stamina.retry_context(
            on=_backoff, attempts=ATTEMPTS, timeout=BUDGET, wait_initial=0.5, wait_max=20.0
        ):
            with attempt:
                return await self._attempt(attempt.num, asked)
        raise AssertionError("the retry loop ends with an answer or an error")

    def _unreachable(self, cause: BaseException | None) -> UnavailableError:
        if self._is_loopback:
            hint = "Is `gemspec emulator` running there?"
        else:
            hint = "Check the network and any proxy, and try again: nothing that was begun is lost."
        return UnavailableError(f"{self._where} cannot be reached: {reason(cause)}", hint)

    def _notice(self, number: int, broken: Exception) -> None:
        """Say that there will be a wait, so that silence is not taken for a hang."""
        if number == 2:
            log.warning("%s cannot be reached (%s), trying again", self._where, reason(broken))

    @property
    def _where(self) -> str:
        return self._client.base_url.netloc.decode()

    @property
    def _is_loopback(self) -> bool:
        return endpoints.is_loopback(self._client.base_url.host)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _attempt(self, number: int, asked: _Request) -> httpx.Response:
        response = await self._send(number, asked)
        if response.status_code == 401 and number == 1 and await self._credentials.renew():
            response = await self._send(number, asked)
        if response.has_redirect_location:
            raise _redirected(response)
        if response.status_code in RETRIED:
            delay = _asked_delay(response)
            if delay is None or delay <= LONGEST_WAIT:
                raise _TryAgain(response, delay)
        return response

    async def _send(self, number: int, asked: _Request) -> httpx.Response:
        method, path, body = asked.method, asked.path, asked.body
        content = {"content-type": "application/json"} if body is not None else {}
        headers = content | dict(asked.headers) | await self._credentials.headers()
        started = time.monotonic()
        try:
            response = await self._client.request(method, path, params=asked.params, content=body, headers=headers)
        except (httpx.TransportError, httpx.DecodingError) as broken:
            _log(method, path, type(broken).__name__, started, number)
            if isinstance(broken, httpx.ConnectError) and self._is_loopback:  # nobody listens: waiting changes nothing
                raise self._unreachable(broken) from broken
            self._notice(number, broken)
            raise _TryAgain(None, None) from broken
        _log(method, path, response.status_code, started, number)
        return response


def _backoff(failure: Exception) -> bool | float:
    """Tell stamina whether to go on: True for its own back-off, seconds where the service asked for them."""
    if not isinstance(failure, _TryAgain):
        return False
    return True if failure.delay is None else failure.delay


def _asked_delay(response: httpx.Response) -> float | None:
    retry_after = response.headers.get("retry-after", "")
    return service_answers.read(response.status_code, response.content, retry_after).retry_delay


def _redirected(response: httpx.Response) -> ServiceError:
    host = response.next_request.url.host if response.next_request else ""
    return ServiceError(
        f"the service redirects to {clean(host, 100) or 'another address'}; credentials are not sent on",
        "Check --endpoint (GEMSPEC_ENDPOINT) and proxies.",
        code=response.status_code,
    )


def _log(method: str, path: str, outcome: int | str, started: float, number: int) -> None:
    """One line a request: never the query, which may hold filters, nor bodies, nor headers."""
    again = f", try {number}" if number > 1 else ""
    log.debug("%s %s %s %.0f ms%s", method, path, outcome, (time.monotonic() - started) * 1000, again)
