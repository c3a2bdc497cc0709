"""The checksums that Cloud Storage keeps of an object: CRC32C and MD5, in base64.

CRC32C comes from Google's own google-crc32c, as in google-cloud-storage: a table in plain Python would need minutes for
the gigabyte that a file of training data may have.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Digest:
    """What is known of some bytes: how many, and both checksums in base64 (of big-endian bytes)."""

    size: int
    crc32c: str
    md5: str

    def contradictions(self, claims: Mapping[str, str]) -> list[str]:
        """What is wrong with a caller's claims: `crc32c` and `md5Hash` (also `md5`) in base64."""
        own = {"crc32c": ("CRC32C", self.crc32c), "md5Hash": ("MD5 hash", self.md5), "md5": ("MD5 hash", self.md5)}
        return [
            f'Provided {own[name][0]} "{claim}" doesn\'t match calculated {own[name][0]} "{own[name][1]}".'
            for name, claim in claims.items()
            if name in own and claim != own[name][1]
        ]


def digest(pieces: Iterable[bytes]) -> Digest:
    """The checksums of bytes that come in pieces; no two of them are held at once."""
    import google_crc32c  # its C library takes a moment to load, and only uploads need it

    size, crc, md5 = 0, 0, hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        size += len(piece)
        crc = google_crc32c.extend(crc, piece)
        md5.update(piece)
    return Digest(size, base64.b64encode(crc.to_bytes(4)).decode(), base64.b64encode(md5.digest()).decode())


def claims_of(header: str) -> dict[str, str]:
    """The claims of an X-Goog-Hash header: `crc32c=...,md5=...`."""
    pairs = (claim.strip().partition("=") for claim in header.split(",") if claim.strip())
    return {name: value for name, _, value in pairs}
