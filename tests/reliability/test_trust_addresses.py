"""Trust: no file of the repository says where requests go, and no odd spelling of an address gets them elsewhere."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from gemspec.domain.errors import InputError
from gemspec.providers.http import endpoints

from .garbage import run
from .trust import KEY, PROJECT, TOKEN, VERTEX, write

EVIL = "https://evil.example"
# What somebody may write into gemspec.yaml, below `spec`.
IN_PROJECT = [
    f"provider: gemini, endpoint: '{EVIL}'",
    f"provider: gemini, apiEndpoint: '{EVIL}'",
    f"provider: gemini, baseUrl: '{EVIL}'",
    f"provider: gemini, gemini: {{endpoint: '{EVIL}'}}",
    f"provider: emulator, endpoint: '{EVIL}'",
    "provider: emulator, emulator: {endpoint: 'http://127.0.0.1:1'}",
    f"provider: '{EVIL}'",
    "provider: emulator, emulatorData: ../../x.db",
    *(
        f"provider: vertex, vertex: {{project: p-12345, location: '{location}', bucket: my-bucket}}"
        for location in (
            "evil.example/", "evil.example#", "us-central1@evil.example", "us-central1.evil.example", "us-central1:1",
            "..", "US-CENTRAL1", "us-central1\\n", "us\u2024central1", "",
        )
    ),
    f"provider: vertex, vertex: {{project: p-12345, location: us-central1, bucket: my-bucket, endpoint: '{EVIL}'}}",
    "provider: vertex, vertex: {project: '../../x', location: us-central1, bucket: my-bucket}",
    "provider: vertex, vertex: {project: p-12345, location: us-central1, bucket: 'evil/../x'}",
    "provider: vertex, vertex: {project: p-12345, location: us-central1, bucket: 'https://evil.example/x'}",
]  # fmt: skip
# Spellings that tests/providers does not try yet. None may be accepted for another host than Google's or this machine.
ODD = [
    "http://2130706433:80", "http://0x7f000001", "http://0177.0.0.1", "http://127.1", "http://0", "http://[::]",
    "http://[::ffff:8.8.8.8]", "http://[::ffff:127.0.0.1]", "http://[fe80::1%25eth0]", "http://[fe80::1]",
    "http://169.254.169.254", "http://metadata.google.internal", "http://10.0.0.1:8085",
    "http://localhost.:8085", "http://localhost@evil.example", "http://localhost:80@evil.example",
    "http://127.0.0.1:80#@evil.example", "http://127.0.0.1:80\\@evil.example", "http://evil.example\\@127.0.0.1",
    "http://127.0.0.1/@evil.example", "http://127.0.0.1?@evil.example", "http://127.0.0.1;evil.example",
    "http://127.0.0.1%00.evil.example", "http://127.0.0.1%2eevil.example", "http://①27.0.0.1", "http://\uff4cocalhost",
    "https://googleapis.com", "https://googleapis.com.evil.example", "https://.googleapis.com.evil.example",
    "https://evil.example/.googleapis.com", "https://evil.example?.googleapis.com",
    "https://evil.example#.googleapis.com", "https://evil.example:443.googleapis.com",
    "https://x.googleapis.com.", "https://x.googleapis.com:0", "https://x.googleapis.com:-1",
    "https://x.googleapis.com:80:80", "https://evil.example\t.googleapis.com", "https://evil.example\n.googleapis.com",
    "https://evil.example\x00.googleapis.com", "https://evil.example。googleapis.com", "https:evil.example",
    "//evil.example", "https://", "HTTPS://EVIL.EXAMPLE", "javascript://localhost", "file://localhost/etc/passwd",
    "http+unix://localhost", "https://user@x.googleapis.com", "https://:@x.googleapis.com",
]  # fmt: skip
FINE = [
    "HTTP://LOCALHOST:8085", "http://127.255.0.1:1", "http://[0:0:0:0:0:0:0:1]:8085", "https://localhost:1",
    "HTTPS://X.GoogleAPIs.com", "https://x.googleapis.com:8443", " http://localhost:1 ",
]  # fmt: skip


@pytest.fixture(autouse=True)
def connections(tmp_path, monkeypatch):
    """The hosts that anything tries to reach: none may be."""
    tried = []

    def refuse(host, *_args, **_named):
        tried.append(host)
        raise OSError("no network here")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    return tried


@pytest.mark.parametrize("spec", IN_PROJECT)
def test_no_project_file_says_where(spec, tmp_path, connections, tally):
    """Refused at its place, by every command that would ask a service, before anything is asked."""
    write(tmp_path)
    (tmp_path / "gemspec.yaml").write_text(PROJECT[: PROJECT.index("spec:")] + f"spec: {{{spec}}}\n")
    for words in (["validate"], ["plan"], ["apply", "--auto-approve"], ["status"], ["output"]):
        said = run(words)
        assert said.status == 1, words
        assert "gemspec.yaml:4:" in said.err
    tally("trust: endpoints in a project file", 5, len(connections))
    assert not connections


def test_no_manifest_says_where(tmp_path, connections, tally):
    """Nor does a manifest, in whichever field."""
    for number, field in enumerate(("endpoint", "spec.endpoint", "spec.tuningTask.endpoint", "metadata.endpoint")):
        *above, name = field.split(".")
        text = "apiVersion: gemspec/v1\nkind: TunedModel\n"
        lines = {"metadata": "name: a", "spec": "baseModel: models/x", "tuningTask": ""}
        inner = f"{name}: {EVIL}"
        for folder in reversed(above):
            inner = f"{folder}: {{{', '.join(filter(None, (lines[folder], inner)))}}}"
        write(tmp_path, keys="", **{"m.yaml": f"{text}{inner}\n"})
        said = run(["plan"])
        assert (said.status, "m.yaml:" in said.err, "endpoint" in said.err) == (1, True, True), number
    tally("trust: endpoints in a manifest", 4, len(connections))
    assert not connections


@pytest.mark.parametrize("provider", ["gemini", "emulator", VERTEX], ids=["gemini", "emulator", "vertex"])
def test_odd_addresses(provider, tmp_path, connections, monkeypatch, tally):
    """Refused as they are written, before any name is looked up; with the emulator, all but this machine."""
    write(tmp_path, provider)
    for address in ODD:
        if "\0" not in address:
            monkeypatch.setenv("GEMSPEC_ENDPOINT", address)
        words = ["status", "--endpoint", address]
        said = run(words)
        assert (said.status, "is refused" in said.err) == (1, True), (address, said)
    tally("trust: odd addresses", len(ODD), len(connections))
    assert not connections


def test_odd_addresses_of_storage(tmp_path, connections, monkeypatch, tally):
    """Training data goes to an emulator of Cloud Storage on this machine alone."""
    write(tmp_path, VERTEX)
    monkeypatch.setenv("GEMSPEC_ENDPOINT", "http://127.0.0.1:9")
    others = [*(address for address in ODD if "\0" not in address), "https://x.googleapis.com", EVIL, "evil.example"]
    for address in others:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        said = run(["status"])
        assert (said.status, "is refused" in said.err) == (1, True), (address, said)
    tally("trust: odd addresses of storage", len(others), len(connections))
    assert not connections


@pytest.mark.parametrize("address", [*FINE, *ODD])
def test_what_is_accepted_is_what_is_asked(address):
    """An accepted address has the one host that both Python's parser and the HTTP client see in it."""
    import httpx

    try:
        found = endpoints.check(address)
    except InputError:
        assert address not in FINE
        return
    assert address in FINE
    host = httpx.URL(found.url).host
    assert host == urlsplit(found.url).hostname
    assert endpoints.is_loopback(host) if found.is_loopback else host.endswith(".googleapis.com")
