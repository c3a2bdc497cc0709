"""The emulated Cloud Storage under google-cloud-storage, pointed at it by STORAGE_EMULATOR_HOST.

What that client does that the emulator does not serve, and refuses: Blob.patch and update, copy_blob, rewrite, rename;
bucket.patch, lifecycle, versioning, ACLs, IAM, notifications; batches; signed URLs; customer-supplied keys;
if_etag_match; the XML multipart uploads of transfer_manager; gRPC. Listing with match_glob, soft_deleted or
include_trailing_delimiter.
"""

import io
import os

import pytest
from google.api_core import exceptions
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption

CLIENT = "google-cloud-storage"
CHUNK = 256 * 1024


@pytest.fixture
def client(url, monkeypatch):
    """The client as a user makes it: by the environment alone."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    made = storage.Client(project="emulated")
    made._http.trust_env = False
    yield made
    made.close()


@pytest.fixture
def bucket(client):
    """A bucket that is deleted after the test."""
    made = client.create_bucket("their-data", location="us-central1")
    yield made
    made.delete(force=True)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5 * CHUNK + 77])
@pytest.mark.parametrize("chunk", [None, CHUNK, 2 * CHUNK])
@pytest.mark.parametrize("known", [True, False])
def test_uploads_and_downloads(bucket, size, chunk, known):
    """upload_from_file, multipart and resumable, with and without a known size: checked by the client's own CRC32C on
    both ways."""
    data = os.urandom(size)
    blob = bucket.blob("gemspec/a b.jsonl", chunk_size=chunk)
    how = {"size": size} if known else {}
    blob.upload_from_file(io.BytesIO(data), content_type="application/jsonl", if_generation_match=0, **how)
    assert (blob.size, blob.content_type) == (size, "application/jsonl")
    assert bucket.blob("gemspec/a b.jsonl", chunk_size=chunk).download_as_bytes() == data
    got = bucket.get_blob("gemspec/a b.jsonl")
    assert (got.crc32c, got.md5_hash, got.generation, got.etag) == (
        blob.crc32c, blob.md5_hash, blob.generation, blob.etag,
    )  # fmt: skip
    assert got.time_created.tzinfo
    assert got.download_as_bytes(start=1, end=3) == data[1:4] if size > 1 else True


def test_composed(bucket):
    """compose: a CRC32C, the number of components, no MD5."""
    parts = [bucket.blob(name) for name in ("a", "b")]
    for part, text in zip(parts, ("one, ", "two"), strict=True):
        part.upload_from_string(text)
    made = bucket.blob("ab")
    made.compose(parts, if_generation_match=0, if_source_generation_match=[part.generation for part in parts])
    assert made.download_as_bytes() == b"one, two"
    assert (made.size, made.component_count, made.md5_hash) == (8, 2, None)
    whole = bucket.blob("whole")
    whole.upload_from_string("one, two")
    assert whole.crc32c == made.crc32c
    made.compose([made, parts[0]])
    assert (made.component_count, bucket.get_blob("ab").download_as_bytes()) == (3, b"one, twoone, ")
    with pytest.raises(exceptions.PreconditionFailed):
        made.compose(parts, if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        made.compose(parts, if_source_generation_match=[1, 2])
    with pytest.raises(exceptions.NotFound):
        made.compose([bucket.blob("nothing")])


def test_generations(bucket):
    """exists, if_generation_match on uploads, reads and deletes."""
    blob = bucket.blob("a")
    assert not blob.exists()
    blob.upload_from_string("one", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string("two", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a", chunk_size=CHUNK).upload_from_file(io.BytesIO(b"two"), if_generation_match=0)
    old = blob.generation
    blob.upload_from_string("two", if_generation_match=old)
    assert bucket.blob("a").exists(if_generation_match=blob.generation)
    assert not bucket.blob("a", generation=old).exists()
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_generation_match=old)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("a", generation=old).download_as_bytes()
    blob.delete()
    with pytest.raises(exceptions.NotFound, match="No such object: their-data/a"):
        bucket.blob("a").download_as_bytes()


def test_a_resumable_upload_by_hand(bucket, client):
    """create_resumable_upload_session, a chunk that does not arrive, recover, and the rest."""
    from google.cloud.storage._media.requests import ResumableUpload

    data = os.urandom(3 * CHUNK + 5)
    address = f"{client._connection.API_BASE_URL}/upload/storage/v1/b/their-data/o?uploadType=resumable"
    upload = ResumableUpload(address, CHUNK, checksum="crc32c")
    upload.initiate(client._http, io.BytesIO(data), {"name": "a"}, "text/plain")
    upload.transmit_next_chunk(client._http)
    upload._make_invalid()  # as after an answer that never came
    upload.recover(client._http)
    assert upload.bytes_uploaded == CHUNK
    while not upload.finished:
        upload.transmit_next_chunk(client._http)
    assert bucket.blob("a").download_as_bytes() == data
    assert bucket.blob("b").create_resumable_upload_session(size=10).startswith(client._connection.API_BASE_URL)


def test_writers_and_readers(bucket):
    """Blob.open, which writes resumably and reads by ranges."""
    data = os.urandom(3 * CHUNK + 5)
    with bucket.blob("a").open("wb", chunk_size=CHUNK) as file:
        for start in range(0, len(data), 100_000):
            file.write(data[start : start + 100_000])
    with bucket.blob("a").open("rb", chunk_size=CHUNK) as file:
        file.seek(CHUNK)
        assert file.read() == data[CHUNK:]


def test_a_corrupt_download_is_seen(bucket, client):
    """The client holds what it gets against x-goog-hash: were the header wrong, it would say so."""
    bucket.blob("a").upload_from_string("hello")
    blob = bucket.blob("a")
    original = client._http.request

    def altered(*args, **how):
        response = original(*args, **how)
        response.headers["X-Goog-Hash"] = "crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg=="
        return response

    client._http.request = altered
    with pytest.raises(DataCorruption):
        blob.download_as_bytes()


def test_lists(bucket, client):
    """Pages, prefixes, offsets."""
    for name in ("a", "b/1", "b/2", "c"):
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in client.list_blobs("their-data", page_size=2)] == ["a", "b/1", "b/2", "c"]
    found = client.list_blobs("their-data", delimiter="/", max_results=10)
    assert ([blob.name for blob in found], found.prefixes) == (["a", "c"], {"b/"})
    found = client.list_blobs("their-data", prefix="b/", start_offset="b/2")
    assert [blob.name for blob in found] == ["b/2"]


def test_buckets(bucket, client):
    """create, get, list, lookup, and their errors."""
    assert client.get_bucket("their-data").location == "us-central1"
    assert [bucket.name for bucket in client.list_buckets(prefix="their")] == ["their-data"]
    assert client.lookup_bucket("nobodys") is None
    assert bucket.exists()
    with pytest.raises(exceptions.Conflict):
        client.create_bucket("their-data")
    bucket.blob("a").upload_from_string("x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        bucket.delete()
    with pytest.raises(exceptions.NotFound):
        client.get_bucket("nobodys")


def test_what_is_not_served(bucket, client):
    """It is refused, not ignored."""
    blob = bucket.blob("a")
    blob.upload_from_string("x")
    blob.metadata = {"a": "b"}
    with pytest.raises(exceptions.GoogleAPICallError):
        blob.patch()
    with pytest.raises(exceptions.GoogleAPICallError):
        bucket.copy_blob(blob, bucket, "b")
    with pytest.raises(exceptions.BadRequest):
        list(client.list_blobs("their-data", soft_deleted=True))
    with pytest.raises(exceptions.BadRequest):
        bucket.get_blob("a", if_etag_match="x")
    assert bucket.get_blob("a").metadata is None
