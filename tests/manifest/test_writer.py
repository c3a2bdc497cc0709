"""Manifests for models that exist: what is written is read back as the service has it, to the letter."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from gemspec.domain.errors import GemspecError
from gemspec.domain.marker import Absent
from gemspec.domain.model import Adoption, BaseModel, LiveModel, ParentModel, State
from gemspec.identity.hashing import float32
from gemspec.manifest import load
from gemspec.manifest.export import writer
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.vertex.spec import SPEC as VERTEX_AI

from .manifest_fixture import PROJECT, TRICKY, VERTEX, only

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.domain.model import DesiredModel

NAME = "tunedModels/number-generator-psx3d3gljyko"
LIVE = LiveModel(
    name=NAME,
    state=State.ACTIVE,
    source=BaseModel("models/gemini-1.0-pro-001"),
    marker=Absent(),
    settings={
        "displayName": "number generator",
        "description": "Says the number that follows.",
        "readerProjectNumbers": ("12", "345"),
        "temperature": 0.9,
        "topP": 1.0,
        "topK": 40,
    },
    hyperparameters={"epochCount": 5, "batchSize": 4, "learningRate": 0.001, "learningRateMultiplier": 1.0},
)


def read(text: str) -> DesiredModel:
    """The one model of a manifest, without warnings, as it is in a project."""
    workspace = load(["-"], stdin=io.BytesIO(text.encode()))
    assert workspace.warnings == ()
    return only(workspace)


def write(live: LiveModel, key: str) -> writer.Written:
    """The manifest of a model as its own service has it."""
    return writer.write(live, key, VERTEX_AI if live.name.startswith("projects/") else GEMINI)


@pytest.fixture
def project(here: Path) -> None:
    (here / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")


@pytest.mark.usefixtures("project")
def test_the_whole_manifest() -> None:
    """All that the service tells, in the order and the style of the starter, and what to do about the data."""
    assert (
        write(LIVE, "number-generator").text
        == """\
# A manifest: one tuned model as it should be. Every field: gemspec explain spec
apiVersion: gemspec/v1
kind: TunedModel
metadata:
  name: number-generator
spec:
  # A model that existed before this manifest: `gemspec apply` puts the project's marker on it.
  import:
    tunedModel: tunedModels/number-generator-psx3d3gljyko
    # What it was trained on; asDeclared: on just the trainingData of this manifest.
    data: unknown
  displayName: number generator
  description: Says the number that follows.
  baseModel: models/gemini-1.0-pro-001
  temperature: 0.9
  topP: 1.0
  topK: 40
  readerProjectNumbers:
    - "12"
    - "345"
  tuningTask:
    hyperparameters:
      epochCount: 5
      batchSize: 4
      learningRate: 0.001
    # The service does not tell what a model was trained on. Without trainingData it is never trained again; with it,
    # the apply after the import trains a replacement, unless `data: asDeclared` above says that the model was trained
    # on just that.
    # trainingData:
    #   files:
    #     - data/number-generator.jsonl
