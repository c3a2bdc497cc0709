"""Reads the files of a project into desired models. The entry is `load`; no module above knows YAML or JSON schemas.

The steps of a load:

- `discovery`: PATHs -> files -> documents of this project; `syntax` parses them, with the place of every value.
- `validation`: all problems of a document, by the JSON schemas; `rules` has what no schema can say.
- `data`: training examples -> a fingerprint, which `data.fingerprint_cache` remembers.
- `builder` combines these; `desired` makes the DesiredModels, `warnings` reports doubtful fields.

`export` does the reverse: it writes the manifest of an existing model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gemspec.domain.errors import InputError, Origin, Problem
from gemspec.manifest.builder import build_models, build_project
from gemspec.manifest.data.fingerprint_cache import FingerprintCache
from gemspec.manifest.discovery.filesystem import shown
from gemspec.manifest.discovery.paths import locate, locate_project
from gemspec.manifest.discovery.search import find_manifests, read_project
from gemspec.manifest.syntax.error_limits import capped
from gemspec.manifest.validation import policy_lines
from gemspec.manifest.validation.provider_schema import of_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gemspec.domain.model import DesiredModel
    from gemspec.domain.project import Project
    from gemspec.domain.training_data import TrainingExample
    from gemspec.manifest.data.dataset import TrainingData
    from gemspec.manifest.syntax.nodes import Document

__all__ = ["Workspace", "load", "load_instruction", "load_project"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project as its files describe it; `desired` is in order of keys.

    `folder` is the project folder. `whole` is False where PATHs named manifest files: then `desired` is only a part,
    and a missing key is not deleted. `warnings` are problems that do not stop a run.
    """

    folder: Path
    project: Project
    desired: tuple[DesiredModel, ...]
    whole: bool
    warnings: tuple[Problem, ...] = ()
    _data: Mapping[str, TrainingData] = field(default_factory=dict, repr=False, compare=False)
    _validation: Mapping[str, TrainingData] = field(default_factory=dict, repr=False, compare=False)

    def examples(self, key: str) -> list[TrainingExample]:
        """Read the training examples of a key again, for the create that sends them, and hash them on the way.

        Raises InputError where they cannot be read or have changed since `desired` was made; KeyError for an unknown
        key, or a key with data on Cloud Storage.
        """
        return self._read(self._data[key], self._model(key), "training")

    def validation(self, key: str) -> list[TrainingExample]:
        """Read the validation examples of a key again, as `examples` does."""
        return self._read(self._validation[key], self._model(key), "validation")

    def stream(self, key: str, use: str) -> Iterator[TrainingExample]:
        """Read the "training" or "validation" examples of a key again, a few at a time, so that data of any size needs
        little memory. Raises InputError at the first problem; KeyError as `examples` does.
        """
        for item in (self._data if use == "training" else self._validation)[key].items():
            if isinstance(item, Problem):
                raise _input_error([item])
            yield from item.examples

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
    paths: Sequence[str] = (),
    *,
    project: str | None = None,
    allow_empty: bool = False,
    stdin: BinaryIO | None = None,
    policy: str | None = None,
) -> Workspace:
    """Read the desired state that PATHs name: a project folder, its gemspec.yaml, `-`, or some manifest files.

    `project` is the value of --project, `policy` that of --policy-from. Data is read only where every place that the
    files name is allowed. Raises InputError with all problems of all files, in order of their places.
    """
    target = locate(paths, project)
    found = find_manifests(target, allow_empty=allow_empty, stdin=stdin)
    policies = _policies(policy, found.project)
    _check_places(policies, [found.project, *found.models], found.problems)
    cache = FingerprintCache()
    service = of_project(found.project)
    built = build_models(found.models, target.folder, whole=target.whole, service=service, cache=cache)
    cache.save()
    problems = [*found.problems, *built.problems]
    if problems or found.project is None:
        raise _input_error(problems)  # warnings wait until the problems are fixed
    return Workspace(
        folder=target.folder,
        project=build_project(found.project, policies),
        desired=tuple(built.desired),
        whole=target.whole,
        warnings=tuple(_sorted(built.warnings)),
        _data=built.data,
        _validation=built.validation,
    )


def load_project(
    path: str | None = None, *, project: str | None = None, policy: str | None = None
) -> tuple[Path, Project]:
    """Read only the project file, for commands that need no manifests: gives the project folder and the project.

    `policy` is the value of --policy-from; `path` is a project folder, its gemspec.yaml, or a file below it. Raises
    InputError with all its problems.
    """
    file = locate_project(path, project)
    found = read_project(file)
    if found.problems or found.project is None:
        raise _input_error(found.problems)
    policies = _policies(policy, found.project)
    _check_places(policies, [found.project], [])
    return file.parent, build_project(found.project, policies)


def _policies(file: str | None, project: Document | None) -> Document | None:
    """The document with the policy that counts: that of --policy-from where it is given, and never the project's own
    then. Raises InputError where it cannot be read.
    """
    if file is None:
        return project
    if not os.path.isfile(file):
        summary = f"--policy-from {shown(Path(file))} is not a file"
        raise InputError([Problem(summary, "name a project file, such as the base branch's")])
    found = read_project(Path(file))
    if found.problems or found.project is None:
        raise _input_error(found.problems)
    return found.project


def _check_places(policies: Document | None, documents: Sequence[Document | None], others: Sequence[Problem]) -> None:
    """Raise InputError, with the other problems, where documents name places that the policy does not allow."""
    named = [document for document in documents if document is not None]
    if policies is not None and (found := policy_lines.misplaced(policies, named)):
        raise _input_error([*others, *found])


def load_instruction(key: str, *, project: str | None = None) -> str | None:
    """Give the systemInstruction that the manifest of a key declares, "" for none. Its data is not read.

    None where some manifests cannot be read, since that of the key may be among them. Raises InputError for arguments
    that make no sense.
    """
    target = locate((), project)
    service = of_project(read_project(target.project_file).project)
    if service is None or not service.takes_conversations:
        return ""
    found = find_manifests(target, allow_empty=True, stdin=None)
    for manifest in found.models:
        if manifest.text("metadata", "name") == key:
            return manifest.text("spec", "systemInstruction") or ""
    return None if found.problems else ""


def _input_error(problems: Iterable[Problem]) -> InputError:
    return InputError(capped(_sorted(problems)))


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by place and drop repeats: data that two manifests share is read for each of them."""
    return sorted(dict.fromkeys(problems), key=_sort_key)


def _sort_key(problem: Problem) -> tuple[str, bool, Origin, str]:
    """Give what to sort by: problems of a file as a whole come after those of its lines."""
    origin = problem.origin or Origin("")
    return origin.file, not origin.line, origin, problem.summary
