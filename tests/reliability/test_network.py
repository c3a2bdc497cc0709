"""A bad network: with three requests in ten failing, in any way, an apply of many models converges without a duplicate.

And what ends a run: budgets that are used up, tokens that are refused, lists without end. Every time nothing is lost,
and the next apply continues. What each fault does to each operation is in `test_network_faults`.
"""

from __future__ import annotations

import re

import pytest
from support.served import until

from gemspec.providers.http import session
from gemspec.providers.http.retry import ATTEMPTS, RESERVE

from .bad_network import PASSING, PROVIDERS, Bench, Emulated, hurried, with_token

SHARE = 0.3
APPLIES = 4  # within which it must have converged


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(5 if metafunc.config.getoption("--in-full") else 1))


@pytest.fixture(params=PROVIDERS)
def provider(request):
    return request.param


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    emulated = Emulated(tmp_path_factory.mktemp("emulator"))
    yield emulated
    emulated.close()


@pytest.fixture
def bench(tmp_path, emulated, provider):
    """A project that has nothing to do with those of other tests."""
    with hurried(emulated):
        yield Bench.make(tmp_path, emulated, provider)


def test_three_requests_in_ten_fail(bench, provider, seed, in_full, tally):
    """Mixed, before and after they took effect: every model is made, and made once."""
    keys = bench.declare(200 if in_full else 30)
    bench.emulated.rules({"share": SHARE, "fault": [*PASSING], "when": "either"}, seed=seed)
    statuses = []
    while not statuses or (statuses[-1] != 0 and len(statuses) < APPLIES):
        statuses.append(bench.apply())
    counts = bench.emulated.counts()
    faults = sum(counts["struck"].values())
    bench.emulated.rules()
    models, trainings = bench.there.models(), bench.there.trainings
    case = f"network: {SHARE:.0%} fail, {len(keys)} models, {provider}"
    tally(f"{case}: applies", len(statuses), 0 if statuses[-1] == 0 else 1)
    tally(f"{case}: requests", counts["requests"])
    tally(f"{case}: requests, met with a fault", faults)
    tally(f"{case}: models, lost", len(keys), len([key for key in keys if key not in models]))
    tally(f"{case}: models, doubled", len(keys), sum(count - 1 for count in models.values()))
    tally(f"{case}: trainings, not needed", trainings, trainings - len(keys))
    assert statuses[-1] == 0, bench.said
    assert 0.2 < faults / counts["requests"] < 0.4
    assert (models, trainings) == (dict.fromkeys(keys, 1), len(keys))
    assert bench.is_settled(), bench.said


def test_a_service_that_goes_down_is_left_alone(bench, provider, tally):
    """For good, after some models were begun: it is asked a bounded number of times, the run says why it ends, and the
    next one continues.
    """
    keys = bench.declare(40)
    bench.emulated.rules({"fault": ["unavailable", "dropped"], "skip": 75 if provider == PROVIDERS[0] else 130})
    assert bench.apply() == 1
    counts = bench.emulated.counts()["requestRules"][0]
    bench.emulated.rules()
    begun = bench.there.trainings
    tally(f"network: a service that is down, {provider}: requests to it", counts["struck"])
    # One of everything that was still to do, and the reserve.
    assert RESERVE <= counts["struck"] <= RESERVE + 3 * len(keys)
    assert "requests of this run failed, so none is repeated any more" in " ".join(bench.said.split())
    assert re.search(r"othing\s+that\s+was\s+begun\s+is\s+lost", bench.said)
    assert "Traceback" not in bench.said
    assert begun < len(keys)
    assert bench.apply() == 0, bench.said
    assert (bench.there.models(), bench.there.trainings) == (dict.fromkeys(keys, 1), len(keys))
    tally(f"network: a service that is down, {provider}: trainings, not needed", len(keys))


def test_a_quota_of_trainings(bench, provider, tally):
    """More than may be trained at a time: apply queues, says so, and trains them all."""
    keys = bench.declare(6)
    bench.emulated.rules(concurrentTrainings=2)
    assert bench.apply() == 0, bench.said
    assert (bench.there.models(), bench.there.trainings) == (dict.fromkeys(keys, 1), 6)
    assert re.search(r"m00\d: waits: .*oncurrent", bench.said), bench.said
    tally(f"network: a quota of 2 trainings, {provider}: trainings", bench.there.trainings)


def test_a_quota_without_waiting(bench):
    """--no-wait begins what there is room for and says of the others that they were not begun; each run continues."""
    keys = bench.declare(5)
    bench.emulated.rules(concurrentTrainings=2)
    for trainings in (2, 4, 5):
        bench.apply("--no-wait")
        assert bench.there.trainings == trainings, bench.said
        bench.emulated.later(100)
    assert bench.apply() == 0
    assert bench.there.models() == dict.fromkeys(keys, 1)


def test_a_full_quota_whose_trainings_are_ours(bench):
    """The answer to a create is lost, and its repeat finds no room: there is none since the first took effect."""
    bench.declare(1)
    bench.emulated.rules(
        {"method": "POST", "path": bench.there.path, "fault": "dropped", "when": "after", "times": 1},
        concurrentTrainings=1,
    )
    assert bench.apply("--no-wait") == 0, bench.said
    assert "created" in bench.said
    assert bench.there.trainings == 1


