"""google-generativeai pointed at the emulator as its users do it; answers are parsed strictly, and counted."""

import json
import os
import warnings
from pathlib import Path

import pytest

warnings.simplefilter("ignore")  # it says of itself that it has ended

import google.generativeai as genai  # noqa: E402
import requests  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.protobuf import json_format  # noqa: E402

CALLS = []
EMULATOR = os.environ["EMULATOR"]


@pytest.fixture(scope="session", autouse=True)
def _strict_and_counted():
    """A field that Google's types do not have fails the test."""
    parse, send = json_format.Parse, requests.Session.send

    def parse_strictly(text, message, ignore_unknown_fields=False, **how):
        return parse(text, message, ignore_unknown_fields=False, **how)

    def counting(self, request, **how):
        CALLS.append(request.method)
        self.trust_env = False
        return send(self, request, **how)

    json_format.Parse, requests.Session.send = parse_strictly, counting
    yield
    json_format.Parse, requests.Session.send = parse, send


@pytest.fixture(autouse=True)
def configured():
    """With credentials, which permissions want; a test may take an API key."""
    genai.configure(credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": EMULATOR})
    return genai.configure


@pytest.fixture
def create():
    """Start trainings, and delete their models after the test."""
    made = []

    def make(name, data=None, source="models/gemini-1.0-pro-001", **how):
        data = data or [{"text_input": str(n), "output": str(n + 1)} for n in range(1, 16)]
        made.append(f"tunedModels/{name}")
        return genai.create_tuned_model(source, data, id=name, **how)

    yield make
    for name in made:
        try:
            genai.delete_tuned_model(name)
        except Exception:
            continue


def pytest_sessionfinish():
    Path(os.environ["COUNTS"]).write_text(json.dumps(len(CALLS)))
