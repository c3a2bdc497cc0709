"""Settings for every test: properties are not timed, and no test reads the caller's credentials or terminal."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("gemspec", deadline=None)
settings.load_profile("gemspec")

_OURS = (
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GEMINI_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GEMSPEC_ENDPOINT",
    "GEMSPEC_LOG",
    "NO_COLOR",
)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
