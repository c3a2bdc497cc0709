"""Objects of Cloud Storage: metadata, names, generations, downloads, conditions."""

import base64
import hashlib

import google_crc32c
import pytest

OBJECTS = "/storage/v1/b/my-data/o"


def put(storage, name, data=b"hello", **query):
    path = f"/upload{OBJECTS}"
    parameters = {"uploadType": "media", "name": name, **query}
    response = storage.send("POST", path, params=parameters, content=data, headers={"Content-Type": "text/plain"})
    assert response.status_code == 200, response.text
    return response.json()


def test_an_object_field_for_field(storage):
    """Size, both checksums in base64, generation, links that work."""
    made = put(storage, "a/b c.txt")
    assert base64.b64decode(made.pop("md5Hash")) == hashlib.md5(b"hello").digest()
    assert base64.b64decode(made.pop("crc32c")) == (0x9A71BB4C).to_bytes(4)
    assert made.pop("etag")
    generation = made["generation"]
    assert generation == "1700000000250000"
    times = ("timeCreated", "updated", "timeStorageClassUpdated", "timeFinalized")
    assert made == {
        "kind": "storage#object",
        "id": f"my-data/a/b c.txt/{generation}",
        "selfLink": "http://emulator/storage/v1/b/my-data/o/a%2Fb%20c.txt",
        "mediaLink": f"http://emulator/download/storage/v1/b/my-data/o/a%2Fb%20c.txt?generation={generation}&alt=media",
        "name": "a/b c.txt",
        "bucket": "my-data",
        "generation": generation,
        "metageneration": "1",
        "contentType": "text/plain",
        "storageClass": "STANDARD",
        "size": "5",
        **dict.fromkeys(times, "2023-11-14T22:13:20.250Z"),
    }
    assert storage.send("GET", made["selfLink"]).json()["generation"] == generation
    assert storage.send("GET", made["mediaLink"]).content == b"hello"


def test_checksums_of_large_objects(storage):
    """Over several pieces, and for nothing at all."""
    data = bytes(range(256)) * 4 * 1024 * 3 + b"rest"
    for name, content in (("large", data), ("empty", b"")):
        made = put(storage, name, content)
        assert int(made["size"]) == len(content)
        assert base64.b64decode(made["crc32c"]) == google_crc32c.value(content).to_bytes(4)
        assert base64.b64decode(made["md5Hash"]) == hashlib.md5(content).digest()
        assert storage.send("GET", f"{OBJECTS}/{name}?alt=media").content == content


@pytest.mark.parametrize("name", ["a/b/../c", "ü ? # %2F + &=", "a//b/", "x" * 1024, "o/o", "日本語"])
def test_names(storage, name):
    """Names may hold what UTF-8 can, slashes too; paths have them percent-encoded."""
    from urllib.parse import quote

    put(storage, name)
    path = f"{OBJECTS}/{quote(name, safe='')}"
    assert storage.send("GET", path).json()["name"] == name
    assert storage.send("GET", path, params={"alt": "media"}).content == b"hello"
    assert [item["name"] for item in storage.send("GET", OBJECTS).json()["items"]] == [name]
    assert storage.send("DELETE", path).status_code == 204


def test_generations_grow(storage):
    """Also where the clock stands still, and where an object was deleted in between."""
    first = int(put(storage, "a")["generation"])
    second = int(put(storage, "a", b"other")["generation"])
    storage.send("DELETE", f"{OBJECTS}/a")
    third = int(put(storage, "a")["generation"])
    assert first < second < third
    assert storage.send("GET", f"{OBJECTS}/a?alt=media").content == b"hello"
    assert storage.send("GET", f"{OBJECTS}/a?generation={first}").status_code == 404


