"""Resumable uploads to Cloud Storage: sessions, chunks, queries, and what goes wrong between them."""

import base64

import google_crc32c
import pytest

OBJECTS = "/storage/v1/b/my-data/o"
UPLOAD = f"/upload{OBJECTS}"
QUANTUM = 256 * 1024
DATA = bytes(n % 251 for n in range(3 * QUANTUM + 100))


def crc32c(data):
    return base64.b64encode(google_crc32c.value(data).to_bytes(4)).decode()


def media(storage, name="a"):
    return storage.send("GET", f"{OBJECTS}/{name}?alt=media").content


def leftovers(storage):
    """What lies in the database without an object."""
    with storage.app.state.store.database.transaction():
        query = "SELECT count(*) FROM contents WHERE number NOT IN (SELECT content FROM objects)"
        return storage.app.state.store.database.first(query)[0]


class Session:
    """A resumable upload of DATA."""

    def __init__(self, storage, query="", name="a", metadata=None, **headers):
        self.storage = storage
        body = metadata or {"name": name}
        response = storage.send("POST", f"{UPLOAD}?uploadType=resumable{query}", json=body, headers=headers)
        assert response.status_code == 200, response.text
        self.address = response.headers["location"]

    def put(self, content_range=None, data=b"", **headers):
        headers |= {"Content-Range": content_range} if content_range else {}
        return self.storage.send("PUT", self.address, content=data, headers=headers)

    def chunk(self, first, end, total="*"):
        return self.put(f"bytes {first}-{end - 1}/{total}", DATA[first:end])

    def status(self):
        response = self.put("bytes */*")
        return response.status_code, response.headers.get("range")


