"""Every scenario of the tables, on the services that they are about."""

from __future__ import annotations

import pytest

from . import ownership, table
from .language import play

ON_EVERY_SERVICE = table.ON_EVERY_SERVICE | ownership.ON_EVERY_SERVICE
ON_GEMINI = table.ON_GEMINI | ownership.ON_GEMINI
ON_VERTEX = table.ON_VERTEX | ownership.ON_VERTEX


@pytest.mark.parametrize("shows", ON_EVERY_SERVICE)
def test_on_every_service(make_stage, provider, shows):
    """The same lines on each."""
    play(make_stage(provider), ON_EVERY_SERVICE[shows])


@pytest.mark.parametrize("shows", ON_GEMINI)
def test_on_gemini(make_stage, shows):
    """What Vertex AI does otherwise."""
    play(make_stage("gemini"), ON_GEMINI[shows])


@pytest.mark.parametrize("shows", ON_VERTEX)
def test_on_vertex(make_stage, shows):
    """What only Vertex AI has."""
    play(make_stage("vertex"), ON_VERTEX[shows])


@pytest.mark.parametrize("shows", table.ANSWERING)
def test_answering(make_stage, shows):
    """What serves, where a model may be there and not answer: only Vertex AI has endpoints."""
    play(make_stage("vertex"), table.ANSWERING[shows])
