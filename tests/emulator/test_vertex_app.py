"""Vertex AI and Cloud Storage beside the Gemini API in one app: loaded late, kept in the same file, and reached by what
`gemspec emulator` prints."""

import os
import re
import sqlite3
import subprocess
import sys

import httpx
import pytest

from gemspec.emulator import BucketNameError, create_app
from gemspec.emulator.kernel.schema import GEMINI, STEPS

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_modules_are_loaded_on_first_use():
    """Using the Gemini API alone loads neither the modules of the other services nor CRC32C."""
    script = """
import sys
from gemspec.emulator import create_app
create_app(None).state.store.close()
print(sorted(name for name in sys.modules if name.startswith(("gemspec.emulator.storage", "google_crc32c"))))
print(sorted(name for name in sys.modules if name.startswith("gemspec.emulator.vertex")))
"""
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n['gemspec.emulator.vertex']\n"


def test_an_older_file_gets_the_new_tables(tmp_path, make_vertex, order):
    """A file of an emulator that knew only the Gemini API keeps its models."""
    path = tmp_path / "e.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(GEMINI)
        connection.execute("INSERT INTO counters VALUES ('old', 7)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    vertex = make_vertex(path)
    assert vertex.tuned()["tunedModel"]
    with vertex.app.state.store.database.transaction():
        assert vertex.app.state.store.database.first("SELECT value FROM counters WHERE name = 'old'")[0] == 7
        assert vertex.app.state.store.database.first("PRAGMA user_version")[0] == len(STEPS)


def test_everything_is_kept(tmp_path, make_vertex):
    """Another app on the same file sees jobs, data, models and what operations do to them."""
    first = make_vertex(tmp_path / "e.db")
    job = first.job()
    second = make_vertex(tmp_path / "e.db", 99.0, operation_seconds=99)
    second.seconds += 10
    made = second.get(job["name"])["tunedModel"]
    first.seconds += 10
    deployed = first.get(made["endpoint"])["deployedModels"][0]["id"]
    first.post(f"{made['endpoint']}:undeployModel", {"deployedModelId": deployed})
    assert second.refused("DELETE", made["endpoint"]) == "FAILED_PRECONDITION"
    second.seconds += 1
    assert "deployedModels" not in second.get(made["endpoint"])


def test_buckets_that_there_must_be(tmp_path):
    """They are made once; a name that none can have is an error."""
    for _ in range(2):
        create_app(tmp_path / "e.db", buckets=["my-data", "more-data"]).state.store.close()
    with pytest.raises(BucketNameError, match="Nope"):
        create_app(None, buckets=["Nope"])


def test_unknown_pages_of_each_service(vertex):
    """A path that there is not, or a method, is a page of HTML for all of them."""
    for method, path in (("GET", "/v1/projects/x"), ("PUT", "/storage/v1/b"), ("GET", "/upload/x"), ("GET", "/v2")):
        response = vertex.send(method, path)
        assert (response.status_code, response.headers["content-type"][:9]) == (404, "text/html")


@pytest.fixture
def said():
    """The output of `gemspec emulator`, while it serves."""
    arguments = "emulator --port 0 --in-memory --training-seconds 0 --bucket my-data --concurrent-jobs 2"
    command = [sys.executable, "-m", "gemspec", *arguments.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as server:
        lines = [server.stdout.readline()]
        while not lines[-1].rstrip().endswith('"v1"})'):
            lines.append(server.stdout.readline())
        yield "".join(lines)
        server.terminate()
        server.wait(timeout=30)


PYTHON = [("The Gemini API", "google-genai"), ("The Gemini API", "google-generativeai"), ("Vertex AI", "google-genai")]


def _section(said, heading):
    """What the lines below a heading define; their text where they cannot be run here."""
    lines = re.split(r"(?m)^# .*\n", said[said.index(heading) :])[1]
    if "generativeai" in lines:
        return lines
    names = {}
    exec(lines, names)
    return names


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
def test_what_the_command_prints_works(said, monkeypatch):
    """The variables and the lines of Python reach the emulator as printed."""
    exports = dict(re.findall(r"^export (\w+)=(\S+)$", said, re.MULTILINE))
    assert set(exports) == {"GEMSPEC_ENDPOINT", "STORAGE_EMULATOR_HOST"}
    with httpx.Client(base_url=exports["GEMSPEC_ENDPOINT"], trust_env=False) as plain:
        assert plain.get("/v1beta/tunedModels").json() == {}
    for name, value in exports.items():
        monkeypatch.setenv(name, value)
    from google.cloud import storage

    line = '{"contents": [{"role": "user", "parts": [{"text": "1"}]}, {"role": "model", "parts": [{"text": "2"}]}]}'
    files = storage.Client(project="emulated")
    files.bucket("my-data").blob("a.jsonl").upload_from_string(line)
    files.close()
    gemini, old, vertex = (_section(said, f"# {name}, in Python with {client}") for name, client in PYTHON)
    assert "google.generativeai.configure" in old  # whose tests run in an environment of their own
    with gemini["client"] as client:
        assert list(client.models.list(config={"query_base": False})) == []
    with vertex["client"] as client:
        job = client.tunings.tune(base_model="gemini-2.5-flash", training_dataset={"gcs_uri": "gs://my-data/a.jsonl"})
        assert client.models.generate_content(model=job.tuned_model.endpoint, contents="1").text == "2"


def test_a_bucket_name_that_cannot_be():
    """The command reports it, and what a name may be."""
    command = [sys.executable, "-m", "gemspec", "emulator", "--port", "0", "--in-memory", "--bucket", "Nope"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: no bucket can be called Nope\n")


def test_locations_are_listed(vertex):
    """Those where models are tuned, with the project's number; on a page."""
    found = vertex.get("projects/emulated/locations")["locations"]
    assert [place["locationId"] for place in found] == sorted(place["locationId"] for place in found)
    assert all(re.fullmatch(rf"projects/\d{{12}}/locations/{place['locationId']}", place["name"]) for place in found)
    assert {"us-central1", "europe-west4"} <= {place["locationId"] for place in found}
    assert vertex.refusal("GET", "/v1/projects/emulated/locations?pageToken=x")["status"] == "INVALID_ARGUMENT"
    assert vertex.refusal("GET", "/v1/projects/X/locations")["code"] == 403


def test_answers_are_dated_by_the_emulator_s_clock(vertex):
    """Of every service, errors too: callers judge ages by it."""
    for path in ("/v1/projects/emulated/locations", "/v1beta/tunedModels", "/storage/v1/b/my-data/o", "/nowhere"):
        assert vertex.send("GET", path).headers.get_list("date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]
