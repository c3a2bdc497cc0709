"""Where requests to Vertex AI and Cloud Storage go, and with which credentials."""

from __future__ import annotations

import httpx
import pytest
from google.auth import credentials as google_credentials

from gemspec.domain.errors import AuthError, InputError, ServiceError
from gemspec.domain.model import State
from gemspec.domain.project import Identity
from gemspec.emulator import create_app
from gemspec.providers.http import credentials as credential, endpoints, session as http
from gemspec.providers.http.auth import Fixed, UnsignedRequest
from gemspec.providers.http.errors import CLOUD_LOGIN, CLOUD_SCOPE
from gemspec.providers.vertex import provider as vertex
from gemspec.providers.vertex.wire.resource_names import Place

from .vertex_answers import CREATION, MARKER, PLACE, endpoint as endpoint_value, job, model

pytestmark = pytest.mark.anyio

SECRET = "ya29.a-very-secret-token"
TOKEN = {"GOOGLE_OAUTH_ACCESS_TOKEN": SECRET}


class TestHosts:
    @pytest.mark.parametrize(
        ("location", "url"),
        [
            ("us-central1", "https://us-central1-aiplatform.googleapis.com"),
            ("europe-west10", "https://europe-west10-aiplatform.googleapis.com"),
            ("northamerica-northeast1", "https://northamerica-northeast1-aiplatform.googleapis.com"),
            ("us", "https://aiplatform.us.rep.googleapis.com"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com"),
            ("global", "https://aiplatform.googleapis.com"),
        ],
    )
    def test_each_location_has_its_own(self, location, url):
        assert endpoints.vertex(location) == endpoints.Endpoint(url, is_loopback=False)
        assert endpoints.check(url).url == url

    @pytest.mark.parametrize(
        "location",
        ["", "us-central1.evil.example/", "evil.example#", "us-central1\n", "US-CENTRAL1", "-", "us central1", "us-1"],
    )
    def test_no_location_leads_elsewhere(self, location):
        with pytest.raises(ServiceError, match="is not a location"):
            endpoints.vertex(location)

    async def test_a_resource_is_read_at_the_location_in_its_name(self, monkeypatch):
        """The job in its region, its model in a multi-region, data in Cloud Storage; each with the token. Models are
        looked for in the region, too: a model that has lost its job may be there.
        """
        seen = []
        at = f"projects/{PLACE.project}/locations"
        made = {"model": f"{at}/us/models/2000000000000000002@1", "endpoint": f"{at}/us/endpoints/3000000000000000003"}

        def answer(request):
            seen.append((request.url.host, request.headers["authorization"]))
            path = request.url.path
            if "tuningJobs" in path:
                return httpx.Response(200, json={"tuningJobs": [job("SUCCEEDED", tunedModel=made)]})
            if "models" in path:
                found = model(MARKER, name=made["model"][:-2], deployedModels=[])
                return httpx.Response(200, json={"models": [found]})
            if "endpoints" in path:
                return httpx.Response(200, json={"endpoints": [endpoint_value(MARKER, name=made["endpoint"])]})
            return httpx.Response(404, json={"error": {"code": 404, "message": "No such object"}})

        plain = http.client
        monkeypatch.setattr(http, "client", lambda address: plain(address, httpx.MockTransport(answer)))
        provider = vertex.connect(PLACE, endpoint=None, environ=TOKEN)
        [live] = await provider.list()
        assert (live.state, live.resources["model"]) == (State.ACTIVE, made["model"])
        assert await provider.stored_data("gs://my-bucket/x") is None
        assert [host for host, _ in seen] == [
            "us-central1-aiplatform.googleapis.com",
            "aiplatform.us.rep.googleapis.com",
            "us-central1-aiplatform.googleapis.com",
            "aiplatform.us.rep.googleapis.com",
            "storage.googleapis.com",
        ]
        assert {token for _, token in seen} == {f"Bearer {SECRET}"}
        assert provider.identity.endpoint == "https://us-central1-aiplatform.googleapis.com"
        assert (provider.identity.provider, provider.identity.credential) == ("vertex", "access token")
        await provider.aclose()

    async def test_a_name_in_an_answer_leads_to_no_other_host(self, monkeypatch):
        """A location is checked before it becomes a host."""
        hosts = []

        def answer(request):
            hosts.append(request.url.host)
            made = {"model": "projects/1/locations/x-y/models/1@1"}
            return httpx.Response(200, json={"tuningJobs": [job("SUCCEEDED") | {"tunedModel": made}]})

        plain = http.client
        monkeypatch.setattr(http, "client", lambda address: plain(address, httpx.MockTransport(answer)))
        with pytest.raises(ServiceError, match="is not a location"):
            await vertex.connect(PLACE, endpoint=None, environ=TOKEN).list()
        assert set(hosts) == {"us-central1-aiplatform.googleapis.com"}


class TestStandIns:
    @pytest.mark.parametrize("given", ["http://localhost:9", "localhost:9", "http://127.0.0.1:9"])
    async def test_an_endpoint_stands_in_for_all(self, given):
        """For every location, and for Cloud Storage, unless that is elsewhere."""
        provider = vertex.emulated_at("http://localhost:8085", PLACE, {})
        assert provider._calls.at("us")._session is provider._calls.at("us-central1")._session
        assert provider._storage._session is provider._calls.at("us")._session
        await provider.aclose()
        elsewhere = vertex.emulated_at("http://localhost:8085", PLACE, {"STORAGE_EMULATOR_HOST": given})
        assert elsewhere._storage._session._where.endswith(":9")
        await elsewhere.aclose()

    @pytest.mark.parametrize("host", ["https://storage.googleapis.com", "http://192.168.0.1:80", "evil.example:80"])
    def test_storage_is_emulated_on_loopback_only(self, host):
        with pytest.raises(InputError, match="loopback"):
            vertex.emulated_at("http://localhost:8085", PLACE, {"STORAGE_EMULATOR_HOST": host})

    def test_an_emulator_is_used_on_loopback_only(self):
        with pytest.raises(InputError, match="loopback"):
            vertex.emulated_at("https://us-central1-aiplatform.googleapis.com", PLACE, {})

    def test_data_for_real_trainings_is_not_sent_to_an_emulator(self):
        with pytest.raises(InputError, match="STORAGE_EMULATOR_HOST is set"):
            vertex.connect(PLACE, endpoint=None, environ=TOKEN | {"STORAGE_EMULATOR_HOST": "http://localhost:9"})

    @pytest.mark.parametrize("url", ["http://us-central1-aiplatform.googleapis.com", "https://evil.example"])
    def test_refused_addresses(self, url):
        with pytest.raises(InputError, match="refused"):
            vertex.connect(PLACE, endpoint=url, environ=TOKEN)

    async def test_a_loopback_address_gets_no_adc(self, monkeypatch):
        """Only a token that the environment names; and never a key."""
        monkeypatch.setattr(credential, "_application_default", lambda *_all: pytest.fail("ADC were asked for"))
        environ = {"GEMINI_API_KEY": "key"}
        without = vertex.connect(PLACE, endpoint="http://localhost:8085", environ=environ)
        named = vertex.connect(PLACE, endpoint="http://localhost:8085", environ=environ | TOKEN)
        emulator = vertex.emulated_at("http://localhost:8085", PLACE, environ)
        kinds = [found.identity.credential for found in (without, named, emulator)]
        assert kinds == ["none", "access token", ""]
        for found in (without, named, emulator):
            await found.aclose()

    async def test_another_host_of_google_s(self):
        """A private endpoint of one's own, for all locations."""
        provider = vertex.connect(PLACE, endpoint="https://x.p.googleapis.com", environ=TOKEN)
        assert provider._calls.at("us")._session._where == "x.p.googleapis.com"
        assert provider._storage._session._where == "storage.googleapis.com"
        await provider.aclose()

    async def test_in_process(self):
        app = create_app(None, training_seconds=0, buckets=["my-bucket"])
        provider = vertex.emulated(app, PLACE, "here")
        assert (await provider.create(CREATION)).state is State.ACTIVE
        await provider.aclose()


class TestCredentials:
    def test_a_token_comes_first(self):
        environ = TOKEN | {"GEMINI_API_KEY": "k", "GOOGLE_CLOUD_QUOTA_PROJECT": "quota"}
        found = credential.find_cloud_credentials(environ)
        assert found.description == "access token"

    async def test_the_quota_project(self):
        request = UnsignedRequest("GET", "https://us-central1-aiplatform.googleapis.com/v1/x", {}, None)
        headers = await credential.find_cloud_credentials(TOKEN | {"GOOGLE_CLOUD_QUOTA_PROJECT": "quota"}).authorize(
            request
        )
        assert headers == {"authorization": f"Bearer {SECRET}", "x-goog-user-project": "quota"}

    def test_a_key_is_not_in_the_way_of_adc(self, monkeypatch):
        asked = []

        def default(scopes, request):
            asked.append(tuple(scopes))
            return google_credentials.AnonymousCredentials(), None

        monkeypatch.setattr("google.auth.default", default)
        found = credential.find_cloud_credentials({"GEMINI_API_KEY": "key"})
        assert found.description != credential.API_KEY
        assert asked == [(CLOUD_SCOPE,)]

    @pytest.mark.parametrize("environ", [{}, {"GEMINI_API_KEY": "secret-key"}])
    def test_none_at_all(self, monkeypatch, environ):
        """A key alone is not enough, and the message says so."""
        from google.auth import exceptions

        def default(**_all):
            raise exceptions.DefaultCredentialsError("Your default credentials were not found.")

        monkeypatch.setattr("google.auth.default", default)
        with pytest.raises(AuthError, match="no Google credentials were found") as caught:
            vertex.connect(Place("my-project", "us-central1", "b"), endpoint=None, environ=environ)
        assert ("takes no API keys" in caught.value.summary or "take no API keys" in caught.value.summary) == bool(
            environ
        )
        assert CLOUD_LOGIN in caught.value.hint
        assert "GEMINI_API_KEY=" not in caught.value.hint
        assert "secret-key" not in str(caught.value)

    async def test_no_secret_in_any_error(self, monkeypatch):
        answers = [(401, b""), (403, b""), (500, b"oops"), (200, b"x"), (404, b"<html>")]
        provider = None
        for status, body in answers:
            transport = httpx.MockTransport(lambda _request, s=status, b=body: httpx.Response(s, content=b))
            client = http.client(endpoints.vertex("us-central1"), transport)
            session = http.Session(client, Fixed("access token", {"authorization": f"Bearer {SECRET}"}))
            provider = vertex.VertexProvider(
                vertex.VertexCalls(lambda _location, found=session: found),
                vertex.Storage(session),
                PLACE,
                Identity("vertex", "https://aiplatform.googleapis.com", "access token"),
            )
            for call in (provider.list(), provider.create(CREATION), provider.stored_data("gs://bucket/x")):
                with pytest.raises(ServiceError) as caught:
                    await call
                assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
