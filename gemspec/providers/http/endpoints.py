"""All rules about the addresses that requests may go to. Pure; used by `session` and the providers.

Only the flag and the environment can name an endpoint, files of the repository cannot. Still, a mistyped address must
not get credentials. So they go only to https hosts of Google, and a loopback address gets only a token that the
environment names explicitly.
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
    """Accept an https address of Google, or any loopback address. Raises InputError for all others."""
    scheme, host, origin = _parse(url)
    if is_loopback(host):
        return Endpoint(origin, is_loopback=True)
    if scheme != "https":
        raise _refused(url, f"credentials travel only over https: write https://{host}, or use a loopback address")
    if not host.endswith(".googleapis.com"):
        raise _refused(url, "credentials go only to hosts of Google's (*.googleapis.com) and to loopback addresses")
    return Endpoint(origin, is_loopback=False)


def vertex(location: str) -> Endpoint:
    """Give the address of Vertex AI at a location, which comes from the project file or from a resource name.

    Raises ServiceError for anything but a location, since it becomes part of a host name.
    """
    if not re.fullmatch(LOCATION_PATTERN, location):
        raise ServiceError(f"{location[:60]!r} is not a location of Vertex AI", "Locations look like us-central1.")
    if location in _MULTI_REGIONS:
        return Endpoint(f"https://aiplatform.{location}.rep.googleapis.com", is_loopback=False)
    host = "aiplatform" if location == "global" else f"{location}-aiplatform"
    return Endpoint(f"https://{host}.googleapis.com", is_loopback=False)


def check_loopback(url: str) -> Endpoint:
    """Accept a loopback address. Raises InputError for all others."""
    _scheme, host, origin = _parse(url)
    if not is_loopback(host):
        raise _refused(url, "an emulator is used on a loopback address only, as http://localhost:8085")
    return Endpoint(origin, is_loopback=True)


def may_serve_tokens(url: str) -> bool:
    """Whether the ADC configuration's token requests may go to `url`: https, or the machine's own metadata server."""
    scheme, is_own = _token_host(url)
    return scheme == "https" or (scheme == "http" and is_own)


def may_be_proxied(url: str) -> bool:
    """Whether a token address may be reached through a proxy: not on this machine, nor its metadata server."""
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
    """Split an address into scheme, host, and the address without a path."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused(url, "write it as https://HOST or http://localhost:PORT") from None
    # Parsers drop line ends and tabs, and take port 0 for no port: the address shown must be the address used.
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
    """Whether a host name or address is that of this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(url: str, why: str) -> InputError:
    # The text before an @ may be a password.
    shown = "".join(char for char in url.rpartition("@")[2] if char.isprintable())[:100]
    return InputError([Problem(f"the endpoint {shown!r} is refused", why)])
