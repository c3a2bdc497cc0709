"""Trust: a saved plan edited by hand, at every place of it: nothing is written that the plan, made again, does not hold
and the file, as it was saved, did not approve.
"""

from __future__ import annotations

import copy
import json
import re

import pytest

from gemspec.emulator import create_app
from gemspec.emulator.server import in_thread

from .garbage import PARTS, run
from .hostile_plans import digested
from .trust import Ears, write

# What is not carried out: words for people, what follows from the steps, and what is compared with nothing.
WORDS = re.compile(
    r"(format_version|gemspec_version|digest|counts|credential|warnings|blocks|options|project|timestamp|complete"
    r"|applyable|errored|errors|drift|whole)\b"
    r"|resource_changes\b|steps/\d+/(reason|waits|notes|cost|training|carried|destructive|expensive)\b"
)
NUMBER = re.compile(r"steps/\d+/marker/(serving|gen)$")
REFUSED = re.compile(
    r"was changed after it was saved|is stale|it is no plan|is not a saved plan|approves nothing|made with|has format"
)
GONE = object()


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    """A project with something to train again, to change, to make and to delete; a plan of it; and what a service heard
    that refuses every write, so that each apply finds it as it was.
    """
    folder = tmp_path_factory.mktemp("forged")
    now = [1_700_000_000.0]
    app = create_app(None, training_seconds=10, clock=lambda: now[0])
    is_open = [True]

    def answer(method, _path):
        refused = json.dumps({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "not now"}})
        return (0, {}, b"") if method == "GET" or is_open[0] else (403, {}, refused.encode())

    service = Ears(answer, instead_of=app)
    with in_thread(service) as url, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GEMSPEC_ENDPOINT", url)
        write(folder, keys="abd")
        for _ in range(2):
            assert run(["apply", "--auto-approve", "--no-wait"]).status == 0
            now[0] += 20
        write(folder, keys="abc")
        for key in "ac":
            (folder / f"{key}.jsonl").write_text(f'{{"text_input": "1", "output": "two of {key}"}}\n')
        (folder / "b.yaml").write_text((folder / "b.yaml").read_text() + "  temperature: 0.5\n")
        for name in ("d.yaml", "d.jsonl"):
            (folder / name).unlink()
        assert run(["plan", "--out", "plan.json"]).status == 0
        is_open[0] = False
        yield folder, service, url
    app.state.store.close()


def writes(service, words):
    """Run a command; how it ended, and what it asked the service to write."""
    before = len(service.heard)
    said = run(words)
    return said, {(method, path) for method, path, _ in service.heard[before:] if method != "GET"}


def places(value, path=()):
    """Every place in a document, from the outside in."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from places(item, (*path, name))


def others(value):
    """What may stand in the place of a value."""
    match value:
        case bool():
            return [not value, GONE]
        case int() | float():
            return [value + 1, 0, GONE]
        case str():
            return [f"{value}x", value[:-1] + ("0" if value[-1:] != "0" else "1"), "a", GONE]
        case None:
            return ["a", 1]
        case list():
            return [[], value + value[:1], GONE] if value else [[None], GONE]
    return [{}, GONE]


def changed(document, path, value):
    """The document with another value at a place."""
    made = copy.deepcopy(document)
    inside = made
    for name in path[:-1]:
        inside = inside[name]
    if value is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return made


@pytest.mark.parametrize("part", range(PARTS))
def test_every_place_of_a_plan(part, forged, in_full, monkeypatch, tally):
    """With the digest as it was, and with one that is right again."""
    folder, service, url = forged
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
    document = json.loads((folder / "plan.json").read_text())
    _, genuine = writes(service, ["apply", "plan.json", "--no-wait"])
    assert len(genuine) >= 3
    cases = [(path, other) for path in places(document) if path for other in others(_at(document, path))]
    cases = cases[part :: PARTS * (1 if in_full else 60)]
    faults, tries = [], 0
    for path, other in cases:
        place = "/".join(map(str, path))
        spoilt = changed(document, path, other)
        for made in (spoilt, digested(spoilt)):
            (folder / "forged.json").write_text(json.dumps(made))
            said, done = writes(service, ["apply", "forged.json", "--no-wait"])
            tries += 1
            is_refused = bool(REFUSED.search(" ".join((said.out + said.err).split())))
            if said.status != 1 or said.escaped or done - genuine or (is_refused and done):
                faults.append((place, other, said, done))
            elif not is_refused and made != document and not may_differ(place, _at(document, path), other):
                faults.append((place, other, "was taken", done))
    tally("trust: saved plans edited by hand", tries, len(faults))
    assert not faults, faults[:5]


def may_differ(place, value, other):
    """Whether an approval may have another value here. A plan may give a lower number than the approved number: that is
    what it gives once the generation with the highest number was deleted.
    """
    return WORDS.match(place) or (NUMBER.match(place) and isinstance(other, int) and other > value)


def _at(document, path):
    for name in path:
        document = document[name]
    return document
