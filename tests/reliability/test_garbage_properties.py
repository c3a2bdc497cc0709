"""Garbage that hypothesis makes, and makes small where it finds a fault: values of nearly the right shape.

Derandomized: every run tries the same cases, so that it fails for whoever broke them.
"""

from __future__ import annotations

import anyio
import httpx
import pytest
import stamina
from hypothesis import HealthCheck, given, settings, strategies as st

from gemspec.domain.errors import GemspecError, ServiceError
from gemspec.providers.gemini.spec import SPEC as GEMINI_API
from gemspec.providers.http import session
from gemspec.providers.registry import emulated
from gemspec.providers.vertex.spec import SPEC as VERTEX_AI
from gemspec.render.terminal.problems import error_lines

from .garbage import IN_FULL, Said, Trial, harm, run, wrong
from .garbage_shapes import altered, data, documents
from .hostile_plans import digested, plans
from .mutations import as_json, as_yaml
from .test_garbage_answers import gemini_answer, looked_at, planned, providers, said_what_was_asked, vertex_answer
from .test_garbage_files import DATA, EXAMPLE, GEMINI, HEAD, VERTEX

SERVICES = {"gemini": (GEMINI, emulated(GEMINI_API), "models/x"), "vertex": (VERTEX, VERTEX_AI, "gemini-2.5-flash")}
FORMATS = st.sampled_from(["text", "json", "github", "sarif"])
RANDOMS = st.randoms(use_true_random=False)


@pytest.fixture
def property_of(in_full, tally):
    """Give the function that tries cases: `attempt` gives what one came to, and what is wrong with that."""

    def check(what, number, strategy, attempt, *, both=True):
        trial = Trial()

        @settings(
            max_examples=number * (IN_FULL if in_full else 1),
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def holds(case):
            said, faults = attempt(case)
            trial.note(what, said, [*faults])
            assert not faults, faults

        try:
            holds()
        finally:
            tally(f"garbage: shaped {what}", trial.tries, len(trial.faults))
        assert not both or min(trial.statuses.get(0, 0), trial.statuses.get(1, 0)) > trial.tries / 100

    return check


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A project whose project file, manifest and data are right, the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gemspec.yaml").write_bytes(GEMINI)
    (tmp_path / "model.yaml").write_text(f"{HEAD}  baseModel: models/x\n{DATA.replace('NAME', 'data.jsonl')}")
    (tmp_path / "data").mkdir()
    for name in ("data.jsonl", "data/numbers.jsonl", "data/tickets.jsonl"):
        (tmp_path / name).write_bytes(EXAMPLE)
    return tmp_path


def commanded(words):
    """What a command says, and what is wrong with that."""
    said = run(words)
    return said, [*wrong(said, words)]


@pytest.mark.parametrize("service", SERVICES)
def test_manifests(service, here, property_of):
    """Every block that the schema of a manifest has."""
    project, known, _ = SERVICES[service]
    (here / "gemspec.yaml").write_bytes(project)

    def attempt(case):
        tree, random, output_format = case
        (here / "model.yaml").write_bytes(as_yaml(random, tree))
        return commanded(["validate", "--format", output_format])

    property_of("manifests", 120, st.tuples(documents("TunedModel", known), RANDOMS, FORMATS), attempt)


def test_project_files(here, property_of):
    """Of all providers."""

    def attempt(case):
        tree, random, output_format = case
        (here / "gemspec.yaml").write_bytes(as_yaml(random, tree))
        return commanded(["validate", "--format", output_format])

    property_of("project files", 60, st.tuples(documents("Project", emulated(GEMINI_API)), RANDOMS, FORMATS), attempt)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv"])
def test_data(suffix, service, here, property_of):
    """Rows of pairs and of conversations."""
    project, _, base = SERVICES[service]
    (here / "gemspec.yaml").write_bytes(project)
    (here / "model.yaml").write_text(f"{HEAD}  baseModel: {base}\n{DATA.replace('NAME', f'rows.{suffix}')}")

    def attempt(case):
        content, output_format = case
        (here / f"rows.{suffix}").write_bytes(content)
        return commanded(["validate", "--format", output_format])

    property_of(f"data, {suffix}", 40, st.tuples(data(suffix), FORMATS), attempt)


def test_plans(here, property_of):
    """With the digest that they had, and with the one that a forger would make."""
    shapes = st.sampled_from(plans()).flatmap(altered)

    def attempt(case):
        tree, is_forged, random, output_format = case
        (here / "plan.json").write_bytes(as_json(random, digested(tree) if is_forged else tree))
        return commanded(["show", "plan.json", "--format", output_format])

    formats = st.sampled_from(["text", "json", "markdown"])
    property_of("saved plans", 80, st.tuples(shapes, st.booleans(), RANDOMS, formats), attempt)


@pytest.mark.parametrize("service", SERVICES)
def test_answers(service, property_of, monkeypatch):
    """One of the answers that a plan or a look at models is made of."""
    monkeypatch.setattr(anyio, "sleep", lambda _: anyio.lowlevel.checkpoint())
    monkeypatch.setattr(session.log, "disabled", True)
    answer = {"gemini": gemini_answer, "vertex": vertex_answer}[service]

    def attempt(case):
        draws, spoilt, ask, random = case
        asked = []

        def answered(request):
            asked.append(request.url.path)
            body = answer(request.url.path)
            return httpx.Response(
                200, content=as_json(random, draws.draw(altered(body)) if len(asked) == spoilt else body)
            )

        provider = [*providers(answered)][[*SERVICES].index(service)][1]
        try:
            said, faults = Said(0, anyio.run(ask, provider, random), ""), []
        except GemspecError as error:
            said = Said(1, "", "\n".join(error_lines(error)))
            faults = [] if isinstance(error, ServiceError) else [f"{type(error).__name__}"]
            faults += [] if said_what_was_asked(said.err) else ["it does not say what was asked"]
        return said, [*faults, *harm(said.out + said.err)]

    strategy = st.tuples(st.data(), st.integers(1, 4), st.sampled_from([planned, looked_at]), RANDOMS)
    with stamina.set_testing(True, attempts=session.ATTEMPTS):
        property_of(f"answers, {service}", 60, strategy, attempt)
