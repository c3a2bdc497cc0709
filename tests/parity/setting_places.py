"""The places that have to know a setting. Each is a check that raises for a setting that it does not know.

A check takes a row of `domain.settings.SETTINGS` and a provider that has it. Values are the schema's examples.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from support.planner_dsl import have, planned, want

from gemspec.cli.commands.explain import field_document
from gemspec.domain.errors import GemspecError
from gemspec.domain.marker import Marker
from gemspec.domain.model import BaseModel, LiveModel, State
from gemspec.domain.plan import Action, Kind
from gemspec.domain.project import Identity
from gemspec.domain.settings import GEMINI, SettingKind, SettingType, trained_fields
from gemspec.domain.training_data import Dataset, Example
from gemspec.emulator.gemini import messages as gemini_tables
from gemspec.emulator.kernel.fields import Message, Scalar, Use
from gemspec.emulator.vertex import messages as vertex_tables
from gemspec.identity import fingerprint
from gemspec.identity.normal_form import entries
from gemspec.manifest.desired import desired
from gemspec.manifest.export.writer import write
from gemspec.manifest.syntax.documents import read_documents
from gemspec.manifest.validation.schema_fields import find_field
from gemspec.providers import registry
from gemspec.providers.base import Creation
from gemspec.providers.gemini import decode as gemini_decode, encode as gemini_encode, messages as gemini_messages
from gemspec.providers.vertex.wire import (
    decode as vertex_decode,
    encode as vertex_encode,
    messages as vertex_messages,
    parts as vertex_parts,
)
from gemspec.render.terminal.explain import explain_lines
from gemspec.render.terminal.plan import plan_text
from gemspec.reports.plan import plan_document

from . import setting_lifecycle

if TYPE_CHECKING:
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.settings import Setting

# Values for a row that the schema has no example of.
VALUES: dict[SettingType, Any] = {
    SettingType.TEXT: "text",
    SettingType.PROSE: "Some text.",
    SettingType.FLOAT32: 0.25,
    SettingType.INTEGER: 3,
    SettingType.BOOLEAN: False,
    SettingType.ENUM: "SOME_NAME",
    SettingType.NUMBERS: ["7"],
    SettingType.LABELS: {"team": "chat"},
}
# Types of the schema, and of the emulator's fields.
JSON_TYPES = {
    SettingType.FLOAT32: "number",
    SettingType.INTEGER: "integer",
    SettingType.BOOLEAN: "boolean",
    SettingType.NUMBERS: "array",
    SettingType.LABELS: "object",
}
SCALARS = {
    SettingType.FLOAT32: {Scalar.FLOAT, Scalar.DOUBLE},
    SettingType.INTEGER: {Scalar.INT32, Scalar.INT64},
    SettingType.BOOLEAN: {Scalar.BOOL},
    SettingType.NUMBERS: {Scalar.INT64},
}
TABLES = {GEMINI: gemini_tables.TUNED_MODEL, "vertex": vertex_tables.TUNING_JOB}
WIRE = {GEMINI: gemini_decode.WIRE, "vertex": vertex_parts.JOB}
NAMES = {GEMINI: "tunedModels/key-1a2b3c4d5e", "vertex": "projects/p/locations/us-central1/tuningJobs/1"}
IN_MODEL = {
    SettingKind.MUTABLE: "settings",
    SettingKind.HYPERPARAMETER: "hyperparameters",
    SettingKind.FIXED: "fixed",
    SettingKind.EXTRA: "extras",
}
DATA = [Example("1", "2")]


def schema(setting: Setting, provider: str) -> None:
    """The JSON schema has it, with its type and default, on just its providers."""
    field = find_field(f"spec.{setting.field}").schema
    assert field["type"] == JSON_TYPES.get(setting.type, "string")
    assert ("enum" in field) == (setting.type is SettingType.ENUM)
    assert setting.default is None or field["default"] == setting.default
    absent = {key for key, rule in field.get("onProvider", {}).items() if isinstance(rule, str)}
    assert absent == set(registry.names()) - set(setting.providers)


def explain(setting: Setting, provider: str) -> None:
    """`gemspec explain` finds and draws it."""
    assert setting.name in "\n".join(explain_lines(field_document(find_field(f"spec.{setting.field}"))))


def reader(setting: Setting, provider: str) -> None:
    """A manifest that sets it declares it, among what it is by its kind, in normal form."""
    assert value(setting).items() <= getattr(declared(setting), IN_MODEL[setting.kind]).items()


def importer(setting: Setting, provider: str) -> None:
    """`gemspec import` writes it, and what it has written can be read; but for what no service reports."""
    written = write(live(setting, provider), "key", registry.find(provider, ()))
    assert not written.left_out
    assert (setting.name in written.text) == setting.is_imported


def encode(setting: Setting, provider: str) -> None:
    """A create sends it, at its place."""
    found = at(created(setting, provider), WIRE[provider].place(setting))
    assert found is not None


def decode(setting: Setting, provider: str) -> None:
    """What a create sends is read back as what was declared; extras are not read."""
    body = msgspec.json.encode({"name": NAMES[provider], **created(setting, provider)})
    if provider == GEMINI:
        read_back = gemini_decode.live_model(msgspec.json.decode(body, type=gemini_messages.TunedModel, strict=False))
    else:
        job = msgspec.json.decode(body, type=vertex_messages.TuningJob, strict=False)
        read_back = vertex_decode.live_model(vertex_parts.Parts(job, "p"))
        for kind in (vertex_messages.Model, vertex_messages.Endpoint) if setting.kind is SettingKind.MUTABLE else ():
            written = msgspec.json.encode({"name": "m", **vertex_parts.DESCRIBED.write(value(setting))})
            assert vertex_parts.described(msgspec.json.decode(written, type=kind)).items() >= value(setting).items()
    if setting.kind is not SettingKind.EXTRA:
        assert value(setting).items() <= getattr(read_back, IN_MODEL[setting.kind]).items()


def update_mask(setting: Setting, provider: str) -> None:
    """An update of it is sent under its own name in the mask."""
    if setting.kind is not SettingKind.MUTABLE:
        return
    if provider == GEMINI:
        _, mask = gemini_encode.update_body(live(None, provider), value(setting), None)
    else:
        _, mask = vertex_encode.patch_body(vertex_messages.Model(name="m"), value(setting), {})
    assert mask == setting.field


def planner(setting: Setting, provider: str) -> None:
    """A plan updates what can be changed, and trains again for what identifies a generation."""
    change = plan_of(setting)
    match setting.kind:
        case SettingKind.MUTABLE:
            [step] = change.steps
            assert (step.action, step.settings) == (Action.UPDATE, value(setting))
        case SettingKind.HYPERPARAMETER | SettingKind.FIXED:
            assert change.keys[0].kind is Kind.REPLACE
            assert setting.path[0] in trained_fields()
        case SettingKind.EXTRA:
            assert change.steps == ()


def carry_over(setting: Setting, provider: str) -> None:
    """The next generation keeps what its manifest does not set, of what can be changed."""
    replaced = planned([with_values(have("key", "x"), setting)], [want("key", "y")])
    [create] = [step for step in replaced.steps if step.action is Action.CREATE]
    assert create.settings == (value(setting) if setting.is_carried_over else {})


def render(setting: Setting, provider: str) -> None:
    """The plan's text names what is changed."""
    document = plan_document(plan_of(setting), Identity("emulator", "here", ""), version="0")
    drawn = plan_text(document)
    assert (setting.name in drawn) == (setting.kind is not SettingKind.EXTRA)


