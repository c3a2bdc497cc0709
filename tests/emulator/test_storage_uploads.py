"""Uploads to Cloud Storage in a single request, media and multipart, and the checksums that callers send."""

import base64
import json

import google_crc32c
import pytest

OBJECTS = "/storage/v1/b/my-data/o"
UPLOAD = f"/upload{OBJECTS}"
DATA = bytes(n % 251 for n in range(800_000))


def crc32c(data):
    return base64.b64encode(google_crc32c.value(data).to_bytes(4)).decode()


def media(storage, name="a"):
    return storage.send("GET", f"{OBJECTS}/{name}?alt=media").content


def multipart(metadata, data, boundary="b0und", newline=b"\r\n"):
    """A body as Google's clients send it."""
    lines = [
        f"--{boundary}".encode(), b"Content-Type: application/json", b"", json.dumps(metadata).encode(),
        f"--{boundary}".encode(), b"Content-Type: text/csv", b"", data, f"--{boundary}--".encode(),
    ]  # fmt: skip
    return newline.join(lines)


def send_multipart(storage, body, query="", boundary="b0und", **headers):
    headers = {"Content-Type": f'multipart/related; boundary="{boundary}"', **headers}
    return storage.send("POST", f"{UPLOAD}?uploadType=multipart{query}", content=body, headers=headers)


def leftovers(storage):
    """What lies in the database without an object."""
    with storage.app.state.store.database.transaction():
        query = "SELECT count(*) FROM contents WHERE number NOT IN (SELECT content FROM objects)"
        return storage.app.state.store.database.first(query)[0]


@pytest.mark.parametrize("data", [b"", b"x", b"\r\n--b0un", b"\r\n\r\n" + DATA + b"\r\n"])
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_multipart(storage, data, newline):
    """Metadata and bytes in one body; the type is in the metadata, else with the bytes."""
    metadata = {"name": "a", "crc32c": crc32c(data), "metadata": {"by": "test"}}
    made = send_multipart(storage, multipart(metadata, data, newline=newline)).json()
    assert (made["contentType"], made["metadata"], made["crc32c"]) == ("text/csv", {"by": "test"}, crc32c(data))
    assert media(storage) == data
    metadata = {"name": "a", "contentType": "text/x", "cacheControl": "no-store"}
    send_multipart(storage, multipart(metadata, data, newline=newline))
    headers = storage.send("GET", f"{OBJECTS}/a?alt=media").headers
    assert (headers["content-type"], headers["cache-control"]) == ("text/x", "no-store")


@pytest.mark.parametrize(
    ("metadata", "query"),
    [
        ({}, ""),
        ({"name": "a"}, "&name=b"),
        ({"name": "x" * 1025}, ""),
        ({"name": "a\nb"}, ""),
        ({"name": ".."}, ""),
        ({"name": "a", "colour": "red"}, ""),
        ({"name": "a", "contentType": "a\r\nX-Evil: 1"}, ""),
        ({"name": "a", "metadata": {"a": 1}}, ""),
        ({"name": "a", "crc32c": "AAAAAA=="}, ""),
        ({"name": "a", "md5Hash": "AAAA"}, ""),
        ({"name": "a"}, "&kmsKeyName=k"),
    ],
)
def test_multipart_that_is_refused(storage, metadata, query):
    """400; nothing is kept, neither object nor bytes."""
    assert send_multipart(storage, multipart(metadata, b"data"), query).status_code == 400
    assert "items" not in storage.send("GET", OBJECTS).json()
    assert leftovers(storage) == 0


@pytest.mark.parametrize(
    "body", [b"", b"x" * 100, multipart({"name": "a"}, b"data")[:-9], multipart({"name": "a"}, b"x")[:60], b"y" * 2**21]
)
def test_multipart_that_is_malformed(storage, body):
    """A body that ends too early, or has no parts."""
    assert send_multipart(storage, body).status_code == 400
    assert send_multipart(storage, body, boundary="").status_code == 400
    assert leftovers(storage) == 0


def test_checksums_in_the_header(storage):
    """X-Goog-Hash is compared with the received bytes."""
    path = f"{UPLOAD}?uploadType=media&name=a"
    right, wrong = crc32c(b"data"), crc32c(b"other")
    assert storage.send("POST", path, content=b"data", headers={"X-Goog-Hash": f"crc32c={wrong}"}).status_code == 400
    assert storage.send("GET", f"{OBJECTS}/a").status_code == 404
    assert storage.send("POST", path, content=b"data", headers={"X-Goog-Hash": f"crc32c={right}"}).status_code == 200


def test_where_nothing_is_put(storage):
    """Unknown buckets, unknown kinds of upload, a condition that fails before the bytes are taken."""
    assert storage.send("POST", "/upload/storage/v1/b/nope-nope/o?uploadType=media&name=a").status_code == 404
    assert storage.send("POST", f"{UPLOAD}?name=a").status_code == 400
    assert storage.send("POST", f"{UPLOAD}?uploadType=media&name=a&ifGenerationMatch=5").status_code == 412
    assert leftovers(storage) == 0
