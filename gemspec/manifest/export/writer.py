"""Writes the manifest that imports a model: the reverse of a load. Pure.

`gemspec import` chooses models and keys, `placement` the file. The text is read back by the readers of manifests: a
field that they refuse, or read as another value than the service's, is left out, with a comment that says why. Such a
field is then not managed, and stays as it is.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gemspec.domain import settings
from gemspec.domain.errors import GemspecError
from gemspec.domain.model import BaseModel
from gemspec.domain.settings import LABEL, SettingType
from gemspec.manifest.builder import build_models
from gemspec.manifest.data.fingerprint_cache import FingerprintCache
from gemspec.manifest.syntax.documents import read_documents
from gemspec.manifest.syntax.nodes import pointer
from gemspec.manifest.syntax.yaml_reader import resolve
from gemspec.manifest.validation.schema import property_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.errors import Problem
    from gemspec.domain.model import DesiredModel, LiveModel, Value
    from gemspec.domain.settings import Setting
    from gemspec.manifest.syntax.nodes import Path as FieldPath
    from gemspec.providers.spec import ProviderSpec

_WIDTH = 118
_SOURCE, _TASK = "baseModel", "tuningTask"

_HEAD = """\
# A manifest: one tuned model as it should be. Every field: gemspec explain spec
apiVersion: gemspec/v1
kind: TunedModel
metadata:
"""
_ON_IMPORT = "A model that existed before this manifest: `gemspec apply` puts the project's marker on it."
_ON_UNKNOWN = "What it was trained on; asDeclared: on just the trainingData of this manifest."
_ON_DATA = (
    "The service does not tell what a model was trained on. Without trainingData it is never trained again; with it, "
    "the apply after the import trains a replacement, unless `data: asDeclared` above says that the model was trained "
    "on just that."
)
_EXAMPLE_DATA = """\
# trainingData:
#   files:
#     - data/{key}.jsonl
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A field that the service reports and the manifest leaves out; `field` is its path from `spec`."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a manifest, and the fields that it leaves out."""

    text: str
    left_out: tuple[LeftOut, ...]


def write(live: LiveModel, key: str, service: ProviderSpec) -> Written:
    """Write a manifest that imports `live` of a service as `key`, with all that the service reports of it.

    When read, it gives a model with the settings and hyperparameters of `live`, except those that are left out.
    Raises GemspecError where no manifest can name the model or what it was tuned from.
    """
    fields = _fields(live)
    left_out: dict[FieldPath, str] = {}
    if not live.source.name:
        hint = "a manifest has to say that: write one by hand, with spec.import"
        raise GemspecError(f"the service does not tell what {live.name} was tuned from", hint)
    while refused := _refused(live, _text(live, key, fields, left_out), fields, service):
        left_out |= refused
        fields = {path: value for path, value in fields.items() if path not in refused}
    reasons = tuple(LeftOut(".".join(map(str, path[1:])), reason) for path, reason in left_out.items())
    return Written(_text(live, key, fields, left_out), reasons)


def _fields(model: LiveModel | DesiredModel) -> dict[FieldPath, Value]:
    """The fields with a value. The service reports an empty text or list for an unset field."""
    values = {**model.settings, **model.fixed, **model.hyperparameters}
    found: dict[FieldPath, Value] = {}
    for setting in settings.SETTINGS:
        if setting.is_imported and setting.excluded_by not in values:
            found |= {("spec", *setting.path, *name): value for name, value in _values(setting, values)}
    return found


def _values(setting: Setting, values: Mapping[str, Value]) -> list[tuple[tuple[str, ...], Value]]:
    """The value of a setting, or of each label below its name."""
    if setting.type is SettingType.LABELS:
        return [((name.removeprefix(LABEL),), value) for name, value in values.items() if name.startswith(LABEL)]
    value = values.get(setting.name, "")
    return [] if value in ("", ()) else [((), value)]


