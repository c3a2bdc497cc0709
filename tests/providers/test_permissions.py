"""Permissions of a model, against the emulator: set as a whole, the owner's never touched."""

from __future__ import annotations

import pytest

from gemspec.domain.errors import AuthError
from gemspec.domain.model import Permission
from gemspec.emulator import create_app
from gemspec.providers.gemini import provider as gemini
from gemspec.providers.http import auth, credentials

pytestmark = pytest.mark.anyio

READER = Permission("USER", "a@example.com", "READER")
WRITER = Permission("USER", "a@example.com", "WRITER")
GROUP = Permission("GROUP", "ml@example.com", "READER")
EVERYONE = Permission("EVERYONE", "", "READER")


@pytest.fixture
async def provider(creation):
    """A provider with a single model."""
    provider = gemini.emulated(create_app(None, training_seconds=0), "in process")
    await provider.create(creation)
    yield provider
    await provider.aclose()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [READER]),
        ([READER], []),
        ([READER, GROUP], [WRITER, EVERYONE]),
        ([EVERYONE], [EVERYONE, GROUP, READER]),
        ([WRITER], [WRITER]),
    ],
)
async def test_permissions_become_what_is_wanted(provider, creation, before, after):
    """From any set to any other; twice is as good as once."""
    await provider.permit(creation.name, before)
    assert await provider.permissions(creation.name) == sorted(before)
    for _ in range(2):
        await provider.permit(creation.name, after)
        assert await provider.permissions(creation.name) == sorted(after)


async def test_the_owner_stays(provider, creation):
    """OWNER is neither reported nor taken away."""
    await provider.permit(creation.name, [])
    assert await provider.permissions(creation.name) == []
    answer = await provider._calls.call("GET", f"/v1beta/{creation.name}/permissions", "reading")
    assert b"OWNER" in answer


async def test_an_api_key_cannot(creation):
    """The traits say so before any request, and the service's refusal is a message."""
    app = create_app(None, training_seconds=0)
    session = gemini.http.Session(gemini.http.asgi_client(app), auth.Fixed("API key", {"x-goog-api-key": "k"}))
    identity = gemini.Identity("gemini", "in process", credentials.API_KEY)
    provider = gemini.GeminiProvider(gemini.Calls(session), identity)
    assert not provider.traits.sets_permissions
    await provider.create(creation)
    with pytest.raises(AuthError, match="permission"):
        await provider.permissions(creation.name)
    await provider.aclose()
