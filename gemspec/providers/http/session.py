"""The one module that makes httpx clients: where credentials may go, timeouts, retries, and the log of requests.

A `Session` sends a provider's requests and gives back the answer, whatever its status; `service_errors` judges it.
Requests are repeated, since almost all of them may be: creates carry their own id, the others are idempotent. What may
not be repeated is sent `once`. `repeating` says what is worth it, and when it is enough. A success that is given back
is whole JSON, or empty. A redirect is an error, never followed.
"""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from gemspec.domain.errors import GemspecError, ServiceError, UnavailableError
from gemspec.providers.http import endpoints, response_limit
from gemspec.providers.http.auth import QUOTA_HEADER, UnsignedRequest
from gemspec.providers.http.retry import ATTEMPTS, BUDGET, Patience, RepeatBudget, TryAgain, judged
from gemspec.providers.http.status import clean
from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from gemspec.providers.http.auth import Credentials
    from gemspec.providers.http.endpoints import Endpoint

    AsgiApp = Callable[..., Awaitable[Any]]

# Trusts nobody: for endpoints without TLS, since reading the machine's certificates takes long.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
QUIET = 30.0  # seconds between two notices that there is trouble: one is enough for many requests
LONG = 5.0  # seconds that nobody should wait without being told
EFFORT = "gemspec.effort"  # among a response's extensions: what was tried before it was given up
PROXIES = "Check --endpoint (GEMSPEC_ENDPOINT) and proxies."
LATER = "Nothing that was begun is lost: run the same command again, it goes on where this one stopped."

log = logging.getLogger("gemspec.http")
stamina.instrumentation.set_on_retry_hooks(())  # our own log lines tell of retries


