"""google-auth over httpx instead of the requests library, and the credentials of a machine in Google Cloud.

`credentials` loads this module only when Application Default Credentials are needed. Token requests go to https hosts
and the metadata server, and never follow a redirect.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from google.auth import credentials, exceptions, transport

from gemspec.providers.http import endpoints, session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Source: https://cloud.google.com/compute/docs/access/authenticate-workloads (the address is fixed on every machine).
METADATA = "http://169.254.169.254"
TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
FLAVOR = {"Metadata-Flavor": "Google"}
MAX_BYTES = 1024 * 1024  # bytes; a token has a few thousand


class HttpxResponse(transport.Response):
    """An httpx response with the attributes that google-auth reads."""

    def __init__(self, response: httpx.Response, content: bytes) -> None:
        self._response = response
        self._content = content

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._content


class HttpxRequest(transport.Request):
    """A google.auth.transport.Request. Tokens are fetched rarely, so each request has its own client."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_others: Any,
    ) -> HttpxResponse:
        """Make a request; `timeout` is in seconds. Raises google.auth.exceptions.TransportError."""
        if not endpoints.may_serve_tokens(url):
            raise _unreachable("the credentials name a token address that is not https")
        seconds = session.TIMEOUT if timeout is None else timeout
        named = {**(headers or {}), "accept-encoding": "identity"}
        try:
            with (
                session.token_client(url) as client,
                client.stream(method, url, content=body, headers=named, timeout=seconds) as answer,
            ):
                content = _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as broken:
            raise _unreachable(session.reason(broken)) from broken
        if answer.is_redirect:
            raise _unreachable("the token address redirects elsewhere; credentials are not sent on")
        return HttpxResponse(answer, content)


def _read(answer: httpx.Response) -> bytes:
    """Read an answer as it is sent, up to a size. Raises google.auth.exceptions.TransportError."""
    content = bytearray()
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise _unreachable("the token address packs its answer, which was not asked for")
    for data in [answer.content] if answer.is_stream_consumed else answer.iter_raw():  # the first: made in this process
        content += data
        if len(content) > MAX_BYTES:
            raise _unreachable("the token address gives an answer that is too large")
    return bytes(content)


class MachineCredentials(credentials.Credentials):
    """The service account of the machine (Compute Engine, GKE, Cloud Build, Cloud Run), from its metadata server.

    google-auth's own class for this needs the requests library, even to be imported.
    """

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # google-auth is typed in part
        self._scopes = ",".join(scopes)

    def refresh(self, request: transport.Request) -> None:
        """Fetch a token. Raises google.auth.exceptions.RefreshError, TransportError."""
        answer = request(f"{METADATA}{TOKEN_PATH}?scopes={self._scopes}", headers=FLAVOR, timeout=10)
        if answer.status != 200:
            raise _no_token(f"the metadata server answered {answer.status}")
        try:
            found = msgspec.json.decode(answer.data, type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise _no_token("the metadata server's answer cannot be read") from broken
        self.token = found.access_token
        # google-auth compares with naive UTC.
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=found.expires_in)


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


def _unreachable(why: str) -> exceptions.TransportError:
    return exceptions.TransportError(why)  # type: ignore[no-untyped-call] # google-auth is typed in part


def _no_token(why: str) -> exceptions.RefreshError:
    return exceptions.RefreshError(why)  # type: ignore[no-untyped-call] # google-auth is typed in part


def machine_credentials(request: HttpxRequest, scopes: Sequence[str]) -> MachineCredentials | None:
    """Give the machine's credentials where google-auth could not look for them; None when there are none."""
    if find_spec("requests") is not None:
        return None  # google-auth has looked already
    try:
        answer = request(METADATA, headers=FLAVOR, timeout=1)
    except exceptions.TransportError:
        return None
    return MachineCredentials(scopes) if answer.headers.get("metadata-flavor") == "Google" else None
