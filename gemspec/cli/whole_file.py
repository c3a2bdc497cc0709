"""Writes the files of a command: each as a whole, the old content or the new one, which no signal cuts in two."""

from __future__ import annotations

import contextlib
import os

from gemspec.cli import signals
from gemspec.util import atomic_file

# These stand for what is open already, and is somebody's to write on.
_OPEN = ("/dev/", "/proc/")


def write(path: str, text: str) -> None:
    """Make `text` the content of a file. Raises OSError, which names `path`.

    A pipe or a device is written to as it is, and so is a file in a folder that takes no other one.
    """
    target = os.path.realpath(path)
    try:
        if _can_be_replaced(path, target):
            with signals.held(), contextlib.suppress(PermissionError):
                atomic_file.replace(target, text.encode())
                return
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from error


def _can_be_replaced(path: str, target: str) -> bool:
    """Whether there is a file of its own, or nothing yet."""
    return not os.path.abspath(path).startswith(_OPEN) and (os.path.isfile(target) or not os.path.lexists(target))
