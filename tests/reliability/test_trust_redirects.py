"""Trust: credentials go to the host that was asked, to none that it names, and through no proxy on this machine."""

from __future__ import annotations

import contextlib

import pytest
from google.auth import exceptions

from gemspec.emulator import create_app
from gemspec.emulator.server import in_thread
from gemspec.providers.gcs import upload
from gemspec.providers.http.google_auth import HttpxRequest

from .garbage import run
from .trust import KEY, TOKEN, VERTEX, Ears, nobody, write

STATUSES = (300, 301, 302, 303, 305, 307, 308)
COMMANDS = (["status"], ["plan", "-v"], ["plan", "--format", "json"], ["apply", "--auto-approve", "--no-wait"])


@pytest.fixture
def evil():
    """A server elsewhere, which nobody should ask; its URL and what it heard."""
    ears = Ears(nobody)
    with in_thread(ears) as url:
        yield url, ears


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    return tmp_path


@pytest.mark.parametrize("provider", ["gemini", VERTEX], ids=["gemini", "vertex"])
@pytest.mark.parametrize("status", STATUSES)
def test_no_redirect_is_followed(status, provider, here, evil, monkeypatch, tally):
    """Whatever kind of redirect, and whichever command meets it: it ends with an error, and nobody else is asked."""
    elsewhere, ears = evil
    write(here, provider)
    service = Ears(lambda _method, path: (status, {"location": f"{elsewhere}{path}"}, b""))
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        for words in COMMANDS:
            asked = len(service.heard)
            said = run(words)
            assert said.status == 1, words
            assert len(service.heard) > asked
            words = f"answered {status}" if status in (300, 305) else "redirects to 127.0.0.1"
            assert words in said.out + said.err
    tally("trust: redirects", len(COMMANDS), len(ears.heard))
    assert service.secrets
    assert not ears.heard


@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308])
def test_an_upload_goes_where_it_began(status, here, evil, monkeypatch, tally):
    """Cloud Storage names the address of a session: only what says which session it is, is believed; 308 with an
    address is a redirect as any other.
    """
    elsewhere, ears = evil
    monkeypatch.setattr(upload, "PAUSES", (0.0,) * len(upload.PAUSES))
    write(here, VERTEX)
    app = create_app(None, buckets=["my-bucket"], training_seconds=0)

    def answer(method, path):
        begins = method == "POST" and path.startswith("/upload/")
        if begins and status == 200:  # the session is said to be elsewhere
            return 200, {"location": f"{elsewhere}{path}?uploadType=resumable&upload_id=abc"}, b""
        if method == "PUT" and path.startswith("/upload/") and status != 200:
            return status, {"location": f"{elsewhere}{path}?upload_id=abc"}, b""
        return 0, {}, b""

    service = Ears(answer, instead_of=app)
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        said = run(["apply", "--auto-approve", "--no-wait"])
    app.state.store.close()
    tally("trust: redirects of an upload", 1, len(ears.heard))
    assert any(method == "PUT" and path.startswith("/upload/") for method, path, _ in service.heard), said
    assert said.status == 1
    assert not ears.heard


@pytest.mark.parametrize("credential", ["GOOGLE_OAUTH_ACCESS_TOKEN", "GEMINI_API_KEY"])
def test_no_proxy_stands_before_this_machine(credential, here, evil, monkeypatch, tally):
    """A loopback endpoint is asked by itself, whatever proxy the environment names."""
    elsewhere, ears = evil
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv(credential, KEY if credential == "GEMINI_API_KEY" else TOKEN)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, elsewhere)
    write(here, "gemini")
    service = Ears(nobody)
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        assert run(["status"]).status == 0
    tally("trust: proxies before this machine", 1, len(ears.heard))
    assert not ears.heard
    assert service.secrets


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "169.254.169.254", "metadata.google.internal", "[fd20:ce::254]"]
)
def test_no_proxy_hears_a_token(host, evil, monkeypatch, tally):
    """The metadata server gives whoever asks the token of this machine."""
    elsewhere, ears = evil
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, elsewhere)
    service = Ears(nobody)
    with in_thread(service) as url, contextlib.suppress(exceptions.TransportError):
        port = url.rpartition(":")[2]
        HttpxRequest()(f"http://{host}:{port}/token", headers={"authorization": TOKEN}, timeout=0.3)
    tally("trust: proxies before a token server", 1, len(ears.heard))
    assert not ears.heard
