"""The Google Cloud project that requests are billed to, which is sent with an access token as `x-goog-user-project`.

Below `credentials`. It is a name and not a secret, so it is sent wherever the token is sent, to a loopback endpoint,
too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "GOOGLE_CLOUD_QUOTA_PROJECT"
_FILE = "application_default_credentials.json"
_MAX_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]{0,99}")


class _AdcFile(msgspec.Struct, frozen=True):
    """The only field of the file that is read here."""

    quota_project_id: str = ""


def from_adc_file(environ: Mapping[str, str]) -> str | None:
    """Give the quota project that the file of the application default credentials names; None where there is none.

    Nothing else of the file is used, so a file that cannot be read, or holds something else, names none.
    """
    path = _path(environ)
    try:
        if path is None or path.stat().st_size > _MAX_BYTES:
            return None
        named = msgspec.json.decode(path.read_bytes(), type=_AdcFile).quota_project_id
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    return named if _NAME.fullmatch(named) else None


def _path(environ: Mapping[str, str]) -> Path | None:
    """Where google-auth looks for the file, too."""
    if explicit := environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return Path(explicit)
    if configured := environ.get("CLOUDSDK_CONFIG"):
        return Path(configured) / _FILE
    if roaming := environ.get("APPDATA"):
        return Path(roaming) / "gcloud" / _FILE
    home = environ.get("HOME")
    return Path(home) / ".config" / "gcloud" / _FILE if home else None
