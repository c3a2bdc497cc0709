"""examples/gitops: one base, two overlays, two projects on one service.

`rendered/` holds what kubectl makes of the overlays, so that the rest is tested where there is no kubectl, too.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from gemspec import cli

from .actions_runner import ROOT

EXAMPLE = ROOT / "examples" / "gitops"
RENDERED = Path(__file__).parent / "rendered"
OVERLAYS = ("staging", "prod")
needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the example, to work in."""
    shutil.copytree(EXAMPLE, tmp_path / "gitops")
    monkeypatch.chdir(tmp_path / "gitops")
    return tmp_path / "gitops"


@pytest.fixture
def run(folder, service, monkeypatch, capsys):
    """Run gemspec in an environment: `run("prod", "plan")` is `kubectl kustomize ... | gemspec plan - --project ...`"""

    def gemspec(environment, command, *words, manifests=None):
        text = (RENDERED / f"{environment}.yaml").read_text() if manifests is None else manifests
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        stdin = ["-"] if command in ("plan", "apply", "validate") else []
        status = cli.run([command, *stdin, "--project", f"{environment}.yaml", *words])
        out, err = capsys.readouterr()
        return status, out + err

    return gemspec


def rendered_by_kubectl(folder):
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def rendered_here(overlay):
    """What kustomize makes of the example, as values: JSON patches first given first, then merges, a key at a time."""
    base = [
        yaml.safe_load((EXAMPLE / "base" / name).read_text())
        for name in yaml.safe_load((EXAMPLE / "base" / "kustomization.yaml").read_text())["resources"]
    ]
    models = {model["metadata"]["name"]: model for model in base}
    for told in yaml.safe_load((EXAMPLE / "overlays" / overlay / "kustomization.yaml").read_text())["patches"]:
        patch = yaml.safe_load(told["patch"])
        if isinstance(patch, dict):
            merge(models[patch["metadata"]["name"]], patch)
            continue
        for name, model in models.items():
            for operation in patch if re.fullmatch(told["target"].get("name", ".*"), name) else []:
                *path, last = operation["path"].strip("/").split("/")
                parent = model
                for part in path:
                    parent = parent[part]
                assert operation["op"] == ("replace" if last in parent else "add")
                parent[last] = operation["value"]
    return models


def merge(model, patch):
    for name, value in patch.items():
        if isinstance(value, dict):
            merge(model.setdefault(name, {}), value)
        else:
            model[name] = value


