"""Other bytes of the same size and CRC32C: what anybody can make who may write into a bucket."""

from __future__ import annotations

import google_crc32c


def colliding(data: bytes, other: bytes = b"planted") -> bytes:
    """Bytes that begin with `other`, as many as `data` and with its CRC32C.

    A CRC is affine in the last four bytes, so these are the solution of 32 equations over the bits.
    """
    head = (other * len(data))[: len(data) - 4]
    start, wanted = google_crc32c.value(head), google_crc32c.value(data)
    base = google_crc32c.extend(start, bytes(4))
    rows = [(google_crc32c.extend(start, (1 << bit).to_bytes(4)) ^ base, 1 << bit) for bit in range(32)]
    difference, last = wanted ^ base, 0
    for bit in range(32):
        pivot = next(row for row in rows if row[0] >> bit & 1)
        rows = [
            (value ^ pivot[0], change ^ pivot[1]) if value >> bit & 1 else (value, change)
            for value, change in rows
            if (value, change) != pivot
        ]
        if difference >> bit & 1:
            difference, last = difference ^ pivot[0], last ^ pivot[1]
    found = head + last.to_bytes(4)
    assert google_crc32c.value(found) == wanted
    assert found != data
    return found
