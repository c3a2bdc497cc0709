"""How a request is authorised: the Protocol of credentials, what they see, and credentials that never change.

`credentials` finds the credentials of a run; `session` has each attempt of a request authorised anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

QUOTA_HEADER = "x-goog-user-project"


@dataclass(frozen=True, slots=True)
class UnsignedRequest:
    """A request as it will be sent, but for what authorises it: all that a signature may cover.

    `url` is absolute and encoded, with its query. `headers` are all others, their names in lower case. `body` is whole,
    and None where there is none. An upload is no stream either: each of its pieces is a request of its own, and its
    body is that piece.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


class Credentials(Protocol):
    """Authorises requests."""

    @property
    def description(self) -> str:
        """A kind or an account, never a secret: what a plan shows."""

    async def authorize(self, request: UnsignedRequest, /) -> dict[str, str]:
        """Give the headers to add to an attempt of a request; answers that repeat their values have them hidden.

        Refreshes an expired token. Raises AuthError, UnavailableError.
        """

    async def renew(self) -> bool:
        """Discard a token that the service refused; False when there is no way to get another."""


class Fixed:
    """The same headers for every request of a run: a token or key of the environment, or none at all."""

    def __init__(self, description: str, headers: Mapping[str, str]) -> None:
        self.description = description
        self._headers = dict(headers)

    async def authorize(self, _request: UnsignedRequest, /) -> dict[str, str]:
        return dict(self._headers)

    async def renew(self) -> bool:
        return False
