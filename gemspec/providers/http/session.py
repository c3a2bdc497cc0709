"""Sends requests: the only module that makes httpx clients, with timeouts, retries, credentials and a log.

A `Session` sends the requests of a provider and returns the answer, whatever its status; `api` and `errors` interpret
it. Requests are retried as `retry` says, which almost all of them allow: creates carry their own id, the others are
idempotent. Other requests are sent `once`. A successful answer is whole JSON, or empty. A redirect is an error, never
followed. `endpoints` says where requests may go.
"""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from gemspec.domain.errors import GemspecError, ServiceError, UnavailableError
from gemspec.providers.http import endpoints, response_limit
from gemspec.providers.http.auth import QUOTA_HEADER, UnsignedRequest
from gemspec.providers.http.retry import ATTEMPTS, BUDGET, RetryableError, RetryBudget, RetryPolicy, retry_needed
from gemspec.providers.http.status import clean
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from gemspec.providers.http.auth import Credentials
    from gemspec.providers.http.endpoints import Endpoint

    AsgiApp = Callable[..., Awaitable[Any]]

# Trusts no certificate: for endpoints without TLS, since it takes long to load those of the machine.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
NOTICE_INTERVAL = 30.0  # seconds between two warnings, since many requests share the same trouble
LONG_WAIT = 5.0  # seconds; a person should not wait longer without a warning
EFFORT = "gemspec.effort"  # a response's extension: how often the request was tried
PROXIES = "Check --endpoint (GEMSPEC_ENDPOINT) and proxies."
LATER = "Nothing that was begun is lost: run the same command again, it goes on where this one stopped."

log = logging.getLogger("gemspec.http")
stamina.instrumentation.set_on_retry_hooks(())  # retries are in our own log