# --- downloads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=4-2", 416, None, "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/download"])
def test_ranges(storage, wanted, status, content, content_range, prefix):
    """Ranges as RFC 9110 has them, with the headers that Google's client looks at."""
    made = put(storage, "digits", b"0123456789")
    headers = {"Range": wanted} if wanted else {}
    response = storage.send("GET", f"{prefix}{OBJECTS}/digits?alt=media", headers=headers)
    assert (response.status_code, response.headers.get("content-range")) == (status, content_range)
    if content is not None:
        assert response.content == content
        assert response.headers["x-goog-hash"] == f"crc32c={made['crc32c']},md5={made['md5Hash']}"
        assert response.headers["x-goog-generation"] == made["generation"]
        assert response.headers["x-goog-stored-content-length"] == "10"


@pytest.mark.parametrize("first", [0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024 + 4])
@pytest.mark.parametrize("length", [1, 1024 * 1024, 1024 * 1024 + 1])
def test_ranges_across_pieces(storage, first, length):
    """Wherever the pieces meet."""
    data = bytes(n % 251 for n in range(2 * 1024 * 1024 + 5))
    put(storage, "large", data)
    headers = {"Range": f"bytes={first}-{first + length - 1}"}
    response = storage.send("GET", f"{OBJECTS}/large?alt=media", headers=headers)
    assert response.content == data[first : first + length]


def test_an_object_that_is_deleted_while_it_is_read(storage):
    """The answer breaks off: no mixture of two generations is ever sent."""
    from gemspec.emulator.storage import blobs, store

    put(storage, "large", b"x" * 3 * 1024 * 1024)
    database = storage.app.state.store.database
    with database.transaction():
        found = store.find_object(database, "my-data", "large")
    pieces = blobs.read_blob(database, found.blob, 0, found.digest.size)
    assert len(next(pieces)) == 1024 * 1024
    put(storage, "large", b"y" * 3 * 1024 * 1024)
    with pytest.raises(LookupError):
        list(pieces)


def test_downloads_that_are_refused(storage):
    """404 and 412 come as plain text, as the service sends them for downloads."""
    put(storage, "a")
    for path, code, text in (
        (f"{OBJECTS}/nope?alt=media", 404, "No such object: my-data/nope"),
        ("/storage/v1/b/nobodys/o/a?alt=media", 404, "The specified bucket does not exist."),
        (f"{OBJECTS}/a?alt=media&ifGenerationMatch=1", 412, "At least one of the pre-conditions"),
    ):
        response = storage.send("GET", path)
        assert (response.status_code, response.headers["content-type"]) == (code, "text/plain; charset=utf-8")
        assert response.text.startswith(text)


# --- conditions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "conditions", "code"),
    [
        (False, "ifGenerationMatch=0", 200),
        (True, "ifGenerationMatch=0", 412),
        (True, "ifGenerationMatch={generation}", 200),
        (True, "ifGenerationMatch=7", 412),
        (False, "ifGenerationMatch=7", 412),
        (True, "ifGenerationNotMatch={generation}", 412),
        (True, "ifGenerationNotMatch=0", 200),
        (False, "ifGenerationNotMatch=0", 412),
        (True, "ifMetagenerationMatch=1", 200),
        (True, "ifMetagenerationMatch=2", 412),
        (True, "ifMetagenerationNotMatch=1", 412),
    ],
)
def test_conditions_of_writes(storage, there, conditions, code):
    """Uploads and deletes; generation 0 stands for no object."""
    generation = put(storage, "a")["generation"] if there else "0"
    query = conditions.format(generation=generation)
    path = f"/upload{OBJECTS}?uploadType=media&name=a&{query}"
    assert storage.send("POST", path, content=b"new").status_code == code
    if there:
        generation = put(storage, "a")["generation"]
        query = conditions.format(generation=generation)
        assert storage.send("DELETE", f"{OBJECTS}/a?{query}").status_code == (204 if code == 200 else code)


def test_conditions_of_reads(storage):
    """A match that fails is 412, a "not match" that matches 304."""
    generation = put(storage, "a")["generation"]
    for query, code in (
        (f"ifGenerationMatch={generation}", 200),
        ("ifGenerationMatch=7", 412),
        (f"ifGenerationNotMatch={generation}", 304),
        ("ifGenerationNotMatch=7", 200),
    ):
        assert storage.send("GET", f"{OBJECTS}/a?{query}").status_code == code
