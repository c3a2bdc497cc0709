"""Last step of a load: makes the models that documents declare, in order of keys, and collects all problems.

After `discovery`. `validation` and `rules` find problems, `data` fingerprints the examples, `warnings` reports doubtful
fields, and `desired` makes the DesiredModel of a manifest without problems.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from gemspec.domain.project import Limit, Project
from gemspec.manifest import rules, warnings
from gemspec.manifest.data.dataset import TRAINING, VALIDATION, TrainingData
from gemspec.manifest.data.fingerprint_cache import FingerprintCache, MeasuredData
from gemspec.manifest.desired import desired
from gemspec.manifest.syntax.error_limits import MAX_PROBLEMS, unchecked
from gemspec.manifest.syntax.nodes import Document, pointer
from gemspec.manifest.validation import checks, permissions, policy_lines, schema
from gemspec.providers import registry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gemspec.domain.errors import Problem
    from gemspec.domain.model import DesiredModel, Number
    from gemspec.providers.spec import ProviderSpec

_KIND = "TunedModel"
_TASK = ("spec", "tuningTask")


@dataclass(slots=True)
class Built:
    """The models of the manifests without problems, with their data and warnings; the problems of the others."""

    desired: list[DesiredModel] = field(default_factory=list)
    data: dict[str, TrainingData] = field(default_factory=dict)
    validation: dict[str, TrainingData] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def build_project(document: Document, policies: Document | None = None) -> Project:
    """Give the project that a document without problems declares; its schema has the defaults. `policies` is the
    document that the policy is read from instead.
    """
    policies = policies or document
    policy = {
        name: policies.mapping("spec", "policy").get(
            name, schema.property_schema("Project", "spec", "policy", name)["default"]
        )
        for name in ("maxDeletes", "maxTrainings")
    }
    deletes = policy["maxDeletes"]
    return Project(
        owner=document.text("metadata", "name") or "",
        provider=document.text("spec", "provider") or "",
        max_deletes=Limit.parse(deletes) if isinstance(deletes, str) else Limit(int(cast("Number", deletes))),
        max_trainings=int(cast("Number", policy["maxTrainings"])),
        blocks=_blocks(document),
        not_ours=tuple(str(name) for name in cast("list[object]", document.get("spec", "notOurs") or [])),
        allow=policy_lines.allowances(policies),
        distinct_from=tuple(dict.fromkeys(document.texts("metadata", "distinctFrom").values())),
    )


def _blocks(document: Document) -> dict[str, dict[str, str]]:
    """Give the blocks of the project file that are a provider's own."""
    names = {spec.block.name for spec in registry.specs() if spec.block} & document.mapping("spec").keys()
    return {name: {key: str(value) for key, value in document.mapping("spec", name).items()} for name in names}


def build_models(
    documents: Iterable[Document], folder: Path, *, whole: bool, service: ProviderSpec | None, cache: FingerprintCache
) -> Built:
    """Make the desired models of all manifests, in order of keys; `folder` is where data paths begin.

    `service` is the project's, None where that is unknown: what a manifest may say depends on it.
    """
    documents, built = list(documents), Built()
    for document in documents:
        if len(built.problems) > MAX_PROBLEMS:
            built.problems.append(unchecked(document.origin()))
            break
        _build_model(document, folder, service, built, cache)
    built.problems += rules.project_problems(documents, whole=whole)
    built.desired.sort(key=lambda model: model.key)
    return built


def _build_model(
    document: Document, folder: Path, service: ProviderSpec | None, built: Built, cache: FingerprintCache
) -> None:
    found = [*document.problems, *schema.problems(_KIND, document, service)]
    found += [*permissions.problems(document), *checks.problems(document)]
    found += [] if found else rules.value_problems(document)
    data, validation = (TrainingData(folder, document, service, block) for block in (TRAINING, VALIDATION))
    trained = _measure(data, cache, found) if _is_readable(data, found) else None
    validated = _measure(validation, cache, found) if _is_readable(validation, found) else None
    built.problems += found
    if found:
        return
    dataset, validation_set = (measured.dataset if measured else None for measured in (trained, validated))
    model = desired(document, dataset, validation_set, service)
    built.desired.append(model)
    built.warnings += warnings.on_settings(document, service)
    if trained is not None:
        built.warnings += [*warnings.on_count(document, trained.dataset.examples), *trained.warnings]
        built.data.setdefault(model.key, data)
    if validated is not None:
        built.validation.setdefault(model.key, validation)


def _measure(data: TrainingData, cache: FingerprintCache, found: list[Problem]) -> MeasuredData:
    """Fingerprint a block of data, or take that from the cache, and add its problems to `found`.

    There are no warnings about validation data.
    """
    key = data.cache_key()
    if key and (cached := cache.get(key)):
        return cached
    advice = warnings.DataAdvice(data.service)
    dataset, problems = data.measure(advice.see if data.block == TRAINING else lambda _: None)
    measured = MeasuredData(dataset, tuple(advice.warnings()))
    if key and not problems and data.cache_key() == key:
        cache.put(key, measured)
    found += problems
    return measured


def _is_readable(data: TrainingData, problems: list[Problem]) -> bool:
    """Whether there is data here, and its block has no problem that reading would only repeat."""
    block = pointer((*_TASK, data.block))
    return data.is_local and not any(
        problem.origin is not None and problem.origin.pointer.startswith(block) for problem in problems
    )
