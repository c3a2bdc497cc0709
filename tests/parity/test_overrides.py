"""A rule that a flag lifts is a row of `domain.overrides.OVERRIDES`, and is in every place that this module checks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from support.parity import ROOT, noticing, unlisted

from gemspec.cli.commands.apply import command
from gemspec.domain import overrides
from gemspec.domain.overrides import ALLOWABLE, OVERRIDES, Override

PLANNER = [path.read_text() for path in sorted((ROOT / "gemspec" / "planner").rglob("*.py"))]
NAMES = {value: name for name, value in vars(overrides).items() if isinstance(value, str) and value in OVERRIDES}


def not_in_schemas():
    """Both of the project file and of the plan."""
    return unlisted(OVERRIDES, "rename", "maxDeletes")


def without_a_flag():
    """Rules whose flag `apply` does not have."""
    flags = {flag for parameter in command.params for flag in parameter.opts}
    return {rule for rule, row in OVERRIDES.items() if row.flag.split()[0] not in flags}


def not_explained():
    """Rules that the description in the schema of the project file does not name."""
    text = (ROOT / "schemas" / "project.v1.schema.json").read_text()
    (line,) = [line for line in text.splitlines() if "The rule of the block" in line]
    return {rule for rule in OVERRIDES if rule not in line}


def without_a_block():
    """Rules that no block of the planner has."""
    return {rule for rule in OVERRIDES if not any(NAMES.get(rule, "?") in text for text in PLANNER)}


PLACES = {
    "schemas/": not_in_schemas,
    "apply": without_a_flag,
    "explain": not_explained,
    "planner": without_a_block,
}


@pytest.mark.parametrize("missing", PLACES.values(), ids=PLACES)
def test_every_rule_is_in_every_place(missing):
    assert missing() == set()


def test_a_made_up_rule_is_noticed(monkeypatch):
    monkeypatch.setitem(OVERRIDES, "price", Override("", "", "--max-price {count}"))
    assert noticing(PLACES, "price") == PLACES.keys()


def test_no_hint_of_a_block_names_a_flag_that_the_table_does_not_have():
    """A flag that lifts a block is written in the table alone: other texts of the planner name those that choose."""
    chosen = {"--from-owner", "--undelete", "--replace", "--accept", "--exclude", "--target", "--retry-failed"}
    found = set()
    for path in sorted(Path(ROOT / "gemspec" / "planner").rglob("*.py")):
        tree = ast.parse(path.read_text())
        docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        found |= {flag for text in texts if text not in docs for flag in re.findall(r"--[a-z-]+", text)}
    assert found <= chosen


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_allow_names_the_rules_without_a_flag_of_their_own():
    assert set(ALLOWABLE) == {rule for rule, row in OVERRIDES.items() if row.flag.startswith("--allow")}
