"""tuningJobs on Vertex AI: lists of them, and the quota of those that run at once."""

import pytest

NUMBER = "398904644969"  # of the project `emulated`
PENDING, RUNNING, QUEUED = "JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_QUEUED"
SUCCEEDED, FAILED = "JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED"
CANCELLING, CANCELLED = "JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED"


def state(vertex, job):
    return vertex.get(job["name"])["state"]


def test_pages(vertex):
    """Ten on a page by default, in the order of their making; a token is good for its own list alone."""
    names = [vertex.job(labels={"n": str(n % 2)})["name"] for n in range(12)]
    first = vertex.get("tuningJobs")
    second = vertex.get("tuningJobs", params={"pageToken": first["nextPageToken"]})
    assert [job["name"] for job in first["tuningJobs"] + second["tuningJobs"]] == names
    assert "nextPageToken" not in second
    filtered = {"pageToken": first["nextPageToken"], "filter": "labels.n=1"}
    assert vertex.refused("GET", "tuningJobs", params=filtered) == "INVALID_ARGUMENT"


def test_lists_are_of_a_single_location(vertex):
    """Jobs of other projects and locations are not listed, nor found."""
    name = vertex.job()["name"]
    for place in ("projects/another-one/locations/us-central1", "projects/emulated/locations/europe-west4"):
        assert vertex.get(f"{place}/tuningJobs") == {}
        assert vertex.refused("GET", f"{place}/tuningJobs/{name.rpartition('/')[2]}") == "NOT_FOUND"
    assert len(vertex.get(f"projects/{NUMBER}/locations/us-central1/tuningJobs")["tuningJobs"]) == 1


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("", "abc"),
        ("labels.owner=us", "ab"),
        ("labels.owner=us AND labels.key=x", "a"),
        ('labels.owner="us"  AND  labels.key:*', "ab"),
        ("labels:key", "abc"),
        ("labels.owner!=us", "c"),
        ("labels.owner=US", ""),
        ("labels.nope:*", ""),
    ],
)
def test_filters(vertex, filter_, found):
    """Labels by value and by presence, joined by AND."""
    for name, labels in (("a", {"owner": "us", "key": "x"}), ("b", {"owner": "us", "key": "y"}), ("c", {"key": "x"})):
        vertex.job(description=name, labels=labels)
    listed = vertex.get("tuningJobs", params={"filter": filter_}).get("tuningJobs", [])
    assert "".join(job["description"] for job in listed) == found


@pytest.mark.parametrize(
    "filter_",
    ["owner=us", "labels.a=b OR labels.c=d", "labels.a=*", "labels.a", "NOT labels.a=b", 'labels.a="b', "(labels.a=b)",
     "display_name=numbers", "labels.a=b AND", 'labels.a="b AND labels.c=d'],
)  # fmt: skip
def test_filters_that_are_refused(vertex, filter_):
    """Everything else is refused, so that no client relies on it."""
    assert vertex.refused("GET", "tuningJobs", params={"filter": filter_}) == "INVALID_ARGUMENT"


# --- the quota ------------------------------------------------------------------------------------------------------


def test_jobs_beyond_the_quota_wait(make_vertex):
    """One at a time: the others are QUEUED, and begin in the order of their making as places become free."""
    vertex = make_vertex(concurrent_jobs=1)
    jobs = [vertex.job() for _ in range(3)]
    assert [state(vertex, job) for job in jobs] == [PENDING, QUEUED, QUEUED]
    vertex.seconds += 10
    assert [state(vertex, job) for job in jobs] == [SUCCEEDED, PENDING, QUEUED]
    vertex.seconds += 10
    assert [state(vertex, job) for job in jobs] == [SUCCEEDED, SUCCEEDED, PENDING]
    assert vertex.get(jobs[1]["name"])["startTime"] == "2023-11-14T22:13:31.250Z"


def test_a_place_that_becomes_free_early(make_vertex):
    """A failure and a cancellation let the next begin; cancelling a waiting job frees nothing."""
    vertex = make_vertex(concurrent_jobs=1)
    bad = vertex.upload("bad.jsonl", [("1", "!fail")])
    jobs = [vertex.job(bad), vertex.job(), vertex.job(), vertex.job()]
    vertex.seconds += 5
    assert [state(vertex, job) for job in jobs] == [FAILED, PENDING, QUEUED, QUEUED]
    vertex.seconds += 2
    vertex.post(f"{jobs[2]['name']}:cancel")
    vertex.seconds += 1
    assert [state(vertex, job) for job in jobs] == [FAILED, RUNNING, CANCELLED, QUEUED]
    vertex.post(f"{jobs[1]['name']}:cancel")
    assert [state(vertex, job) for job in jobs] == [FAILED, CANCELLING, CANCELLED, QUEUED]
    vertex.seconds += 1
    assert [state(vertex, job) for job in jobs] == [FAILED, CANCELLED, CANCELLED, PENDING]


def test_the_quota_is_the_projects(make_vertex):
    """It counts jobs of all locations, but of a single project."""
    vertex = make_vertex(concurrent_jobs=2)
    vertex.job()
    vertex.post("projects/emulated/locations/europe-west4/tuningJobs", vertex.order())
    assert vertex.job()["state"] == QUEUED
    assert vertex.post("projects/another-one/locations/us-central1/tuningJobs", vertex.order())["state"] == PENDING


def test_a_quota_that_refuses(make_vertex):
    """Where so chosen, a create beyond it is 429 and makes no job."""
    vertex = make_vertex(concurrent_jobs=1, refuses_beyond=True)
    vertex.job()
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json=vertex.order())
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert len(vertex.get("tuningJobs")["tuningJobs"]) == 1
    vertex.wait()
    vertex.job()
