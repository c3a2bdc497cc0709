"""Finds the provider of a project, and the schema of a manifest for that provider. Used by `schema` and `data`.

The schemas have the differences between services at each field, under `onProvider`: rules for a single service, or a
text that says that the service lacks the field, and what to write instead. `explain` draws the same table. Rules of a
provider that was registered later are added here.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache, wraps
from itertools import permutations
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from gemspec.providers import registry
from gemspec.util.schema_files import Schema, load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gemspec.manifest.syntax.nodes import Document
    from gemspec.providers.spec import ProviderSpec

    Arguments = ParamSpec("Arguments")
    Result = TypeVar("Result")

ON_PROVIDER = "onProvider"
ABSENT = "absent"  # keyword of a field that a service does not have


def cached(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Cache results of the schemas, like functools.cache, until another provider is registered."""

    @cache
    def of_specs(_specs: object, *arguments: Any) -> Result:
        return function(*arguments)  # type: ignore[call-arg] # functools.cache has no parameters

    @wraps(function)
    def result(*arguments: Arguments.args, **_none: Arguments.kwargs) -> Result:
        return of_specs(registry.specs(), *arguments)

    return result


def of_project(project: Document | None) -> ProviderSpec | None:
    """Give the provider of a project file, None where the file names none."""
    spec = project.mapping("spec") if project else {}
    provider = spec.get("provider")
    return registry.find(provider, spec.keys()) if isinstance(provider, str) else None


def max_file(service: ProviderSpec | None) -> int:
    """The largest data file in bytes; without a provider, the largest of any provider."""
    return service.limits.max_file if service else max(spec.limits.max_file for spec in registry.specs())


@cached
def schema_on(kind: str, service: ProviderSpec | None) -> Schema:
    """Give the schema of a kind for a service; without a service, the schema for any service."""
    root = _with_registered(kind)
    return root if service is None else _on(root, service)


def fields_of(schema: Schema) -> dict[str, Schema]:
    """Give the fields of a block, without those that the service does not have."""
    return {name: field for name, field in schema.get("properties", {}).items() if ABSENT not in field}


def _on(value: Any, service: ProviderSpec) -> Any:
    if isinstance(value, list):
        return [_on(item, service) for item in value]
    if not isinstance(value, dict):
        return value
    here = value.get(ON_PROVIDER, {}).get(service.key, {})
    if isinstance(here, str):
        advice = f"{here}, {service.elsewhere}" if service.elsewhere else here
        return {ABSENT: f"is not a setting on {service.name}, {advice}"}
    return {name: _on(inner, service) for name, inner in value.items() if name != ON_PROVIDER} | here


def _with_registered(kind: str) -> Schema:
    """Give the schema as its file has it, with the providers that the file does not know."""
    known = load("Project")["properties"]["spec"]["properties"]["provider"]["enum"]
    added = [spec for spec in registry.specs() if spec.key not in known]
    if not added or kind not in ("Project", "TunedModel"):
        return load(kind)
    root = deepcopy(load(kind))
    for spec in added:
        if kind == "Project":
            _add_provider(root["properties"]["spec"], spec)
        else:
            _add_names(root["$defs"]["remoteName"], spec)
    if kind == "Project":
        root["properties"]["spec"]["allOf"] += _other_blocks(added)
    return root


def _add_provider(block: Schema, spec: ProviderSpec) -> None:
    """Allow a provider in the project file, which then needs the provider's own block."""
    fields = block["properties"]
    fields["provider"]["enum"].append(spec.key)
    if spec.block:
        fields[spec.block.name] = dict(spec.block.schema or {})
        advice = f"provider {spec.key} needs to know where the models are, write a block {spec.block.name}"
        block["allOf"].append(_rule(spec, {"required": [spec.block.name], "errorMessage": advice}))


def _other_blocks(added: Collection[ProviderSpec]) -> Iterator[Schema]:
    """Rules that the file lacks: a provider may not have the block of another provider."""
    for spec, other in permutations(registry.specs(), 2):
        if other.block and other.block != spec.block and (spec in added or other in added):
            advice = f"provider {spec.key} has no {other.block.name} block, remove it"
            yield _rule(spec, {"not": {"required": [other.block.name]}, "errorMessage": advice})


def _rule(spec: ProviderSpec, then: Schema) -> Schema:
    condition = {"required": ["provider"], "properties": {"provider": {"const": spec.key}}}
    return {"if": condition, "then": then}


def _add_names(remote_name: Schema, spec: ProviderSpec) -> None:
    form = spec.model_name
    remote_name["pattern"] = f"^({remote_name['pattern'][1:-1]}|{form.pattern[1:-1]})$"
    remote_name[ON_PROVIDER][spec.key] = {
        "pattern": form.pattern,
        "patternErrorMessage": form.advice,
        "examples": [form.example],
    }