@pytest.mark.parametrize("announced", [False, True])
def test_in_chunks(storage, announced):
    """308 with the stored range until the object is complete; then the object, also when it is requested again."""
    headers = {"X-Upload-Content-Length": str(len(DATA)), "X-Upload-Content-Type": "text/x"} if announced else {}
    upload = Session(storage, **headers)
    assert upload.status() == (308, None)
    response = upload.chunk(0, QUANTUM, len(DATA) if announced else "*")
    assert (response.status_code, response.headers["range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    assert upload.status() == (308, f"bytes=0-{QUANTUM - 1}")
    assert storage.send("GET", f"{OBJECTS}/a").status_code == 404
    upload.chunk(QUANTUM, 3 * QUANTUM)
    done = upload.chunk(3 * QUANTUM, len(DATA), len(DATA))
    assert (done.status_code, done.json()["crc32c"]) == (200, crc32c(DATA))
    assert done.json().get("contentType") == ("text/x" if announced else None)
    assert upload.put("bytes */*").json() == done.json()
    assert media(storage) == DATA
    assert leftovers(storage) == 0


def test_all_at_once(storage):
    """Without Content-Range the body is everything; also when a part has come before."""
    assert Session(storage).put(data=DATA).json()["size"] == str(len(DATA))
    upload = Session(storage)
    upload.chunk(0, QUANTUM)
    assert upload.put(data=DATA).json()["crc32c"] == crc32c(DATA)


def test_an_empty_object(storage):
    """`bytes */0`, as Google's client sends it."""
    assert Session(storage).put("bytes */0").json()["size"] == "0"


def test_a_chunk_of_any_length_is_kept_in_part(storage):
    """Unfinished uploads are kept in multiples of 256 KiB: the rest has to be sent again."""
    upload = Session(storage)
    response = upload.chunk(0, QUANTUM + 77)
    assert response.headers["range"] == f"bytes=0-{QUANTUM - 1}"
    assert upload.chunk(QUANTUM + 77, len(DATA), len(DATA)).status_code == 503
    assert upload.chunk(QUANTUM, len(DATA), len(DATA)).status_code == 200
    assert media(storage) == DATA


def test_a_chunk_may_repeat_what_is_there(storage):
    """A client that has not seen an answer sends again."""
    upload = Session(storage)
    upload.chunk(0, 2 * QUANTUM)
    assert upload.chunk(QUANTUM, len(DATA), len(DATA)).json()["crc32c"] == crc32c(DATA)


def test_a_gap_is_503(storage):
    """As plain text, in the service's words."""
    response = Session(storage).chunk(QUANTUM, 2 * QUANTUM)
    assert (response.status_code, response.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert response.text == (
        "Invalid request.  According to the Content-Range header, the upload offset is 262144 byte(s),"
        " which exceeds already uploaded size of 0 byte(s)."
    )


@pytest.mark.parametrize(
    ("content_range", "length"),
    [
        ("bytes 0-9/10", 9),
        ("bytes 0-9/10", 11),
        ("bytes 0-9/5", 10),
        ("bytes 5-2/10", 0),
        ("0-9/10", 10),
        ("bytes 0-/9", 9),
    ],
)
def test_ranges_that_are_wrong(storage, content_range, length):
    """A body that does not fit Content-Range, or a header without a range."""
    upload = Session(storage)
    assert upload.put(content_range, b"x" * length).status_code == 400
    assert storage.send("GET", f"{OBJECTS}/a").status_code == 404


def test_another_length_than_announced(storage):
    """X-Upload-Content-Length binds."""
    upload = Session(storage, **{"X-Upload-Content-Length": "10"})
    assert upload.put("bytes 0-4/5", b"x" * 5).status_code == 400
    assert upload.put("bytes 0-9/10", b"x" * 10).status_code == 200


def test_conditions_hold_at_both_ends(storage):
    """They are looked at when the session begins, and again when the object is to be made; then it is over."""
    first, second = Session(storage, "&ifGenerationMatch=0"), Session(storage, "&ifGenerationMatch=0")
    assert first.put(data=DATA).status_code == 200
    assert second.put(data=b"other").status_code == 412
    assert second.status()[0] == 404
    response = storage.send("POST", f"{UPLOAD}?uploadType=resumable&ifGenerationMatch=0", json={"name": "a"})
    assert response.status_code == 412
    assert media(storage) == DATA
    assert leftovers(storage) == 0


def test_a_wrong_checksum_ends_it(storage):
    """Whether it is in the metadata or comes with the last chunk."""
    wrong = crc32c(b"other")
    upload = Session(storage)
    assert upload.put(None, DATA, **{"X-Goog-Hash": f"crc32c={wrong}"}).status_code == 400
    assert upload.status()[0] == 404
    assert Session(storage, metadata={"name": "a", "crc32c": wrong}).put(data=DATA).status_code == 400
    assert (storage.send("GET", f"{OBJECTS}/a").status_code, leftovers(storage)) == (404, 0)


def test_cancelling_and_growing_old(storage):
    """DELETE ends a session, a week does too; another's address, or none, is 404."""
    upload = Session(storage)
    upload.chunk(0, QUANTUM)
    assert storage.send("DELETE", upload.address).status_code == 499
    assert upload.status()[0] == 404
    old = Session(storage)
    storage.seconds += 7 * 24 * 3600 + 1
    Session(storage)
    assert old.status()[0] == 404
    assert storage.send("PUT", f"{UPLOAD}?uploadType=resumable&upload_id=x").status_code == 404
    fresh = Session(storage)
    assert storage.send("PUT", fresh.address.replace("my-data", "other")).status_code == 404


def test_instead_of_308(storage):
    """X-GUploader-No-308, which Go's client sends: 200 with the status in a header."""
    response = Session(storage).put("bytes */*", **{"X-GUploader-No-308": "yes"})
    assert (response.status_code, response.headers["x-http-status-code-override"]) == (200, "308")


def test_uploads_that_two_send(storage):
    """Two that send the same chunks at once: each chunk is kept once, and the object is right."""
    from concurrent.futures import ThreadPoolExecutor

    data = bytes(n % 253 for n in range(9 * 1024 * 1024))
    upload = Session(storage)
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda _: upload.put(data=data), range(4)))
    assert set(codes) <= {200, 404, 503}
    if 200 not in codes:
        assert upload.put(data=data).status_code == 200
    assert storage.send("GET", f"{OBJECTS}/a").json()["crc32c"] == crc32c(data)
