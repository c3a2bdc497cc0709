"""Tuning job, model and endpoint make a single model: state, marker and settings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.errors import ServiceError
from gemspec.domain.marker import Absent, Corrupt, Newer
from gemspec.domain.model import BaseModel, ParentModel, Progress, State
from gemspec.identity import label_marker
from gemspec.providers.vertex.wire import messages
from gemspec.providers.vertex.wire.decode import live_model
from gemspec.providers.vertex.wire.history import age, remembered, without_history
from gemspec.providers.vertex.wire.parts import Parts, made_by
from gemspec.providers.vertex.wire.resource_names import Name, location_of

from .vertex_answers import (
    AT,
    ENDPOINT,
    ENDPOINT_ID,
    JOB,
    JOB_ID,
    MARKER,
    MODEL,
    MODEL_ID,
    NUMBER,
    PROJECT,
    endpoint,
    job,
    marked,
    model,
    parts,
    read,
    stamped,
)


def parts_of(found, model_value):
    return Parts(found, PROJECT, read(model_value, messages.Model))


class TestOneModel:
    def test_in_training(self):
        live = live_model(parts(job()))
        assert (live.name, live.state, live.marker) == (JOB, State.CREATING, MARKER)
        assert live.source == BaseModel("gemini-2.5-flash")
        assert live.settings == {"displayName": "numbers", "description": "Says the next.", "labels.team": "chat"}
        assert live.hyperparameters == {
            "epochCount": 3,
            "learningRateMultiplier": 0.5,
            "adapterSize": "ADAPTER_SIZE_FOUR",
        }
        assert live.resources == {"job": JOB}
        assert live.call_name == ""
        assert live.create_time == "2026-01-01T00:00:00.123456Z"

    def test_trained(self):
        live = live_model(parts(job("SUCCEEDED"), model(), endpoint()))
        assert (live.state, live.marker) == (State.ACTIVE, MARKER)
        assert live.resources == {"job": JOB, "model": MODEL, "endpoint": ENDPOINT}
        assert live.call_name == ENDPOINT

    def test_every_name(self):
        """Of each resource, with the project's id or its number; the model's first version needs no version."""
        live = live_model(parts(job("SUCCEEDED"), model(), endpoint()))
        for name in (JOB, MODEL, MODEL.removesuffix("@1"), ENDPOINT):
            for text in (name, name.replace(PROJECT, NUMBER)):
                assert live.goes_by(text)
            assert not live.goes_by(name.replace(PROJECT, "other-project"))
        assert not live.goes_by(MODEL.replace("@1", "@2"))
        assert not live.goes_by(f"{JOB}@1")

    def test_every_name_of_a_further_version(self):
        """The model's bare name is that of another version."""
        made = {"model": f"{AT}/models/{MODEL_ID}@2", "endpoint": f"{AT}/endpoints/{ENDPOINT_ID}"}
        live = live_model(parts(job("SUCCEEDED", tunedModel=made), model(versionId="2"), endpoint()))
        assert live.goes_by(MODEL.replace("@1", "@2"))
        assert not live.goes_by(MODEL)
        assert not live.goes_by(MODEL.removesuffix("@1"))

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ("QUEUED", State.CREATING),
            ("PENDING", State.CREATING),
            ("RUNNING", State.CREATING),
            ("PAUSED", State.CREATING),
            ("UPDATING", State.CREATING),
            ("CANCELLING", State.CREATING),
            ("FAILED", State.FAILED),
            ("CANCELLED", State.FAILED),
            ("EXPIRED", State.FAILED),
            ("UNSPECIFIED", State.UNKNOWN),
        ],
    )
    def test_states(self, state, expected):
        assert live_model(parts(job(state))).state is expected

    @pytest.mark.parametrize("state", ["SUCCEEDED", "PARTIALLY_SUCCEEDED"])
    def test_a_successful_job_is_active_while_its_model_exists(self, state):
        """With its model it is ACTIVE, without it deleted. The state of a job that names no model is unknown."""
        assert parts(job(state), model()).state is State.ACTIVE
        assert parts(job(state)).is_gone
        unnamed = parts(job(state, tunedModel=None))
        assert (unnamed.is_gone, unnamed.state) == (False, State.UNKNOWN)

    def test_a_state_of_a_later_api(self):
        assert live_model(parts(job() | {"state": "JOB_STATE_DREAMING", "mood": {"x": 1}})).state is State.UNKNOWN

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("gemini-2.5-flash", "gemini-2.5-flash"),
            ("publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
            (f"{AT}/publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ],
    )
    def test_base_models_by_their_short_name(self, name, expected):
        assert live_model(parts(job(baseModel=name))).source == BaseModel(expected)

    def test_a_parent_is_known_by_its_job(self):
        """As live models are named. One that no job made keeps the name of its model."""
        child = job(baseModel=None, preTunedModel={"tunedModelName": f"{AT}/models/{MODEL_ID}@1"})
        makers = made_by([read(job("SUCCEEDED"), messages.TuningJob)], PROJECT)
        assert live_model(parts(child, makers=makers)).source == ParentModel(JOB)
        assert live_model(parts(child)).source == ParentModel(MODEL)
        for source in (live_model(parts(child, makers=makers)).source, live_model(parts(child)).source):
            for name in (MODEL, MODEL.removesuffix("@1"), f"{AT}/models/{MODEL_ID}@1", f"{AT}/models/{MODEL_ID}"):
                assert source.goes_by(name)
            assert not source.goes_by(f"{AT}/models/{MODEL_ID}@2")
        assert live_model(parts(child, makers=makers)).source.goes_by(ENDPOINT)
        other = job(baseModel=None, preTunedModel={"tunedModelName": "projects/999/locations/us/models/5@2"})
        assert live_model(parts(other)).source == ParentModel("projects/999/locations/us/models/5@2")

    def test_encryption(self):
        key = f"{AT}/keyRings/r/cryptoKeys/k"
        assert live_model(parts(job(encryptionSpec={"kmsKeyName": key}))).fixed == {"kmsKeyName": key}

    @pytest.mark.parametrize(
        ("state", "error", "expected"),
        [
            ("FAILED", {"code": 3, "message": "Bad\x1b[2J data."}, "Bad[2J data."),
            ("FAILED", {"code": 13}, "the service gives only the code 13"),
            ("FAILED", None, "the service gives no reason"),
            ("CANCELLED", {"code": 1, "message": "CANCELED"}, "the training was cancelled"),
            ("EXPIRED", None, "the training expired"),
            ("RUNNING", None, ""),
        ],
    )
    def test_why_it_failed(self, state, error, expected):
        assert live_model(parts(job(state, error=error))).failure == expected

    def test_progress(self):
        """Steps are reported by checkpoints and by the end alone."""
        stats = {"supervisedTuningDataStats": {"tuningStepCount": "40"}}
        steps = [{"checkpointId": "1", "step": "10"}, {"checkpointId": "2", "step": "20"}]
        assert live_model(parts(job(tuningDataStats=stats))).progress == Progress()
        half = job(tuningDataStats=stats, tunedModel={"checkpoints": steps})
        assert live_model(parts(half)).progress == Progress(20, 40)
        done = parts(job("SUCCEEDED", tuningDataStats=stats), model())
        assert live_model(done).progress == Progress(40, 40)

    @pytest.mark.parametrize(
        ("state", "word"),
        [("QUEUED", "queued"), ("PENDING", "pending"), ("PAUSED", "paused"), ("RUNNING", ""), ("CANCELLING", "")],
    )
    def test_what_does_not_run(self, state, word):
        """In the service's own word."""
        progress = live_model(parts(job(state))).progress
        assert (progress.waiting, progress.waiting_text) == (word, f"{word} at the service" if word else "")

    @pytest.mark.parametrize("name", ["", "x", f"{AT}/models/a/b", "publishers/google/models/x"])
    def test_an_odd_name_of_a_model_does_not_end_the_list(self, name):
        """Jobs of other kinds may name what they made otherwise; nothing of theirs is touched."""
        odd = parts(job("SUCCEEDED", tunedModel={"model": name, "endpoint": name}))
        assert (odd.is_gone, live_model(odd).state, odd.endpoint_name) == (False, State.UNKNOWN, None)


OTHER_DATA = {"trainingDatasetUri": "gs://my-bucket/gemspec/y.jsonl"}
AT_END = f"endpoints/{ENDPOINT_ID}"


class TestMarker:
    """What is on endpoint, else model, else job."""

    def test_the_endpoint_is_believed_first(self):
        found = parts(job("SUCCEEDED"), model(marked(serving=2)), endpoint(marked(serving=3)))
        assert found.marker == marked(serving=3)
        assert parts(job("SUCCEEDED"), model(marked(serving=2)), endpoint()).marker == marked(serving=2)
        assert parts(job("SUCCEEDED"), model(marked(serving=2))).marker == marked(serving=2)
        assert parts(job("SUCCEEDED"), model(), endpoint()).marker == MARKER

    def test_what_the_service_copied_is_not_what_gemspec_wrote(self):
        """Labels without this job's id count as little as none, be they of another version or of another model."""
        twin = stamped({}, marked(serving=9), f"models/{MODEL_ID}", "999")
        found = parts(job("SUCCEEDED"), model(labels=twin), endpoint(labels=twin))
        assert found.marker == MARKER
        assert parts(job("SUCCEEDED", None), model(labels=twin)).marker == Absent()

    def test_labels_that_the_service_copied_from_the_job(self):
        """They are ours until gemspec writes its own; edited, they are not."""
        copied = job("SUCCEEDED")["labels"]
        assert parts(job("SUCCEEDED"), model(labels=copied), endpoint(labels=copied)).marker == MARKER
        edited = copied | {"gemspec-serving": "9"}
        assert isinstance(parts(job("SUCCEEDED"), model(labels=edited)).marker, Corrupt)

    def test_labels_of_another_model(self):
        """Copied by hand with all that gemspec wrote, their sum is that of the other model."""
        theirs = stamped({}, MARKER, "models/999")
        assert isinstance(parts(job("SUCCEEDED"), model(labels=theirs), endpoint()).marker, Corrupt)

    @pytest.mark.parametrize("other", [{"baseModel": "gemini-3.5-flash"}, {"supervisedTuningSpec": OTHER_DATA}])
    def test_a_training_with_copied_labels_is_not_ours(self, other):
        """Its labels are bound to what was sent."""
        labels = job()["labels"]
        assert parts(job() | other).marker == Absent()
        assert parts(job("SUCCEEDED") | other, model(labels=labels), endpoint(labels=labels)).marker == Absent()

    def test_a_marker_on_the_job_alone_is_history(self):
        """A model without any label of gemspec is known by its job, and marked as unlabelled."""
        bare = live_model(parts(job("SUCCEEDED"), model(), endpoint()))
        assert (bare.marker, bare.is_unlabelled) == (MARKER, True)
        assert not live_model(parts(job("SUCCEEDED"), model(MARKER), endpoint())).is_unlabelled
        assert not live_model(parts(job("RUNNING"))).is_unlabelled
        assert not live_model(parts(job("SUCCEEDED", None), model(), endpoint())).is_unlabelled

    def test_whether_all_resources_have_the_marker(self):
        """The model alone is not enough. A model that is shared with other jobs is not written."""
        assert not parts(job("SUCCEEDED"), model(), endpoint()).is_noted
        assert not parts(job("SUCCEEDED"), model(MARKER), endpoint()).is_noted
        assert not parts(job("SUCCEEDED"), model(), endpoint(MARKER)).is_noted
        assert parts(job("SUCCEEDED"), model(MARKER), endpoint(MARKER)).is_noted
        made = {"model": f"{AT}/models/{MODEL_ID}@2", "endpoint": f"{AT}/endpoints/{ENDPOINT_ID}"}
        assert parts(job("SUCCEEDED", tunedModel=made), model(versionId="2"), endpoint(MARKER)).is_noted
        assert live_model(parts(job("SUCCEEDED"), model(), endpoint())).is_noted is False

    def test_models_that_are_not_ours_need_no_marker(self):
        assert live_model(parts(job("SUCCEEDED", None), model(), endpoint())).is_noted
        assert live_model(parts(job())).is_noted

    def test_a_job_that_a_model_remembers(self):
        """The oldest, where others are copies; none that is there, none of models that gemspec did not write on."""
        ours = read(model(MARKER, versionCreateTime="2026-01-02T00:00:00Z"), messages.Model)
        copy = read(model(MARKER, name=f"{AT}/models/9", versionCreateTime="2026-01-03T00:00:00Z"), messages.Model)
        [found] = remembered([copy, ours], [], "us-central1")
        assert live_model(parts_of(found, model(MARKER))).resources["model"] == MODEL
        assert live_model(parts_of(found, model(MARKER))).name == JOB
        there = read(job("SUCCEEDED"), messages.TuningJob)
        assert remembered([copy, ours], [there], "us-central1") == []
        released = model(labels=label_marker.released({}, JOB_ID, bound_to=f"models/{MODEL_ID}"))
        copied = model(labels=job()["labels"])
        assert remembered([read(body, messages.Model) for body in (released, copied)], [], "us-central1") == []

    def test_released(self):
        """The job keeps its labels for ever; those of the endpoint release it."""
        free = [label_marker.released({"team": "x"}, JOB_ID, bound_to=name) for name in (f"models/{MODEL_ID}", AT_END)]
        found = parts(job("SUCCEEDED"), model(labels=free[0]), endpoint(labels=free[1]))
        assert (found.marker, found.marker.released) == (Absent(), True)
        assert found.settings["labels.team"] == "x"

    def test_broken_and_newer(self):
        ours = stamped({}, MARKER, AT_END)
        cut = {name: value for name, value in ours.items() if name != "gemspec-try"}
        found = parts(job("SUCCEEDED"), model(), endpoint(labels=cut))
        assert found.marker == Corrupt("labels are missing: gemspec-try", "bots", "numbers")
        added = parts(job("SUCCEEDED"), model(), endpoint(labels=ours | {"gemspec-mood": "x"}))
        assert added.marker == Corrupt("labels were changed: gemspec-mood", "bots", "numbers")
        sealed = label_marker._sealed_labels({**ours, "gemspec-mood": "x"}, AT_END)
        assert parts(job("SUCCEEDED"), model(), endpoint(labels=sealed)).marker == Newer(1, "bots", "numbers")

    def test_settings_follow_it(self):
        """Before the marker is on them, what the job was asked for counts: the service may not have copied it."""
        bare_model, bare_endpoint = model(description=None, labels={}), endpoint(displayName="x", labels={})
        found = parts(job("SUCCEEDED"), bare_model, bare_endpoint)
        assert found.settings == {"displayName": "numbers", "description": "Says the next.", "labels.team": "chat"}
        renamed = endpoint(MARKER, displayName="new", description="a\r\nb \n")
        found = parts(job("SUCCEEDED"), bare_model, renamed)
        assert found.settings == {"displayName": "new", "description": "a\nb", "labels.team": "chat"}

    def test_settings_of_what_is_not_ours_are_the_model_s(self):
        found = parts(job("SUCCEEDED", None, tunedModelDisplayName="asked"), model(displayName="m"), endpoint())
        assert (found.marker, found.settings["displayName"]) == (Absent(), "m")

    def test_labels_of_the_service_are_no_settings(self):
        found = parts(job("SUCCEEDED"), model(MARKER), endpoint(MARKER, labels={"goog-x": "1", "a": "b"}))
        assert found.settings == {"displayName": "numbers", "description": "Says the next.", "labels.team": "chat"}
        assert "labels.tune-type" not in parts(job("SUCCEEDED", None), model()).settings


class TestHistory:
    """Job records stay for ever. A failed job counts only as the newest attempt of its key."""

    def attempt(self, number, state, train="0" * 12, made=True, **changes):
        name = f"{AT}/tuningJobs/{number}"
        value = job(state, marked(train=train, **changes), name=name, createTime=f"2026-01-{number:02}T00:00:00Z")
        return parts(value, model() if state == "SUCCEEDED" and made else None)

    def shown(self, *attempts):
        return [parts.name.rpartition("/")[2] for parts in without_history(attempts)]

    def test_a_failure_is_shown_until_the_next_attempt(self):
        failed = self.attempt(1, "FAILED")
        assert self.shown(failed) == ["1"]
        assert self.shown(failed, self.attempt(2, "RUNNING", "1" * 12)) == ["2"]
        assert self.shown(failed, self.attempt(2, "CANCELLED", "1" * 12)) == ["2"]

    def test_an_older_success_counts_beside_a_failure(self):
        assert self.shown(self.attempt(1, "SUCCEEDED"), self.attempt(2, "FAILED", "1" * 12)) == ["1", "2"]

    def test_a_cancelled_twin_is_history(self):
        """Of two equal trainings the younger was cancelled."""
        assert self.shown(self.attempt(1, "RUNNING"), self.attempt(2, "CANCELLED")) == ["1"]
        assert self.shown(self.attempt(1, "SUCCEEDED"), self.attempt(2, "FAILED")) == ["1"]

    def test_a_deleted_success_hides_older_failures(self):
        gone = self.attempt(2, "SUCCEEDED", "1" * 12, made=False)
        assert self.shown(self.attempt(1, "FAILED"), gone) == []

    def test_other_keys_and_projects_have_their_own(self):
        mine = self.attempt(1, "FAILED")
        assert self.shown(mine, self.attempt(2, "RUNNING", key="other"), self.attempt(3, "RUNNING", owner="x")) == [
            "1",
            "2",
            "3",
        ]

    def test_failures_without_a_marker_are_not_ours(self):
        assert without_history([parts(job("FAILED", None))]) == []

    @given(st.permutations(range(1, 6)))
    def test_the_order_of_the_list_does_not_matter(self, order):
        jobs = [self.attempt(number, "FAILED" if number % 2 else "RUNNING", f"{number:012}") for number in order]
        assert self.shown(*jobs) == ["2", "4", "5"]

    def test_times_are_compared_as_times(self):
        """Not as text: fractions of a second are left out where they are zero."""
        texts = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.123456789Z", "soon"]
        jobs = [read(job() | {"createTime": text}, messages.TuningJob) for text in texts]
        assert [texts.index(job.create_time) for job in sorted(jobs, key=age)] == [3, 0, 2, 1]
        assert age(jobs[0])[0] == datetime(2026, 1, 1, tzinfo=UTC)


class TestNames:
    @pytest.mark.parametrize(
        "text",
        [
            "projects/my-project/locations/us-central1/tuningJobs/1",
            "projects/example.com:my-project/locations/us/models/abc-_1@3",
            f"projects/{NUMBER}/locations/eu/endpoints/9",
        ],
    )
    def test_there_and_back(self, text):
        assert str(Name.parse(text)) == text
        assert Name.parse(text).path == f"/v1/{text}"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "tunedModels/x",
            "projects/p/locations/l/models",
            "projects/p/locations/us/models/1/x",
            "projects/p/locations/us/models/../endpoints/1",
            "projects/p/locations/us/models/1@",
            "projects/p/locations/us/endpoints/1@2",
            "projects/p/locations/us/tuningJobs/1?x=y",
            "projects/p/locations/us/tuningJobs/1\n",
            "projects/p/locations/evil.example#/models/1",
            "//projects/p/locations/us/models/1",
            "projects/p/locations/us/datasets/1",
        ],
    )
    def test_nothing_else_becomes_a_path(self, text):
        with pytest.raises(ServiceError, match="not the name of a resource"):
            Name.parse(text)

    def test_number_and_id_name_the_same_project(self):
        versioned, other = (
            Name.parse(f"{AT}/models/5@1"),
            Name.parse("projects/my-project/locations/us-central1/models/5"),
        )
        assert versioned.key == other.key
        assert str(versioned.in_project(NUMBER, PROJECT).bare) == str(other)
        assert versioned.in_project("999", PROJECT) == versioned

    @pytest.mark.parametrize(
        "text", [f"{AT}/operations/1", f"{AT}/endpoints/{ENDPOINT_ID}/operations/1", f"{AT}/models/1/operations/2"]
    )
    def test_operations(self, text):
        assert location_of(text) == "us-central1"

    @pytest.mark.parametrize("text", ["", "operations/1", f"{AT}/operations/..", f"{AT}/operations/1/../../x"])
    def test_no_operations(self, text):
        with pytest.raises(ServiceError, match="not the name of an operation"):
            location_of(text)
