"""A watched service, and projects on it."""

from __future__ import annotations

import functools
import ssl

import pytest

from gemspec.applier import poller

from .project_fixture import Bots, Watched


@pytest.fixture(autouse=True)
def _no_time_is_lost(monkeypatch):
    """What takes longest here: to read the machine's certificates for each client, and to wait between two polls."""
    monkeypatch.setattr(ssl, "create_default_context", _context)
    monkeypatch.setattr(poller, "_SHORTEST", 0.01)


_context = functools.cache(ssl.create_default_context)


@pytest.fixture
def service():
    service = Watched()
    yield service
    service.close()


@pytest.fixture
def make_bots(service, tmp_path):
    """Makes projects on the service, by the names of their owners."""
    made = []

    def make(owner):
        made.append(Bots(tmp_path / owner, service, owner=owner))
        return made[-1]

    yield make
    for bots in made:
        bots.close()


@pytest.fixture
def bots(make_bots):
    """An empty project."""
    return make_bots("team")
