"""Which addresses requests may go to: the rules of trust, in one place. Pure.

Files of the repository cannot name an endpoint, only the flag and the environment can; even so a mistyped or borrowed
one must not carry credentials away. So they go to https hosts of Google's alone, and a loopback address gets only a
token that the environment names explicitly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from gemspec.domain.errors import InputError, Problem, ServiceError

GEMINI = "https://generativelanguage.googleapis.com"
STORAGE = "https://storage.googleapis.com"
LOCATION_PATTERN = r"[a-z]{2,20}(-[a-z]{2,20}[0-9]{1,2})?"
_MULTI_REGIONS = frozenset({"us", "eu"})
_METADATA_HOSTS = frozenset(
    {"metadata.google.internal", "169.254.169.254", "metadata", "fd20:ce::254", "fd00:ec2::254"}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked address without a path: `scheme://host[:port]`."""

    url: str
    is_loopback: bool


def check(url: str) -> Endpoint:
    """Accept an address of Google's over https, or any loopback address. Raises InputError for every other."""
    scheme, host, origin = _parse(url)
    if is_loopback(host):
        return Endpoint(origin, is_loopback=True)
    if scheme != "https":
        raise _refused(url, f"credentials travel only over https: write https://{host}, or use a loopback address")
    if not host.endswith(".googleapis.com"):
        raise _refused(url, "credentials go only to hosts of Google's (*.googleapis.com) and to loopback addresses")
    return Endpoint(origin, is_loopback=False)


def vertex(location: str) -> Endpoint:
    """Give the address of Vertex AI at a location, be it of the project file or of a name in an answer.

    Raises ServiceError for what is no location: it would become part of a host name.
    """
    if not re.fullmatch(LOCATION_PATTERN, location):
        raise ServiceError(f"{location[:60]!r} is not a location of Vertex AI", "Locations look like us-central1.")
    if location in _MULTI_REGIONS:
        return Endpoint(f"https://aiplatform.{location}.rep.googleapis.com", is_loopback=False)
    host = "aiplatform" if location == "global" else f"{location}-aiplatform"
    return Endpoint(f"https://{host}.googleapis.com", is_loopback=False)


def check_loopback(url: str) -> Endpoint:
    """Accept a loopback address only. Raises InputError for every other."""
    _scheme, host, origin = _parse(url)
    if not is_loopback(host):
        raise _refused(url, "an emulator is used on a loopback address only, as http://localhost:8085")
    return Endpoint(origin, is_loopback=True)


def may_serve_tokens(url: str) -> bool:
    """Whether the ADC configuration's token requests may go to `url`: https, or the machine's own metadata server."""
    scheme, is_own = _token_host(url)
    return scheme == "https" or (scheme == "http" and is_own)


def may_be_proxied(url: str) -> bool:
    """Whether a proxy may stand before a token address: before none that this machine has of its own."""
    scheme, is_own = _token_host(url)
    return scheme == "https" and not is_own


def _token_host(url: str) -> tuple[str, bool]:
    """Give the scheme of a token address, and whether its host is this machine or the metadata server."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "", False
    return parts.scheme, host in _METADATA_HOSTS or is_loopback(host)


def _parse(url: str) -> tuple[str, str, str]:
    """Take an address apart: scheme, host, and the address without a path."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused(url, "write it as https://HOST or http://localhost:PORT") from None
    # Parsers drop line ends and tabs, and take port 0 for none: what is shown must be what is asked.
    is_plain = port != 0 and re.fullmatch("[!-~]+", url.strip())
    if parts.scheme not in ("http", "https") or not is_plain or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host):
        raise _refused(url, "write it as https://HOST or http://localhost:PORT")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise _refused(url, "it must not hold a user name, a password or a backslash")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _refused(url, "write only scheme, host and port; the path is added")
    shown = f"[{host}]" if ":" in host else host
    return parts.scheme, host, f"{parts.scheme}://{shown}{f':{port}' if port else ''}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(url: str, why: str) -> InputError:
    # What stands before an @ may be a password.
    shown = "".join(char for char in url.rpartition("@")[2] if char.isprintable())[:100]
    return InputError([Problem(f"the endpoint {shown!r} is refused", why)])
