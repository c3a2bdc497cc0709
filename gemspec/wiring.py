"""The composition root: makes the provider that a project file names, on the service or its emulator.

Below `api` and `cli`, above `providers.registry` and `emulator_host`. Only this module and `emulator_host` know the
emulator.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError
from gemspec.emulator_host import unusable
from gemspec.providers import registry
from gemspec.providers.spec import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.project import Project
    from gemspec.providers.base import Provider

EMULATOR_DATA = ".gemspec/emulator.db"  # beside the project file


def open_provider(project: Project, folder: Path, *, endpoint: str | None, environ: Mapping[str, str]) -> Provider:
    """Make the provider that the project names. Only `endpoint` (flag or environment) can select another host.

    Raises errors.GemspecError for an endpoint that is refused and errors.AuthError without credentials.
    """
    spec = registry.of(project)
    connection = Connection(
        environ,
        endpoint=endpoint,
        block=project.blocks.get(spec.block.name, {}) if spec.block else {},
        open_emulator=partial(_emulator, folder) if spec.is_emulated else None,
        emulator_label=EMULATOR_DATA,
    )
    return spec.open(connection)


def _emulator(folder: Path, buckets: Sequence[str]) -> Any:
    """Start the emulator in this process, with the project's data. Raises GemspecError where its file is unusable."""
    from gemspec.emulator import DatabaseUnusableError, create_app

    try:
        return create_app(emulator_data(folder), buckets=buckets)
    except DatabaseUnusableError as error:
        raise unusable(error) from error


def emulator_data(folder: Path) -> Path:
    """The emulator's database of a project. Raises GemspecError where a symbolic link leads out of the project folder:
    gemspec writes to this file, and the link may come from anybody.
    """
    from gemspec.manifest.discovery.filesystem import is_inside

    if not is_inside(folder, folder / EMULATOR_DATA):
        raise GemspecError(f"{EMULATOR_DATA} leads out of the project folder by a symbolic link", "remove the link")
    return folder / EMULATOR_DATA
