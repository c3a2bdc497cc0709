"""A local emulator of the services that tune Gemini models: the Gemini API's tunedModels, Vertex AI, Cloud Storage.

A service on the far side of the wire, not a part of the client: it imports nothing of the rest of gemspec, and only
`gemspec.wiring` imports it. It is an ASGI app over SQLite, mounted in process by `provider: emulator` (through
httpx.ASGITransport; no lifespan events are needed) or served by uvicorn for Google's own clients. All three services
have one address and one file; `vertex` and `storage` are folders of their own, and say what they serve.

The walk of a request: `app` (routes) -> `calls` (who asks, the query, the body, refusals) -> one function of
`tuned_models`, `operations`, `permissions`, `generation` or `base_models` -> `store` (SQLite, by `database`).
`messages` holds the published message types as tables (made of `fields`); `reading` and `scalars` parse requests by
them, strictly, and `writing` prints answers. `training` is a pure function of what is stored and the time: nothing
ticks, so that processes may share a file.

Where nobody has shown what the service does, the emulator takes the strictest plausible behaviour; the places say so.

Who asks: no credential is needed. Everybody is `emulator@example.com`, but for `Authorization: Bearer user:NAME@HOST`,
which makes the caller that user. A key (`x-goog-api-key` or `key=`) works everywhere but on permissions and Vertex AI,
as with the services; the key `invalid` is answered as a wrong key is.

A training that must fail: one of its examples has the output `!fail`. It ends half way, and the model is FAILED.

Not served of the Gemini API: countTokens and the other methods of the generative service, text models' generateText,
corpora, files, batches, X-HTTP-Method-Override. Accepted without effect: `fields`, the operations' `filter`, and of a
generateContent request everything but `contents` and the types of `generationConfig`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .app import create_app
from .database import DatabaseUnusableError
from .errors import BucketNameError
from .vertex import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def serve(
    host: str,
    port: int,
    *,
    database: Path | None,
    training_seconds: float,
    announce: Callable[[str], None],
    buckets: Iterable[str] = (),
    vertex: Options | None = None,
) -> None:
    """Serve over HTTP until SIGINT or SIGTERM; `server.serve`, whose uvicorn only a served emulator needs to load."""
    from .server import serve as serve_with_uvicorn

    serve_with_uvicorn(
        host,
        port,
        database=database,
        training_seconds=training_seconds,
        announce=announce,
        buckets=buckets,
        vertex=vertex,
    )


__all__ = ["BucketNameError", "DatabaseUnusableError", "Options", "create_app", "serve"]
