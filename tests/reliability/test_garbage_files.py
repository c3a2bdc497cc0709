"""Garbage in manifests, project files and data: whatever is in them, it is explained with its place, or harmless.

The seeds are the repository's own examples and the broken inputs of tests/badinput, changed in their bytes and in their
structure. A case is known by its name: `Random(name)` makes it again.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest
import yaml

from .garbage import PARTS, Trial, seeds
from .mutations import as_json, as_yaml, bytes_mutated, tree_mutated

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests/badinput/cases"
FORMATS = ("text", "json", "text", "github", "json", "sarif")
GEMINI = b"apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: bots}\nspec: {provider: emulator}\n"
PLACE = b"vertex: {project: my-project, location: us-central1, bucket: my-bucket}"
VERTEX = GEMINI.replace(b"emulator}", b"vertex, " + PLACE + b"}")
EXAMPLE = b'{"textInput": "1", "output": "2"}\n{"textInput": "3", "output": "4"}\n'
HEAD = "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: a}\nspec:\n"
DATA = "  tuningTask: {trainingData: {files: [NAME]}}\n"
FULL = f"""\
{HEAD}  displayName: all that a manifest can hold
  description: |
    Of several
    lines.
  tunedModelSource: {{tunedModel: tunedModels/parent-1}}
  temperature: 0.2
  topP: 0.5
  topK: 40
  readerProjectNumbers: ["1234567890"]
  tuningTask:
    hyperparameters: {{epochCount: 5, batchSize: 2, learningRate: 0.001}}
    trainingData: {{files: ["data/*.jsonl", data.jsonl], inputKey: textInput, outputKey: output}}
  permissions:
    - {{granteeType: GROUP, emailAddress: ml@example.com, role: READER}}
    - {{granteeType: EVERYONE, role: READER}}
  checks: [{{prompt: LXIII, expect: {{equals: LXIV}}}}, {{prompt: a, expect: {{matches: "^[a-z]+$"}}}}]
  lifecycle: {{protect: false, deletionPolicy: retain, keepPrevious: 2}}