def client(endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Make the client for a checked endpoint. A loopback address is never reached through a proxy."""
    with _surroundings():
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
    """Make a client that calls an ASGI app in this process: no network, no credentials."""
    # What fails inside the app is a 500 to the client, as over a network.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(base_url="http://emulator", transport=transport, timeout=TIMEOUT, trust_env=False)


def token_client(url: str) -> httpx.Client:
    """Make the blocking client that google-auth fetches tokens with at a token address. What this machine has of its
    own, as its metadata server, is never reached through a proxy.
    """
    with _surroundings():
        return httpx.Client(
            trust_env=endpoints.may_be_proxied(url),
            follow_redirects=False,
            timeout=TIMEOUT,
            headers={"user-agent": f"gemspec/{__version__}"},
        )


@contextmanager
def _surroundings() -> Iterator[None]:
    """Say what is wrong with the environment where no client can be made of it; never what it holds, since an address
    of a proxy may hold a password.
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
    """Say why there was no answer, in a few words."""
    if isinstance(broken, httpx.TimeoutException):
        return "no connection in time" if isinstance(broken, httpx.ConnectTimeout) else "no answer in time"
    return clean(broken, 200) or type(broken).__name__


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
        self._budget = RepeatBudget()
        self._noticed = -QUIET

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
        """Send a request until it is answered, within the retry budgets; gives an answer of any status but a redirect.

        `headers` go beside those of the credentials. What is sent `once` has its answer given as it is, be it a failure
        that passes. Raises UnavailableError without an answer that can be read, ServiceError for a redirect, AuthError
        where no token is to be had.
        """
        asked = _Request(method, path, params, body, headers or {})
        try:
            return await (self._attempt(1, asked) if once else self._repeated(asked))
        except TryAgain as last:
            if last.response is None or last.garbled:
                raise self._unanswered(last) from last.__cause__
            last.response.extensions[EFFORT] = last.effort
            return last.response

    async def _repeated(self, asked: _Request) -> httpx.Response:
        async for attempt in stamina.retry_context(
            on=Patience(self._budget), attempts=ATTEMPTS, timeout=BUDGET, wait_initial=0.5, wait_max=20.0
        ):
            with attempt:
                return await self._attempt(attempt.num, asked)
        raise AssertionError("the retry loop ends with an answer or an error")

    def _unanswered(self, last: TryAgain) -> UnavailableError:
        """Say why there is no answer that can be read."""
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

    def _notice(self, number: int, failure: TryAgain) -> None:
        """Say that there will be a wait, so that silence is not taken for a hang."""
        now, delay = time.monotonic(), failure.delay or 0.0
        if (number < 2 and delay < LONG) or now - self._noticed < QUIET:
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
        """Give the connections back."""
        await self._client.aclose()

    async def _attempt(self, number: int, asked: _Request) -> httpx.Response:
        """Make one attempt. Raises TryAgain where another one is worth it."""
        try:
            response = await self._send(number, asked)
            if response.status_code == 401 and await self._credentials.renew():
                response = await self._send(number, asked)
            if response.has_redirect_location:
                raise _redirected(response)
            if again := judged(response):
                raise again
        except TryAgain as failure:
            self._budget.note(failed=True)
            failure.effort = f"tried {number} times" if number > 1 else ""
            self._notice(number, failure)
            raise
        self._budget.note(failed=False)
        return response

    async def _send(self, number: int, asked: _Request) -> httpx.Response:
        method, path = asked.method, asked.path
        request, secrets = await self._authorized(asked)
        started = time.monotonic()
        try:
            response = await response_limit.whole(await self._client.send(request, stream=True), secrets)
        except response_limit.TooLargeError as large:
            _log(method, path, "an answer that is too large", started, number)
            raise ServiceError(f"{self._where} {large}", PROXIES) from large
        except (httpx.TransportError, httpx.DecodingError) as broken:
            _log(method, path, type(broken).__name__, started, number)
            failure = TryAgain()
            failure.__cause__ = broken
            if isinstance(broken, httpx.ConnectError) and self._is_loopback:  # nobody listens: waiting changes nothing
                raise self._unanswered(failure) from broken
            raise failure from broken
        _log(method, path, response.status_code, started, number)
        return response

    async def _authorized(self, asked: _Request) -> tuple[httpx.Request, list[str]]:
        """Make a request with credentials, and give the secrets that it carries. Raises TryAgain without a token."""
        content = {"content-type": "application/json"} if asked.body is not None else {}
        headers = content | dict(asked.headers)
        request = self._client.build_request(
            asked.method, asked.path, params=asked.params, content=asked.body, headers=headers
        )
        unsigned = UnsignedRequest(request.method, str(request.url), dict(request.headers), asked.body)
        try:
            added = await self._credentials.authorize(unsigned)
        except UnavailableError as broken:  # a token that was due just now
            raise TryAgain from broken
        request.headers.update(added)
        return request, _secrets(added)


def _secrets(added: Mapping[str, str]) -> list[str]:
    """Tokens, keys and signatures among the headers of credentials; a short value is no secret, and occurs anywhere."""
    values = (value.rpartition(" ")[2] for name, value in added.items() if name.lower() != QUOTA_HEADER)
    return [value for value in values if len(value) >= 16]


def effort(response: httpx.Response) -> str:
    """Say what was tried before an answer was given up on, in a few words; "" where nothing was."""
    return str(response.extensions.get(EFFORT, ""))


def _trouble(failure: TryAgain) -> str:
    """What a host does wrong, as what follows its name."""
    if failure.response is None:
        away = isinstance(failure.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
        return f"{'cannot be reached' if away else 'gives no answer'}: {reason(failure.__cause__)}"
    if failure.garbled:
        is_page = failure.response.content.lstrip().startswith(b"<")
        return f"gives {'a web page for an answer' if is_page else 'an answer that is cut off or garbled'}"
    return f"answers {failure.response.status_code}"


def _redirected(response: httpx.Response) -> ServiceError:
    host = response.next_request.url.host if response.next_request else ""
    return ServiceError(
        f"the service redirects to {clean(host, 100) or 'another address'}; credentials are not sent on",
        PROXIES,
        code=response.status_code,
    )


def _log(method: str, path: str, outcome: int | str, started: float, number: int) -> None:
    """One line a request: never the query, which may hold filters, nor bodies, nor headers."""
    again = f", try {number}" if number > 1 else ""
    log.debug("%s %s %s %.0f ms%s", method, path, outcome, (time.monotonic() - started) * 1000, again)
