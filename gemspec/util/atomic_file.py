"""Puts a file in place as a whole: whatever ends the process, or fills the disk, either the old or the new is there.

On a low floor, in `util`: `manifest.data.fingerprint_cache` keeps its memory so, `cli.plan_output` writes plans so.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat


def replace(target: str, content: bytes, *, private: bool = False) -> None:
    """Make `content` that of a file, which keeps its mode; where it is new it gets that of any new file.

    With `private` only its owner may read it. The content is written beside the file, under another name, and then put
    in its place. Raises OSError; PermissionError before anything has changed.
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
