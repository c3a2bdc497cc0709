"""The composition root: the one place where names from a project file become working parts.

Commands ask here for a provider; nothing else knows that there is an emulator, an environment or a Git repository.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError, InputError, Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.model import Project, Vertex
    from gemspec.emulator import DatabaseUnusableError
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


def git_revision(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, 7 to 40 hex digits; None where there is no Git or no commit."""
    command = ["git", "-C", str(folder), "rev-parse", "--short=7", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def serve_emulator(
    host: str,
    port: int,
    *,
    database: Path | None,
    training_seconds: float,
    buckets: Sequence[str],
    concurrent_jobs: int | None,
    faults: Path | None,
    announce: Callable[[str], None],
) -> None:
    """Serve the emulator until a signal ends it; `announce` is called with its URL once it listens.

    buckets: those of Cloud Storage that there must be; concurrent_jobs: Vertex AI's quota, None for no limit; faults: a
    file that says what is to go wrong.
    Raises errors.GemspecError where it cannot use its file or the port, or a bucket cannot have that name; InputError
    for a fault file with mistakes.
    """
    from gemspec.emulator import BucketNameError, DatabaseUnusableError, Options, serve

    vertex, rules = Options(concurrent_jobs=concurrent_jobs), read_faults(faults) if faults else None
    try:
        serve(
            host,
            port,
            database=database,
            training_seconds=training_seconds,
            announce=announce,
            buckets=buckets,
            vertex=vertex,
            faults=rules,
        )
    except DatabaseUnusableError as error:
        raise _unusable(error) from error
    except BucketNameError as error:
        hint = "3 to 63 lower-case letters, digits, dots, _ and -, without `goog` in front"
        raise GemspecError(f"no bucket can be called {error}", hint) from error
    except OSError as error:
        raise GemspecError(f"nothing can listen on {host}:{port}: {error.strerror}", "choose another --port") from error


def read_faults(path: Path) -> Any:
    """Read a fault file of the emulator's as plain Python. Raises InputError with all that is wrong with it."""
    from gemspec.emulator import FaultsError, check_faults
    from gemspec.manifest.discovery.filesystem import read_bytes, shown
    from gemspec.manifest.syntax.documents import read

    file = Origin(shown(path))
    data = read_bytes(path, file)
    if isinstance(data, Problem):
        raise InputError([data])
    documents, problems = read(data, file.file)
    problems += [problem for document in documents for problem in document.problems]
    if len(documents) != 1 and not problems:
        words = "there are several documents here" if documents else "there is nothing in it"
        problems = [Problem(words, "write one document, or {} for an emulator without faults", file)]
    if not problems:
        [document] = documents
        tree = document.plain()
        try:
            check_faults(tree)
            return tree
        except FaultsError as wrong:
            found = ((document.key_origin(one.path), one) for one in wrong.problems)
            problems = [Problem(one.summary, one.advice, origin) for origin, one in found]
    raise InputError(sorted(problems, key=lambda one: one.origin or file))


def _unusable(error: DatabaseUnusableError) -> GemspecError:
    return GemspecError(f"the emulator cannot use its file: {error}", error.advice)
