"""Every registered provider has all its facts, and the schemas say the same of it."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from itertools import permutations
from pkgutil import resolve_name

import pytest
from support import third_provider
from support.parity import ROOT, schemas

from gemspec import cli
from gemspec.cli.commands import init
from gemspec.domain.project import Words
from gemspec.providers import registry
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.spec import Block, DataLimits

PROJECT = schemas()["project.v1.schema.json"]["properties"]["spec"]
NAMES = schemas()["tunedmodel.v1.schema.json"]["$defs"]["remoteName"]


def missing(spec):
    """Names of the facts that a spec lacks, or that the schemas, the files of init or its module do not bear out."""
    return {fact for fact, is_there in FACTS.items() if not is_there(spec)}


def has_rules(spec):
    """The project file may hold no block of another provider, and must hold its own."""
    condition = {"required": ["provider"], "properties": {"provider": {"const": spec.key}}}
    rules = [rule["then"] for rule in PROJECT["allOf"] if rule["if"] == condition]
    return (spec.block is None or spec.block.name in PROJECT["properties"]) and bool(rules)


def has_words(spec):
    words, traits = spec.traits.words, spec.traits
    needed = [words.restore_marker, words.remove_marker, spec.name, spec.vendor]
    needed += [words.everyone, words.weak_credentials, words.strong_credentials] if traits.has_permissions else []
    return all(needed) and (not spec.retired or bool(spec.retired_advice))


def has_name_form(spec):
    form, known = spec.model_name, NAMES["onProvider"].get(spec.key, {})
    return (
        form.fits(form.example)
        and form.example.startswith(spec.traits.name_prefix)
        and re.fullmatch(NAMES["pattern"], form.example) is not None
        and known.get("pattern") == form.pattern
        and known.get("patternErrorMessage") == form.advice
    )


def has_starter(spec):
    """The project file that init writes names the provider, and its own block."""
    package, folder = spec.starter or init.COMMON
    if not files(package).joinpath(*folder.split("/")).is_dir():
        return False
    text = init.contents(spec.key, {"name": "team", "provider": spec.key})["gemspec.yaml"]
    block = f"\n  {spec.block.name}:\n" if spec.block else ""
    return f"\n  provider: {spec.key}\n" in text and block in text and bool(spec.before_plan)


def has_connect(spec):
    try:
        return callable(resolve_name(spec.connect))
    except (AttributeError, ImportError, ValueError):
        return False


FACTS = {
    "key in the schema": lambda spec: spec.key in PROJECT["properties"]["provider"]["enum"],
    "block in the schema": has_rules,
    "words": has_words,
    "name form": has_name_form,
    "limits": lambda spec: spec.limits.max_file > 0,
    "what init writes": has_starter,
    "connect": has_connect,
    "credentials": lambda spec: bool(spec.environment),
    "docs": lambda spec: (ROOT / spec.docs).is_file(),
}


@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.key)
def test_a_provider_has_all_its_facts(spec):
    assert missing(spec) == set()


def test_the_schema_names_no_other_provider():
    assert set(PROJECT["properties"]["provider"]["enum"]) == {registry.EMULATOR, *registry.names()}


@pytest.mark.parametrize(
    ("fact", "changes"),
    [
        ("block in the schema", {"block": Block("shelf")}),
        ("words", {"traits": replace(GEMINI.traits, words=Words("", ""))}),
        ("name form", {"model_name": replace(GEMINI.model_name, example="tunedModels/")}),
        ("name form", {"model_name": replace(GEMINI.model_name, pattern="^tunedModels/.*$")}),
        ("limits", {"limits": DataLimits(max_file=0)}),
        ("what init writes", {"starter": ("gemspec", "starter/nowhere")}),
        ("what init writes", {"before_plan": ()}),
        ("connect", {"connect": "gemspec.providers.gemini.provider:nothing"}),
        ("credentials", {"environment": ()}),
        ("docs", {"docs": "api-nothing.md"}),
    ],
)
def test_a_missing_fact_is_noticed(fact, changes):
    assert fact in missing(replace(GEMINI, **changes))


def test_a_provider_that_the_schema_does_not_know_is_noticed():
    assert {"key in the schema", "block in the schema", "name form"} <= missing(replace(GEMINI, key="memory"))


SPECS = (*registry.specs(), third_provider.SPEC)
PROJECT_FILE = """apiVersion: gemspec/v1
kind: Project
metadata: {{name: team}}
spec:
  provider: {}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The path of a project file, where the third provider is registered."""
    monkeypatch.chdir(tmp_path)
    registry.register(third_provider.SPEC)
    yield tmp_path / "gemspec.yaml"
    registry.unregister(third_provider.SPEC)


@pytest.mark.parametrize(
    ("spec", "other"),
    [(spec, other) for spec, other in permutations(SPECS, 2) if other.block],
    ids=lambda spec: spec.key,
)
def test_the_block_of_another_provider_is_refused_at_its_place(project, capsys, spec, other):
    own = f"  {spec.block.name}: {{}}\n" if spec.block else ""
    project.write_text(f"{PROJECT_FILE.format(spec.key)}  {other.block.name}: {{}}\n{own}")
    assert cli.run(["validate"]) == 1
    message = f"gemspec.yaml:6:3: provider {spec.key} has no {other.block.name} block, remove it"
    assert message in capsys.readouterr().err
