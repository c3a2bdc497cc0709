"""Permanent forms. The golden vectors belong to marker version 1: they are only ever added to."""

from __future__ import annotations

import re
import struct
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.model import BaseModel, ParentKey, ParentModel
from gemspec.domain.training_data import Contents, Dataset, Example
from gemspec.identity import fingerprint, hashing

NUMBERS = [Example("1", "2"), Example("twenty two", "twenty three"), Example("LXIII", "LXIV"), Example("é", "🙂")]
BASE = BaseModel("models/gemini-1.0-pro-001")
CHAT = Contents(
    '{"contents":[{"parts":[{"text":"1"}],"role":"user"},{"parts":[{"text":"2"}],"role":"model"}],'
    '"systemInstruction":{"parts":[{"text":"Say what follows."}]}}'
)
PICTURE = Contents(
    '{"contents":[{"parts":[{"text":"é \u2028"},{"fileData":{"fileUri":"gs://b/a.png","mimeType":"image/png"}}],'
    '"role":"user"},{"parts":[{"text":"🙂"}],"role":"model"}]}'
)

GOLDEN_DATA = [
    ([], "663be49bbd60b0feeb91814ed1a49009e046fc188a81b7f76f842614fc000ff5"),
    (NUMBERS, "c6b87b09a276c1075c0384ddc6b6ada60572764511173f5fc59264d504ba56c9"),
    ([Example("a\n", ""), Example("", "b")], "8ff12dabb5c103170e0203ade26a0949b18df1d8199c4c966685531b023c223f"),
    ([CHAT], "a0a5cec615f3f61175d2980b14ba253a47e31ebdfb6fa773655062efe397595f"),
    ([CHAT, Example("1", "2"), PICTURE], "59ede0262e17c3202e8ceee09100e1d1d35969713117b50214e97025a6c950e1"),
]

VERTEX = BaseModel("gemini-2.5-flash")
FULL = "9f" * 32
GOLDEN_TRAIN = [
    (BASE, {}, 1, None, "948e19279ffe"),
    (BASE, {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}, 1, None, "597c7895a1d7"),
    (BASE, {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}, 2, None, "e7dc8f268e7c"),
    (BASE, {"learningRateMultiplier": 1.0}, 1, None, "1c09e288db90"),
    (ParentModel("tunedModels/x"), {}, 1, None, "540abb6db72d"),
    (ParentKey("a"), {}, 1, "0a1b2c3d4e5f", "a1a313200a61"),
    (VERTEX, {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR"}, 1, None, "c80881f12eb8"),
]

GOLDEN_ID = [
    ("support-bots", "number-generator", "0a1b2c3d4e5f", "number-generator-76d9718d2a"),
    ("a", "a" * 29, "000000000000", "a" * 29 + "-b9ce39511d"),
]


@pytest.mark.parametrize(("examples", "expected"), GOLDEN_DATA)
def test_golden_fingerprints(examples, expected):
    """Fingerprints of training data, to the letter."""
    assert fingerprint.fingerprint(examples).fingerprint == expected
    assert fingerprint.fingerprint(examples).examples == len(examples)


@pytest.mark.parametrize(("source", "hyperparameters", "attempt", "parent", "expected"), GOLDEN_TRAIN)
def test_golden_train_hashes(source, hyperparameters, attempt, parent, expected):
    """Train hashes, to the letter."""
    found = hashing.train_hash(source, hyperparameters, FULL, attempt=attempt, parent_train=parent)
    assert found == expected


def test_golden_train_hash_with_a_key_of_encryption():
    """What else a training fixes counts, and nothing is as if it had not been there."""
    fixed = {"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}
    assert hashing.train_hash(VERTEX, {}, FULL, fixed=fixed) == "245c84f0d327"
    assert hashing.train_hash(BASE, {}, FULL, fixed={}) == GOLDEN_TRAIN[0][-1]


def test_golden_stored_data():
    """Data on Cloud Storage, to the letter: by what it holds, wherever it is and however often it was uploaded."""
    found = fingerprint.stored_data(48_000, "yZRlqg==")
    assert found == Dataset("c76037d5659906d83c221678cc562327141e61fed6aa244067be9d272743fdf2", 0)
    assert found.fingerprint == sha256(b"gemspec:1:uri\n48000\nyZRlqg==").hexdigest()
    assert fingerprint.stored_data(1, "AAAAAA==").fingerprint.startswith("ea5871ad97fd")


@pytest.mark.parametrize(("owner", "key", "train", "expected"), GOLDEN_ID)
def test_golden_ids(owner, key, train, expected):
    """Remote ids, to the letter; the longest key still fits the Gemini API's 40 characters."""
    found = hashing.remote_id(owner, key, train)
    assert found == expected
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", found)


def test_the_form_of_a_fingerprint():
    """It can be computed from the module's docstring alone."""
    content = b"gemspec:1:data\nc%d:%bt1:11:2" % (len(CHAT.line.encode()), CHAT.line.encode())
    assert fingerprint.fingerprint([CHAT, Example("1", "2")]).fingerprint == sha256(content).hexdigest()


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4), st.data())
def test_every_character_and_the_order_count(pairs, data):
    """Two sequences of examples have the same fingerprint only when they are equal."""
    other = data.draw(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4))
    same = fingerprint.fingerprint([Example(*pair) for pair in pairs]) == fingerprint.fingerprint(
        [Example(*pair) for pair in other]
    )
    assert same == (pairs == other)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float32_is_exact_and_idempotent(value):
    """Rounding keeps the float32 value, and rounding again changes nothing."""
    short = hashing.float32(value)
    assert struct.pack("<f", short) == struct.pack("<f", value)
    assert hashing.float32(short) == short


@pytest.mark.parametrize(
    ("value", "text"), [(5, "5"), (0.001, "0.001"), (1.0, "1"), (0.7, "0.7"), (0.0002, "0.0002"), (1e-7, "1e-07")]
)
def test_number_text(value, text):
    """Equal numbers have the same text, however they were written."""
    assert hashing.number_text(value) == text


def test_the_train_hash_of_a_child_needs_its_parent():
    """A child without its parent's generation has no hash."""
    with pytest.raises(ValueError, match="'a'"):
        hashing.train_hash(ParentKey("a"), {}, FULL)


def test_the_order_of_hyperparameters_does_not_count():
    """Mappings are sorted."""
    train = hashing.train_hash(BASE, {"epochCount": 1, "batchSize": 2}, FULL)
    assert train == hashing.train_hash(BASE, {"batchSize": 2, "epochCount": 1}, FULL)
