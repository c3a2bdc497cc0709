"""Plans of many keys: a line for each key, all names that stop working, and first the counts by kind."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gemspec.domain.plan import Kind, Plan
from gemspec.render.terminal.key import key_views
from gemspec.render.terminal.plan import plan_text


@pytest.mark.parametrize("case", ["everything", "replace-and-delete", "delete"])
def test_compact_is_what_people_have_agreed_on(case, cases, document, golden):
    golden(f"compact-{case}", plan_text(document(cases[case]), compact=True))


@pytest.mark.parametrize("width", [40, 80, 400])
def test_every_key_has_its_line(case, plan, document, width):
    """Every key of the full text is drawn once; names that stop working beside a key that stays are there."""
    whole, text = (plan_text(document(plan), width=width, compact=compact) for compact in (False, True))
    for block in key_views(document(plan)):
        assert len(re.findall(rf"^{re.escape(f'{block.symbol:>3} {block.key}')}: ", text, re.M)) == 1
    for key in plan.keys:
        if key.kind is not Kind.DELETE:
            gone = [model.name for model in key.generations if f"{model.name} stops working" in whole]
            assert [name for name in gone if f"{name} stops working" not in text] == []


def test_many_keys_are_counted_by_kind_first(cases, document):
    """From twenty keys on."""
    [key] = cases["update"].keys
    many = [replace(key, key=f"{key.key}-{number}", steps=()) for number in range(20)]
    assert "~ change in place: 20" in plan_text(document(Plan("support-bots", tuple(many), ())))
    assert "change in place:" not in plan_text(document(Plan("support-bots", tuple(many[:19]), ())))
