"""Credentials: the order of sources, their description in a plan, refreshing, and google-auth over httpx."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import anyio
import google.auth
import httpx
import pytest
from google.auth import compute_engine, exceptions, impersonated_credentials
from google.oauth2 import credentials as user, service_account

from gemspec.domain.errors import AuthError, UnavailableError
from gemspec.providers.http import credentials as credential, google_auth
from gemspec.providers.http.auth import UnsignedRequest
from gemspec.providers.http.credentials import ApplicationDefault
from gemspec.providers.http.errors import LOGIN, TUNING_SCOPE
from gemspec.providers.http.google_auth import HttpxRequest, MachineCredentials

pytestmark = pytest.mark.anyio
SECRET = "ya29.a-very-secret-token"
REQUEST = UnsignedRequest("GET", "https://generativelanguage.googleapis.com/v1beta/tunedModels", {}, None)


def person(**more):
    return user.Credentials(
        None,
        refresh_token="r",
        client_id="c",
        client_secret="s",
        token_uri="https://oauth2.googleapis.com/token",
        **more,
    )


@pytest.fixture
def tokens(token_host):
    """Make a google-auth request; the token host answers (status, JSON), a response or an exception, in turn."""

    def make(*answers):
        left, seen = list(answers), []

        def handle(request):
            seen.append(request)
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else httpx.Response(answer[0], json=answer[1])

        token_host(handle)
        return HttpxRequest(), seen

    return make


class TestOrder:
    async def test_an_access_token_comes_first(self):
        environ = {
            "GOOGLE_OAUTH_ACCESS_TOKEN": f" {SECRET}\n",
            "GEMINI_API_KEY": "key",
            "GOOGLE_CLOUD_QUOTA_PROJECT": "p",
        }
        found = credential.find_credentials(environ)
        assert found.description == "access token"
        assert await found.authorize(REQUEST) == {"authorization": f"Bearer {SECRET}", "x-goog-user-project": "p"}

    async def test_then_an_api_key(self):
        found = credential.find_credentials({"GOOGLE_OAUTH_ACCESS_TOKEN": "", "GEMINI_API_KEY": "key"}, "p")
        assert found.description == "API key"
        assert await found.authorize(REQUEST) == {"x-goog-api-key": "key"}

    def test_then_adc_with_the_tuning_scope(self, monkeypatch):
        asked = {}

        def default(**arguments):
            asked.update(arguments)
            return person(), "project"

        monkeypatch.setattr(google.auth, "default", default)
        assert credential.find_credentials({}).description == "gcloud user credentials"
        assert TUNING_SCOPE in asked["scopes"]
        assert isinstance(asked["request"], HttpxRequest)

    @pytest.mark.parametrize("value", ["two words", "tokené", "a\nb"])
    def test_a_garbled_token_is_not_shown(self, value):
        with pytest.raises(AuthError, match="GEMINI_API_KEY holds characters") as caught:
            credential.find_credentials({"GEMINI_API_KEY": value})
        assert value not in str(caught.value)

    def test_none_at_all(self, monkeypatch, tmp_path):
        """As on a fresh machine: the message lists the three ways."""
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
        monkeypatch.setattr("google.auth._default._get_gce_credentials", lambda *_, **__: (None, None))
        with pytest.raises(AuthError, match="no Google credentials were found") as caught:
            credential.find_credentials({})
        assert LOGIN in caught.value.hint

    def test_a_file_that_is_not_there(self, monkeypatch, tmp_path):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
        with pytest.raises(AuthError, match=r"cannot be used: File .* was not found"):
            credential.find_credentials({})

    def test_a_persons_file(self, monkeypatch, tmp_path):
        """A gcloud login names its quota project; google-auth's advice on standard error is not passed on."""
        file = tmp_path / "adc.json"
        found = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
        file.write_text(json.dumps(found | {"quota_project_id": "from-file"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.delenv("GOOGLE_CLOUD_QUOTA_PROJECT", raising=False)
        assert credential.find_credentials({})._quota_project == "from-file"
        assert (
            credential.find_credentials({"GOOGLE_CLOUD_QUOTA_PROJECT": "environment"})._quota_project == "environment"
        )
        assert (
            credential.find_credentials({"GOOGLE_CLOUD_QUOTA_PROJECT": "environment"}, "argument")._quota_project
            == "argument"
        )


def test_descriptions():
    """A kind or an account, so that the reader of a plan knows who made it."""
    service = service_account.Credentials(None, "bot@p.iam.gserviceaccount.com", "https://oauth2.googleapis.com/token")
    borrowed = impersonated_credentials.Credentials(person(), "tuner@p.iam.gserviceaccount.com", [])
    assert [credential.describe(found) for found in (service, borrowed, person(), compute_engine.Credentials())] == [
        "service account bot@p.iam.gserviceaccount.com",
        "service account tuner@p.iam.gserviceaccount.com",
        "gcloud user credentials",
        "service account of this machine",
    ]
    assert credential.describe(MachineCredentials([])) == "service account of this machine"


class TestRefresh:
    async def test_once_for_all_that_wait(self, tokens):
        request, seen = tokens((200, {"access_token": SECRET, "expires_in": 3600}))
        found = ApplicationDefault(person(quota_project_id="p"), request)
        headers = []
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(lambda: _collect(found, headers))
        assert headers == [{"authorization": f"Bearer {SECRET}", "x-goog-user-project": "p"}] * 5
        assert len(seen) == 1

    async def test_an_expired_token_in_the_middle_of_a_run(self, tokens):
        request, seen = tokens(
            (200, {"access_token": "first", "expires_in": 3600}), (200, {"access_token": "second", "expires_in": 3600})
        )
        adc = person()
        found = ApplicationDefault(adc, request)
        assert (await found.authorize(REQUEST))["authorization"] == "Bearer first"
        adc.expiry = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
        assert (await found.authorize(REQUEST))["authorization"] == "Bearer second"
        assert await found.renew()
        await found.authorize(REQUEST)
        assert len(seen) == 3

    async def test_a_login_that_has_ended(self, tokens):
        request, _ = tokens((400, {"error": "invalid_grant", "error_description": "Token has been revoked."}))
        with pytest.raises(AuthError, match="revoked") as caught:
            await ApplicationDefault(person(), request).authorize(REQUEST)
        assert LOGIN in caught.value.hint

    @pytest.mark.parametrize(
        "answer",
        [
            (
                400,
                {
                    "error": "invalid_grant",
                    "error_description": f"client_secret={'s' * 30}&refresh_token=1//{'r' * 40}",
                },
            ),
            (200, {"refresh_token": f"1//{'r' * 40}"}),
            (500, f"refresh_token=1//{'r' * 40}"),
        ],
    )
    async def test_a_token_host_that_gives_back_what_it_was_sent(self, tokens, answer):
        request, _ = tokens(*[answer] * 10)
        with pytest.raises(AuthError) as caught:
            await ApplicationDefault(person(), request).authorize(REQUEST)
        told = f"{caught.value}{caught.value.__cause__ or ''}"
        assert "rrrr" not in told
        assert "ssss" not in told
        assert ("invalid_grant" in told) == (answer[0] == 400)

    async def test_a_token_host_that_gives_too_much(self, tokens):
        request, _ = tokens((200, {"access_token": "x" * 2_000_000}))
        with pytest.raises(UnavailableError, match="too large"):
            await ApplicationDefault(person(), request).authorize(REQUEST)

    async def test_no_way_to_the_token_host(self, tokens):
        request, _ = tokens(httpx.ConnectError("no route"))
        with pytest.raises(UnavailableError, match="no route"):
            await ApplicationDefault(person(), request).authorize(REQUEST)


async def _collect(found, headers):
    headers.append(await found.authorize(REQUEST))


class TestTransport:
    def test_only_https(self, tokens):
        request, seen = tokens((200, {}))
        with pytest.raises(exceptions.TransportError, match="not https"):
            request("http://oauth2.example/token", method="POST", body=b"secret")
        assert not seen

    def test_no_redirect(self, tokens):
        request, seen = tokens(httpx.Response(307, headers={"location": "https://evil.example"}))
        with pytest.raises(exceptions.TransportError, match="redirects"):
            request("https://oauth2.googleapis.com/token", method="POST", body=b"secret")
        assert len(seen) == 1

    def test_the_machines_own_account(self, tokens):
        request, seen = tokens((200, {"access_token": SECRET, "expires_in": 3599, "token_type": "Bearer"}))
        found = MachineCredentials(["a", "b"])
        found.refresh(request)
        assert (found.token, found.valid) == (SECRET, True)
        assert seen[0].url.params["scopes"] == "a,b"
        assert seen[0].headers["metadata-flavor"] == "Google"

    @pytest.mark.parametrize("answer", [(404, {}), (200, {"access_token": 1})])
    def test_a_machine_without_an_account(self, answer, tokens):
        request, _ = tokens(answer)
        with pytest.raises(exceptions.RefreshError):
            MachineCredentials([]).refresh(request)

    @pytest.mark.parametrize(
        ("answer", "found"),
        [
            (httpx.Response(200, headers={"metadata-flavor": "Google"}), True),
            (httpx.Response(200), False),
            (httpx.ConnectTimeout("x"), False),
        ],
    )
    def test_looking_for_the_metadata_server(self, monkeypatch, answer, found, tokens):
        monkeypatch.setattr(google_auth, "find_spec", lambda _name: None)
        request, _ = tokens(answer)
        assert (google_auth.machine_credentials(request, []) is not None) == found


def test_google_auth_needs_no_requests_library():
    """A fresh installation has none."""
    script = (
        "import sys; sys.modules['requests'] = None\n"
        "from gemspec.providers import gemini\nfrom gemspec.providers.http import google_auth\n"
        "from google.oauth2 import credentials, service_account\n"
        "from google.auth import identity_pool, impersonated_credentials\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_google_auth_is_loaded_late():
    script = "import sys, gemspec.providers.gemini.provider; sys.exit('google.auth' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
