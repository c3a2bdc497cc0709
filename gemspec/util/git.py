"""Asks Git for the commit of a folder: the only use of Git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def git_revision(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, 7 to 40 hex digits; None where there is no Git or no commit."""
    command = ["git", "-C", str(folder), "rev-parse", "--short=7", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
