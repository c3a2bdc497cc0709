"""Error answers of the service as exceptions: a `Refusal` becomes its kind, a sentence, and a hint on what to do next.

Above `status`, below `api`. The kinds follow recorded answers of the live service, each a row in
tests/providers/test_http_errors.py. Hints are those of the Gemini API; other services pass their own. What needs
a further request (which base models can be tuned) is up to the providers.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from gemspec.domain.errors import (
    AuthError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    QuotaError,
    ServiceError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gemspec.providers.http.status import Refusal

TUNING_SCOPE = "https://www.googleapis.com/auth/generative-language.tuning"
CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SCOPES = (CLOUD_SCOPE, TUNING_SCOPE)
# A person's ADC have the scopes of their login, and the OAuth client of gcloud refuses the tuning scope.
LOGIN = f"gcloud auth application-default login --client-id-file client_secret.json --scopes={','.join(SCOPES)}"
CLOUD_LOGIN = "gcloud auth application-default login"  # its scopes are enough for all but tuning on the Gemini API
CLOUD_SCOPE_MISSING = f"The credentials lack the scope cloud-platform. Log in again:\n  {CLOUD_LOGIN}"
CLOUD_UNAUTHENTICATED = (
    "The credentials are wrong or have expired: set a fresh GOOGLE_OAUTH_ACCESS_TOKEN, or log in again:\n"
    f"  {CLOUD_LOGIN}"
)


class Kind(Enum):
    """What a refusal is about."""

    SCOPE = auto()
    DISABLED = auto()
    QUOTA_PROJECT = auto()
    BAD_KEY = auto()
    KEY_UNSUPPORTED = auto()
    UNAUTHENTICATED = auto()
    DENIED = auto()
    HIDDEN = auto()  # 403 without details: access denied, or not there at all
    NOT_FOUND = auto()
    CONFLICT = auto()
    EXHAUSTED = auto()
    CONCURRENCY = auto()  # too much runs at the same time: a short wait does not help
    UNAVAILABLE = auto()
    INVALID = auto()
    FOREIGN = auto()  # an answer of a proxy or another server
    OTHER = auto()


_REASONS = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Kind.SCOPE,
    "SERVICE_DISABLED": Kind.DISABLED,
    "USER_PROJECT_DENIED": Kind.QUOTA_PROJECT,
    "API_KEY_INVALID": Kind.BAD_KEY,
    "API_KEY_EXPIRED": Kind.BAD_KEY,
}
# Words of a quota of concurrent jobs, which differs from a rate: it is named, as aiplatform.googleapis.com/...jobs.
_CONCURRENCY = ("concurrent", "quota metrics exceed quota limits")
# Phrases of messages without a reason, or with a reason that covers several cases.
_WORDS = {
    "quota project": Kind.QUOTA_PROJECT,
    "api keys are not supported": Kind.KEY_UNSUPPORTED,
    "insufficient authentication scopes": Kind.SCOPE,
    "api key not valid": Kind.BAD_KEY,
    "unregistered callers": Kind.UNAUTHENTICATED,
    "has not been used in project": Kind.DISABLED,
}
_CODES = {
    400: Kind.INVALID,
    401: Kind.UNAUTHENTICATED,
    403: Kind.DENIED,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    429: Kind.EXHAUSTED,
}


def classify(refusal: Refusal) -> Kind:
    """Give the kind of a refusal: by its words, else by its reason, else by its HTTP status."""
    if refusal.code in (500, 502, 503, 504):
        return Kind.UNAVAILABLE
    if refusal.foreign:
        return Kind.FOREIGN
    words = refusal.message.lower()
    kind = next((kind for phrase, kind in _WORDS.items() if phrase in words), None) or _REASONS.get(refusal.reason)
    if kind:
        return kind
    if refusal.code == 403 and not refusal.detailed:
        return Kind.HIDDEN
    if refusal.code == 429 and any(phrase in words for phrase in _CONCURRENCY):
        return Kind.CONCURRENCY
    return _CODES.get(refusal.code, Kind.OTHER)


def service_error(refusal: Refusal, about: str, hints: Mapping[Kind, str] | None = None) -> ServiceError:
    """Make the exception; its sentence opens with `about`, as "reading tunedModels/x". `hints` replace defaults."""
    kind = classify(refusal)
    make, hint = _ANSWERS[kind]
    if hints and kind in hints:
        hint = hints[kind]
    violations = f" ({'; '.join(refusal.violations)})" if refusal.violations else ""
    effort = f" ({refusal.effort})" if refusal.effort else ""
    said = refusal.message or f"the service answered {refusal.code} {refusal.status}".rstrip()
    hint = hint if isinstance(hint, str) else hint(refusal)
    return make(f"{about}: {said.rstrip('.')}{violations}{effort}", hint, code=refusal.code)


def no_credentials(login: str = LOGIN) -> AuthError:
    """Make the error of a run without credentials, with the ways to give them. Only the Gemini API takes API keys."""
    is_gemini = login == LOGIN
    scope = "generative-language.tuning" if is_gemini else "cloud-platform"
    ways = [
        f"log in:            {login}",
        "a service account: export GOOGLE_APPLICATION_CREDENTIALS=FILE",
        f"an access token:   export GOOGLE_OAUTH_ACCESS_TOKEN=... (with the scope {scope})",
        *(["an API key:        export GEMINI_API_KEY=... (cannot read or set `permissions`)"] if is_gemini else []),
    ]
    count = "four" if is_gemini else "three"
    listed = "\n".join(f"  {number}. {way}" for number, way in enumerate(ways, 1))
    return AuthError("no Google credentials were found", f"Give them in one of {count} ways:\n{listed}")


def _disabled(refusal: Refusal) -> str:
    name = refusal.service or "the API"
    where = refusal.link or "https://console.cloud.google.com/apis/library"
    return f"Enable {name} for the quota project at {where}, wait a minute, and try again."


def _exhausted(refusal: Refusal) -> str:
    when = f"in {refusal.retry_delay:.0f} s" if refusal.retry_delay else "later"
    return f"The quota is used up: try again {when}. What was started goes on, and the next run attaches to it."


def _foreign(refusal: Refusal) -> str:
    return f"This answer ({refusal.code}) is not the Gemini API's: check --endpoint (GEMSPEC_ENDPOINT) and proxies."


_ANSWERS: dict[Kind, tuple[type[ServiceError], str | Callable[[Refusal], str]]] = {
    Kind.SCOPE: (
        AuthError,
        f"The credentials lack the tuning scope. Log in with it:\n  {LOGIN}",
    ),
    Kind.DISABLED: (AuthError, _disabled),
    Kind.QUOTA_PROJECT: (
        AuthError,
        "Name a project that these credentials may use: export GOOGLE_CLOUD_QUOTA_PROJECT=PROJECT "
        "(or gcloud auth application-default set-quota-project PROJECT).",
    ),
    Kind.BAD_KEY: (AuthError, "Check GEMINI_API_KEY; keys are made at https://aistudio.google.com/apikey."),
    Kind.KEY_UNSUPPORTED: (
        AuthError,
        f"This call takes no API key. Unset GEMINI_API_KEY and log in:\n  {LOGIN}",
    ),
    Kind.UNAUTHENTICATED: (
        AuthError,
        "The credentials are wrong or have expired: set a fresh GOOGLE_OAUTH_ACCESS_TOKEN, or log in again:\n"
        f"  {LOGIN}",
    ),
    Kind.DENIED: (AuthError, "Ask the owner of the model, or of the project, for access."),
    Kind.HIDDEN: (AuthError, "It belongs to somebody else or does not exist; the service does not say which."),
    Kind.NOT_FOUND: (NotFoundError, "Run gemspec plan to see what exists."),
    Kind.CONFLICT: (ConflictError, "Somebody else may be changing it too. Run plan again."),
    Kind.EXHAUSTED: (UnavailableError, _exhausted),
    Kind.CONCURRENCY: (
        QuotaError,
        "Nothing was begun. Run the same command again when one that runs has ended, or ask for a higher quota.",
    ),
    Kind.UNAVAILABLE: (
        UnavailableError,
        "This passes, and nothing that was begun is lost: run the same command again, it goes on where this one "
        "stopped.",
    ),
    Kind.INVALID: (InvalidRequestError, "Change the manifest, then run plan again."),
    Kind.FOREIGN: (ServiceError, _foreign),
    Kind.OTHER: (ServiceError, "Run again with -v to see the requests."),
}
