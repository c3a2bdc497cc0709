"""The emulator in place of the services, and no time lost on waiting for it."""

from __future__ import annotations

import anyio
import anyio.to_thread
import pytest
import stamina
from support.services import SERVICES

import gemspec.emulator
from gemspec.applier import clock
from gemspec.util import git

from .project_fixture import Stage

walked_leaves: list[tuple[str, str]] = []  # leaves of the schemas for which an approval was seen to hold, by service


def pytest_terminal_summary(terminalreporter):
    """List the leaves that were walked."""
    if walked_leaves:
        terminalreporter.section("leaves of manifests and project files for which an approval holds")
        services = {leaf: [on for found, on in walked_leaves if found == leaf] for leaf, _ in walked_leaves}
        for leaf, on in services.items():
            terminalreporter.write_line(f"{leaf}  ({', '.join(on)})")
        terminalreporter.write_line(f"{len(services)} leaves, {len(walked_leaves)} times on a service")


@pytest.fixture(params=SERVICES)
def provider(request):
    return request.param


@pytest.fixture
def make_stage(tmp_path_factory, monkeypatch):
    """Makes stages: a folder of projects and a service each, of which gemspec meets the last one."""
    made = []

    def make(provider):
        made.append(Stage(tmp_path_factory.mktemp(provider), provider))
        service = made[-1].service
        monkeypatch.setattr(gemspec.emulator, "create_app", lambda *_, **__: service)
        monkeypatch.setattr(anyio, "sleep", service.sleep)
        monkeypatch.setattr(clock, "now", lambda: service.now)
        # Threads would meet a service where time flies; they and Git's processes take longer than all the rest.
        monkeypatch.setattr(anyio.to_thread, "run_sync", _at_once)
        monkeypatch.setattr(git, "git_revision", lambda _folder: None)
        return made[-1]

    with stamina.set_testing(True, attempts=3):
        yield make
    for stage in made:
        stage.service.close()


async def _at_once(function, *args, **_how):
    return function(*args)
