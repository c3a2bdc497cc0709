"""An output format is a row of `FORMATS`: of plans in `cli.plan_output`, of problems in `cli.errors`."""

from __future__ import annotations

import pytest
from support.parity import ROOT

from gemspec.cli import errors, plan_output


def not_in_readme():
    readme = (ROOT / "README.md").read_text()
    return {name for name in (*plan_output.FORMATS, *errors.PROBLEM_FORMATS) if name not in readme}


def not_in_help():
    """--help lists what --write takes."""
    return {name for name in plan_output.FORMATS if name not in plan_output.WRITE.help}


@pytest.mark.parametrize("missing", [not_in_readme, not_in_help])
def test_every_format_is_documented(missing):
    assert missing() == set()


def test_a_made_up_format_is_noticed(monkeypatch):
    monkeypatch.setitem(plan_output.FORMATS, "parquet", plan_output.Format(str))
    assert not_in_readme() == {"parquet"}


def test_what_is_printed_can_be_written():
    assert set(plan_output.PRINTED) < set(plan_output.WRITTEN)
