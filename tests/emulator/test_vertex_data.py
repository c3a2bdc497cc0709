"""The training data of Vertex AI's jobs: read from the emulated Cloud Storage, checked line by line, counted."""

import json

import pytest

from gemspec.emulator.vertex.dataset import distribution

GOOD = {"contents": [{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]}]}


def turn(role, text):
    return {"role": role, "parts": [{"text": text}]}


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def stats(vertex, data):
    job = vertex.tuned(vertex.upload("d.jsonl", data))
    return job["tuningDataStats"]["supervisedTuningDataStats"]


def problems(vertex, data, **spec):
    """The error of a create with a file, without its address."""
    order = vertex.order(vertex.upload("d.jsonl", data), spec=spec)
    error = vertex.refusal("POST", f"{vertex.HERE}/tuningJobs", json=order)
    assert error["status"] == "INVALID_ARGUMENT"
    assert vertex.get("tuningJobs") == {}
    return [line.partition("d.jsonl: ")[2] for line in error["message"].splitlines()]


def test_conversations_and_instructions(vertex):
    """More than one turn, a system instruction, both spellings, other parts beside text; the last turn is learnt."""
    long = {
        "system_instruction": turn("system", "be brief"),
        "contents": [turn("user", "one"), turn("model", "two"), turn("user", "three"), turn("model", "four")],
        "generationConfig": {"temperature": 0},
    }
    image = {"fileData": {"mimeType": "image/png", "fileUri": "gs://my-data/x.png"}}
    seen = {"contents": [{"role": "user", "parts": [image, {"text": "what?"}]}, turn("model", "a cat")]}
    job = vertex.tuned(vertex.upload("d.jsonl", lines(long, seen)))
    counted = job["tuningDataStats"]["supervisedTuningDataStats"]
    assert counted["totalTuningCharacterCount"] == str(len("be briefonetwothreefour" + "what?a cat"))
    for prompt, output in (("three", "four"), ("what?", "a cat")):
        answer = vertex.post(f"{job['tunedModel']['endpoint']}:generateContent", {"contents": [turn("user", prompt)]})
        assert answer["candidates"][0]["content"]["parts"] == [{"text": output}]


def test_without_a_last_newline(vertex):
    """The last line may end with the file."""
    assert stats(vertex, lines(GOOD, GOOD)[:-1])["tuningDatasetExampleCount"] == "2"


def test_examples_that_are_too_long_are_dropped(vertex):
    """They are counted and named, from 1 on, with the reason; the others are trained on."""
    long = {"contents": [turn("user", "x" * 4 * 131_072), turn("model", "b")]}
    counted = stats(vertex, lines(GOOD, long, GOOD, long))
    assert counted["tuningDatasetExampleCount"] == "2"
    assert counted["totalTruncatedExampleCount"] == "2"
    assert counted["truncatedExampleIndices"] == ["2", "4"]
    assert counted["droppedExampleReasons"] == ["More than 131072 tokens."] * 2
    assert problems(make_empty(vertex), lines(long)) == ["there are no examples to train on"]


def make_empty(vertex):
    """The same emulator in a project without jobs."""
    vertex.HERE = vertex.HERE.replace("emulated", "another-one")
    return vertex


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "The line is empty."),
        ("{", "Invalid JSON payload received."),
        ("[]", "Invalid JSON payload received."),
        (json.dumps({"prompt": "a"}), 'Invalid JSON payload received. Unknown name "prompt"'),
        (json.dumps({"contents": []}), "contents must go from role user to model"),
        (json.dumps({"contents": [turn("user", "a")]}), "contents must go from role user to model"),
        (json.dumps({"contents": [turn("model", "a"), turn("user", "b")]}), "contents must go from role user"),
        (json.dumps({"contents": [turn("user", "a"), turn("assistant", "b")]}), "contents must go from role user"),
        (json.dumps({"contents": [turn("user", "a"), turn("model", " ")]}), "Each of contents needs parts"),
        (json.dumps({"contents": [{"role": "user"}, turn("model", "b")]}), "Each of contents needs parts"),
        (
            json.dumps({"contents": [turn("user", 1), turn("model", "b")]}),
            "Invalid value at 'contents[0].parts[0].text'",
        ),
        (json.dumps({**GOOD, "model": "x"}), 'Invalid JSON payload received. Unknown name "model"'),
    ],
)
def test_lines_that_are_wrong(vertex, line, problem):
    """A wrong line refuses the job, with its place."""
    [said] = problems(vertex, lines(GOOD) + line.encode() + b"\n" + lines(GOOD))
    assert said.startswith(f"Row: 2. {problem}")


