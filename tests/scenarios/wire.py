"""Notes what gemspec writes to a service: method, address and body, in the order of their texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service import Service

# Ids that the service makes, and what is bound to them.
# What the service makes anew each time. An etag may begin with ten digits, so that its own pattern is before theirs.
_RANDOM = re.compile(r"upload_id=[^& ]+|(?<=\"gemspec-sum\":\")\w+|(?<=\"etag\":\")\w+|\d{10,}")


@dataclass
class Wire:
    """An ASGI app before the service of a stage."""

    service: Service
    writes: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await self.service(scope, receive, send)
            return
        body = b""

        async def listen() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        await self.service(scope, listen, send)
        address = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()}"
        self.writes.append(_RANDOM.sub("_", f"{address} {body.decode(errors='replace')}"))
        self.writes.sort()
