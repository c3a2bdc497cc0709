"""Finds the credentials of a run: an access token, an API key, or Application Default Credentials, in this order.

`session` has every request authorised by them, so a token that expires during a long run is refreshed. No text made
here ever holds a secret. google.auth is loaded only when its credentials are needed.
"""

from __future__ import annotations

import logging
import re
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from gemspec.domain.errors import AuthError, UnavailableError
from gemspec.providers.http import quota_project as quota
from gemspec.providers.http.auth import QUOTA_HEADER, Credentials, Fixed
from gemspec.providers.http.errors import CLOUD_LOGIN, CLOUD_SCOPE, LOGIN, SCOPES, no_credentials
from gemspec.providers.http.status import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.providers.http.auth import UnsignedRequest

API_KEY = "API key"
_WORD, _SECRET_LENGTH = re.compile(r"[^\s&=,;\"']+"), 20  # characters of a word that may be a secret
# Error codes of a token host: those of OAuth (RFC 6749, section 5.2), and Google's own.
_CODE = re.compile(
    r"\b(?:invalid_[a-z]{1,20}|unauthorized_client|unsupported_grant_type|access_denied|rapt_required|deleted_client"
    r"|disabled_client|admin_policy_enforced|org_internal)\b"
)


class ApplicationDefault:
    """Credentials of google-auth. Refreshing blocks, so it happens in a thread, once for all requests that wait."""

    def __init__(self, credentials: Any, request: Any, quota_project: str | None = None, login: str = LOGIN) -> None:
        """`request` is a google.auth.transport.Request, `quota_project` takes precedence over the ADC file's.
        `login` is the command that a person logs in with.
        """
        self.description = describe(credentials)
        self._credentials = credentials
        self._request = request
        self._quota_project = quota_project or getattr(credentials, "quota_project_id", None)
        self._lock = anyio.Lock()
        self._refused = False
        self._login = login

    async def authorize(self, _request: UnsignedRequest, /) -> dict[str, str]:
        async with self._lock:
            if self._refused or not self._credentials.valid:
                await anyio.to_thread.run_sync(self._refresh)
                self._refused = False
        headers = {"authorization": f"Bearer {self._credentials.token}"}
        return headers | ({QUOTA_HEADER: self._quota_project} if self._quota_project else {})

    async def renew(self) -> bool:
        self._refused = True
        return True

    def _refresh(self) -> None:
        from google.auth import exceptions

        try:
            self._credentials.refresh(self._request)
        except exceptions.TransportError as broken:
            raise UnavailableError(f"no access token for {self.description}: {clean(broken)}", "Try again.") from broken
        except exceptions.GoogleAuthError as refused:
            raise AuthError(
                f"no access token for {self.description}: {_why(refused)}",
                f"If these are a person's credentials, log in again:\n  {self._login}",
            ) from None


def _why(refused: Exception) -> str:
    """Say why a token was refused.

    The text may be the answer of a host that was sent secrets, and may repeat them. If any of its words is long enough
    for a secret, only the error codes are given.
    """
    text = str(refused.args[0]) if refused.args else ""
    if all(len(word) < _SECRET_LENGTH for word in _WORD.findall(text)):
        return clean(text, 200) or type(refused).__name__
    return ", ".join(dict.fromkeys(_CODE.findall(text))) or "the token host refuses it, or gives none"


def find_credentials(environ: Mapping[str, str], quota_project: str | None = None) -> Credentials:
    """Find the credentials for the Gemini API. Raises AuthError, with the ways to give them, when there are none.

    ADC themselves are read from the process environment and its files, as google-auth always does.
    """
    project = quota_project or _secret(environ, quota.VARIABLE) or None
    return credentials_from_environment(environ, project) or _application_default(project)


def find_cloud_credentials(environ: Mapping[str, str]) -> Credentials:
    """Find the credentials for services that take no API key. An API key in the environment is ignored."""
    if token := token_from_environment(environ):
        return token
    project = _secret(environ, quota.VARIABLE) or None
    try:
        return _application_default(project, (CLOUD_SCOPE,), CLOUD_LOGIN)
    except AuthError as missing:
        if not environ.get("GEMINI_API_KEY"):
            raise
        summary = f"{missing.summary}; GEMINI_API_KEY is set, but Vertex AI and Cloud Storage take no API keys"
        raise AuthError(summary, missing.hint) from missing


def credentials_from_environment(environ: Mapping[str, str], quota_project: str | None = None) -> Credentials | None:
    """Give the token or key of the environment; None when there is none. Raises AuthError for a garbled value."""
    if token := token_from_environment(environ, quota_project):
        return token
    if key := _secret(environ, "GEMINI_API_KEY"):
        # No quota project: a key belongs to a project, and cannot be granted access to another.
        return Fixed(API_KEY, {"x-goog-api-key": key})
    return None


def token_from_environment(environ: Mapping[str, str], quota_project: str | None = None) -> Credentials | None:
    """Give the token of the environment; None when there is none. Raises AuthError for a garbled value.

    With it goes the quota project: `quota_project`, else that of the environment, else that of the ADC file.
    """
    if token := _secret(environ, "GOOGLE_OAUTH_ACCESS_TOKEN"):
        project = quota_project or _secret(environ, quota.VARIABLE) or quota.from_adc_file(environ)
        headers = {"authorization": f"Bearer {token}"} | ({QUOTA_HEADER: project} if project else {})
        return Fixed("access token", headers)
    return None


def describe(credentials: Any) -> str:
    """Give the kind of google-auth credentials, with the account where it is known."""
    module = type(credentials).__module__
    account = getattr(credentials, "service_account_email", None)
    if account and account != "default":
        return f"service account {clean(account, 120)}"
    if module.startswith(("google.auth.compute_engine", "gemspec.")):
        return "service account of this machine"
    if module == "google.oauth2.credentials":
        return "gcloud user credentials"
    if module == "google.auth.external_account_authorized_user":
        return "workforce identity user"
    return "workload identity federation" if "aws" in module or "pool" in module else "application default credentials"


def _secret(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if re.fullmatch(r"[!-~]*", value):
        return value
    # The value itself must not reach a message, nor the traceback of an encoder.
    raise AuthError(f"{name} holds characters that no credential has", "Set it again, without quotes or line breaks.")


def _application_default(quota_project: str | None, scopes: Sequence[str] = SCOPES, login: str = LOGIN) -> Credentials:
    import google.auth
    from google.auth import exceptions

    from gemspec.providers.http import google_auth

    logging.getLogger("google.auth").addHandler(logging.NullHandler())  # its advice must not mix with our output
    request = google_auth.HttpxRequest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice about quota projects; the service's own error is clearer
            found, _project = google.auth.default(scopes=scopes, request=request)
    except exceptions.DefaultCredentialsError as missing:
        machine = google_auth.machine_credentials(request, scopes)
        if machine is None:
            raise _unusable(missing, login) from missing
        found = machine
    except exceptions.GoogleAuthError as broken:
        raise _unusable(broken, login) from broken
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as broken:  # a file of another shape
        summary = "the file of the application default credentials holds something else"
        raise AuthError(summary, no_credentials(login).hint) from broken
    return ApplicationDefault(found, request, quota_project, login)


def _unusable(cause: Exception, login: str) -> AuthError:
    """Distinguish a broken credentials file from a missing file."""
    nothing = no_credentials(login)
    if "were not found" in str(cause):
        return nothing
    return AuthError(f"the application default credentials cannot be used: {clean(cause)}", nothing.hint)
