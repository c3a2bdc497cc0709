"""The lines of Google's tuning tutorials, as people copy them: by curl, with the comma too many in its examples, and by
requests.

Two things are put in for a reader to fill in, the address and the key. The tutorial's loop that waits asks for the
operation and prints a percentage, with jq.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time

import pytest
import requests

CLIENT = "requests, as in the tutorial"
TRAINING_SECONDS = 0.3

CREATE = r"""
curl -s -X POST "$BASE_URL/v1beta/tunedModels?key=$GEMINI_API_KEY" \
    -H 'Content-Type: application/json' \
    -d '
      {
        "display_name": "number generator model",
        "base_model": "models/gemini-1.5-flash-001-tuning",
        "tuning_task": {
          "hyperparameters": {
            "batch_size": 2,
            "learning_rate": 0.001,
            "epoch_count":5,
          },
          "training_data": {
            "examples": {
              "examples": [
                {
                    "text_input": "1",
                    "output": "2",
                },{
                    "text_input": "3",
                    "output": "4",
                },{
                    "text_input": "-3",
                    "output": "-2",
                },{
                    "text_input": "twenty two",
                    "output": "twenty three",
                },{
                    "text_input": "two hundred",
                    "output": "two hundred one",
                },{
                    "text_input": "ninety nine",
                    "output": "one hundred",
                },{
                    "text_input": "8",
                    "output": "9",
                },{
                    "text_input": "-98",
                    "output": "-97",
                },{
                    "text_input": "1,000",
                    "output": "1,001",
                },{
                    "text_input": "10,100,000",
                    "output": "10,100,001",
                },{
                    "text_input": "thirteen",
                    "output": "fourteen",
                },{
                    "text_input": "eighty",
                    "output": "eighty one",
                },{
                    "text_input": "one",
                    "output": "two",
                },{
                    "text_input": "three",
                    "output": "four",
                },{
                    "text_input": "seven",
                    "output": "eight",
                }
              ]
            }
          }
        }
      }'
"""
GENERATE = r"""
curl -s -X POST "$BASE_URL/v1beta/$MODEL:generateContent?key=$GEMINI_API_KEY" \
    -H 'Content-Type: application/json' \
    -d '{
        "contents": [{
        "parts": [{
          "text": "LXIII"
          }]
          }]
        }' 2> /dev/null
"""
UPDATE = r"""
curl -s -X PATCH "$BASE_URL/v1beta/$MODEL?updateMask=description&key=$GEMINI_API_KEY" \
    -H 'Content-Type: application/json' \
    -d '{ "description": "This is my model." }'
"""
READ = 'curl -s "$BASE_URL/v1beta/{}?key=$GEMINI_API_KEY"'
DELETE = 'curl -s -X DELETE "$BASE_URL/v1beta/$MODEL?key=$GEMINI_API_KEY" -H "Content-Type: application/json"'


@pytest.fixture
def shell(url, tally):
    """Runs a line of curl in a shell; its answer, read."""
    assert shutil.which("curl"), "curl is not installed"

    def run(line, **variables):
        settings = {"BASE_URL": url, "GEMINI_API_KEY": "key", "PATH": "/usr/bin:/bin", **variables}
        tally("calls of curl, as in the tutorial", 1)
        ran = subprocess.run(["sh", "-c", line], env=settings, capture_output=True, text=True, check=True)
        return json.loads(ran.stdout)

    return run


def test_by_curl(shell):
    """Create, wait for the operation, get, ask, list, patch, delete."""
    operation = shell(CREATE)
    model = operation["metadata"]["tunedModel"]
    assert model.startswith("tunedModels/number-generator-model-")
    assert operation["metadata"]["totalSteps"] == 38
    while not operation.get("done"):
        time.sleep(0.1)
        operation = shell(READ.format(operation["name"]))
    assert operation["metadata"]["completedPercent"] == 100
    assert operation["response"]["name"] == model
    read = shell(READ.format(model))
    assert read["state"] == "ACTIVE"
    assert [field for field in read if field in ("temperature", "topP", "topK")] == ["temperature", "topP", "topK"]
    assert len(read["tuningTask"]["snapshots"]) == 38
    answer = shell(GENERATE.replace("LXIII", "thirteen"), MODEL=model)
    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "fourteen"
    assert model in [listed["name"] for listed in shell(READ.format("tunedModels"))["tunedModels"]]
    assert shell(UPDATE, MODEL=model)["description"] == "This is my model."
    assert shell(DELETE, MODEL=model) == {}
    gone = shell(READ.format(model))["error"]
    assert (gone["code"], gone["message"]) == (404, f"Tuned model {model} does not exist.")


def test_by_requests(url):
    """The same by Python's requests, which the tutorial uses for OAuth."""
    headers = {"Authorization": "Bearer token", "Content-Type": "application/json", "x-goog-user-project": "emulated"}
    examples = [{"text_input": str(n), "output": str(n + 1)} for n in range(1, 16)]
    task = {
        "hyperparameters": {"batch_size": 2, "learning_rate": 0.001, "epoch_count": 5},
        "training_data": {"examples": {"examples": examples}},
    }
    body = {"display_name": "number generator", "base_model": "models/gemini-1.0-pro-001", "tuning_task": task}
    operation = requests.post(f"{url}/v1beta/tunedModels", headers=headers, json=body).json()
    name = operation["metadata"]["tunedModel"]
    done = False
    while not done:
        time.sleep(0.1)
        operation = requests.get(f"{url}/v1/{operation['name']}", headers=headers).json()
        done = operation.get("done", False)
    assert operation["metadata"]["completedPercent"] == 100
    request = {"contents": [{"parts": [{"text": "7"}]}]}
    answer = requests.post(f"{url}/v1beta/{name}:generateContent", headers=headers, json=request).json()
    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "8"
    assert requests.delete(f"{url}/v1beta/{name}", headers=headers).json() == {}
