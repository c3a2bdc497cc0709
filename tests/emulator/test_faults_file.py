"""Fault files: their fields, and the message and place that a mistake in them gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from gemspec import cli, emulator, emulator_host
from gemspec.domain.errors import InputError
from gemspec.emulator.faults import config
from gemspec.emulator.faults.rules import FAULTS

EXAMPLE = Path(__file__).parents[2] / "examples" / "emulator" / "faults.yaml"

# The content of the file (`|` is where the mistake is), and the message.
MISTAKES = [
    ("|[]", "[] is not a block of fields, write seed: 7"),
    ("|5", "5 is not a block of fields, write seed: 7"),
    ("|seed: [1]", "[1] is not a number or a text, write seed: 7"),
    ("|sed: 1", 'there is no field "sed" here, did you mean seed?'),
    ("|x: 1", 'there is no field "x" here, the fields are seed, concurrentTrainings, requests and trainings'),
    ("|concurrentTrainings: 0", "0 is not a whole number from 1, write concurrentTrainings: 2"),
    ("|concurrentTrainings: 2.5", "2.5 is not a whole number from 1, write concurrentTrainings: 2"),
    ("|concurrentTrainings: true", "true is not a whole number from 1, write concurrentTrainings: 2"),
    ("|concurrentTrainings: 0x10", '"0x10" is not a whole number from 1, write concurrentTrainings: 2'),
    ("|requests: {}", "{} is not a list of rules, write requests: [{fault: unavailable, times: 1}]"),
    ("requests: [|hello]", '"hello" is not a block of fields, write fault: unavailable'),
    ("requests: [|{times: 1}]", "this rule has no fault, write fault: unavailable"),
    ("requests: [{|fault: x}]", f'there is no fault "x", the faults are {", ".join(FAULTS[:-1])} and {FAULTS[-1]}'),
    ("requests: [{|fault: Throttled}]", 'there is no fault "Throttled", did you mean throttled?'),
    ("requests: [{fault: [cut, |emptypage]}]", 'there is no fault "emptypage", did you mean emptyPage?'),
    ("requests: [{fault: [|[cut]]}]", '["cut"] is not a fault or a list of them, write unavailable'),
    ("requests: [{|fault: []}]", "[] is not a fault or a list of them, write fault: unavailable"),
    ("requests: [{|fault: null}]", "null is not a fault or a list of them, write fault: unavailable"),
    ("requests: [{fault: cut, |method: get}]", 'there is no method "get", did you mean GET?'),
    ("requests: [{fault: cut, |path: \"\"}]", '"" is not a pattern of paths, write path: "/v1beta/tunedModels/*"'),
    ("requests: [{fault: cut, |share: 30}]", "30 is not a number from 0 to 1, write share: 0.3"),
    ("requests: [{fault: cut, |share: 30%}]", '"30%" is not a number from 0 to 1, write share: 0.3'),
    ("requests: [{fault: cut, |times: 0}]", "0 is not a whole number from 1, write times: 1"),
    ("requests: [{fault: cut, |skip: -1}]", "-1 is not a whole number from 0, write skip: 1"),
    ("requests: [{fault: dropped, |when: no}]", "false is not before, after or either, write when: after"),
    ("requests: [{fault: dropped, |when: befor}]", 'there is no when "befor", did you mean before?'),
    ("requests: [|{fault: slow}]", "slow needs to know how long, write seconds: 5"),
    ("requests: [{fault: slow, |seconds: 5s}]", '"5s" is not a number of seconds, write seconds: 5'),
    ("requests: [{fault: slow, |seconds: .nan}]", '".nan" is not a number of seconds, write seconds: 5'),
    (
        "requests: [{fault: cut, |seconds: 5}]",
        "seconds means nothing for cut, leave it out; it belongs to slow or trickle",
    ),
    (
        "requests: [{fault: [cut, throttled], |when: after}]",
        "when means nothing for cut or throttled, leave it out; it belongs to internal, unavailable, timedOut, "
        "badGateway, dropped, reset, slow or notJson",
    ),
    (
        "requests: [{fault: dropped, |retryDelay: 2}]",
        "retryDelay means nothing for dropped, leave it out; it belongs to throttled, internal, unavailable or "
        "timedOut",
    ),
    ("requests: [{fault: throttled, |retryAfter: 1.5}]", "1.5 is not a whole number of seconds, write retryAfter: 2"),
    ("trainings: [|{seconds: 1}]", 'this rule names no models, write model: "slow-*", or "*" for all of them'),
    ("trainings: [|{model: x}]", "this rule changes nothing, write seconds: 3600, or fails: true"),
    ("trainings: [{model: x, |fails: no}]", "false is not true or the reason, write fails: Too few examples."),
    ("trainings: [{model: x, seconds: 1, |share: 1}]", 'there is no field "share" here, the fields are model, times, '
     "seconds and fails"),
    ("seed: 1\n|seed: 2", 'the field "seed" stands here twice (first in line 1), keep one of them'),
    ("seed: |!x 1", "tags (words that begin with !) are not supported, remove it, and put quotes around text"),
]  # fmt: skip


def said(path):
    with pytest.raises(InputError) as caught:
        emulator_host.read_faults(path)
    return [(str(problem.origin), f"{problem.summary}, {problem.detail}") for problem in caught.value.problems]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_mistakes(tmp_path, text, expected):
    """Each at its line and column, with what to write."""
    before, _, after = text.partition("|")
    path = tmp_path / "faults.yaml"
    path.write_text(before + after)
    place = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert said(path) == [(f"{path}:{place[0]}:{place[1]}", expected)]


def test_all_mistakes_at_once(tmp_path):
    """In the order of the file."""
    path = tmp_path / "faults.yaml"
    path.write_text("trainings: [{model: x}]\nseed: []\nrequests:\n  - {fault: x}\n  - {fault: cut, when: x}\n")
    assert [place.rpartition("faults.yaml:")[2] for place, _ in said(path)] == ["1:13", "2:1", "4:6", "5:18"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.yaml", "", "there is nothing in it"),
        ("empty.json", "", "there is nothing in it"),
        ("two.yaml", "{}\n---\n{}\n", "there are several documents here"),
        ("broken.yaml", "requests: [", ""),
        ("broken.json", '{"requests": [', ""),
    ],
)
def test_files_that_are_none(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    [(place, told)] = said(path)
    assert place.startswith(str(path))
    assert words in told


def test_a_file_that_is_not_there(tmp_path, capsys):
    """The command reports it, and serves nothing."""
    path = tmp_path / "none.yaml"
    assert cli.run(["emulator", "--in-memory", "--port", "0", "--faults", str(path)]) == 1
    assert "none.yaml cannot be read" in capsys.readouterr().err


def test_a_mistake_ends_the_command(tmp_path, capsys):
    path = tmp_path / "faults.yaml"
    path.write_text("requests:\n  - {fault: throtled}\n")
    assert cli.run(["emulator", "--in-memory", "--port", "0", "--faults", str(path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert 'faults.yaml:2:6: there is no fault "throtled", did you mean throttled?' in told.err


def test_json_is_as_good_as_yaml(tmp_path):
    tree = yaml.safe_load(EXAMPLE.read_text())
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(tree))
    assert emulator_host.read_faults(path) == emulator_host.read_faults(EXAMPLE) == tree


def test_the_example_shows_everything():
    """Every field and every fault; a new field or fault must be shown there."""
    tree = emulator_host.read_faults(EXAMPLE)
    fields = {name for rule in tree["requests"] for name in rule}
    shown = [rule["fault"] for rule in tree["requests"]]
    faults = {fault for entry in shown for fault in (entry if isinstance(entry, list) else [entry])}
    assert tree.keys() == config.FILE.keys()
    assert fields == config.REQUEST.keys()
    assert faults == {*FAULTS}
    assert {name for rule in tree["trainings"] for name in rule} == config.TRAINING.keys()


def test_every_fault_and_field_is_described():
    """In the words of the package that makes them happen."""
    from gemspec.emulator import faults

    described = faults.__doc__ or ""
    for name in (*FAULTS, *config.FILE, *config.REQUEST, *config.TRAINING):
        assert name in described, name


def test_in_help(capsys):
    assert cli.run(["emulator", "--help"]) == 0
    told = capsys.readouterr().out
    lines = told.partition("A file for --faults, in YAML or JSON:")[2].partition("\n\n")[0]
    emulator.check_faults(yaml.safe_load(lines))
