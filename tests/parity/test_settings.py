"""Every place that has to know a setting knows each row of `domain.settings.SETTINGS`, and notices a row without it.

What derives from the table needs no edit for a new row; what cannot derive fails here, by its name. The recipe for a
new setting is in docs/architecture.md.
"""

from __future__ import annotations

import pytest

from gemspec.domain import settings
from gemspec.domain.settings import GEMINI, OTHER_FIELDS, SETTINGS, VERTEX, Setting, SettingKind, SettingType
from gemspec.manifest.validation.schema import property_schema

from .setting_places import PLACES

ROWS = [(row, provider) for row in SETTINGS for provider in row.providers]
# What has to be edited for a new setting: the schema (which `explain`, the importer and the round trip read), the
# message types and the emulator's tables. All the other places derive from the table.
EDITED = {"schema", "explain", "importer", "decode", "emulator", "round_trip"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("row", "provider"), ROWS, ids=[f"{row.name}-{provider}" for row, provider in ROWS])
def test_every_place_knows_every_setting(place, row, provider):
    PLACES[place](row, provider)


def test_every_field_of_a_manifest_is_accounted_for():
    """A field of `spec` is a setting or has a reader of its own. Rows are in the order of the schema, which is the
    order in which manifests are written.
    """
    assert unaccounted() == set()
    assert [field for field in _fields() if field not in OTHER_FIELDS] == [row.field for row in SETTINGS]
    assert len({row.name for row in SETTINGS}) == len(SETTINGS)


def unaccounted():
    """The fields that the schema has and the table has not, or the other way."""
    return set(_fields()) ^ {row.field for row in settings.SETTINGS} ^ set(OTHER_FIELDS)


MADE_UP = [
    (Setting("presencePenalty", SettingType.FLOAT32, SettingKind.MUTABLE, (GEMINI,)), EDITED),
    (Setting("presencePenalty", SettingType.FLOAT32, SettingKind.MUTABLE, (VERTEX,)), EDITED),
    (Setting("tuningTask.hyperparameters.warmUp", SettingType.INTEGER, SettingKind.HYPERPARAMETER, (GEMINI,)), EDITED),
    (Setting("storageClass", SettingType.TEXT, SettingKind.FIXED, (VERTEX,)), EDITED),
    (Setting("tuningTask.priority", SettingType.TEXT, SettingKind.EXTRA, (VERTEX,)), EDITED - {"importer", "decode"}),
]


@pytest.mark.parametrize(("row", "edited"), MADE_UP, ids=[f"{row.name}-{row.providers[0]}" for row, _ in MADE_UP])
def test_a_row_that_is_in_the_table_alone(row, edited, table_with):
    """The places that have to be edited notice it, each for itself. All others know it by its row."""
    table_with(row)
    assert {name for name, check in PLACES.items() if notices(check, row)} == edited


def notices(check, row):
    """Whether a check fails, in whichever way."""
    try:
        check(row, row.providers[0])
    except Exception:
        return True
    return False


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
def test_a_row_that_the_table_has_lost(row, monkeypatch):
    """A field of the schema that has no row is noticed."""
    monkeypatch.setattr("gemspec.domain.settings.SETTINGS", tuple(other for other in SETTINGS if other is not row))
    assert row.field in unaccounted()


@pytest.fixture
def table_with(monkeypatch):
    """Add a row to the table, for a single test."""

    def add(row):
        monkeypatch.setattr(settings, "SETTINGS", (*SETTINGS, row))
        _forget()

    yield add
    monkeypatch.undo()
    _forget()


def _forget():
    for derived in (settings.of_kind, settings.named, settings.trained_fields):
        derived.cache_clear()


def _fields():
    """The fields of `spec`, those of blocks by their path."""
    blocks = {"tuningTask": "tuningTask.", "tuningTask.hyperparameters": "tuningTask.hyperparameters."}

    def below(names, prefix):
        for name in property_schema("TunedModel", "spec", *names)["properties"]:
            if prefix + name in blocks:
                yield from below((*names, name), blocks[prefix + name])
            else:
                yield prefix + name

    return below((), "")
