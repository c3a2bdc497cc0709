"""Garbage in saved plans: whatever is in one, `show` draws it as its digest has it, or refuses it by its name.

What a plan edited by hand may do to a service is in `test_trust_plans`.
"""

from __future__ import annotations

import json

import pytest

from .garbage import PARTS, Trial, seeds
from .hostile_plans import digested, plans
from .mutations import as_json, bytes_mutated, tree_mutated

FORMATS = ("text", "json", "markdown", "text")


@pytest.mark.parametrize("part", range(PARTS))
def test_plans(part, tmp_path, monkeypatch, in_full, tally):
    """Changed by somebody who knows nothing of digests, and by somebody who makes them right again."""
    monkeypatch.chdir(tmp_path)
    trial, right = Trial(), plans()
    written = [json.dumps(plan).encode() for plan in right]
    for name, random in seeds("plan", part, 1000, in_full=in_full):
        if random.random() < 0.4:
            spoilt = bytes_mutated(random, random.choice(written), written)
        else:
            tree = tree_mutated(random, random.choice(right))
            spoilt = as_json(random, digested(tree) if random.random() < 0.7 else tree)
        (tmp_path / "plan.json").write_bytes(spoilt)
        words = ["show", "plan.json", "--format", random.choice(FORMATS)]
        said = trial.run(name, words)
        if said.status == 1 and "plan.json" not in said.out + said.err:
            trial.faults.append(f"{name}: it does not say which file is wrong\n{said.err}")
    tally("garbage: saved plans", trial.tries, len(trial.faults))
    assert not trial.faults, trial.tell()
    assert min(trial.statuses[0], trial.statuses[1]) > trial.tries / 100
