"""Buckets of Cloud Storage, lists of objects, and requests that are refused."""

import pytest

BUCKETS, OBJECTS = "/storage/v1/b", "/storage/v1/b/my-data/o"


def put(storage, name, data=b"hello", **query):
    path = f"/upload{OBJECTS}"
    parameters = {"uploadType": "media", "name": name, **query}
    response = storage.send("POST", path, params=parameters, content=data, headers={"Content-Type": "text/plain"})
    assert response.status_code == 200, response.text
    return response.json()


def refusal(storage, method, path, **how):
    """The code and reason of a refusal in the API's own form."""
    response = storage.send(method, path, **how)
    error = response.json()["error"]
    assert error["code"] == response.status_code
    assert error["errors"][0]["message"] == error["message"]
    assert error["errors"][0]["domain"] == "global"
    return error["code"], error["errors"][0]["reason"]


def test_a_bucket_through_its_life(storage):
    """insert, get, list, delete; a bucket with objects stays."""
    made = storage.send("POST", f"{BUCKETS}?project=emulated", json={"name": "other", "location": "US-CENTRAL1"}).json()
    assert made.pop("etag")
    assert made == {
        "kind": "storage#bucket",
        "id": "other",
        "selfLink": "http://emulator/storage/v1/b/other",
        "projectNumber": "398904644969",
        "name": "other",
        "timeCreated": "2023-11-14T22:13:20.250Z",
        "updated": "2023-11-14T22:13:20.250Z",
        "metageneration": "1",
        "location": "US-CENTRAL1",
        "storageClass": "STANDARD",
    }
    got = storage.send("GET", f"{BUCKETS}/other").json()
    assert got == {**made, "etag": got["etag"]}
    listed = storage.send("GET", f"{BUCKETS}?project=398904644969").json()["items"]
    assert [bucket["name"] for bucket in listed] == ["my-data", "other"]
    assert "items" not in storage.send("GET", f"{BUCKETS}?project=another-one").json()
    put(storage, "a")
    assert refusal(storage, "DELETE", f"{BUCKETS}/my-data") == (409, "conflict")
    assert storage.send("DELETE", f"{BUCKETS}/other").status_code == 204
    assert refusal(storage, "GET", f"{BUCKETS}/other") == (404, "notFound")


@pytest.mark.parametrize("name", ["", "a", "Upper", "-a-", "goog-x", "my-google", "1.2.3.4", "a..b", "x" * 64, "a b"])
def test_names_that_no_bucket_has(storage, name):
    """400, and nothing is made."""
    response = storage.send("POST", f"{BUCKETS}?project=emulated", json={"name": name})
    assert response.status_code == 400
    assert len(storage.send("GET", f"{BUCKETS}?project=emulated").json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "how", "refused"),
    [
        ("POST", f"{BUCKETS}?project=emulated", {"json": {"name": "my-data"}}, (409, "conflict")),
        ("POST", BUCKETS, {"json": {"name": "other"}}, (400, "required")),
        ("POST", f"{BUCKETS}?project=emulated", {"json": {"name": "other", "versioning": {}}}, (400, "invalid")),
        ("POST", f"{BUCKETS}?project=emulated", {"content": b"{"}, (400, "invalid")),
        ("GET", BUCKETS, {}, (400, "required")),
        ("GET", f"{OBJECTS}?maxResults=0", {}, (400, "invalid")),
        ("GET", f"{OBJECTS}?maxResults=x", {}, (400, "invalid")),
        ("GET", f"{OBJECTS}?pageToken=x", {}, (400, "invalid")),
        ("GET", f"{OBJECTS}?softDeleted=true", {}, (400, "invalid")),
        ("GET", f"{OBJECTS}?versions=2", {}, (400, "invalid")),
        ("GET", f"{OBJECTS}/a?ifGenerationMatch=x", {}, (400, "invalid")),
        ("GET", "/storage/v1/b/nobodys/o", {}, (404, "notFound")),
        ("GET", f"{OBJECTS}/a", {}, (404, "notFound")),
        ("DELETE", f"{OBJECTS}/a", {}, (404, "notFound")),
        ("GET", f"{OBJECTS}/a", {"headers": {"If-None-Match": "x"}}, (400, "invalid")),
        ("DELETE", f"{OBJECTS}/a", {"headers": {"Origin": "https://example.com"}}, (403, "forbidden")),
    ],
)
def test_requests_that_are_refused(storage, method, path, how, refused):
    """In the form of Cloud Storage's own errors; web pages write nothing."""
    assert refusal(storage, method, path, **how) == refused


def test_lists(storage):
    """By name; prefix, delimiter, offsets and pages."""
    for name in ("a", "b/1", "b/2/x", "b/2/y", "c", "d/1"):
        put(storage, name)

    def listed(**parameters):
        page = storage.send("GET", OBJECTS, params=parameters).json()
        return [item["name"] for item in page.get("items", [])], page.get("prefixes", []), page.get("nextPageToken")

    assert listed() == (["a", "b/1", "b/2/x", "b/2/y", "c", "d/1"], [], None)
    assert listed(delimiter="/") == (["a", "c"], ["b/", "d/"], None)
    assert listed(prefix="b/", delimiter="/") == (["b/1"], ["b/2/"], None)
    assert listed(prefix="b/2") == (["b/2/x", "b/2/y"], [], None)
    assert listed(startOffset="b/2", endOffset="d") == (["b/2/x", "b/2/y", "c"], [], None)
    seen, token = [], None
    for _ in range(4):
        names, prefixes, token = listed(delimiter="/", maxResults=1, **({"pageToken": token} if token else {}))
        seen += names + prefixes
    assert (seen, token) == (["a", "b/", "c", "d/"], None)
