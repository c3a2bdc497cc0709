"""What the tests of gemspec.manifest share: a project in a temporary current folder, and manifests to vary."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gemspec.domain.errors import InputError, Severity
from gemspec.manifest import Workspace, load

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.domain.model import DesiredModel

# Characters that some format treats specially; hypothesis needs seconds to make up its mind about all of Unicode.
TRICKY = "aZ09 \t\n\r\"',;:#-[]{}&*!|>%@`~\\/?=\x00\x1b\x7f\x85\u2028\ufeffé\u0301😀"

PROJECT = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: bots}
spec: {provider: emulator}
"""

VERTEX = """\
apiVersion: gemspec/v1
kind: Project
metadata: {name: bots}
spec: {provider: vertex, vertex: {project: my-project, location: us-central1, bucket: my-bucket}}
"""

MODEL = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask:
    trainingData:
      examples: [{textInput: "1", output: "2"}]
"""


def model(name: str = "numbers", metadata: str = "", **spec: object) -> str:
    """A manifest of one model; keyword arguments are further fields of its spec (JSON is YAML too)."""
    fields = {"baseModel": "models/gemini-1.0-pro-001", **spec}
    fields.setdefault("tuningTask", {"trainingData": {"examples": [{"textInput": "1", "output": "2"}]}})
    lines = [f"  {field}: {json.dumps(value)}" for field, value in fields.items() if value is not None]
    head = f"apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {{name: {name}{metadata}}}\nspec:\n"
    return head + "\n".join(lines) + "\n"


def on_vertex(name: str = "numbers", **spec: object) -> str:
    """A manifest of one model for Vertex AI."""
    return model(name, **{"baseModel": "gemini-2.5-flash", **spec})


def with_data(**training_data: object) -> str:
    """A manifest with this trainingData."""
    return model(tuningTask={"trainingData": training_data})


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write files below a folder, with a project file where none is given."""
    for name, content in {"gemspec.yaml": PROJECT, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def problems(*paths: str, stdin: bytes = b"", project: str | None = None, allow_empty: bool = False) -> list[str]:
    """What is wrong when these PATHs are loaded, a line each."""
    with pytest.raises(InputError) as caught:
        load(paths, stdin=io.BytesIO(stdin), project=project, allow_empty=allow_empty)
    return [str(problem) for problem in caught.value.problems if problem.severity is Severity.ERROR]


def only(workspace: Workspace) -> DesiredModel:
    """The one desired model, without its place."""
    (desired,) = workspace.desired
    return replace(desired, origin=None)
