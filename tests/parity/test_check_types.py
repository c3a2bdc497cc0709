"""What a check may expect is a member of `Expectation`, and is in every place that this module checks."""

from __future__ import annotations

import pytest
from support.parity import made_up, noticing, refused, schemas, unlisted, unnamed

from gemspec.domain.expectations import is_expected
from gemspec.domain.model import Check, Expectation


def not_compared():
    return refused(Expectation, lambda expectation: is_expected(Check("prompt", expectation, "text"), "answer"))


def not_declared():
    """What manifests may write, which validation, editors and `explain` read."""
    expect = schemas()["tunedmodel.v1.schema.json"]["$defs"]["check"]["properties"]["expect"]
    choices = {name for choice in expect["oneOf"] for name in choice["required"]}
    return {expectation for expectation in Expectation if not {expectation} <= choices & expect["properties"].keys()}


def not_reported():
    return unlisted(Expectation, "equals", "matches")


def not_in_readme():
    return unnamed(Expectation, "README.md", "expect: {equals:")


PLACES = {
    "domain/expectations.py": not_compared,
    "schemas/tunedmodel.v1.schema.json": not_declared,
    "schemas/ of documents": not_reported,
    "README.md": not_in_readme,
}


@pytest.mark.parametrize("missing", PLACES.values(), ids=PLACES)
def test_every_check_type_is_in_every_place(missing):
    assert missing() == set()


def test_a_made_up_check_type_is_noticed():
    with made_up(Expectation, "resembles") as expectation:
        assert noticing(PLACES, expectation) == PLACES.keys()
