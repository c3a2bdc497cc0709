"""Two projects on one service, with equal keys and equal data, that run at the same time: neither notices the other."""

from __future__ import annotations

import pytest

from .bench import TEAM
from .cases import APPLY, PROVIDERS, SLOWER, model, races

OTHER = "other"  # the other project
SEEDS = 20

RACE = races()["newer data"]
[OLD] = RACE.before
CHANGES = (RACE.first, APPLY)
AGAIN = (RACE.second, APPLY)
DESTROYS = (OLD, ("destroy", "--auto-approve"))

# What each of them does at the same time, from where both have the same models, or none.
TOGETHER = {
    "both create": ({}, (OLD, APPLY), (OLD, APPLY)),
    "both change": ({TEAM: OLD, OTHER: OLD}, CHANGES, AGAIN),
    "one changes, one destroys": ({TEAM: OLD, OTHER: OLD}, CHANGES, DESTROYS),
}


def pytest_generate_tests(metafunc):
    if "what" in metafunc.fixturenames:
        in_full = metafunc.config.getoption("in_full")
        metafunc.parametrize("what", TOGETHER if in_full else ["both change"])
    metafunc.parametrize("provider", PROVIDERS)


def test_two_projects_run_at_the_same_time(bench, what, in_full, tally):
    """Each comes to just what it comes to alone, and what serves in either serves all through."""
    before, *both = TOGETHER[what]
    alone = _alone(bench, before, both)
    problems, lost, beyond = [], 0, 0
    seeds = range(SEEDS if in_full else 1)
    for seed in seeds:
        _begin(bench, before, both)
        ran = bench.race(seed, *((words, at) for (_, words), at in zip(both, (TEAM, OTHER), strict=True)))
        judge = bench.judge
        now = judge.state(TEAM), judge.state(OTHER), judge.trainings
        found = [f"seed {seed}: it said\n{command.text}" for command in ran if command.status != 0]
        found += [f"seed {seed}: they have come to\n{now}\nnot to\n{alone}"] if now != alone else []
        problems += [*found, *(f"seed {seed}: {loss}" for loss in judge.lost)]
        lost, beyond = lost + len(judge.lost), beyond + max(now[-1] - alone[-1], 0)
    name = PROVIDERS[bench.provider]
    tally(f"two projects: {what}, {name}", len(seeds), len(problems))
    tally(f"two projects, then: models lost, {name}", len(seeds), lost)
    tally(f"two projects, then: trainings beyond the needed, {name}", len(seeds), beyond)
    assert not problems


def test_two_projects_want_the_same_model(bench, in_full, tally):
    """One of them has it in the end, and the other gets a message with its owner."""
    wanted = {"own": model("wild", keep=1, **{"import": {"tunedModel": "wild", "data": "asDeclared"}})}
    failures, seeds = [], range(SEEDS if in_full else 1)
    for seed in seeds:
        names = bench.bring(SLOWER, free=("wild",))
        for owner in (TEAM, OTHER):
            bench.write(wanted, names, owner, at=owner)
        ran = bench.race(seed, (APPLY, TEAM), (APPLY, OTHER))
        [model_] = bench.judge.there.models()
        owner = model_.marker.get("owner")
        loser = OTHER if owner == TEAM else TEAM
        said = bench.run(("plan", "--detailed-exitcode"), loser)
        is_told = said.status == 1 and f"it is own of project {owner}" in " ".join(said.text.split())
        if not (bench.is_settled(owner) and is_told and bench.judge.trainings == 1):
            failures.append([f"seed {seed}", said.text, *(command.text for command in ran)])
    tally(f"two projects: both import one model, {PROVIDERS[bench.provider]}", len(seeds), len(failures))
    assert not failures


@pytest.fixture(autouse=True)
def _nobody_is_lost_meanwhile(bench):
    """What one test expects, the next one does not."""
    yield
    bench.judge.expect([])


def _begin(bench, before, both):
    bench.bring(SLOWER, *before.items())
    for (state, _), at in zip(both, (TEAM, OTHER), strict=True):
        bench.write(state, {}, at, at=at)
    ends = {at for (_, words), at in zip(both, (TEAM, OTHER), strict=True) if words[0] == "destroy"}
    bench.judge.expect([(owner, (key,)) for owner in before if owner not in ends for key in before[owner]])


def _alone(bench, before, both):
    """What comes of it when the second begins when the first has ended."""
    _begin(bench, before, both)
    for (_, words), at in zip(both, (TEAM, OTHER), strict=True):
        command = bench.run(words, at)
        assert command.status == 0, command.text
    return bench.judge.state(TEAM), bench.judge.state(OTHER), bench.judge.trainings
