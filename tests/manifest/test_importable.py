"""Which models a project can import, and as what."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.errors import Origin
from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import Adoption, BaseModel, DesiredModel, LiveModel, State
from gemspec.identity.hashing import KEY_PATTERN
from gemspec.manifest.export.importable import derived_key, free_key, refusal
from gemspec.providers.gemini.spec import SPEC

NAME = "tunedModels/x"
WORDS = SPEC.traits.words
MARKER = Marker("team", "a", "0" * 12, "0" * 12, 1)


def live(state=State.ACTIVE, marker=None, failure=""):
    """A model as the service has it."""
    return LiveModel(NAME, state, BaseModel("models/gemini-1.0-pro-001"), marker or Absent(), failure=failure)


@pytest.mark.parametrize(
    ("name", "display_name", "key"),
    [
        ("number-generator", "", "number-generator"),
        ("number-generator-model-psx3d3gljyko", "number generator model", "number-generator-model"),
        ("sentence-translator-u3b7m", "Sentence Translator", "sentence-translator"),  # the API's own example
        ("sentence-translator-u3b7m", "", "sentence-translator-u3b7m"),  # which might be a name of somebody's own
        ("number-generator-psx3d3gljyko", "renamed since", "number-generator"),
        ("number-generator-2620582e81", "", "number-generator"),  # made by gemspec, then released
        ("faq-internationally", "", "faq-internationally"),  # twelve letters and more are a word
        ("faq-confidential", "faq", "faq-confidential"),
        ("faq-v2", "faq", "faq-v2"),
        ("faq-2024", "Don't (FAQ)!", "faq-2024"),
        ("psx3d3gljyko", "", "psx3d3gljyko"),
        ("3d-printer", "3D printer", "model-3d-printer"),
        ("12345", "", "model-12345"),
        ("a" * 40, "", "a" * 29),
        ("this-is-a-very-long-name-for-a-model-01", "", "this-is-a-very-long-name-for"),
        ("answers-about-the-whole-shop-psx3d3gljyko", "", "answers-about-the-whole-shop"),
        ("", "", "model"),
    ],
)
def test_derived_key(name, display_name, key):
    """What a person called it, as far as that can be told, in the form of a key."""
    assert derived_key(f"tunedModels/{name}", display_name) == key


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True), st.text(max_size=50))
def test_any_name_has_a_key(name, display_name):
    """A valid one, whatever people called it."""
    assert re.fullmatch(KEY_PATTERN, derived_key(f"tunedModels/{name}", display_name))


@given(st.from_regex(KEY_PATTERN, fullmatch=True), st.integers(1, 12))
def test_free_key(key, taken):
    """A valid one again, and the first that nobody has."""
    given_away = [key]
    for _ in range(taken):
        given_away.append(free_key(key, given_away))
    assert len(set(given_away)) == taken + 1
    assert all(re.fullmatch(KEY_PATTERN, key) for key in given_away)
    assert given_away[1].endswith("-2")


def test_what_can_be_imported():
    """A model that works and is nobody's, whatever else the project declares."""
    other = DesiredModel("b", BaseModel("models/x"), None, adopts=Adoption("tunedModels/other"))
    assert refusal(live(), "team", [other], WORDS) is None


@pytest.mark.parametrize(
    ("model", "reason", "hint"),
    [
        (live(marker=MARKER), "is managed by this project already, as a", "`gemspec status a` shows it"),
        (live(State.FAILED, MARKER), "is managed by this project already, as a", "`gemspec status a` shows it"),
        (
            live(marker=Marker("old", "k", "0" * 12, "0" * 12, 1)),
            "belongs to project old, as k",
            "gemspec import --from-owner old",
        ),
        (
            live(marker=Newer(2, "team", "a")),
            "marker of a form that is not known (version 2)",
            "the gemspec that wrote",
        ),
        (live(marker=Corrupt("it is not complete")), "cannot be read: it is not complete", '"[gemspec:"'),
        (live(State.CREATING), "is still in training", "when that has ended"),
        (live(State.FAILED, failure="out of steps"), "failed its training: out of steps", "nothing"),
        (live(State.FAILED), "failed its training", "nothing"),
        (live(State.UNKNOWN), "is in a state that this gemspec does not know", "newer gemspec"),
    ],
)
def test_what_cannot(model, reason, hint):
    """Each with its reason, and what to do instead."""
    found = refusal(model, "team", [], WORDS)
    assert found is not None
    assert found.reason.endswith(reason)
    assert hint in found.hint


def test_imported_already():
    """The manifest is named."""
    origin = Origin("models/k.yaml", 4, 9)
    desired = DesiredModel("k", BaseModel("models/x"), None, adopts=Adoption(NAME), origin=origin)
    found = refusal(live(), "team", [desired], WORDS)
    assert found is not None
    assert found.reason == "is imported already, as k (models/k.yaml:4:9)"
