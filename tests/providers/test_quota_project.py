"""The project that is billed: which credentials send `x-goog-user-project`, and where. A table of both."""

from __future__ import annotations

import json

import httpx
import pytest
from google.oauth2 import credentials as user

from gemspec.providers.gemini import provider as gemini
from gemspec.providers.http import quota_project, session as http
from gemspec.providers.vertex import provider as vertex

from .vertex_answers import PLACE

pytestmark = pytest.mark.anyio

LOOPBACK = "http://localhost:8085"
TOKEN = {"GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.secret"}
KEY = {"GEMINI_API_KEY": "key"}
NAMED = {"GOOGLE_CLOUD_QUOTA_PROJECT": "from-environment"}

# credentials -> (authorised by, project at the service, project at a loopback address). FILE is the ADC file's.
TABLE = {
    "a token": (TOKEN, "authorization", None, None),
    "a token, environment": (TOKEN | NAMED, "authorization", "from-environment", "from-environment"),
    "a token, ADC file": (TOKEN | {"FILE": "from-file"}, "authorization", "from-file", "from-file"),
    "a token, both": (TOKEN | NAMED | {"FILE": "from-file"}, "authorization", "from-environment", "from-environment"),
    "a key": (KEY | NAMED | {"FILE": "from-file"}, "x-goog-api-key", None, None),
    "ADC": ({"FILE": ""}, "adc", None, None),
    "ADC, environment": (NAMED | {"FILE": "from-file"}, "adc", "from-environment", None),
    "ADC, ADC file": ({"FILE": "from-file"}, "adc", "from-file", None),
}
SERVICES = {
    "Gemini API": lambda environ: gemini.connect(endpoint=None, environ=environ),
    "Gemini API at loopback": lambda environ: gemini.connect(endpoint=LOOPBACK, environ=environ),
    "an emulated Gemini API": lambda environ: gemini.emulated_at(LOOPBACK, environ),
    "Vertex AI": lambda environ: vertex.connect(PLACE, endpoint=None, environ=environ),
    "Vertex AI at loopback": lambda environ: vertex.connect(PLACE, endpoint=LOOPBACK, environ=environ),
    "an emulated Vertex AI": lambda environ: vertex.emulated_at(LOOPBACK, PLACE, environ),
}


@pytest.fixture
def requests(monkeypatch):
    """Every request that is sent, to whichever host."""
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"name": "tunedModels/x", "generation": "1", "crc32c": "AAAAAA=="})

    plain = http.client
    monkeypatch.setattr(http, "client", lambda address: plain(address, httpx.MockTransport(answer)))
    return seen


def environment(given, tmp_path, monkeypatch):
    """The environment of a row, with the ADC file that it speaks of."""
    environ = {name: value for name, value in given.items() if name != "FILE"}
    if "FILE" in given:
        project = {"quota_project_id": given["FILE"]} if given["FILE"] else {}
        file = tmp_path / "adc.json"
        file.write_text(json.dumps({"type": "authorized_user", **project}))
        environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(file)
        found = user.Credentials("adc-token", quota_project_id=given["FILE"] or None)
        monkeypatch.setattr("google.auth.default", lambda **_all: (found, None))
    return environ


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("row", TABLE)
async def test_which_credentials_name_it_where(row, service, requests, tmp_path, monkeypatch):
    """A token has it with every request, a key never, and ADC only where ADC may go."""
    given, authorised, at_service, at_loopback = TABLE[row]
    environ = environment(given, tmp_path, monkeypatch)
    is_loopback = service not in ("Gemini API", "Vertex AI")
    if authorised == "x-goog-api-key" and "Vertex" in service:
        pytest.skip("takes no keys")
    provider = SERVICES[service](environ)
    await provider.get("tunedModels/x" if "Gemini" in service else f"projects/{PLACE.project}/locations/x-y1/models/1")
    await provider.list()
    if "Vertex" in service:
        await provider.stored_data("gs://my-bucket/x")
    assert requests
    expected = at_loopback if is_loopback else at_service
    assert {request.headers.get("x-goog-user-project") for request in requests} == {expected}
    sent = authorised if authorised != "adc" else None if is_loopback else "authorization"
    for request in requests:
        assert {name for name in ("authorization", "x-goog-api-key") if name in request.headers} == {sent} - {None}
    await provider.aclose()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"quota_project_id": 7}', '{"quota_project_id": "a\\nb"}', '{"quota_project_id": "é"}']
)
def test_a_file_that_names_none(tmp_path, text):
    """It is not the credential, so what is wrong with it is nobody's error."""
    (tmp_path / "adc.json").write_text(text)
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "adc.json")}
    assert quota_project.from_adc_file(environ) is None


def test_where_the_file_is(tmp_path):
    """As google-auth looks for it: named, in gcloud's own folder, in the home folder."""
    assert quota_project.from_adc_file({}) is None
    assert quota_project.from_adc_file({"HOME": str(tmp_path)}) is None
    for folder, named in ((tmp_path / "gcloud", "in-gcloud"), (tmp_path / ".config" / "gcloud", "at-home")):
        folder.mkdir(parents=True)
        (folder / "application_default_credentials.json").write_text(json.dumps({"quota_project_id": named}))
    assert quota_project.from_adc_file({"HOME": str(tmp_path)}) == "at-home"
    environ = {"HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")}
    assert quota_project.from_adc_file(environ) == "in-gcloud"
