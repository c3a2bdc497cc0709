"""A local emulator of the services that tune Gemini models: the Gemini API's tunedModels, Vertex AI, Cloud Storage.

A service on the far side of the wire, not a part of the client: it imports nothing of the rest of gemspec, and only
`gemspec.wiring` imports it. It is an ASGI app over SQLite, mounted in process by `provider: emulator` (through
httpx.ASGITransport; no lifespan events are needed) or served by uvicorn for Google's own clients. All three services
have one address and one file; `vertex` and `storage` are folders of their own, and say what they serve. In `faults`
is what goes wrong on demand.

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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app
    from .faults import read as check_faults
    from .kernel.database import DatabaseUnusableError
    from .kernel.errors import BucketNameError, FaultsError
    from .server import serve
    from .vertex import Options

__all__ = ["BucketNameError", "DatabaseUnusableError", "FaultsError", "Options", "check_faults", "create_app", "serve"]

# Nothing is loaded before it is asked for: pytest imports this package in every run, for `testing`.
_WHERE = {
    "BucketNameError": (".kernel.errors", "BucketNameError"),
    "DatabaseUnusableError": (".kernel.database", "DatabaseUnusableError"),
    "FaultsError": (".kernel.errors", "FaultsError"),
    "Options": (".vertex", "Options"),
    "check_faults": (".faults", "read"),
    "create_app": (".app", "create_app"),
    "serve": (".server", "serve"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module, __name__), attribute)
