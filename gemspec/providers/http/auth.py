"""What authorises every request: the Protocol of credentials, and fixed ones. `credentials` finds the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Credentials(Protocol):
    """Makes the headers that say who asks."""

    @property
    def description(self) -> str:
        """A kind or an account, never a secret: what a plan shows."""

    async def headers(self) -> dict[str, str]:
        """Give the headers of one request; refreshes what has expired. Raises AuthError, UnavailableError."""

    async def renew(self) -> bool:
        """Throw away a token that the service refused; False when there is no way to get another."""


class Fixed:
    """Headers that stay the same for the whole run: a token or key of the environment, or none at all."""

    def __init__(self, description: str, headers: Mapping[str, str]) -> None:
        self.description = description
        self._headers = dict(headers)

    async def headers(self) -> dict[str, str]:
        return dict(self._headers)

    async def renew(self) -> bool:
        return False
