"""The files that people write -> what they want. The one entry is `load`; above it nothing knows YAML or JSON schemas.

The walk: `targets` and `search` (PATHs -> files -> documents, `links`, `read`, `kinds`) -> `schema` (all problems, in
the plain words of `words`) -> `datasets` (examples -> fingerprint; `data_files`, `readers` with `json_lines` and
`plain_lines`, `rows`, `conversations`) -> `build` (-> `desired`, the DesiredModels, with `values`, `permissions`,
`checks` with `patterns`, `semantics` between them, and `advice`, the warnings). `services` says what differs between
services, `sources` gives the line of a problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from gemspec.domain.errors import InputError, Origin, Problem
from gemspec.manifest.builder import build, project as build_project
from gemspec.manifest.data.fingerprint_cache import Known
from gemspec.manifest.discovery.paths import locate, locate_project
from gemspec.manifest.discovery.search import find, find_project
from gemspec.manifest.syntax.error_limits import told
from gemspec.manifest.validation.provider_schema import of_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gemspec.domain.model import DesiredModel, TrainingExample
    from gemspec.domain.project import Project
    from gemspec.manifest.data.dataset import TrainingData

__all__ = ["Workspace", "instruction", "load", "load_project"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project as its files describe it; `desired` is in order of keys.

    `folder` is the project folder. `whole` is False where PATHs named manifest files: then `desired` is a part, and
    what is missing from it may still be wanted. `warnings` are problems that do not stop a run.
    """

    folder: Path
    project: Project
    desired: tuple[DesiredModel, ...]
    whole: bool
    warnings: tuple[Problem, ...] = ()
    _data: Mapping[str, TrainingData] = field(default_factory=dict, repr=False, compare=False)
    _validation: Mapping[str, TrainingData] = field(default_factory=dict, repr=False, compare=False)

    def examples(self, key: str) -> list[TrainingExample]:
        """Read the examples of a key once more, hashing as they are read, for the create that sends them.

        Raises InputError where they can no longer be read or are no longer those of `desired`; KeyError for a key that
        is not there, or whose data is not here.
        """
        return self._read(self._data[key], self._model(key), "training")

    def validation(self, key: str) -> list[TrainingExample]:
        """Read the validation examples of a key once more, as `examples` does."""
        return self._read(self._validation[key], self._model(key), "validation")

    def _model(self, key: str) -> DesiredModel:
        return {model.key: model for model in self.desired}[key]

    def _read(self, data: TrainingData, model: DesiredModel, what: str) -> list[TrainingExample]:
        examples, dataset, problems = data.read()
        if problems:
            raise _input_error(problems)
        planned = model.dataset and model.dataset.fingerprint
        if dataset.fingerprint != (planned if what == "training" else model.extras["validationData"]):
            summary = f"the {what} data of {model.key} changed since it was planned"
            raise InputError([Problem(summary, "plan again", model.origin)])
        return examples


def load(
    paths: Sequence[str] = (), *, project: str | None = None, allow_empty: bool = False, stdin: BinaryIO | None = None
) -> Workspace:
    """Read the desired state that PATHs name: a project folder, its gemspec.yaml, `-`, or a part of it as files.

    `project` is the value of --project. Raises InputError with all problems of all files, in order of their places.
    """
    target = locate(paths, project)
    found = find(target, allow_empty=allow_empty, stdin=stdin)
    known = Known()
    built = build(found.models, target.folder, whole=target.whole, service=of_project(found.project), known=known)
    known.save()
    problems = [*found.problems, *built.problems]
    if problems or found.project is None:
        raise _input_error(problems)  # advice waits until what is wrong is mended
    return Workspace(
        folder=target.folder,
        project=build_project(found.project),
        desired=tuple(built.desired),
        whole=target.whole,
        warnings=tuple(_in_order(built.warnings)),
        _data=built.data,
        _validation=built.validation,
    )


def load_project(path: str | None = None, *, project: str | None = None) -> tuple[Path, Project]:
    """Read only the project file, for commands that need no manifests: gives the project folder and the project.

    `path` is a project folder, its gemspec.yaml, or a file below it. Raises InputError with all its problems.
    """
    file = locate_project(path, project)
    found = find_project(file)
    if found.problems or found.project is None:
        raise _input_error(found.problems)
    return file.parent, build_project(found.project)


def instruction(key: str, *, project: str | None = None) -> str | None:
    """Give the systemInstruction that the manifest of a key declares, "" for none, without a look at its data.

    None where manifests cannot be read, that of the key perhaps among them. Raises InputError for arguments that make
    no sense.
    """
    target = locate((), project)
    service = of_project(find_project(target.project_file).project)
    if service is None or not service.takes_conversations:
        return ""
    found = find(target, allow_empty=True, stdin=None)
    declared = [one.text("spec", "systemInstruction") for one in found.models if one.text("metadata", "name") == key]
    return declared[0] or "" if declared else None if found.problems else ""


def _input_error(problems: Iterable[Problem]) -> InputError:
    return InputError(told(_in_order(problems)))


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by place, each problem once: data that two manifests share is read for each of them."""
    return sorted(dict.fromkeys(problems), key=_place)


def _place(problem: Problem) -> tuple[str, bool, Origin, str]:
    """Give what to sort by: what is said of a file as a whole stands after what is said of its lines."""
    origin = problem.origin or Origin("")
    return origin.file, not origin.line, origin, problem.summary
