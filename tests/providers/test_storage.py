"""Uploads of training data to Cloud Storage: whole and once, or not at all, with any network fault."""

from __future__ import annotations

import base64
import hashlib

import google_crc32c
import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from support.crc32c import colliding

from gemspec.domain.errors import AuthError, InvalidRequestError, NotFoundError, ServiceError, UnavailableError
from gemspec.emulator import create_app
from gemspec.providers.gcs import client as storages, content as storage_content
from gemspec.providers.gcs.client import Storage
from gemspec.providers.gcs.content import Content

from .faulty_emulator import AFTER, BEFORE, Network, once

pytestmark = pytest.mark.anyio

KIB = 1024
PIECE = 256 * KIB  # the least that a resumable upload takes
URI = "gs://my-bucket/gemspec/a b%2F.jsonl"
NEXT = "gs://my-bucket/gemspec/a-2.jsonl"
UPLOAD = "/upload/storage/v1/b/my-bucket/o"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(storage_content, "PIECE", PIECE)


@pytest.fixture
def network():
    return Network(create_app(None, buckets=["my-bucket"]))


@pytest.fixture
def storage(network):
    return Storage(network.session())


def lines(size, seed=b"x"):
    """Bytes that are not the same anywhere, in lines of odd length."""
    data = hashlib.shake_128(seed).digest(size)
    return [data[start : start + 1009] for start in range(0, size, 1009)]


async def content(size, seed=b"x"):
    return await Content.measure(lambda: lines(size, seed))


async def put(network, uri, data, **query):
    """Somebody writes an object."""
    bucket, name = storages.split_uri(uri)
    path = f"/upload/storage/v1/b/{bucket}/o"
    async with httpx.AsyncClient(transport=network, base_url="https://emulated.googleapis.com") as client:
        made = await client.post(path, params={"uploadType": "media", "name": name, **query}, content=data)
    assert made.status_code == 200, made.text


async def compose(network, uri, data):
    """Somebody makes a composite object: it has no MD5."""
    bucket, name = storages.split_uri(uri)
    halves = [(f"gs://{bucket}/half-{n}", part) for n, part in enumerate((data[:10], data[10:]))]
    for half, part in halves:
        await put(network, half, part)
    path = f"/storage/v1/b/{bucket}/o/{name.replace('%', '%25')}/compose"
    body = {"sourceObjects": [{"name": storages.split_uri(half)[1]} for half, _ in halves]}
    async with httpx.AsyncClient(transport=network, base_url="https://emulated.googleapis.com") as client:
        made = await client.post(path, json=body)
    assert "md5Hash" not in made.json(), made.text


async def read_back(network, uri=URI):
    bucket, name = storages.split_uri(uri)
    async with httpx.AsyncClient(transport=network, base_url="https://emulated.googleapis.com") as client:
        found = await client.get(f"/storage/v1/b/{bucket}/o/{name.replace('%', '%25')}?alt=media")
    return found.content