def test_ten_problems_are_shown(vertex):
    """The first ten, each on a line."""
    said = problems(vertex, lines(GOOD) + b"{\n" * 12)
    assert [message.partition(".")[0] for message in said] == [f"Row: {n}" for n in range(2, 12)]


def test_files_that_are_not_there(vertex):
    """An object or bucket that is missing is 400 FAILED_PRECONDITION; an address of another kind is invalid."""
    for uri in ("gs://my-data/nope.jsonl", "gs://nobodys/numbers.jsonl"):
        assert vertex.refused("POST", "tuningJobs", json=vertex.order(uri)) == "FAILED_PRECONDITION"
    for uri in ("my-data/numbers.jsonl", "gs://my-data", "gs://my-data/", "s3://my-data/numbers.jsonl", ""):
        assert vertex.refused("POST", "tuningJobs", json=vertex.order(uri)) == "INVALID_ARGUMENT"


def test_how_much_there_may_be(vertex, monkeypatch):
    """A gigabyte, and ten million lines: here with smaller numbers."""
    monkeypatch.setattr("gemspec.emulator.vertex.tuning_jobs.EXAMPLES", 2)
    assert problems(vertex, lines(GOOD, GOOD, GOOD)) == ["there are more than 2 examples"]
    monkeypatch.setattr("gemspec.emulator.vertex.dataset.FILE_SIZE", 100)
    assert problems(vertex, lines(GOOD, GOOD)) == ["the file is larger than 100 bytes"]


def test_an_empty_file(vertex):
    """There must be an example."""
    assert problems(vertex, b"") == ["the file is empty"]


def test_validation_data(vertex):
    """It must be there and right, too; at most 5,000 examples."""
    job = vertex.job(spec={"validationDatasetUri": vertex.upload("v.jsonl", lines(*[GOOD] * 5_000))})
    assert job["supervisedTuningSpec"]["validationDatasetUri"] == "gs://my-data/v.jsonl"
    for order, status in (
        ({"validationDatasetUri": vertex.upload("w.jsonl", lines(*[GOOD] * 5_001))}, "INVALID_ARGUMENT"),
        ({"validationDatasetUri": vertex.upload("x.jsonl", b"{")}, "INVALID_ARGUMENT"),
        ({"validationDatasetUri": "gs://my-data/nope"}, "FAILED_PRECONDITION"),
    ):
        assert vertex.refused("POST", "tuningJobs", json=vertex.order(spec=order)) == status


def test_the_file_may_be_deleted_afterwards(vertex):
    """What a job was trained on is the job's: overwriting or deleting the file changes nothing."""
    job = vertex.job()
    vertex.upload("numbers.jsonl", b"something else")
    vertex.wait()
    assert vertex.send("DELETE", "/storage/v1/b/my-data/o/numbers.jsonl").status_code == 204
    endpoint = vertex.get(job["name"])["tunedModel"]["endpoint"]
    answer = vertex.post(f"{endpoint}:generateContent", {"contents": [turn("user", "7")]})
    assert answer["candidates"][0]["content"]["parts"] == [{"text": "8"}]


def test_lines_across_pieces(vertex):
    """A file of several pieces is read as a whole: no line is lost at their borders."""
    examples = [(f"question {n} " + "x" * 200, f"answer {n}") for n in range(12_000)]
    job = vertex.tuned(vertex.upload("big.jsonl", examples))
    assert job["tuningDataStats"]["supervisedTuningDataStats"]["tuningDatasetExampleCount"] == "12000"
    asked = {"contents": [turn("user", examples[7_777][0])]}
    answer = vertex.post(f"{job['tunedModel']['endpoint']}:generateContent", asked)
    assert answer["candidates"][0]["content"]["parts"] == [{"text": "answer 7777"}]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([4], {"sum": 4, "min": 4, "max": 4, "mean": 4, "median": 4, "p5": 4, "p95": 4}),
        ([3, 1, 2, 4], {"sum": 10, "min": 1, "max": 4, "mean": 2.5, "median": 2.5, "p5": 1.15, "p95": 3.85}),
    ],
)
def test_distribution(values, expected):
    """The usual numbers, and buckets that hold every value once."""
    found = distribution(values)
    assert {name: pytest.approx(number) for name, number in expected.items()} == {k: found[k] for k in expected}
    assert sum(bucket["count"] for bucket in found["buckets"]) == len(values)
    for bucket in found["buckets"]:
        assert sum(bucket["left"] <= value < bucket["right"] for value in values) == bucket["count"]