@needs_kubectl
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_rendered_by_kubectl(overlay):
    """`rendered/` is what kubectl prints: write it again after a change of the example."""
    assert rendered_by_kubectl(EXAMPLE / "overlays" / overlay) == (RENDERED / f"{overlay}.yaml").read_text()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_rendered_is_of_this_example(overlay):
    """Also where there is no kubectl, a change of the example that was not rendered is found."""
    documents = yaml.safe_load_all((RENDERED / f"{overlay}.yaml").read_text())
    assert {document["metadata"]["name"]: document for document in documents} == rendered_here(overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_valid(run, overlay):
    """Both are, with data paths from the folder of the project files, and without a warning."""
    assert run(overlay, "validate") == (0, f"2 manifests of project support-{overlay}: valid.\n")


def test_environments_differ_as_patched(run):
    """Staging trains shorter; prod is protected, cooler, and checked."""
    _, staging = run("staging", "plan")
    _, prod = run("prod", "plan")
    assert "Project: support-staging, which owns 0 of 0 models seen" in staging
    assert "training: 20 examples x 2 epochs / batch 4 = 10 steps" in staging
    assert "training: 20 examples x 8 epochs / batch 4 = 40 steps" in prod
    assert prod.count("+ lifecycle.protect: true") == 2
    assert "protect" not in staging
    assert "+ temperature: 0.7" in staging
    assert "+ temperature: 0.4" in prod


def test_one_service_holds_both(run, service):
    """Each environment sees its own models: what one applies, changes and destroys leaves the other as it was."""

    def models():
        answer = httpx.get(f"{service.url}/v1beta/tunedModels?pageSize=100").raise_for_status().json()
        return {model["name"]: model for model in answer.get("tunedModels", [])}

    for environment in OVERLAYS:
        assert run(environment, "apply", "--auto-approve", "--no-wait")[0] == 0
        service.now += 10
        assert run(environment, "apply", "--auto-approve", "--no-wait")[0] == 0
    both = models()
    assert len(both) == 4
    prod = {name: model for name, model in both.items() if "owner=support-prod" in model["description"]}
    assert len(prod) == 2
    assert all("serving=1" in model["description"] for model in both.values())

    changed = (RENDERED / "staging.yaml").read_text().replace("temperature: 0.7", "temperature: 0.9")
    status, text = run("staging", "apply", "--auto-approve", manifests=changed)
    assert status == 0
    assert "1 changed" in text
    assert models().items() >= prod.items()
    assert "No changes." in run("prod", "plan")[1]

    assert run("staging", "destroy", "--auto-approve")[0] == 0
    assert models() == prod
    assert "No changes." in run("prod", "plan", "--detailed-exitcode")[1]


def test_saved_plan_approves_its_own_environment(run, folder, service):
    """`apply plan.json -` plans the rendering again; the plan of one environment is no approval for the other."""
    assert run("prod", "plan", "--out", "plan.json")[0] == 0
    for environment, expected in (("staging", 1), ("prod", 0)):
        text = (RENDERED / f"{environment}.yaml").read_text()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
            words = ["apply", "plan.json", "-", "--project", f"{environment}.yaml", "--no-wait"]
            assert cli.run(words) == expected
    made = httpx.get(f"{service.url}/v1beta/tunedModels").json()["tunedModels"]
    assert ["owner=support-prod" in model["description"] for model in made] == [True, True]


def test_prod_loses_nothing_that_is_left_out(run, service):
    """A manifest that is gone from prod is no delete there, while staging follows."""
    for environment in OVERLAYS:
        run(environment, "apply", "--auto-approve", "--no-wait")
        service.now += 10
        run(environment, "apply", "--auto-approve", "--no-wait")
        less = (RENDERED / f"{environment}.yaml").read_text().partition("---\n")[2]
        status, text = run(environment, "plan", manifests=less)
        assert "reply-writer" in text
        assert status == (1 if environment == "prod" else 0), text


def test_forgotten_pipe_is_refused(folder, service, capsys):
    """Without standard input the base alone would be taken for the environment: no file is searched here."""
    for words in (["plan", "--project", "prod.yaml"], ["apply", ".", "--project", "prod.yaml", "--auto-approve"]):
        assert cli.run(words) == 1
        assert "the manifests of this project come from standard input" in capsys.readouterr().err


def test_failed_rendering_is_refused(run):
    """kubectl prints nothing when it fails: that is no wish to delete everything."""
    status, text = run("prod", "plan", manifests="")
    assert status == 1
    assert "there is no manifest in standard input" in text


def test_folder_search_skips_kustomizations(folder, capsys):
    """Were the folder searched, it would find the two manifests, and nothing amiss with the rest of the files."""
    project = Path("staging.yaml")
    project.write_text(re.sub(r"\n *#.*\n *manifests:.*", "", project.read_text()))
    assert cli.run(["validate", "--project", "staging.yaml"]) == 0
    assert capsys.readouterr() == ("2 manifests of project support-staging: valid.\n", "")


def test_kustomization_in_the_stream_is_skipped(run):
    """It is a document of another tool."""
    both = (EXAMPLE / "base" / "kustomization.yaml").read_text() + "---\n" + (RENDERED / "prod.yaml").read_text()
    assert run("prod", "validate", manifests=both)[0] == 0


@needs_kubectl
def test_texts_that_yaml_reads_as_something_else_survive(run, folder):
    """kustomize writes its own YAML: texts that look like numbers, dates or booleans stay texts."""
    texts = ["no", "on", "1", "0x1F", "0o17", "1e3", "1_000", ".5", ".inf", "null", "~", "12:30:45", "2024-01-01"]
    texts += [*"'\"\\-?=#", "<<", "*a", "&a", "!a", "%a", "{}", "[]"]
    texts += [" a", "a: b", "a #b", "x\ny\n", "\tx", "é ☃ 𝄞"]
    examples = [{"textInput": text, "output": text} for text in texts]
    spec = {"baseModel": "models/gemini-1.0-pro-001", "tuningTask": {"trainingData": {"examples": examples}}}
    model = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": "odd"}, "spec": spec}
    direct = json.dumps(model, ensure_ascii=False)
    (folder / "odd").mkdir()
    (folder / "odd" / "odd.yaml").write_text(direct)
    (folder / "odd" / "kustomization.yaml").write_text("resources: [odd.yaml]\n")
    digests = [
        re.findall(r"tuningTask.trainingData: .*", run("staging", "plan", manifests=text)[1])
        for text in (direct, rendered_by_kubectl(folder / "odd"))
    ]
    assert digests[0]
    assert digests[0] == digests[1]
