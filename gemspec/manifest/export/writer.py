"""The walk of a manifest the other way: a model that exists -> the text of a manifest that imports it. Pure.

`gemspec import` decides which models and keys, `placing` where the text goes. What a manifest can hold is decided by
those who read it: the text is read back, and a field that is refused, or read as anything but the service's value, is
left out, with a comment that says why. Such a field is then not managed, and stays as it is.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gemspec.domain.errors import GemspecError
from gemspec.domain.model import BaseModel
from gemspec.manifest.builder import build
from gemspec.manifest.data.fingerprint_cache import Known
from gemspec.manifest.syntax.documents import read
from gemspec.manifest.syntax.nodes import pointer
from gemspec.manifest.syntax.yaml_reader import resolve
from gemspec.manifest.validation.provider_schema import of_name

if TYPE_CHECKING:
    from gemspec.domain.errors import Problem
    from gemspec.domain.model import DesiredModel, LiveModel, Value
    from gemspec.manifest.syntax.nodes import Path as FieldPath

_WIDTH = 118
_HYPERPARAMETERS = ("spec", "tuningTask", "hyperparameters")
_LABELS = ("spec", "labels")
# In the order of their places. A rate and its multiplier exclude each other: the rate says more.
_SETTINGS = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")
_SETTINGS_ABOVE = ("displayName", "description")
_RATE, _MULTIPLIER = "learningRate", "learningRateMultiplier"
_TRAINED = ("epochCount", "batchSize", _RATE, _MULTIPLIER, "adapterSize")
_FIXED = ("kmsKeyName",)

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
    """A field that the service reports and the manifest does not hold; `field` is its path from `spec`."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a manifest, and what it had to leave out."""

    text: str
    left_out: tuple[LeftOut, ...]


def write(live: LiveModel, key: str) -> Written:
    """Write a manifest that imports `live` as `key`, with all that the service reports of it.

    Read, it gives a model whose settings and hyperparameters equal those of `live`, as far as they are not left out.
    Raises GemspecError where no manifest can name the model or what it was tuned from.
    """
    fields = _reported(live)
    left_out: dict[FieldPath, str] = {}
    if not live.source.name:
        hint = "a manifest has to say that: write one by hand, with spec.import"
        raise GemspecError(f"the service does not tell what {live.name} was tuned from", hint)
    while refused := _refused(live, _text(live, key, fields, left_out), fields):
        left_out |= refused
        fields = {path: value for path, value in fields.items() if path not in refused}
    reasons = tuple(LeftOut(".".join(map(str, path[1:])), reason) for path, reason in left_out.items())
    return Written(_text(live, key, fields, left_out), reasons)


def _reported(live: LiveModel) -> dict[FieldPath, Value]:
    """The fields that say something. An empty text or list is what the service has where nobody set anything."""
    settings: dict[FieldPath, Value] = {
        ("spec", name): live.settings[name] for name in _SETTINGS if live.settings.get(name) not in (None, "", ())
    }
    labels: dict[FieldPath, Value] = {
        (*_LABELS, name.removeprefix("labels.")): value
        for name, value in live.settings.items()
        if name.startswith("labels.")
    }
    fixed: dict[FieldPath, Value] = {("spec", name): live.fixed[name] for name in _FIXED if name in live.fixed}
    trained: dict[FieldPath, Value] = {
        (*_HYPERPARAMETERS, name): live.hyperparameters[name]
        for name in _TRAINED
        if name in live.hyperparameters and not (name == _MULTIPLIER and _RATE in live.hyperparameters)
    }
    return settings | labels | fixed | trained


def _refused(live: LiveModel, text: str, fields: dict[FieldPath, Value]) -> dict[FieldPath, str]:
    """Read a manifest back: which of its fields cannot stand in it, and why."""
    documents, unreadable = read(text.encode(), "manifest.yaml")
    built = build(documents, Path(), whole=False, service=of_name(live.name), known=Known())
    refused: dict[FieldPath, str] = {}
    for problem in (*unreadable, *built.problems):
        path = _field_of(problem, fields)
        if path is None:
            raise GemspecError(f"no manifest can be written for {live.name}: {problem.summary}")
        refused.setdefault(path, f"{problem.summary}, {problem.detail}")
    return refused or {
        path: f"{path[-1]} is not in a form that a manifest can hold to the letter"
        for path, value in fields.items()
        if _value_of(built.desired[0], path) != value
    }


def _field_of(problem: Problem, fields: dict[FieldPath, Value]) -> FieldPath | None:
    place = f"{problem.origin.pointer}/" if problem.origin else ""
    return next((path for path in fields if place.startswith(f"{pointer(path)}/")), None)


def _value_of(desired: DesiredModel, path: FieldPath) -> Value | None:
    if path[:-1] == _HYPERPARAMETERS:
        return desired.hyperparameters.get(str(path[-1]))
    return {**desired.settings, **desired.fixed}.get(".".join(map(str, path[1:])))


def _text(live: LiveModel, key: str, fields: dict[FieldPath, Value], left_out: dict[FieldPath, str]) -> str:
    """The whole manifest."""

    def written(*names: str) -> str:
        return "".join(_field({name: fields["spec", name]}, 1) for name in names if ("spec", name) in fields)

    return "".join(
        [
            f"{_HEAD}{_field({'name': key}, 1)}spec:\n",
            f"{_comment(_ON_IMPORT, 1)}  import:\n{_field({'tunedModel': live.name}, 2)}",
            f"{_comment(_ON_UNKNOWN, 2)}    data: unknown\n",
            *(_comment(f"Left out: {reason}.", 1) for reason in left_out.values()),
            written(*_SETTINGS_ABOVE),
            _block("labels", {str(path[-1]): value for path, value in fields.items() if path[:-1] == _LABELS}),
            _field(_source(live), 1),
            written(*(name for name in _SETTINGS if name not in _SETTINGS_ABOVE), *_FIXED),
            _task(key, {str(path[-1]): value for path, value in fields.items() if path[:-1] == _HYPERPARAMETERS}),
        ]
    )


def _task(key: str, hyperparameters: dict[str, Value]) -> str:
    """The tuningTask as far as it is known, and in comments what is not. An empty block would be in the way of that."""
    example = _EXAMPLE_DATA.format(key=key)
    if not hyperparameters:
        return _comment(_ON_DATA, 1) + "  # tuningTask:\n" + textwrap.indent(example.replace("# ", "#   "), "  ")
    known = f"  tuningTask:\n{_field({'hyperparameters': hyperparameters}, 2)}"
    return known + _comment(_ON_DATA, 2) + textwrap.indent(example, "    ")


def _block(name: str, values: dict[str, Value]) -> str:
    return _field({name: values}, 1) if values else ""


def _source(live: LiveModel) -> dict[str, Any]:
    if isinstance(live.source, BaseModel):
        return {"baseModel": live.source.name}
    return {"tunedModelSource": {"tunedModel": live.source.name}}


def _comment(text: str, depth: int) -> str:
    """A comment of as many lines as it takes; text of the service must neither end it nor hide in it."""
    visible = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    indent = f"{'  ' * depth}# "
    return (
        textwrap.fill(visible, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) + "\n"
    )


def _field(field: dict[str, Any], depth: int) -> str:
    """One field as YAML, with all that is below it."""
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