"""
    )
    desired = read(write(LIVE, "number-generator").text)
    assert (desired.key, desired.source, desired.dataset) == ("number-generator", LIVE.source, None)
    assert (desired.adopts, desired.permissions, desired.settings) == (Adoption(NAME), None, LIVE.settings)
    assert desired.hyperparameters == {"epochCount": 5, "batchSize": 4, "learningRate": 0.001}


VERTEX_LIVE = LiveModel(
    name="projects/123456/locations/us-central1/tuningJobs/789",
    state=State.ACTIVE,
    source=BaseModel("gemini-2.5-flash"),
    marker=Absent(),
    settings={"displayName": "n" * 41, "description": "", "labels.team": "ml", "labels.empty": "", "labels.Ü": "x"},
    hyperparameters={"epochCount": 3, "learningRateMultiplier": 1.0, "adapterSize": "ADAPTER_SIZE_FOUR"},
    fixed={"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"},
)


def test_a_model_of_vertex_ai(here: Path) -> None:
    """What that has is written, with its own limits; a label that no manifest can declare is left out."""
    (here / "gemspec.yaml").write_text(VERTEX, encoding="utf-8")
    written = write(VERTEX_LIVE, "numbers")
    (left,) = written.left_out
    assert (left.field, left.reason[:23]) == ("labels.Ü", 'labels cannot hold "Ü",')
    desired = read(written.text)
    assert (desired.source, desired.adopts) == (VERTEX_LIVE.source, Adoption(VERTEX_LIVE.name))
    assert (desired.hyperparameters, desired.fixed) == (VERTEX_LIVE.hyperparameters, VERTEX_LIVE.fixed)
    assert desired.settings == {
        name: value for name, value in VERTEX_LIVE.settings.items() if name not in ("description", "labels.Ü")
    }
    assert "  labels:\n    team: ml\n" in written.text


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("hyperparameters", [LIVE.hyperparameters, {}], ids=["known", "unknown"])
def test_the_data_can_be_put_in(here: Path, hyperparameters: dict[str, float]) -> None:
    """Without `# `, the lines about data are YAML in their right place."""
    (here / "data").mkdir()
    (here / "data/numbers.jsonl").write_text('{"textInput": "1", "output": "2"}\n', encoding="utf-8")
    text = write(replace(LIVE, hyperparameters=hyperparameters), "numbers").text
    head, _, example = text.partition("on just that.\n" if hyperparameters else "just that.\n")
    (here / "numbers.yaml").write_text(
        head.replace("data: unknown", "data: asDeclared") + "\n" + example.replace("# ", "")
    )
    (desired,) = load().desired
    assert desired.dataset
    assert desired.adopts == Adoption(NAME, as_declared=True)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "text",
    [
        "no", "1", "1e3", "0x1F", "1:30", "~", "null", "2024-01-01", "- a", "a: b", "a #b", "'", '"', "*", "@x", "=",
        "<<", "Two\nlines", "\n  indented\n\nlast", "ends\n with: colon\n# and comment", "tab\tbed", "a\u202eb",
        "\x1b[31m", "😀", "\x85 and \u2028", "%", "---", "---\n...\n", "null byte \x00", "\u00a0\nx", "a" * 300,
        "back\\slash", "{{ x }}",
    ],
)  # fmt: skip
def test_text_is_exact(text: str) -> None:
    """Whatever a YAML reader could make of it."""
    text = text.rstrip()
    written = write(replace(LIVE, settings={"description": text}), "numbers")
    assert written.left_out == ()
    assert read(written.text).settings == {"description": text}
    assert written.text.replace("\n", "").isprintable()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("settings", "hyperparameters", "reason"),
    [
        ({"displayName": "x" * 41}, {}, "displayName has 41 characters, at most 40 are allowed"),
        ({"displayName": "\x1b\n" * 30}, {}, "displayName has 60 characters, at most 40 are allowed"),
        ({"temperature": 1.5}, {}, "temperature cannot be 1.5, write at most 1"),
        ({"topK": 0}, {}, "topK cannot be 0, write at least 1"),
        (
            {"description": "ends in a space "},
            {},
            "description is not in a form that a manifest can hold to the letter",
        ),
        ({}, {"learningRate": 0.0}, "learningRate cannot be 0.0, write a number above 0"),
        ({}, {"epochCount": 0}, "epochCount cannot be 0, write at least 1"),
    ],
)
def test_what_no_manifest_can_hold_is_left_out(
    settings: dict[str, object], hyperparameters: dict[str, float], reason: str
) -> None:
    """With its reason in a comment; all the rest is there."""
    live = replace(
        LIVE,
        settings={**LIVE.settings, **settings},
        hyperparameters={"batchSize": 4, **hyperparameters},
    )
    written = write(live, "numbers")
    (left,) = written.left_out
    assert left.reason == reason
    assert f"# Left out: {reason}." in written.text
    (name,) = {**settings, **hyperparameters}
    assert left.field == (f"tuningTask.hyperparameters.{name}" if hyperparameters else name)
    desired = read(written.text)
    assert {**desired.settings, **desired.hyperparameters}.keys() == {*live.settings, "batchSize"} - {name}


@pytest.mark.usefixtures("project")
def test_bad_numbers_of_readers() -> None:
    """One reader that cannot be written takes the whole field: the others alone would remove it."""
    written = write(replace(LIVE, settings={"readerProjectNumbers": ("-1", "12")}), "numbers")
    assert [left.field for left in written.left_out] == ["readerProjectNumbers"]
    assert read(written.text).settings == {}


@pytest.mark.parametrize(
    ("live", "summary"),
    [
        (replace(LIVE, source=BaseModel("")), f"the service does not tell what {NAME} was tuned from"),
        (replace(LIVE, source=BaseModel("a b")), f"no manifest can be written for {NAME}: baseModel cannot be"),
        (replace(LIVE, source=ParentModel(NAME)), f"no manifest can be written for {NAME}: {NAME} cannot be tuned"),
        (replace(LIVE, name="tunedModels/A"), "no manifest can be written for tunedModels/A: tunedModel cannot be"),
    ],
)
def test_what_cannot_be_imported(live: LiveModel, summary: str) -> None:
    """Without a name and a source there is no manifest."""
    with pytest.raises(GemspecError) as caught:
        write(live, "numbers")
    assert caught.value.summary.startswith(summary)


floats = st.floats(0, 2, width=32).map(float32)
texts = st.text(st.sampled_from(TRICKY), max_size=60) | st.text(max_size=20)
counts = st.integers(0, 2**31 - 1)


def some(**values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """A mapping in which any of these may be missing."""
    return st.fixed_dictionaries({}, optional=values)


lives = st.builds(
    LiveModel,
    name=st.from_regex(r"tunedModels/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True),
    state=st.just(State.ACTIVE),
    source=st.just(BaseModel("models/gemini-1.0-pro-001")) | st.just(ParentModel("tunedModels/other-1a2b3c4d5e")),
    marker=st.just(Absent()),
    settings=some(
        displayName=texts,
        description=texts.map(lambda text: text.replace("\r\n", "\n").rstrip()),
        readerProjectNumbers=st.lists(st.integers(1, 10**18 - 1), unique=True, max_size=3).map(
            lambda numbers: tuple(str(number) for number in sorted(numbers))
        ),
        temperature=floats,
        topP=floats,
        topK=counts,
    ),
    hyperparameters=some(
        epochCount=counts, batchSize=counts, learningRate=floats, learningRateMultiplier=st.floats(0, 1e30).map(float32)
    ),
)


@settings(max_examples=300, deadline=None)
@given(live=lives)
def test_any_model_is_read_back(live: LiveModel, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every value that the manifest holds is the service's, and every other is empty, excluded or named as left out."""
    folder = tmp_path_factory.getbasetemp() / "property"
    folder.mkdir(exist_ok=True)
    (folder / "gemspec.yaml").write_text(PROJECT, encoding="utf-8")
    if isinstance(live.source, ParentModel) and live.source.name == live.name:
        return
    written = write(live, "numbers")
    desired = only(load(["-"], project=str(folder / "gemspec.yaml"), stdin=io.BytesIO(written.text.encode())))
    assert (desired.source, desired.adopts, desired.dataset) == (live.source, Adoption(live.name), None)
    left = {left.field.rpartition(".")[2] for left in written.left_out}
    excluded = {"learningRateMultiplier"} if "learningRate" in live.hyperparameters else set()
    assert desired.settings == {
        name: value for name, value in live.settings.items() if name not in left and value not in ("", ())
    }
    assert desired.hyperparameters == {
        name: value for name, value in live.hyperparameters.items() if name not in left | excluded
    }
    assert left <= {
        name for name, value in {**live.settings, **live.hyperparameters}.items() if not is_usual(name, value)
    }


def is_usual(name: str, value: object) -> bool:
    """Whether a manifest has no reason to leave a value out."""
    match name:
        case "displayName":
            return len(str(value)) <= 40
        case "description" | "readerProjectNumbers":
            return "[gemspec:" not in str(value)
        case "temperature" | "topP":
            return isinstance(value, float) and value <= 1
        case _:
            return isinstance(value, int | float) and value > 0
