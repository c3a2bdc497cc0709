"""Serves the emulator over HTTP, for `gemspec emulator`. Only this module and `wiring` know the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import GemspecError, InputError, Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gemspec.emulator import DatabaseUnusableError


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

    `buckets` are created in Cloud Storage; `concurrent_jobs` is Vertex AI's quota, None for no limit; `faults` is a
    file with faults to inject. Raises errors.GemspecError where the database, the port or a bucket name cannot be used;
    InputError for a fault file with mistakes.
    """
    from gemspec.emulator import BucketNameError, DatabaseUnusableError, VertexOptions, serve

    vertex, rules = VertexOptions(concurrent_jobs=concurrent_jobs), read_faults(faults) if faults else None
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
        raise unusable(error) from error
    except BucketNameError as error:
        hint = "3 to 63 lower-case letters, digits, dots, _ and -, without `goog` in front"
        raise GemspecError(f"no bucket can be called {error}", hint) from error
    except OSError as error:
        raise GemspecError(f"nothing can listen on {host}:{port}: {error.strerror}", "choose another --port") from error


def read_faults(path: Path) -> Any:
    """Read a fault file into plain Python. Raises InputError with all problems of the file."""
    from gemspec.emulator import FaultsError, check_faults
    from gemspec.manifest.discovery.filesystem import read_bytes, shown
    from gemspec.manifest.syntax.documents import read_documents

    file = Origin(shown(path))
    data = read_bytes(path, file)
    if isinstance(data, Problem):
        raise InputError([data])
    documents, problems = read_documents(data, file.file)
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
            faults_found = ((fault, document.key_origin(fault.path)) for fault in wrong.problems)
            problems = [Problem(fault.summary, fault.advice, origin) for fault, origin in faults_found]
    raise InputError(sorted(problems, key=lambda problem: problem.origin or file))


def unusable(error: DatabaseUnusableError) -> GemspecError:
    """Say why the emulator cannot use its database."""
    return GemspecError(f"the emulator cannot use its file: {error}", error.advice)