def _refused(live: LiveModel, text: str, fields: dict[FieldPath, Value], service: ProviderSpec) -> dict[FieldPath, str]:
    """Read a manifest back: its fields that cannot be in a manifest, and why."""
    documents, unreadable = read_documents(text.encode(), "manifest.yaml")
    built = build_models(documents, Path(), whole=False, service=service, cache=FingerprintCache())
    refused: dict[FieldPath, str] = {}
    for problem in (*unreadable, *built.problems):
        path = _field_of(problem, fields)
        if path is None:
            raise GemspecError(f"no manifest can be written for {live.name}: {problem.summary}")
        refused.setdefault(path, f"{problem.summary}, {problem.detail}")
    return refused or {
        path: f"{path[-1]} is not in a form that a manifest can hold to the letter"
        for path, value in fields.items()
        if _fields(built.desired[0]).get(path) != value
    }


def _field_of(problem: Problem, fields: dict[FieldPath, Value]) -> FieldPath | None:
    place = f"{problem.origin.pointer}/" if problem.origin else ""
    return next((path for path in fields if place.startswith(f"{pointer(path)}/")), None)


def _text(live: LiveModel, key: str, fields: dict[FieldPath, Value], left_out: dict[FieldPath, str]) -> str:
    """The whole manifest, its fields in the order of the schema."""
    order = list(property_schema("TunedModel", "spec")["properties"])
    spec = _nested(fields)
    task = spec.pop(_TASK, {})
    source = order.index(_SOURCE)
    above, below = ({name: spec[name] for name in names if name in spec} for names in (order[:source], order[source:]))
    return "".join(
        [
            f"{_HEAD}{_field({'name': key}, 1)}spec:\n",
            f"{_comment(_ON_IMPORT, 1)}  import:\n{_field({'tunedModel': live.name}, 2)}",
            f"{_comment(_ON_UNKNOWN, 2)}    data: unknown\n",
            *(_comment(f"Left out: {reason}.", 1) for reason in left_out.values()),
            *(_field({name: value}, 1) for name, value in above.items()),
            _field(_source(live), 1),
            *(_field({name: value}, 1) for name, value in below.items()),
            _task(key, task),
        ]
    )


def _nested(fields: dict[FieldPath, Value]) -> dict[str, Any]:
    """Give the fields as the mapping that `spec` is."""
    spec: dict[str, Any] = {}
    for (_, *above, last), value in fields.items():
        block = spec
        for name in above:
            block = block.setdefault(str(name), {})
        block[str(last)] = value
    return spec


def _task(key: str, task: dict[str, Any]) -> str:
    """The tuningTask, with its unknown fields as comments. An empty block would hide the comments."""
    example = _EXAMPLE_DATA.format(key=key)
    if not task:
        return _comment(_ON_DATA, 1) + "  # tuningTask:\n" + textwrap.indent(example.replace("# ", "#   "), "  ")
    known = "".join(_field({name: value}, 2) for name, value in task.items())
    return f"  tuningTask:\n{known}" + _comment(_ON_DATA, 2) + textwrap.indent(example, "    ")


def _source(live: LiveModel) -> dict[str, Any]:
    if isinstance(live.source, BaseModel):
        return {"baseModel": live.source.name}
    return {"tunedModelSource": {"tunedModel": live.source.name}}


def _comment(text: str, depth: int) -> str:
    """A comment in wrapped lines. Text from the service must not end the comment, nor be invisible in it."""
    visible = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    indent = f"{'  ' * depth}# "
    return (
        textwrap.fill(visible, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) + "\n"
    )


def _field(field: dict[str, Any], depth: int) -> str:
    """A field as YAML, with all fields below it."""
    value = next(iter(field.values()))
    # What cannot be seen is written as an escape, so that a reviewer sees it.
    is_visible = not isinstance(value, str) or value.replace("\n", "").isprintable()
    text = yaml.dump(
        {name: list(value) if isinstance(value, tuple) else value for name, value in field.items()},
        Dumper=_Dumper,
        allow_unicode=is_visible,
        default_flow_style=False,
        sort_keys=False,
        width=10**6,
    )
    return textwrap.indent(text, "  " * depth, lambda line: line != "\n")


class _Dumper(yaml.SafeDumper):
    """PyYAML's, in the style of the starter manifest: lists indented, double quotes, lines as lines."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Quote what any reader of YAML could take for something else than text, not what PyYAML takes for it alone."""
        # A block that ends in line ends stays open, and PyYAML then ends the document.
        if "\n" in text:
            style: str | None = "|" if text.strip() and not text.endswith("\n") else '"'
        else:
            style = None if isinstance(resolve(text), str) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
