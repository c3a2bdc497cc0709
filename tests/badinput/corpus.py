"""The corpus of broken inputs: mistakes that people make, each a file or a folder of `cases/`, or a generated case.

A case is laid out as a project of its own. What it does not bring itself is right: a single file of `project/` is the
project file, one of `data/` the training data, any other a manifest. Those of `vertex/`, `vertex-data/` and
`vertex-project/` are the same for Vertex AI.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .generated_cases import EXAMPLE, MODEL, ODD

HERE = Path(__file__).parent
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: bots}\nspec: {provider: emulator}\n"
VERTEX = PROJECT.replace(
    "emulator}", "emulator, vertex: {project: my-project, location: us-central1, bucket: my-bucket}}"
)
VERTEX_MODEL = MODEL.replace("models/gemini-1.0-pro-001", "gemini-2.5-flash")
DATA = "".join(EXAMPLE.replace("1", f"in {number}").replace("2", f"out {number}") for number in range(20))


@dataclass(frozen=True)
class Case:
    """A broken input. `golden` holds what `gemspec validate` prints for it."""

    topic: str
    name: str

    @property
    def golden(self) -> Path:
        return HERE / "expected" / self.topic / f"{self.name}.txt"

    @property
    def breaks_project(self) -> bool:
        """Whether the project file itself cannot be used, so that not even its models can be listed."""
        made = ODD[self.name][0] if self.topic == "odd" else ""
        return (self.kind == "project" and not self.name.startswith("glob-")) or made == "gemspec.yaml"

    @property
    def kind(self) -> str:
        """Its topic, whichever the service."""
        return self.topic.removeprefix("vertex-")

    def lay_out(self, folder: Path) -> None:
        """Make the project in `folder`."""
        on_vertex = self.topic.startswith("vertex")
        (folder / "gemspec.yaml").write_text(VERTEX if on_vertex else PROJECT)
        (folder / "data.jsonl").write_text(DATA)
        source = HERE / "cases" / self.topic / self.name
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
            return
        name, content = ODD[self.name] if self.topic == "odd" else (self._file(source), source.read_bytes())
        if not name.startswith("model"):
            data = name if name.startswith("data") else "data.jsonl"
            (folder / "model.yaml").write_text((VERTEX_MODEL if on_vertex else MODEL).replace("data.jsonl", data))
        _write(folder / name, content)

    def _file(self, source: Path) -> str:
        names = {"project": "gemspec.yaml", "data": f"data{source.suffix}"}
        return names.get(self.kind, f"model{source.suffix}")


def _write(path: Path, content: str | bytes) -> None:
    path.unlink(missing_ok=True)
    if isinstance(content, str) and content.startswith("-> "):
        path.symlink_to(content.removeprefix("-> "))
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def cases() -> list[Case]:
    """Every case, in order."""
    found = [Case(path.parent.name, path.name) for path in sorted((HERE / "cases").glob("*/*"))]
    return [*found, *(Case("odd", name) for name in ODD)]
