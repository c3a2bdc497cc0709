"""Inputs below a megabyte that are made to cost much: never more than 10 s or 200 MB, and always an answer.

Each runs in a process of its own, forked from one that has loaded gemspec, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gemspec

from .costly_inputs import CASES

SECONDS, MEGABYTES = 10.0, 200
PATIENCE = 120
# What took longest, or most memory, before there were limits; of each kind of input some.
BOUNDED = [
    *("manifest: parents that are not there", "manifest: empty documents"),
    *("manifest: a billion laughs", "manifest: deep in brackets", "manifest: a long time"),
    *("manifest: aliases of long text", "manifest: patterns that repeat", "JSON manifest: deep"),
    *("jsonl: fields twice", "jsonl: bad lines", "json: empty objects", "json: numbers", "json: deep"),
    *("csv: one column many times", "csv: a quote never closed", "project: globs", "project: a glob without end"),
    "plan: many steps",
]
PLANS = ["plan: many steps", "plan: steps of nothing", "plan: deep", "plan: long numbers"]
COST = """
import sys
from pathlib import Path
from gemspec.manifest import load
from reliability import costs
costs.run_all(Path(sys.argv[1]), sys.argv[2:])
"""


@pytest.fixture(scope="module")
def costs(tmp_path_factory, request):
    """What each case came to: exit status, seconds of the processor, megabytes, and what was said."""
    names = [*CASES, *PLANS] if request.config.getoption("--in-full") else BOUNDED
    tests, folder = Path(__file__).parents[1], tmp_path_factory.mktemp("sizes")
    paths = os.pathsep.join([str(Path(gemspec.__file__).parents[1]), str(tests)])
    done = subprocess.run(
        [sys.executable, "-c", COST, str(folder), *names],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        timeout=PATIENCE * len(names),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_all_of_them_are_answered(costs, tally):
    """With the exit status 1 and a reason, or 0 where there is nothing wrong."""
    wrong = [cost for cost in costs if cost["status"] not in (0, 1) or cost["fault"] or not cost["said"]]
    tally("garbage: inputs that cost much", len(costs), len(wrong))
    assert not wrong


def test_none_takes_long(costs):
    """Of the processor's time, since other processes may be in the way."""
    assert not [cost for cost in costs if cost["seconds"] > SECONDS]


def test_none_takes_much_memory(costs):
    """At its peak, with all that gemspec itself takes."""
    assert not [cost for cost in costs if cost["megabytes"] > MEGABYTES]