""".encode()


def samples(*patterns):
    """The files that fit, without those that are garbage of the size that `test_garbage_sizes` is for."""
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern)) if path.is_file()]
    return [path.read_bytes() for path in files if path.stat().st_size < 4_000]


@cache
def parsed(sample):
    """A file as a tree, which is not to be changed; None where it is none."""
    if b"&" in sample:  # an alias may stand for itself, or for a billion others
        return None
    try:
        return json.loads(json.dumps(yaml.safe_load(sample), default=str))
    except (yaml.YAMLError, ValueError, TypeError):
        return None


# What is right, and what somebody has broken already: each half of the cases.
MANIFESTS = {
    GEMINI: (
        [*samples("examples/quickstart/number-generator.yaml", "examples/gitops/base/[rt]*.yaml"), FULL],
        samples(
            *(f"tests/badinput/cases/{folder}/*" for folder in ("fields", "syntax", "checks", "permissions", "import"))
        ),
    ),
    VERTEX: (samples("examples/vertex/ticket-sorter.yaml"), samples("tests/badinput/cases/vertex/*")),
}
PROJECTS = (
    samples("examples/*/gemspec.yaml", "examples/gitops/*.yaml"),
    samples("tests/badinput/cases/*project/*"),
)
ROWS = {
    suffix: (samples(f"examples/*/data/*.{suffix}"), samples(f"tests/badinput/cases/*data/*.{suffix}"))
    for suffix in ("jsonl", "json", "csv")
}
ROWS["json"][0].append(b'[{"textInput": "1", "output": "2"},\n {"text_input": "3", "output": "4"}]\n')
ROWS["csv"][0].extend([b'textInput,output\n1,2\n"a ""b"", c","d\ne"\n', b"\xef\xbb\xbfoutput,x,text_input\r\n2,,1\r\n"])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, the current one for as long as the test lasts."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def folder(path, files):
    """Make a folder of files, and go into it. Only what is spoilt is written for each case: that takes long."""
    if not path.exists():
        for name, content in {**files, "data.jsonl": EXAMPLE, "data/numbers.jsonl": EXAMPLE}.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    os.chdir(path)
    return path


def spoilt(random, samples, write):
    """One of the samples, spoilt in its bytes, in its structure, or in both."""
    samples = random.choice([sample for sample in samples if sample])
    sample = random.choice(samples)
    tree = parsed(sample) if random.random() < 0.6 else None
    if isinstance(tree, dict | list):
        sample = write(random, tree_mutated(random, tree))
        if random.random() < 0.8:
            return sample
    return bytes_mutated(random, sample, samples)


@pytest.mark.parametrize("part", range(PARTS))
def test_manifests(part, here, in_full, tally):
    """Of both services; the project file beside them is right."""
    trial = Trial()
    for name, random in seeds("manifest", part, 2800, in_full=in_full):
        project = random.choice((GEMINI, GEMINI, VERTEX))
        place = folder(here / ("vertex" if project is VERTEX else "gemini"), {"gemspec.yaml": project})
        (place / "model.yaml").write_bytes(spoilt(random, MANIFESTS[project], as_yaml))
        trial.run(name, ["validate", "--format", random.choice(FORMATS)])
    tally("garbage: manifests", trial.tries, len(trial.faults))
    assert not trial.faults, trial.tell()
    assert min(trial.statuses[0], trial.statuses[1]) > trial.tries / 100


@pytest.mark.parametrize("part", range(PARTS))
def test_project_files(part, here, in_full, tally):
    """With a manifest beside them that is right."""
    trial = Trial()
    model = f"{HEAD}  baseModel: models/x\n{DATA.replace('NAME', 'data.jsonl')}".encode()
    for name, random in seeds("project", part, 1000, in_full=in_full):
        place = folder(here / "project", {"model.yaml": model})
        (place / "gemspec.yaml").write_bytes(spoilt(random, PROJECTS, as_yaml))
        trial.run(name, ["validate", "--format", random.choice(FORMATS)])
    tally("garbage: project files", trial.tries, len(trial.faults))
    assert not trial.faults, trial.tell()
    assert min(trial.statuses[0], trial.statuses[1]) > trial.tries / 100


@pytest.mark.parametrize("part", range(PARTS))
def test_data(part, here, in_full, tally):
    """JSON Lines, JSON and CSV, for both services."""
    trial = Trial()
    for name, random in seeds("data", part, 2560, in_full=in_full):
        suffix = random.choice(("jsonl", "jsonl", "json", "csv"))
        base, project = random.choice((("models/x", GEMINI), ("gemini-2.5-flash", VERTEX)))
        model = f"{HEAD}  baseModel: {base}\n{DATA.replace('NAME', f'spoilt.{suffix}')}".encode()
        place = folder(here / f"{base.partition('/')[0]}-{suffix}", {"gemspec.yaml": project, "model.yaml": model})
        (place / f"spoilt.{suffix}").write_bytes(_rows(random, suffix))
        trial.run(name, ["validate", "--format", random.choice(FORMATS)])
    tally("garbage: data", trial.tries, len(trial.faults))
    assert not trial.faults, trial.tell()
    assert min(trial.statuses[0], trial.statuses[1]) > trial.tries / 100


def _rows(random, suffix):
    """A data file, spoilt; JSON Lines line by line as well."""
    if suffix == "jsonl" and random.random() < 0.5:
        lines = random.choice(ROWS["jsonl"][0]).splitlines()
        at = random.randrange(len(lines))
        lines[at] = spoilt(random, [[lines[at]]], lambda _, tree: as_json(random, tree).replace(b"\n", b" "))
        return b"\n".join(lines)
    if suffix == "csv":
        samples = random.choice(ROWS["csv"])
        return bytes_mutated(random, random.choice(samples), samples)
    return spoilt(random, ROWS[suffix], as_json)
