"""Credentials that sign what is sent: every attempt of every request again, over its method, path, query and body."""

from __future__ import annotations

import hashlib
import hmac
import logging

import httpx
import pytest

from gemspec.domain.errors import ServiceError
from gemspec.emulator import create_app
from gemspec.providers.gcs import content as storage_content
from gemspec.providers.gcs.client import Storage
from gemspec.providers.gcs.content import Content
from gemspec.providers.http import session as http
from gemspec.providers.http.endpoints import Endpoint

pytestmark = pytest.mark.anyio

KEY = b"a-very-secret-signing-key"
PATH = "/v1beta/tunedModels"
KIB = 1024


def signature(nonce, method, path, body):
    signed = b"\n".join([nonce.encode(), method.encode(), path, hashlib.sha256(body).digest()])
    return hmac.new(KEY, signed, "sha256").hexdigest()


class Signing:
    """Signs with a key that never leaves it. A nonce distinguishes the attempts."""

    description = "signing key"

    def __init__(self):
        self.seen = []
        self.renewed = 0

    async def authorize(self, request, /):
        self.seen.append(request)
        nonce = str(len(self.seen))
        path = httpx.URL(request.url).raw_path
        return {
            "Authorization": f"HMAC Signature={signature(nonce, request.method, path, request.body or b'')}",
            "x-nonce": nonce,
        }

    async def renew(self):
        self.renewed += 1
        return self.renewed == 1


class Verifying(httpx.AsyncBaseTransport):
    """Passes on what is signed, and takes each nonce once."""

    def __init__(self, transport):
        self.transport = transport
        self.nonces = []

    async def handle_async_request(self, request):
        nonce = request.headers["x-nonce"]
        expected = signature(nonce, request.method, request.url.raw_path, await request.aread())
        assert request.headers["authorization"] == f"HMAC Signature={expected}"
        assert nonce not in self.nonces
        self.nonces.append(nonce)
        return await self.transport.handle_async_request(request)


@pytest.fixture
def credentials():
    return Signing()


@pytest.fixture
def session(service, credentials):
    return signed(httpx.MockTransport(service), credentials)


def signed(transport, credentials):
    client = http.client(Endpoint("https://service.googleapis.com", False), Verifying(transport))
    return http.Session(client, credentials)


async def test_a_get_has_no_body(service, session, credentials):
    service.on(f"GET {PATH}", (200, {}))
    await session.request("GET", PATH, params={"filter": "a b/ä"})
    (request,) = credentials.seen
    assert (request.method, request.body) == ("GET", None)
    assert request.url == str(service.requests[0].url)
    assert "authorization" not in request.headers


async def test_all_headers_but_those_of_credentials_are_seen(service, session, credentials):
    service.on(f"POST {PATH}", (200, {}))
    await session.request("POST", PATH, body=b'{"a": 1}', headers={"X-More": "1"})
    (request,) = credentials.seen
    assert request.body == b'{"a": 1}'
    assert request.headers["host"] == "service.googleapis.com"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-more"] == "1"
    sent = dict(service.requests[0].headers)
    assert {name for name in sent if name not in request.headers} == {"authorization", "x-nonce"}


@pytest.mark.parametrize("failure", [(503, b""), httpx.ReadError("cut"), (401, b"")])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", b"{}")])
async def test_each_attempt_is_authorised_again(service, session, credentials, failure, method, body):
    """After a failure that passes, a broken connection, and a signature that was refused."""
    service.on(f"{method} {PATH}", failure, (200, {}))
    assert (await session.request(method, PATH, body=body)).status_code == 200
    signatures = [request.headers["authorization"] for request in service.requests]
    assert len(set(signatures)) == len(credentials.seen) == 2


async def test_pieces_of_an_upload_are_signed_with_their_bytes(monkeypatch, credentials):
    monkeypatch.setattr(storage_content, "PIECE", 256 * KIB)
    app = create_app(None, buckets=["my-bucket"])
    made = await Content.measure(lambda: [b"x" * 600 * KIB])
    await Storage(signed(httpx.ASGITransport(app), credentials)).ensure(["gs://my-bucket/a b.jsonl"], made)
    pieces = [len(request.body) for request in credentials.seen if request.method == "PUT"]
    assert pieces == [256 * KIB, 256 * KIB, 88 * KIB]


async def test_a_redirect_gets_no_signature(service, session, credentials):
    service.on(f"GET {PATH}", httpx.Response(307, headers={"location": "https://evil.example/x"}))
    with pytest.raises(ServiceError, match=r"redirects to evil\.example"):
        await session.request("GET", PATH)
    assert len(credentials.seen) == len(service.requests) == 1


async def test_no_signature_in_logs_nor_answers(credentials, caplog):
    """Also where a server gives back what it was sent."""

    class Echo(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            answer = request.headers["authorization"].encode()
            return httpx.Response(400, stream=httpx.ByteStream(answer), request=request)

    caplog.set_level(logging.DEBUG)
    answer = await signed(Echo(), credentials).request("POST", PATH, body=b"{}")
    value = signature("1", "POST", PATH.encode(), b"{}")
    assert value not in caplog.text
    assert answer.content == b"HMAC [hidden]"
    assert "body" not in repr(credentials.seen[0])
