"""Answers of the service become values in normal form, and requests are made of them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, strategies as st

from gemspec.domain.errors import InvalidRequestError, ServiceError
from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import BaseModel, LiveModel, ParentModel, Progress, State
from gemspec.domain.training_data import Example
from gemspec.identity import description_marker as markers, fingerprint, hashing
from gemspec.providers.base import Creation
from gemspec.providers.gemini import decode as wire, encode as requests, messages
from gemspec.providers.http.wire import decode

NAME = "tunedModels/numbers-0123456789"
MARKER = Marker("bots", "numbers", "0a1b2c3d4e5f", "9f8e7d6c5b4a", 15, serving=1)


def decoded(**fields) -> LiveModel:
    body = msgspec.json.encode({"name": NAME, **fields})
    return wire.live_model(decode(body, messages.TunedModel))


def test_a_whole_model():
    """Text, numbers, marker, hyperparameters and loss curve arrive in normal form; unknown fields do no harm."""
    live = decoded(
        state="ACTIVE",
        baseModel="models/gemini-1.0-pro-001",
        displayName="number generator",
        description=markers.join("Says the next.", MARKER, "numbers-0123456789"),
        temperature=0.20000000298023224,
        topP=1,
        topK=1.0,
        readerProjectNumbers=["1000", "999", 5],
        createTime="2024-01-01T00:00:00Z",
        tuningTask={
            "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.0010000000474974513, "new": 1},
            "snapshots": [{"step": 2, "meanLoss": 3.5}, {"step": 1, "epoch": 0, "meanLoss": "NaN"}],
        },
        somethingNew={"of": "tomorrow"},
    )
    assert live.state is State.ACTIVE
    assert live.source == BaseModel("models/gemini-1.0-pro-001")
    assert live.marker == MARKER
    assert live.settings == {
        "displayName": "number generator",
        "description": "Says the next.",
        "readerProjectNumbers": ("5", "999", "1000"),
        "temperature": 0.2,
        "topP": 1.0,
        "topK": 1,
    }
    assert [type(live.settings[name]) for name in ("topP", "topK")] == [float, int]
    assert live.hyperparameters == {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}
    assert [snapshot.step for snapshot in live.progress.snapshots] == [1, 2]
    assert math.isnan(live.progress.snapshots[0].mean_loss)
    assert (live.progress.completed_steps, live.progress.total_steps) == (2, 38)


def test_a_bare_model():
    """Defaults are left out of answers; a state that is not known is nothing to act on."""
    live = decoded(state="MELTING")
    assert (live.state, live.marker, live.source) == (State.UNKNOWN, Absent(), BaseModel(""))
    assert live.settings == {"displayName": "", "description": "", "readerProjectNumbers": ()}
    assert (live.hyperparameters, live.progress.total_steps) == ({}, None)


def test_temperature_zero_is_left_out_of_answers():
    """With topP or topK reported, a missing temperature is 0; with none of them nothing is known."""
    assert decoded(topK=40).settings["temperature"] == 0.0
    assert "temperature" not in decoded().settings


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"tunedModel": "tunedModels/p", "baseModel": "models/b"}, ParentModel("tunedModels/p")),
        ({"baseModel": "models/b"}, BaseModel("models/b")),
    ],
)
def test_source_of_a_model_tuned_from_another(source, expected):
    assert decoded(tunedModelSource=source).source == expected


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"name": "tunedModels/x"', b"[]", b'{"name": 1}', b"{}", b"[" * 99999]
)
def test_unreadable_answers(body):
    """Cut off, not JSON, or of another shape: one clear error."""
    with pytest.raises(ServiceError, match="cannot be read"):
        decode(body, messages.TunedModel)


def test_permissions():
    page = decode(
        b'{"permissions": [{"name": "tunedModels/x/permissions/1", "granteeType": "GROUP", "role": "READER", '
        b'"emailAddress": "a@b.c"}]}',
        messages.PermissionPage,
    )
    assert page.permissions[0] == messages.Permission("tunedModels/x/permissions/1", "GROUP", "a@b.c", "READER")


@pytest.mark.parametrize(("batch", "steps"), [(2, 38), (4, 19)])
def test_steps_as_recorded(batch, steps):
    assert wire.total_steps(15, {"epochCount": 5, "batchSize": batch}) == steps


@pytest.mark.parametrize("epochs", [0, -5, 2**31, 10**320])
def test_steps_of_no_training(epochs):
    """What no service should say is not counted with."""
    assert wire.total_steps(15, {"epochCount": epochs, "batchSize": 1}) is None


@pytest.mark.parametrize(
    ("done", "of", "percent"), [(0, 0, None), (1, 4, 25), (5, 4, 100), (10**320, 4, 100), (4, 10**320, 0)]
)
def test_percent(done, of, percent):
    """However large the numbers are."""
    assert Progress(done, of).percent == (percent if percent is None else pytest.approx(percent))


float32s = st.floats(0, 2, width=32).map(hashing.float32)
texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc"))).map(str.rstrip).filter(lambda text: "[gemspec:" not in text)
)
settings = st.fixed_dictionaries(
    {},
    optional={
        "displayName": texts,
        "description": texts,
        "temperature": float32s,
        "topP": float32s,
        "topK": st.integers(1, 2**31 - 1),
        "readerProjectNumbers": st.sets(st.integers(1, 2**63 - 1)).map(lambda found: tuple(map(str, sorted(found)))),
    },
)


@given(settings=settings, rate=float32s, examples=st.lists(st.tuples(texts, texts), min_size=1))
def test_settings_survive_the_wire(settings, rate, examples):
    """The body of a create, decoded, equals the settings, in type too."""
    data = [Example(*pair) for pair in examples]
    digest = fingerprint.fingerprint(data)
    marker = replace(MARKER, data=digest.fingerprint[:12], examples=digest.examples)
    creation = Creation(NAME, BaseModel("models/b"), settings, {"learningRate": rate, "epochCount": 3}, data, marker)
    live = decoded(**msgspec.json.decode(requests.create_body(creation)))
    assert live.marker == marker
    assert live.hyperparameters == creation.hyperparameters
    for name, value in settings.items():
        assert (live.settings[name], type(live.settings[name])) == (value, type(value))


@given(before=settings, after=settings)
def test_an_update_holds_only_what_changed(before, after):
    """The mask names exactly the settings that differ, and applying the body gives the new settings."""
    live = LiveModel(NAME, State.ACTIVE, BaseModel("models/b"), MARKER, {"description": ""} | before)
    body, mask = requests.update_body(live, after, None)
    fields = msgspec.json.decode(body)
    assert ",".join(fields) == mask
    assert set(fields) == {name for name, value in after.items() if live.settings.get(name) != value}
    if "description" in fields:
        assert markers.split(fields["description"], "numbers-0123456789") == (after["description"], MARKER)


def live(marker, description="Mine.") -> LiveModel:
    return LiveModel(NAME, State.ACTIVE, BaseModel("models/b"), marker, {"description": description})


def test_a_new_marker_changes_the_description_alone():
    promoted = replace(MARKER, serving=2)
    body, mask = requests.update_body(live(MARKER), {}, promoted)
    assert mask == "description"
    assert markers.split(msgspec.json.decode(body)["description"], "numbers-0123456789") == ("Mine.", promoted)


def test_nothing_changed_is_nothing_sent():
    assert requests.update_body(live(MARKER), {"description": "Mine."}, MARKER) == (b"{}", "")


def test_an_unmarked_model_stays_unmarked():
    assert requests.update_body(live(Absent()), {"description": "x"}, None) == (b'{"description":"x"}', "description")


@pytest.mark.parametrize("reading", [Corrupt("cut"), Newer(2)])
def test_a_marker_that_cannot_be_judged_is_not_overwritten(reading):
    with pytest.raises(ServiceError, match="cannot judge"):
        requests.update_body(live(reading), {"temperature": 1.0}, None)


def test_release_leaves_the_text_and_a_trace():
    body, mask = requests.release_body(live(MARKER))
    assert (json.loads(body), mask) == (
        {"description": markers.release("Mine.", NAME.removeprefix("tunedModels/"))},
        "description",
    )


def test_other_data_than_planned_is_not_sent():
    """The examples are hashed as they are sent."""
    creation = Creation(NAME, BaseModel("models/b"), {}, {}, [Example("1", "3")], MARKER)
    with pytest.raises(InvalidRequestError, match="not what was planned"):
        requests.create_body(creation)


@pytest.mark.parametrize("name", ["models/x", "tunedModels/", "tunedModels/../models/x", "tunedModels/a//b", "x"])
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(ServiceError, match="not the name"):
        requests.path(name)


def test_names_are_quoted():
    assert requests.path("tunedModels/a?b#c", "v1") == "/v1/tunedModels/a%3Fb%23c"
