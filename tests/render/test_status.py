from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from gemspec.domain.marker import Corrupt, Marker, Newer
from gemspec.domain.model import BaseModel, LiveModel, Permission, Progress, Snapshot, State
from gemspec.render.layout import Look, Style, columns
from gemspec.render.terminal.status import age_words, status_lines
from gemspec.render.terminal.status_key import status_key_lines
from gemspec.reports.plan import json_text
from gemspec.reports.status import is_training, known_keys, status_document, without_times

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "status.v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CREATED, NOW = "2023-11-14T22:13:20.123456789Z", 1_700_000_000.0
LONG = "a-key-of-exactly-29-character"


def curve(steps: int, total: int = 38) -> Progress:
    snapshots = (Snapshot(step, step * 2 // 15, 8 * math.exp(-4 * step / total)) for step in range(1, steps + 1))
    return Progress(steps, total, tuple(snapshots))


@pytest.fixture
def models(make_live):
    """Models in every role, unreadable models, and a foreign model."""
    unreadable = LiveModel("tunedModels/copied", State.ACTIVE, BaseModel("models/m"), Corrupt("it was copied"))
    found = [
        make_live("number-generator", "1" * 12, serving=1, progress=curve(38), create_time=CREATED),
        make_live("number-generator", "3" * 12, State.CREATING, serving=3, progress=curve(16), create_time=CREATED),
        make_live("number-generator", "2" * 12, serving=2, progress=curve(38), create_time=CREATED),
        make_live("greeter", "4" * 12, serving=None, create_time="yesterday"),
        make_live("greeter", "5" * 12, State.FAILED, serving=1, failure="the loss diverged", progress=curve(5)),
        make_live(LONG, "6" * 12, serving=12, progress=curve(3000, 3000), update_time=CREATED),
        replace(unreadable, marker=Corrupt("its sum is wrong", "support-bots", "greeter")),
        replace(unreadable, name="tunedModels/later", marker=Newer(2, "support-bots")),
        replace(unreadable, name="tunedModels/other", marker=Corrupt("its sum is wrong", "somebody-else")),
    ]
    return [_numbered(model) for model in found]


def _numbered(model):
    """Generations in the order of their promotions; a candidate is the second."""
    marker = model.marker
    return replace(model, marker=replace(marker, gen=marker.serving or 2)) if isinstance(marker, Marker) else model


@pytest.fixture
def document(models, stranger):
    permissions = {models[2].name: [Permission("EVERYONE", "", "READER"), Permission("GROUP", "ml@ex.org", "WRITER")]}
    return status_document([stranger, *models], "support-bots", now=NOW + 5 * 3600, permissions=permissions)


@pytest.mark.parametrize("width", [40, 80, 140])
def test_table(width, document, golden):
    """By key, the serving generation first; a wide terminal shows more columns."""
    lines = status_lines(document, Look(width))
    assert max(columns(line) for line in lines) <= width
    golden(f"status-{width}", "\n".join(lines) + "\n")


def test_plain_table(document, golden):
    """Without unicode, curves are made of plain characters."""
    lines = status_lines(document, Look(80, unicode=False))
    assert "".join(lines).isascii()
    golden("status-plain", "\n".join(lines) + "\n")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_one_key_in_full(width, document, golden):
    """Settings, permissions, generations; the curves of the serving generation and of its replacement."""
    lines = status_key_lines(document, "number-generator", Look(width))
    golden(f"status-key-{width}", "\n".join(lines) + "\n")


def test_one_key_that_failed(document, golden):
    """With the reason, and with what cannot be read of this key."""
    golden("status-key-failed", "\n".join(status_key_lines(document, "greeter")) + "\n")


def test_permissions_that_may_not_be_read(document):
    """With an API key, for example: the view says so, and shows the rest."""
    assert "  not to be read with these credentials" in status_key_lines(document, "greeter")


def test_only_our_models_count(models, stranger):
    """Models without this project's marker are only counted, in a line."""
    lines = status_lines(status_document([stranger, *models], "nobody"))
    assert lines == [
        "nobody has no models on the service.",
        "",
        "10 other models on the service are not of this project.",
    ]
    assert status_lines(status_document([], "nobody")) == ["nobody has no models on the service."]


def test_only_the_roles_are_coloured(document):
    """A table of many models stays calm, and colour changes no width."""
    coloured = status_lines(document, Look(80, Style(colour=True)))
    assert sum("\x1b[32mserving" in line for line in coloured) == 2
    assert [len(line) for line in status_lines(document)][3] == len(
        coloured[3].replace("\x1b[31m", "").replace("\x1b[0m", "")
    )


def test_document_is_described_by_the_schema(document, models):
    """What is printed as JSON validates, without a clock, too."""
    for made in (document, status_document(models, "support-bots"), status_document([], "nobody", now=NOW)):
        VALIDATOR.validate(json.loads(json_text(made)))


def test_a_loss_that_ran_away_is_null_and_shown(make_live):
    """JSON has no value for NaN; the table shows it."""
    live = make_live(
        "a", "1" * 12, State.CREATING, progress=Progress(2, 4, (Snapshot(1, 0, 1.0), Snapshot(2, 1, math.nan)))
    )
    made = status_document([live], "support-bots")
    assert json.loads(json_text(made))["models"][0]["loss"] is None
    assert "NaN" in status_lines(made)[1]
    assert status_key_lines(made, "a")[0] == "a: creating"


def test_a_model_that_is_several_resources(make_live):
    """Each by its name; without a section of permissions where models have none."""
    parts = {"job": "jobs/1", "model": "models/1@1", "endpoint": "endpoints/1"}
    document = status_document([make_live("a", "4" * 12, resources=parts)], "support-bots", has_permissions=False)
    VALIDATOR.validate(document)
    lines = status_key_lines(document, "a", Look(80))
    assert [line.split() for line in lines[1:4]] == [[f"{kind}:", name] for kind, name in parts.items()]
    assert not any("Permissions" in line for line in lines)


def test_what_a_training_waits_for_at_the_service(make_live):
    """The state of the service in place of the percentage; in full for a single key."""
    waiting = make_live("greeter", "4" * 12, State.CREATING, serving=1, progress=Progress(waiting="queued"))
    document = status_document([waiting], "support-bots")
    assert document["models"][0]["waiting"] == "queued"
    title, line = status_lines(document, Look(40))
    assert line.index("queued") + len("queued") == title.index("DONE") + len("DONE")
    assert "  state:                CREATING, queued at the service" in status_key_lines(document, "greeter", Look(80))


def test_only_named_keys_are_shown(models):
    """The models of a named key, readable or not."""
    made = status_document(models, "support-bots", keys=["greeter"])
    assert {entry["key"] for entry in made["models"]} == {"greeter"}
    assert [entry["key"] for entry in made["unreadable"]] == ["greeter"]
    assert known_keys(status_document(models, "support-bots")) == [LONG, "greeter", "number-generator"]


def test_time_alone_is_no_news(models):
    """An hour later the same models make an equal state; after another step they do not."""
    early, late = (status_document(models, "support-bots", now=NOW + hours * 3600) for hours in (1, 2))
    assert early != late
    assert without_times(early) == without_times(late)
    moved = [replace(models[1], progress=curve(17)), *models[2:]]
    assert without_times(status_document(moved, "support-bots", now=NOW)) != without_times(early)
    assert is_training(early)
    assert not is_training(status_document(models[2:], "support-bots"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "<1m"),
        (59, "<1m"),
        (60, "1m"),
        (7199, "1h"),
        (86400, "1d"),
        (86400 * 364, "364d"),
        (10**8, "3y"),
    ],
)
def test_ages(seconds, words):
    """In the greatest unit; trainings take hours, and seconds would only flicker."""
    assert age_words(seconds) == words


def test_ages_are_counted_from_the_creation(models):
    """An age is never negative, even if clocks disagree; a time that cannot be read gives no age."""
    assert status_document(models[:1], "support-bots", now=NOW - 60)["models"][0]["age_seconds"] == 0
    assert status_document(models[3:4], "support-bots", now=NOW)["models"][0]["age_seconds"] is None
    assert status_document(models[5:6], "support-bots", now=NOW + 60)["models"][0]["age_seconds"] == 59
