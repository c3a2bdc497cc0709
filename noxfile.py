"""The few commands of a contributor, each in an environment of its own: `nox -l` lists them, `nox -s NAME` runs one.

What stands after `--` is given to the command: `nox -s test -- tests/planner`.
"""

from __future__ import annotations

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
GOLDEN = ["tests/render", "tests/cli", "tests/badinput", "tests/docs/test_readme.py"]

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "test"]
nox.options.reuse_venv = "yes"


@nox.session(python=PYTHONS)
def test(session: nox.Session) -> None:
    """All tests, on every core."""
    _install(session)
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, mypy and the import contracts."""
    _install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def golden(session: nox.Session) -> None:
    """Rewrites the golden files and the sessions of the README. Read the difference before committing it."""
    _install(session)
    session.run("pytest", *(session.posargs or GOLDEN), env={"GEMSPEC_UPDATE_GOLDEN": "1"}, success_codes=[0, 1])


@nox.session
def docs(session: nox.Session) -> None:
    """Links, cited pages, and the output that the README shows."""
    _install(session)
    session.run("pytest", "tests/docs", "tests/docs/test_readme.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measures what users wait for: docs/performance.md."""
    _install(session)
    session.run("python", "tests/benchmarks", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """Changes planner, policy and approval, and counts the changes that no test notices."""
    _install(session)
    session.run("python", "tests/mutation", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Builds sdist and wheel into dist/: docs/releasing.md."""
    session.install("build")
    session.run("python", "-m", "build", *session.posargs)


def _install(session: nox.Session) -> None:
    session.install("-e", ".[test]")
