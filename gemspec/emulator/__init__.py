"""A local emulator of the services that tune Gemini models: the Gemini API's tunedModels, Vertex AI, Cloud Storage.

It emulates the services behind the wire and is no part of the client: it imports nothing of the rest of gemspec, and
only `gemspec.wiring` and `gemspec.emulator_host` import it. It is an ASGI app over SQLite, used in process by
`provider: emulator` (through httpx.ASGITransport; no lifespan events are needed) or served by uvicorn. All three
services have the same address and the same file.

    testing     for other people's tests: a pytest fixture
    server      serves the app over HTTP with uvicorn
    app         the composition root
    gemini, vertex, faults
                two services; and faults on demand
    storage     Cloud Storage, from which Vertex AI reads training data
    kernel      what they share: calls, errors, messages, pages of lists, the database

A package imports only those below it. A request goes from the `routes` of its service to `kernel.calls` (the caller,
the query, the body, errors), then to a handler, then to the store of the service (SQLite, by `kernel.database`).
`messages` has the published message types as tables (made of `kernel.fields`); `kernel.reading` parses requests by
them, strictly, and `kernel.writing` prints answers. The state of a training is a pure function of what is stored and of
the time. Nothing runs in the background, so that processes may share a file.

Where the behaviour of a service is not known, the emulator has the strictest plausible behaviour, and the code says so.

Callers: no credential is needed. Everybody is `emulator@example.com`, but `Authorization: Bearer user:NAME@HOST` makes
the caller that user. A key (`x-goog-api-key` or `key=`) is accepted except for permissions and Vertex AI, as by the
services; the key `invalid` is refused like a wrong key.

A training fails if one of its examples has the output `!fail`. It ends half way, and the model is FAILED.

Not served of the Gemini API: countTokens and the other methods of the generative service, text models' generateText,
corpora, files, batches, X-HTTP-Method-Override. Accepted without effect: `fields`, the operations' `filter`, and of a
generateContent request everything but `contents` and the types of `generationConfig`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app
    from .faults.config import FaultsError, read_rules as check_faults
    from .kernel.database import DatabaseUnusableError
    from .server import serve
    from .storage.errors import BucketNameError
    from .vertex import VertexOptions

__all__ = [
    "BucketNameError",
    "DatabaseUnusableError",
    "FaultsError",
    "VertexOptions",
    "check_faults",
    "create_app",
    "serve",
]

# Loaded on first use: pytest imports this package in every run, for `testing`.
_WHERE = {
    "BucketNameError": (".storage.errors", "BucketNameError"),
    "DatabaseUnusableError": (".kernel.database", "DatabaseUnusableError"),
    "FaultsError": (".faults.config", "FaultsError"),
    "VertexOptions": (".vertex", "VertexOptions"),
    "check_faults": (".faults.config", "read_rules"),
    "create_app": (".app", "create_app"),
    "serve": (".server", "serve"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module, __name__), attribute)
