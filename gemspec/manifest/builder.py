"""Last step of the walk: documents -> Desired, in order of keys, with every problem on the way.

After `search`; uses `schema`, `permissions`, `checks`, `values`, `semantics` and `datasets` for what is wrong, `advice`
for what is doubtful, and `desired` for what is declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from gemspec.domain.project import Limit, Project, Vertex
from gemspec.manifest import rules, warnings as advice
from gemspec.manifest.data.dataset import TRAINING, VALIDATION, TrainingData
from gemspec.manifest.data.fingerprint_cache import Known, Measured
from gemspec.manifest.desired import desired
from gemspec.manifest.syntax.error_limits import MOST, unchecked
from gemspec.manifest.syntax.nodes import Document, pointer
from gemspec.manifest.validation import checks, permissions, schema

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gemspec.domain.errors import Problem
    from gemspec.domain.model import DesiredModel, Number
    from gemspec.manifest.validation.provider_schema import Service

_KIND = "TunedModel"
_TASK = ("spec", "tuningTask")


@dataclass(slots=True)
class Built:
    """The desired models of the manifests that are right, their data and warnings; what is wrong with the others."""

    desired: list[DesiredModel] = field(default_factory=list)
    data: dict[str, TrainingData] = field(default_factory=dict)
    validation: dict[str, TrainingData] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def project(document: Document) -> Project:
    """Give the project of a document without problems; the defaults are those of its schema."""
    policy = {
        name: document.mapping("spec", "policy").get(
            name, schema.property_schema("Project", "spec", "policy", name)["default"]
        )
        for name in ("maxDeletes", "maxTrainings")
    }
    deletes, vertex = policy["maxDeletes"], document.mapping("spec", "vertex")
    return Project(
        owner=document.text("metadata", "name") or "",
        provider=document.text("spec", "provider") or "",
        max_deletes=Limit.parse(deletes) if isinstance(deletes, str) else Limit(int(cast("Number", deletes))),
        max_trainings=int(cast("Number", policy["maxTrainings"])),
        vertex=Vertex(*(str(vertex[name]) for name in ("project", "location", "bucket"))) if vertex else None,
    )


def build(documents: Iterable[Document], folder: Path, *, whole: bool, service: Service | None, known: Known) -> Built:
    """Make the desired models of all manifests, in order of keys; `folder` is where data paths begin.

    `service` is the project's, None where that is unknown: what a manifest can say depends on it. `known` is what data
    files came to before.
    """
    documents, built = list(documents), Built()
    for document in documents:
        if len(built.problems) > MOST:
            built.problems.append(unchecked(document.origin()))
            break
        _take(document, folder, service, built, known)
    built.problems += rules.project_problems(documents, whole=whole)
    built.desired.sort(key=lambda model: model.key)
    return built


def _take(document: Document, folder: Path, service: Service | None, built: Built, known: Known) -> None:
    found = [*document.problems, *schema.problems(_KIND, document, service)]
    found += [*permissions.problems(document), *checks.problems(document)]
    found += [] if found else rules.value_problems(document)
    data, validation = (TrainingData(folder, document, service, block) for block in (TRAINING, VALIDATION))
    trained, wrong = _measure(data, known) if _is_readable(data, found) else (None, [])
    validated, bad = _measure(validation, known) if _is_readable(validation, found) else (None, [])
    built.problems += [*found, *wrong, *bad]
    if found or wrong or bad:
        return
    dataset, validation_set = (one.dataset if one else None for one in (trained, validated))
    model = desired(document, dataset, validation_set, service)
    built.desired.append(model)
    built.warnings += advice.on_settings(document, service)
    if trained is not None:
        built.warnings += [*advice.on_count(document, trained.dataset.examples), *trained.warnings]
        built.data.setdefault(model.key, data)
    if validated is not None:
        built.validation.setdefault(model.key, validation)


def _measure(data: TrainingData, known: Known) -> tuple[Measured, list[Problem]]:
    """Fingerprint a block of data, or remember what the same files came to; nothing is advised on validation data."""
    identity = data.identity()
    if identity and (found := known.find(identity)):
        return found, []
    seen = advice.DataAdvice(data.service)
    dataset, problems = data.measure(seen.see if data.block == TRAINING else lambda _: None)
    measured = Measured(dataset, tuple(seen.warnings()))
    if identity and not problems and data.identity() == identity:
        known.keep(identity, measured)
    return measured, problems


def _is_readable(data: TrainingData, problems: list[Problem]) -> bool:
    """Whether there is something to read, and no problem stands in it that reading would only repeat or hide."""
    block = pointer((*_TASK, data.block))
    return data.is_local and not any(p.origin is not None and p.origin.pointer.startswith(block) for p in problems)
