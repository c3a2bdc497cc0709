"""Replaces a file atomically: if the process ends or the disk is full, the old file stays.

Used by `manifest.data.fingerprint_cache` and `cli.plan_output`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat


def replace(target: str, content: bytes, *, private: bool = False) -> None:
    """Replace the content of a file. The file keeps its mode; a new file gets the default mode.

    With `private` only its owner may read it. The content is written to another file in the same folder, which then
    replaces `target`. Raises OSError; PermissionError before anything has changed.
    """
    beside = os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:100]}.{secrets.token_hex(4)}")
    with contextlib.ExitStack() as made:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        made.callback(os.unlink, beside)
        with open(handle, "wb") as file:
            file.write(content)
            with contextlib.suppress(FileNotFoundError):
                if not private:
                    os.fchmod(file.fileno(), stat.S_IMODE(os.stat(target).st_mode))
        os.replace(beside, target)
        made.pop_all()
