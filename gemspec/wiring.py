"""The composition root: the one place where names from a project file become working parts.

Commands ask here for a provider; nothing else knows that there is an emulator, an environment or a Git repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError
from gemspec.emulator_host import _unusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.project import Project, Vertex
    from gemspec.providers.base import Provider

EMULATOR_DATA = ".gemspec/emulator.db"  # beside the project file


def open_provider(project: Project, folder: Path, *, endpoint: str | None, environ: Mapping[str, str]) -> Provider:
    """Make the provider that the project names. `endpoint` (flag or environment) is the only way to another host.

    Raises errors.GemspecError for an endpoint that is refused and errors.AuthError without credentials.
    """
    if project.vertex:
        return _open_vertex(project, project.vertex, folder, endpoint, environ)
    from gemspec.providers.gemini import provider

    if project.provider == "gemini":
        return provider.connect(endpoint=endpoint, environ=environ)
    if endpoint:
        return provider.emulated_at(endpoint, environ)
    return provider.emulated(_emulator(folder), EMULATOR_DATA)


def _open_vertex(
    project: Project, place: Vertex, folder: Path, endpoint: str | None, environ: Mapping[str, str]
) -> Provider:
    """Vertex AI; or its emulator, where the project names that beside a place."""
    from gemspec.providers.vertex import provider

    if project.provider != "emulator":
        return provider.connect(place, endpoint=endpoint, environ=environ)
    if endpoint:
        return provider.emulated_at(endpoint, place, environ)
    return provider.emulated(_emulator(folder, buckets=[place.bucket]), place, EMULATOR_DATA)


def _emulator(folder: Path, buckets: Sequence[str] = ()) -> Any:
    """The emulator in this process, with the project's own data. Raises GemspecError where it cannot use its file."""
    from gemspec.emulator import DatabaseUnusableError, create_app

    try:
        return create_app(emulator_data(folder), buckets=buckets)
    except DatabaseUnusableError as error:
        raise _unusable(error) from error


def emulator_data(folder: Path) -> Path:
    """Where the emulator keeps what is a project's. Raises GemspecError where that leads out of its folder: anybody may
    have put a link there, and it is written to.
    """
    from gemspec.manifest.discovery.filesystem import is_inside

    if not is_inside(folder, folder / EMULATOR_DATA):
        raise GemspecError(f"{EMULATOR_DATA} leads out of the project folder by a symbolic link", "remove the link")
    return folder / EMULATOR_DATA
