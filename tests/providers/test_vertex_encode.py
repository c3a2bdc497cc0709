"""Requests to Vertex AI, compared with Google's discovery document."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from gemspec.domain.model import BaseModel, ParentModel
from gemspec.identity import label_marker
from gemspec.providers.vertex.wire import encode as requests, messages
from gemspec.providers.vertex.wire.parts import sent

from . import discovery
from .vertex_answers import CREATION, MARKER, MODEL_ID, SERVICE_LABELS, endpoint, model, read, stamped

TRAINING, VALIDATION = "gs://my-bucket/gemspec/a.jsonl", "gs://my-bucket/gemspec/b.jsonl"
LABELS = label_marker.of(MARKER, bound_to=sent(base="gemini-2.5-flash", parent="", data=TRAINING))


def created(creation=CREATION, **more):
    asked = {"training": TRAINING, "validation": None, "parent": None} | more
    body = msgspec.json.decode(requests.create_body(creation, **asked))
    assert not discovery.sendable(body, "TuningJob")
    return body


class TestCreate:
    def test_a_plain_training(self):
        assert created() == {
            "baseModel": "gemini-2.5-flash",
            "tunedModelDisplayName": "numbers",
            "description": "Says the next.",
            "labels": {"team": "chat"} | LABELS,
            "supervisedTuningSpec": {
                "trainingDatasetUri": TRAINING,
                "exportLastCheckpointOnly": True,
                "hyperParameters": {
                    "epochCount": "3",
                    "learningRateMultiplier": 0.5,
                    "adapterSize": "ADAPTER_SIZE_FOUR",
                },
            },
        }

    def test_nothing_but_what_must_be(self):
        bare = replace(CREATION, settings={}, hyperparameters={})
        assert created(bare) == {
            "baseModel": "gemini-2.5-flash",
            "tunedModelDisplayName": "numbers",  # its key
            "labels": LABELS,
            "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "exportLastCheckpointOnly": True},
        }

    def test_everything(self):
        key = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
        account = "tuning@my-project.iam.gserviceaccount.com"
        extras = {"serviceAccount": account, "exportLastCheckpointOnly": False}
        body = created(replace(CREATION, fixed={"kmsKeyName": key}, extras=extras), validation=VALIDATION)
        assert (body["encryptionSpec"], body["serviceAccount"]) == ({"kmsKeyName": key}, account)
        spec = body["supervisedTuningSpec"]
        assert (spec["exportLastCheckpointOnly"], spec["validationDatasetUri"]) == (False, VALIDATION)

    def test_from_a_tuned_model(self):
        name = "projects/1/locations/us/models/5@2"
        body = created(replace(CREATION, source=ParentModel("any")), parent=name)
        assert body["preTunedModel"] == {"tunedModelName": name}
        assert "baseModel" not in body

    @pytest.mark.parametrize("rate", [1, 1.0, 0.1])
    def test_numbers(self, rate):
        """A double may be a whole number in normal form."""
        spec = created(replace(CREATION, hyperparameters={"learningRateMultiplier": rate}))["supervisedTuningSpec"]
        assert spec["hyperParameters"] == {"learningRateMultiplier": rate}


class TestPatch:
    def patch(self, value, kind, settings, wanted):
        body, mask = requests.patch_body(read(value, kind), settings, wanted)
        assert not discovery.sendable(body, kind.__name__)
        return dict(body), mask

    def test_only_what_differs(self):
        """Labels are written whole: those of the service stay."""
        wanted = stamped(SERVICE_LABELS, MARKER, f"models/{MODEL_ID}")
        settings = {"displayName": "numbers", "description": "New.", "labels.team": "x"}
        assert self.patch(model(), messages.Model, settings, wanted) == (
            {"description": "New.", "labels": {**wanted, "team": "x"}, "etag": "m1"},
            "description,labels",
        )

    def test_nothing_differs(self):
        value = endpoint(MARKER)
        assert self.patch(value, messages.Endpoint, {"labels.team": "chat"}, value["labels"])[1] == ""

    def test_a_text_is_emptied(self):
        body, mask = self.patch(endpoint(), messages.Endpoint, {"description": ""}, {})
        assert (body, mask) == ({"description": "", "etag": "e1"}, "description")

    def test_without_an_etag(self):
        body, _ = self.patch(endpoint(etag=None), messages.Endpoint, {"displayName": "x"}, {})
        assert body == {"displayName": "x"}


def test_other_bodies():
    for system in ("", "Answer in Roman numerals."):
        body = msgspec.json.decode(requests.prompt_body("III", system))
        assert ("systemInstruction" in body) is bool(system)
        assert not discovery.sendable(body, "GenerateContentRequest")
    assert not discovery.sendable(msgspec.json.decode(requests.undeploy_body("77")), "UndeployModelRequest")


def test_the_display_name_is_the_key_by_default():
    assert requests.display_name(replace(CREATION, source=BaseModel("x"), settings={"displayName": ""})) == "numbers"


def test_the_judge_judges():
    """The checks against the document can fail."""
    assert discovery.sendable({"name": "x", "labels": {"a": 1}}, "TuningJob") == [
        ".labels.a is no string",
        "name is output only",
    ]
    assert discovery.problems({"mood": 1, "state": "x"}, "TuningJob") == [
        ".mood is unknown",
        ".state is none of its enum",
    ]