def emulator(setting: Setting, provider: str) -> None:
    """The emulator's table of the message has a field there, with its type; one that can be patched, where it can."""
    field, message = None, TABLES[provider]
    for name in WIRE[provider].place(setting):
        field = message.find(name)
        assert field is not None, f"{message.name} has no {name}"
        message = field.kind if isinstance(field.kind, Message) else message
    assert field is not None
    assert setting.type not in SCALARS or field.kind in SCALARS[setting.type]
    assert field.mapped == (setting.type is SettingType.LABELS)
    assert field.use is not Use.OUTPUT_ONLY
    assert setting.kind is not SettingKind.MUTABLE or field.use is Use.PLAIN


def round_trip(setting: Setting, provider: str) -> None:
    """Over the emulator: set it, apply, and the next plan is empty; replace the model, and it is still there."""
    setting_lifecycle.walk(setting, provider, example(setting))


PLACES = {
    check.__name__: check
    for check in (
        *(schema, explain, reader, importer, encode, decode, update_mask),
        *(planner, carry_over, render, emulator, round_trip),
    )
}


def example(setting: Setting) -> Any:
    """How a manifest may set it."""
    try:
        return find_field(f"spec.{setting.field}").schema["examples"][0]
    except GemspecError:  # a row that the schema does not have
        return VALUES[setting.type]


def value(setting: Setting) -> dict[str, Any]:
    """The example, in normal form, by its name in a model."""
    return entries(setting, example(setting))


def manifest(setting: Setting | None, chosen: Any = None) -> dict[str, Any]:
    """A manifest that sets it."""
    spec: dict[str, Any] = {"tuningTask": {"trainingData": {"examples": [{"textInput": "1", "output": "2"}]}}}
    if setting:
        block = spec
        for name in setting.path[:-1]:
            block = block.setdefault(name, {})
        block[setting.path[-1]] = example(setting) if chosen is None else chosen
    return {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": "key"}, "spec": spec}


def declared(setting: Setting) -> DesiredModel:
    documents, _ = read_documents(msgspec.json.encode(manifest(setting)), "key.json")
    return desired(documents[0], None, None, None)


def live(setting: Setting | None, provider: str) -> LiveModel:
    """A model as the service reports it."""
    base = BaseModel("models/gemini-1.0-pro-001" if provider == GEMINI else "gemini-2.5-flash")
    name = NAMES[provider]
    bare = LiveModel(name, State.ACTIVE, base, marker=have("key").marker)
    return with_values(bare, setting) if setting else bare


def with_values(model: Any, setting: Setting) -> Any:
    """A model with the setting, as far as models have it."""
    name = IN_MODEL[setting.kind]
    return replace(model, **{name: {**getattr(model, name), **value(setting)}}) if hasattr(model, name) else model


def created(setting: Setting, provider: str) -> dict[str, Any]:
    """The body of a create that sets it."""
    found: Dataset = fingerprint.fingerprint(DATA)
    marker = Marker("team", "key", "0a1b2c3d4e5f", found.fingerprint[:12], 1)
    source = live(None, provider).source
    creation = with_values(Creation(NAMES[provider], source, {}, {}, DATA, marker), setting)
    if provider == GEMINI:
        body = gemini_encode.create_body(creation)
    else:
        body = vertex_encode.create_body(creation, training="gs://b/t", validation=None, parent=None)
    return dict(msgspec.json.decode(body))


def plan_of(setting: Setting) -> Any:
    """A plan for a manifest that sets it, and a model that serves without it."""
    return planned([replace(have("key"), hyperparameters={})], [with_values(want("key"), setting)])


def at(body: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        body = body.get(name) if isinstance(body, dict) else None
    return body
