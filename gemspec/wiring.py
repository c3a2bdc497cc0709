"""The composition root: the one place where names from a project file become working parts.

Commands ask here for a provider; nothing else knows that there is an emulator, an environment or a Git repository.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from gemspec.errors import GemspecError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gemspec.model import Project
    from gemspec.providers.base import Provider

EMULATOR_DATA = ".gemspec/emulator.db"  # beside the project file


def open_provider(project: Project, folder: Path, *, endpoint: str | None, environ: Mapping[str, str]) -> Provider:
    """Make the provider that the project names. `endpoint` (flag or environment) is the only way to another host.

    Raises errors.GemspecError for an endpoint that is refused and errors.AuthError without credentials.
    """
    from gemspec.providers import gemini

    if project.provider == "gemini":
        return gemini.connect(endpoint=endpoint, environ=environ)
    if project.provider != "emulator":
        raise GemspecError(f"provider {project.provider} is not supported", "write `provider: gemini` or `emulator`")
    if endpoint:
        return gemini.emulated_at(endpoint, environ)
    from gemspec.emulator import DatabaseUnusableError, create_app

    try:
        return gemini.emulated(create_app(folder / EMULATOR_DATA), EMULATOR_DATA)
    except DatabaseUnusableError as error:
        raise _unusable(error) from error


def git_revision(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, 7 to 40 hex digits; None where there is no Git or no commit."""
    command = ["git", "-C", str(folder), "rev-parse", "--short=7", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def serve_emulator(
    host: str, port: int, *, database: Path | None, training_seconds: float, announce: Callable[[str], None]
) -> None:
    """Serve the emulator until a signal ends it; `announce` is called with its URL once it listens.

    Raises errors.GemspecError where it cannot use its file or the port.
    """
    from gemspec.emulator import DatabaseUnusableError, serve

    try:
        serve(host, port, database=database, training_seconds=training_seconds, announce=announce)
    except DatabaseUnusableError as error:
        raise _unusable(error) from error
    except OSError as error:
        raise GemspecError(f"nothing can listen on {host}:{port}: {error.strerror}", "choose another --port") from error


def _unusable(error: Exception) -> GemspecError:
    return GemspecError(f"the emulator cannot use its file: {error}", "move the file away, or free it for writing")