class TestContent:
    @pytest.mark.parametrize("size", [1, 1009, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
    async def test_pieces_are_the_whole(self, size):
        whole = b"".join(lines(size))
        made = await content(size)
        pieces = [piece async for piece in made.pieces()]
        assert b"".join(piece for _, piece in pieces) == whole
        assert [offset for offset, _ in pieces] == list(range(0, size, PIECE))
        assert all(len(piece) == PIECE for _, piece in pieces[:-1])
        assert (made.size, made.sha256) == (size, hashlib.sha256(whole).hexdigest())
        assert base64.b64decode(made.md5) == hashlib.md5(whole).digest()
        assert made.crc32c == base64.b64encode(google_crc32c.Checksum(whole).digest()).decode()

    async def test_the_example_of_rfc_3720(self):
        """CRC32C of 32 zeros is aa36918a, which is sent big-endian."""
        made = await Content.measure(lambda: [bytes(32)])
        assert base64.b64decode(made.crc32c).hex() == "8a9136aa"

    async def test_what_changes_after_it_was_measured_never_ends(self):
        """The last piece is not given away, so that the upload is never whole."""
        versions = iter([lines(3 * PIECE), lines(3 * PIECE, b"other")])
        made = await Content.measure(lambda: next(versions))
        pieces = made.pieces()
        await anext(pieces)
        await anext(pieces)
        with pytest.raises(InvalidRequestError, match="changed while it was sent"):
            await anext(pieces)


class TestKeep:
    @pytest.mark.parametrize("size", [1, PIECE, 3 * PIECE + 5])
    async def test_sent_once(self, network, storage, size):
        made = await content(size)
        await storage.ensure([URI], made)
        assert await read_back(network) == b"".join(lines(size))
        network.requests.clear()
        await storage.ensure([URI], made)
        assert [request.method for request in network.requests] == ["GET"]

    async def test_only_where_no_object_exists(self, network, storage):
        await storage.ensure([URI], await content(500))
        [begun] = [request for request in network.requests if request.method == "POST"]
        assert dict(begun.url.params) == {
            "uploadType": "resumable",
            "name": "gemspec/a b%2F.jsonl",
            "ifGenerationMatch": "0",
        }

    async def test_another_object_of_that_name(self, network, storage):
        """Its content may have been swapped: a training on it would not be the planned training."""
        await storage.ensure([URI], await content(500, b"other"))
        with pytest.raises(ServiceError, match="something else than their names say"):
            await storage.ensure([URI], await content(500))

    @pytest.mark.parametrize("how", ["other bytes", "equal CRC32C", "composed, equal CRC32C", "composed, equal bytes"])
    async def test_a_planted_object_is_left_and_not_used(self, network, storage, how):
        """A CRC32C can be forged, and a composite object has nothing else."""
        data = b"".join(lines(500))
        planted = {"other bytes": b"x" * 500, "composed, equal bytes": data}.get(how) or colliding(data)
        await (compose if "composed" in how else put)(network, URI, planted)
        assert await storage.ensure([URI, NEXT], await content(500)) == NEXT
        assert (await read_back(network), await read_back(network, NEXT)) == (planted, data)
        network.requests.clear()
        assert await storage.ensure([URI, NEXT], await content(500)) == NEXT
        assert {request.method for request in network.requests} == {"GET"}

    @pytest.mark.parametrize("days", [5, 6.5])
    async def test_an_old_object_becomes_a_new_one(self, days):
        """A prune that has listed it cannot delete it any more: it deletes a generation."""
        now = [1_800_000_000.0]
        network = Network(create_app(None, buckets=["my-bucket"], clock=lambda: now[0]))
        storage = Storage(network.session())
        await storage.ensure([URI], await content(500))
        seen = await storage.find(URI)
        now[0] += days * 24 * 3600
        assert await storage.ensure([URI], await content(500)) == URI
        is_renewed = days > 6
        assert ((await storage.find(URI)).generation != seen.generation) == is_renewed
        assert await storage.delete(URI, seen.generation) == (not is_renewed)

    @pytest.mark.parametrize("then", ["refused", "deleted"])
    async def test_an_old_object_that_cannot_be_replaced(self, then):
        """Refused: it is used as it is. Deleted meanwhile: it is sent anew."""
        now = [1_800_000_000.0]
        network = Network(create_app(None, buckets=["my-bucket"], clock=lambda: now[0]))
        storage = Storage(network.session())
        await storage.ensure([URI], await content(500))
        seen = await storage.find(URI)
        now[0] += 30 * 24 * 3600
        original = network.handle_async_request

        async def meanwhile(request):
            if request.method == "POST":
                network.handle_async_request = original
                if then == "refused":
                    return httpx.Response(403, json={"error": {"code": 403, "message": "retention policy"}})
                await Storage(network.session()).delete(URI, seen.generation)
            return await original(request)

        network.handle_async_request = meanwhile
        assert await storage.ensure([URI], await content(500)) == URI
        assert ((await storage.find(URI)).generation == seen.generation) == (then == "refused")
        assert await read_back(network) == b"".join(lines(500))

    async def test_planted_while_it_is_sent(self, network, storage):
        """The upload takes effect only where nothing is, and looks again where something is."""
        original, data = network.handle_async_request, b"".join(lines(500))

        async def meanwhile(request):
            if request.method == "PUT":
                network.handle_async_request = original
                await put(network, URI, colliding(data))
            return await original(request)

        network.handle_async_request = meanwhile
        assert await storage.ensure([URI, NEXT], await content(500)) == NEXT
        assert await read_back(network, NEXT) == data

    @pytest.mark.parametrize(("theirs", "is_equal"), [(b"x", True), (b"other", False)])
    @pytest.mark.parametrize("at", ["POST", "PUT"])
    async def test_another_client_was_faster(self, network, storage, at, theirs, is_equal):
        """It appears between the look and the upload, or while it is under way."""
        other = await content(2 * PIECE, theirs)
        missing = httpx.Response(404, json={"error": {"code": 404, "message": "No such object"}})
        original = network.handle_async_request

        async def meanwhile(request):
            if request.method == at:
                network.handle_async_request = original
                await Storage(network.session()).ensure([URI], other)
            return await original(request)

        network.fail = once(missing, "GET")
        network.handle_async_request = meanwhile
        if is_equal:
            await storage.ensure([URI], await content(2 * PIECE))
        else:
            with pytest.raises(ServiceError, match="something else than their names say"):
                await storage.ensure([URI], await content(2 * PIECE))
        assert await read_back(network) == b"".join(lines(2 * PIECE, theirs))

    async def test_no_bucket(self, storage):
        with pytest.raises(NotFoundError, match="bucket does not exist") as caught:
            await storage.ensure(["gs://no-bucket/x"], await content(5))
        assert "gcloud storage buckets create" in caught.value.hint

    async def test_no_permission(self, network, storage):
        body = {"error": {"code": 403, "message": "x lacks storage.objects.get", "errors": [{"reason": "forbidden"}]}}
        network.fail = lambda _request: httpx.Response(403, json=body)
        with pytest.raises(AuthError, match=r"storage\.objects\.get") as caught:
            await storage.ensure([URI], await content(5))
        assert "roles/storage.objectUser" in caught.value.hint

    @pytest.mark.parametrize(
        "uri", ["", "gs://b", "gs://b/x", "s3://bucket/x", "gs://Bucket/x", "gs://a/../b", "gs:///x"]
    )
    async def test_no_object(self, storage, uri):
        with pytest.raises(ServiceError, match="no object of Cloud Storage"):
            await storage.find(uri)

    async def test_metadata(self, storage):
        made = await content(500)
        assert await storage.find(URI) is None
        await storage.ensure([URI], made)
        found = await storage.find(URI)
        assert (found.crc32c, found.md5_hash, found.size) == (made.crc32c, made.md5, 500)
        assert found.generation.isdigit()


class TestBrokenUploads:
    @pytest.mark.parametrize("fault", [BEFORE, AFTER, 503, 429, 408, 500])
    @pytest.mark.parametrize("at", ["bytes 0-", f"bytes {PIECE}-", f"bytes {2 * PIECE}-"])
    async def test_a_piece_that_breaks_off_is_sent_again(self, network, storage, fault, at):
        """The progress is queried first; what arrived is not sent twice."""
        left = [fault]

        def fail(request):
            hit = request.headers.get("content-range", "").startswith(at)
            return left.pop() if hit and left else None

        network.fail = fail
        await storage.ensure([URI], await content(2 * PIECE + 77))
        assert await read_back(network) == b"".join(lines(2 * PIECE + 77))
        ranges = [request.headers["content-range"] for request in network.requests if request.method == "PUT"]
        assert f"bytes */{2 * PIECE + 77}" in ranges
        assert ranges.count(f"bytes 0-{PIECE - 1}/{2 * PIECE + 77}") == 1 + (at == "bytes 0-" and fault != AFTER)

    async def test_half_a_piece_arrived(self, network, storage, monkeypatch):
        """Pieces of 512 KiB, of which the service keeps 256."""
        monkeypatch.setattr(storage_content, "PIECE", 2 * PIECE)
        told = [httpx.Response(308, headers={"range": f"bytes=0-{PIECE - 1}"})]
        sent = []

        def fail(request):
            # The first half arrives for the emulator as a request of its own.
            if request.method == "PUT":
                sent.append(request.headers["content-range"])
            return

        network.fail = fail
        original = network.handle_async_request

        async def cut(request):
            if request.method == "PUT" and told:
                body = (await request.aread())[:PIECE]
                total = request.headers["content-range"].rpartition("/")[2]
                headers = {"content-range": f"bytes 0-{PIECE - 1}/{total}", "content-length": str(PIECE)}
                half = httpx.Request("PUT", request.url, headers=headers, content=body)
                await original(half)
                return told.pop()
            return await original(request)

        monkeypatch.setattr(network, "handle_async_request", cut)
        await storage.ensure([URI], await content(3 * PIECE))
        assert await read_back(network) == b"".join(lines(3 * PIECE))
        assert sent[1] == f"bytes {PIECE}-{2 * PIECE - 1}/{3 * PIECE}"

    async def test_a_lost_session_starts_again(self, network, storage):
        network.fail = once(410, "PUT", "upload_id")
        await storage.ensure([URI], await content(2 * PIECE))
        assert network.log.count(f"POST {UPLOAD}") == 2

    async def test_a_service_that_forgets(self, network, storage):
        """It reports less than before: everything is sent again."""
        forgot = [httpx.Response(308)]

        def fail(request):
            is_second = request.headers.get("content-range", "").startswith(f"bytes {PIECE}-")
            return forgot.pop() if is_second and forgot else None

        network.fail = fail
        await storage.ensure([URI], await content(3 * PIECE))
        assert network.log.count(f"POST {UPLOAD}") == 2
        assert await read_back(network) == b"".join(lines(3 * PIECE))

    async def test_no_session_is_begun(self, network, storage):
        network.fail = once(httpx.Response(200), "POST")
        with pytest.raises(ServiceError, match="began no upload"):
            await storage.ensure([URI], await content(PIECE))

    async def test_the_message_says_that_nothing_arrived(self, network, storage):
        network.fail = lambda request: httpx.Response(308) if request.method == "PUT" else None
        with pytest.raises(UnavailableError, match="nothing arrives any more"):
            await storage.ensure([URI], await content(PIECE))

    async def test_sessions_that_are_lost_again_and_again(self, network, storage):
        network.fail = once(404, "PUT", "upload_id", times=99)
        with pytest.raises(UnavailableError, match="lost the upload 3 times"):
            await storage.ensure([URI], await content(PIECE))

    @pytest.mark.parametrize("fault", [BEFORE, 503])
    async def test_nothing_arrives_any_more(self, network, storage, fault):
        network.fail = once(fault, "PUT", "upload_id", times=99)
        with pytest.raises(UnavailableError):
            await storage.ensure([URI], await content(PIECE))
        assert await storage.find(URI) is None

    async def test_a_plain_refusal(self, network, storage):
        network.fail = once(400, "PUT", "upload_id")
        with pytest.raises(InvalidRequestError):
            await storage.ensure([URI], await content(PIECE))

    async def test_bytes_that_change_on_the_way_become_no_object(self, network, storage):
        """The CRC32C was announced, so the service refuses what it did not promise."""
        original = network.handle_async_request

        async def flip(request):
            if request.method == "PUT":
                body = bytearray(await request.aread())
                body[7] ^= 1
                headers = {name: request.headers[name] for name in ("content-range", "content-length")}
                request = httpx.Request("PUT", request.url, headers=headers, content=bytes(body))
            return await original(request)

        network.handle_async_request = flip
        with pytest.raises(ServiceError):
            await storage.ensure([URI], await content(500))
        assert await storage.find(URI) is None

    async def test_credentials_go_to_no_other_host(self, network, storage):
        """Of a session address on another host, only the id is used."""
        evil = {"location": "https://evil.example/upload/storage/v1/b/x/o?upload_id=abc"}
        network.fail = once(httpx.Response(200, headers=evil), "POST")
        await storage.ensure([URI], await content(500))
        assert {request.url.host for request in network.requests} == {"emulated.googleapis.com"}

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.sampled_from([BEFORE, AFTER, 503, 429, 410, None, None]), max_size=12), st.integers(1, 4 * PIECE)
    )
    async def test_whatever_the_network_does(self, faults, size):
        """Either the whole object exists, or none of it, with a message."""
        network = Network(create_app(None, buckets=["my-bucket"]))
        left, made = list(faults), await content(size)
        network.fail = lambda request: left.pop() if request.method == "PUT" and left else None
        storage = Storage(network.session())
        try:
            await storage.ensure([URI], made)
        except UnavailableError:
            if await storage.find(URI) is None:
                return
        assert await read_back(network) == b"".join(lines(size))
