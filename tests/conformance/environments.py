"""Virtual environments for clients whose pins clash with ours. Kept in pytest's cache, so that they are made once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def python_with(config: pytest.Config, *requirements: str) -> Path:
    """Give the interpreter of an environment that has these; fails where they cannot be had."""
    digest = hashlib.sha256(repr((sys.version, requirements)).encode()).hexdigest()[:12]
    folder = config.cache.mkdir("environments") / digest
    python, complete = folder / "bin" / "python", folder / "complete"
    if complete.exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [python, "-m", "pip", "install", "-q", *requirements]
    made = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.fail(f"{' '.join(requirements)} cannot be installed:\n{made.stderr}", pytrace=False)
    complete.touch()
    return python
