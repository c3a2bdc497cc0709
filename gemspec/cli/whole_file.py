"""Writes a file as a whole: whatever ends the process, or fills the disk, leaves the old content or the new one.

The new content is written beside the file, under another name, and then put in its place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat

from gemspec.cli import interrupts

# These stand for what is open already, and is somebody's to write on.
_OPEN = ("/dev/", "/proc/")


def write(path: str, text: str) -> None:
    """Make `text` the content of a file. Raises OSError, which names `path`.

    A pipe or a device is written to as it is, and so is a file in a folder that takes no other one.
    """
    target = os.path.realpath(path)
    try:
        if _can_be_replaced(path, target):
            with interrupts.held(), contextlib.suppress(PermissionError):
                _replace(target, text.encode())
                return
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from error


def _can_be_replaced(path: str, target: str) -> bool:
    """Whether there is a file of its own, or nothing yet."""
    return not os.path.abspath(path).startswith(_OPEN) and (os.path.isfile(target) or not os.path.lexists(target))


def _replace(target: str, content: bytes) -> None:
    """Raises OSError, PermissionError before anything has changed."""
    beside = os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:100]}.{secrets.token_hex(4)}")
    with contextlib.ExitStack() as made:
        with open(beside, "xb") as file:
            made.callback(os.unlink, beside)
            file.write(content)
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(os.stat(target).st_mode))
        os.replace(beside, target)
        made.pop_all()