def client(endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Make the client for a checked endpoint. A loopback address is never reached through a proxy."""
    with _environment_errors():
        return httpx.AsyncClient(
            base_url=endpoint.url,
            transport=transport,
            verify=_NO_TLS if endpoint.url.startswith("http://") else True,
            trust_env=not endpoint.is_loopback,
            follow_redirects=False,
            timeout=TIMEOUT,
            headers={"user-agent": f"gemspec/{__version__}", "accept-encoding": response_limit.ENCODING},
        )


def asgi_client(app: AsgiApp) -> httpx.AsyncClient:
    """Make a client that calls an ASGI app in this process, without network and credentials."""
    # A failure inside the app is a 500 to the client, as over a network.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(base_url="http://emulator", transport=transport, timeout=TIMEOUT, trust_env=False)


def token_client(url: str) -> httpx.Client:
    """Make the blocking client with which google-auth fetches tokens. The metadata server is never reached through a
    proxy.
    """
    with _environment_errors():
        return httpx.Client(
            trust_env=endpoints.may_be_proxied(url),
            follow_redirects=False,
            timeout=TIMEOUT,
            headers={"user-agent": f"gemspec/{__version__}"},
        )


@contextmanager
def _environment_errors() -> Iterator[None]:
    """Translate errors of certificates and proxies that the environment names. Their values are not shown, since the
    address of a proxy may hold a password.
    """
    try:
        yield
    except OSError as broken:
        hint = "SSL_CERT_FILE and SSL_CERT_DIR name a file and a folder of PEM certificates, or are unset."
        raise GemspecError("the certificates that the environment names cannot be read", hint) from broken
    except (ImportError, ValueError, httpx.InvalidURL) as broken:
        hint = "HTTPS_PROXY, HTTP_PROXY and ALL_PROXY take http://HOST:PORT; SOCKS is not supported."
        raise GemspecError("the proxy that the environment names cannot be used", hint) from broken


def reason(broken: BaseException | None) -> str:
    """Say in a few words why there was no answer."""
    if isinstance(broken, httpx.TimeoutException):
        return "no connection in time" if isinstance(broken, httpx.ConnectTimeout) else "no answer in time"
    return clean(broken, 200) or type(broken).__name__


@dataclass(frozen=True, slots=True)
class _Request:
    """What a caller asks for; each attempt makes an httpx.Request of it."""

    method: str
    path: str
    params: Mapping[str, str] | None
    body: bytes | None
    headers: Mapping[str, str]


class Session:
    """A client with credentials: sends requests, retries them, and renews a refused token once per attempt."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._client = client
        self._credentials = credentials
        self._budget = RetryBudget()
        self._noticed = -NOTICE_INTERVAL
        self.server_time: datetime | None = None  # as of the last answer

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
        """Send a request until it is answered, within the retry budgets; the answer has any status but a redirect.

        `headers` are sent beside those of the credentials. With `once` there is a single attempt, and a transient error
        is returned as well. Raises UnavailableError without a readable answer, ServiceError for a redirect, AuthError
        when there is no token.
        """
        asked = _Request(method, path, params, body, headers or {})
        try:
            return await (self._attempt(1, asked) if once else self._with_retries(asked))
        except RetryableError as last:
            if last.response is None or last.garbled:
                raise self._no_answer_error(last) from last.__cause__
            last.response.extensions[EFFORT] = last.effort
            return last.response

    async def _with_retries(self, asked: _Request) -> httpx.Response:
        async for attempt in stamina.retry_context(
            on=RetryPolicy(self._budget), attempts=ATTEMPTS, timeout=BUDGET, wait_initial=0.5, wait_max=20.0
        ):
            with attempt:
                return await self._attempt(attempt.num, asked)
        raise AssertionError("the retry loop ends with an answer or an error")

    def _no_answer_error(self, last: RetryableError) -> UnavailableError:
        """Make the error that says why there is no readable answer."""
        if isinstance(last.__cause__, UnavailableError):  # no token
            return last.__cause__
        effort = f" ({last.effort})" if last.effort else ""
        if last.garbled:
            hint = f"Something in between may have cut or replaced it: check --endpoint and proxies. {LATER}"
        elif self._is_loopback and isinstance(last.__cause__, httpx.ConnectError):
            hint = "Is `gemspec emulator` running there?"
        else:
            hint = f"Check the network and any proxy. {LATER}"
        return UnavailableError(f"{self._where} {_trouble(last)}{effort}", hint)

    def _notice(self, number: int, failure: RetryableError) -> None:
        """Warn that there will be a wait, so that silence does not look like a hang."""
        now, delay = time.monotonic(), failure.delay or 0.0
        if (number < 2 and delay < LONG_WAIT) or now - self._noticed < NOTICE_INTERVAL:
            return
        self._noticed = now
        when = f" in {delay:.0f} s" if delay else ""
        log.warning("%s %s, trying again%s", self._where, _trouble(failure), when)

    @property
    def _where(self) -> str:
        return self._client.base_url.netloc.decode()

    @property
    def _is_loopback(self) -> bool:
        return endpoints.is_loopback(self._client.base_url.host)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _attempt(self, number: int, asked: _Request) -> httpx.Response:
        """Make an attempt. Raises RetryableError where a retry is worth it."""
        try:
            response = await self._send(number, asked)
            if response.status_code == 401 and await self._credentials.renew():
                response = await self._send(number, asked)
            if response.has_redirect_location:
                raise _redirect_error(response)
            if again := retry_needed(response):
                raise again
        except RetryableError as failure:
            self._budget.note(failed=True)
            failure.effort = f"tried {number} times" if number > 1 else ""
            self._notice(number, failure)
            raise
        self._budget.note(failed=False)
        self.server_time = _date(response) or self.server_time
        return response

    async def _send(self, number: int, asked: _Request) -> httpx.Response:
        method, path = asked.method, asked.path
        request, secrets = await self._authorized(asked)
        started = time.monotonic()
        try:
            response = await response_limit.read_whole(await self._client.send(request, stream=True), secrets)
        except response_limit.TooLargeError as large:
            _log(method, path, "an answer that is too large", started, number)
            raise ServiceError(f"{self._where} {large}", PROXIES) from large
        except (httpx.TransportError, httpx.DecodingError) as broken:
            _log(method, path, type(broken).__name__, started, number)
            failure = RetryableError()
            failure.__cause__ = broken
            if isinstance(broken, httpx.ConnectError) and self._is_loopback:  # no server there: no wait helps
                raise self._no_answer_error(failure) from broken
            raise failure from broken
        _log(method, path, response.status_code, started, number)
        return response

    async def _authorized(self, asked: _Request) -> tuple[httpx.Request, list[str]]:
        """Make a request with credentials, and give the secrets in it. Raises RetryableError without a token."""
        content = {"content-type": "application/json"} if asked.body is not None else {}
        headers = content | dict(asked.headers)
        request = self._client.build_request(
            asked.method, asked.path, params=asked.params, content=asked.body, headers=headers
        )
        unsigned = UnsignedRequest(request.method, str(request.url), dict(request.headers), asked.body)
        try:
            added = await self._credentials.authorize(unsigned)
        except UnavailableError as broken:  # a token that was due just now
            raise RetryableError from broken
        request.headers.update(added)
        return request, _secrets(added)


def _date(response: httpx.Response) -> datetime | None:
    """Read the service's clock from an answer; None where the answer does not have it."""
    try:
        date = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _secrets(added: Mapping[str, str]) -> list[str]:
    """Tokens, keys and signatures among the headers of credentials; a short value is no secret, and occurs anywhere."""
    values = (value.rpartition(" ")[2] for name, value in added.items() if name.lower() != QUOTA_HEADER)
    return [value for value in values if len(value) >= 16]


def effort(response: httpx.Response) -> str:
    """Say how often a request was tried before this answer; "" for a single attempt."""
    return str(response.extensions.get(EFFORT, ""))


def _trouble(failure: RetryableError) -> str:
    """Say what is wrong with a host, in words that follow its name."""
    if failure.response is None:
        away = isinstance(failure.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
        return f"{'cannot be reached' if away else 'gives no answer'}: {reason(failure.__cause__)}"
    if failure.garbled:
        is_page = failure.response.content.lstrip().startswith(b"<")
        return f"gives {'a web page for an answer' if is_page else 'an answer that is cut off or garbled'}"
    return f"answers {failure.response.status_code}"


def _redirect_error(response: httpx.Response) -> ServiceError:
    host = response.next_request.url.host if response.next_request else ""
    return ServiceError(
        f"the service redirects to {clean(host, 100) or 'another address'}; credentials are not sent on",
        PROXIES,
        code=response.status_code,
    )


def _log(method: str, path: str, outcome: int | str, started: float, number: int) -> None:
    """Log a line per attempt: without the query, which may hold filters, and without bodies and headers."""
    again = f", try {number}" if number > 1 else ""
    log.debug("%s %s %s %.0f ms%s", method, path, outcome, (time.monotonic() - started) * 1000, again)