@pytest.fixture
def token(monkeypatch):
    return with_token(monkeypatch)


def test_a_token_that_ends_in_the_middle(bench, provider, token, tally):
    """Each time that it is refused, another one is fetched, and the request repeated; nobody notices."""
    keys = bench.declare(5)
    rules = [{"fault": "unauthenticated", "skip": skip, "times": 1} for skip in (0, 7, 15, 22)]
    bench.emulated.rules(*rules)
    assert bench.apply() == 0, bench.said
    assert [rule["struck"] for rule in bench.emulated.counts()["requestRules"]] == [1] * 4
    assert token.fetched == 4
    assert (bench.there.models(), bench.there.trainings) == (dict.fromkeys(keys, 1), 5)
    tally(f"network: a token is refused in the middle of a run, {provider}", 4)


def test_a_token_that_is_refused_for_good(bench, token):
    """It is renewed once; then the message says what a person must do."""
    bench.declare(1)
    bench.emulated.rules({"fault": "unauthenticated"})
    assert bench.apply() == 1
    lists = bench.there.lists
    assert 2 <= bench.emulated.counts()["requests"] <= 2 * lists
    assert 1 <= token.fetched <= lists  # each list that is refused asks for another
    assert "log in again" in bench.said
    assert "gcloud auth application-default login" in bench.said


def test_a_token_of_the_environment_that_ends(bench, monkeypatch):
    """There is no other to be had: what was begun continues, and a fresh one is asked for."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.secret")
    keys = bench.declare(5)
    bench.emulated.rules(
        {"fault": "unauthenticated", "method": "GET", "skip": 20}, {"fault": "unauthenticated", "skip": 29}
    )
    assert bench.apply() == 1
    assert "set a fresh GOOGLE_OAUTH_ACCESS_TOKEN" in " ".join(bench.said.split())
    assert "ya29" not in bench.said
    bench.emulated.rules()
    assert bench.apply() == 0, bench.said
    assert (bench.there.models(), bench.there.trainings) == (dict.fromkeys(keys, 1), 5)


@pytest.mark.parametrize(
    ("fault", "words"), [("repeatedPage", "the same page token twice"), ("emptyPage", "empty pages in a row")]
)
def test_a_list_without_end(bench, fault, words):
    """It is given up, and nothing is planned by what was seen of it."""
    bench.declare(1)
    for command in (["plan"], ["apply", "--auto-approve"], ["status"]):
        bench.emulated.rules({"fault": fault})
        assert bench.run(*command) == 1
        assert words in " ".join(bench.said.split())
        assert bench.emulated.counts()["requests"] <= 200
    bench.emulated.rules()
    assert bench.there.trainings == 0


def test_a_list_without_end_while_waiting(bench, provider):
    """The trainings continue; a list that ends again ends the wait."""
    bench.declare(7)
    before = 5 if provider == PROVIDERS[0] else 15  # on Vertex AI each create looks through the list
    lists = {"method": "GET", "path": bench.there.path, "fault": "repeatedPage", "skip": before, "times": 3}
    bench.emulated.rules(lists)
    assert bench.apply() == 0, bench.said
    assert bench.emulated.counts()["struck"] == {"repeatedPage": 3}
    assert bench.there.trainings == 7


def test_a_server_that_speaks_of_something_else(bench):
    """A portal's page to every request: no delete, no create is taken for done, and it is reported what is there."""
    bench.declare(1)
    bench.emulated.rules({"fault": "notJson"})
    assert bench.apply() == 1
    said = " ".join(bench.said.split())
    assert f"gives a web page for an answer (tried {ATTEMPTS} times)" in said
    assert "check --endpoint and proxies" in said
    assert ATTEMPTS <= bench.emulated.counts()["requests"] <= ATTEMPTS * bench.there.lists


def test_an_answer_that_is_late(bench, monkeypatch, tally, provider):
    """So late that nobody waits for it, and the request takes effect anyway: where a create has no id it may be
    begun twice, and the next apply ends one of them.
    """
    late = 1.5
    monkeypatch.setattr(session, "TIMEOUT", late / 2)
    bench.declare(1)
    rule = {"method": "POST", "path": bench.there.path, "fault": "slow", "seconds": late, "when": "before", "times": 1}
    bench.emulated.rules(rule)
    assert bench.apply() == 0, bench.said
    until(lambda: bench.emulated.counts()["underWay"] == 0, "the late create")
    assert bench.emulated.counts()["struck"] == {"slow before": 1}
    trainings = bench.there.trainings
    tally(f"network: a create that takes effect late, {provider}: trainings", trainings)
    assert trainings in ((1,) if provider == PROVIDERS[0] else (1, 2))
    assert bench.apply() == 0, bench.said
    assert (bench.there.models(), bench.there.trainings) == ({"m000": 1}, trainings)
    assert bench.is_settled(), bench.said
