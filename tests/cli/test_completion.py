"""What TAB offers: commands, keys of the project, fields; quickly, and never an error."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

from gemspec import cli
from gemspec.cli import completion
from gemspec.cli.commands.completion import VARIABLE

PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with manifests in all styles, and with some of other projects."""
    files = {
        "gemspec.yaml": f"{PROJECT}---\nkind: TunedModel\nmetadata: {{name: beside}}\n",
        "block.yaml": "kind: TunedModel\nmetadata:\n  # metadata: name\n  movedFrom: old\n  name: block # x\n",
        "two.yml": "metadata: {movedFrom: a, name: 'two-a'}\nkind: TunedModel\n---\nkind: TunedModel\n"
        'metadata: {"name": "two-b"}\nspec: {displayName: shown}\n',
        "models/json.json": '{"kind":"TunedModel","metadata":{"name":"json"},"spec":{}}',
        "broken.yaml": "kind: TunedModel\nmetadata: {name: broken}\nspec: [\n",
        "foreign.yaml": "kind: Deployment\nmetadata: {name: foreign}\n",
        "other/gemspec.yaml": PROJECT,
        "other/other.yaml": "kind: TunedModel\nmetadata: {name: other}\n",
        ".hidden/hidden.yaml": "kind: TunedModel\nmetadata: {name: hidden}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.yaml").write_bytes(b"kind: TunedModel\n\xff\xfe\0")
    monkeypatch.chdir(tmp_path)
    return tmp_path


KEYS = ["beside", "block", "broken", "json", "two-a", "two-b"]


@pytest.fixture
def offered(monkeypatch, capfdbinary):
    """The completions that bash gets for a line of words, the last of which is being typed."""

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        monkeypatch.setenv(VARIABLE, "bash_complete")
        with pytest.raises(SystemExit):
            cli.run([])
        said = capfdbinary.readouterr()
        assert said.err == b""
        return [line.partition(",")[2] for line in said.out.decode().split()]

    return ask


@pytest.mark.parametrize("line", ["gemspec ask ", "gemspec output ", "gemspec plan --replace "])
def test_keys(line, project, offered):
    """The keys of the project, in any style, also from manifests with mistakes."""
    assert offered(line) == KEYS
    assert offered(f"{line}two") == ["two-a", "two-b"]


def test_keys_of_the_project_that_is_named(project, offered):
    """By --project, or by PATH."""
    assert offered("gemspec ask --project other/gemspec.yaml ") == ["other"]
    assert offered("gemspec plan other --replace ") == ["other"]
    assert offered("gemspec plan models/json.json --replace j") == ["json"]


def test_no_project(tmp_path, monkeypatch, offered):
    """Nothing, and no error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("kind: TunedModel\nmetadata: {name: a}\n")
    assert offered("gemspec ask ") == []
    assert offered("gemspec plan nowhere --replace ") == []


def test_never_slow(project, monkeypatch, offered):
    """A search that takes too long offers what it has found; a file counts with its beginning only."""
    (project / "long.yaml").write_text("#" * completion.MAX_BYTES + "\nkind: TunedModel\nmetadata: {name: late}\n")
    assert offered("gemspec ask ") == KEYS
    monkeypatch.setattr(completion, "SECONDS", -1.0)
    assert offered("gemspec ask ") == []


def test_hostile_text_takes_no_time(tmp_path):
    """The patterns do not run away."""
    path = tmp_path / "hostile.yaml"
    path.write_text("kind: TunedModel\n" + "metadata: { " * (completion.MAX_BYTES // 12))
    began = time.monotonic()
    assert completion._named_in(str(path)) == []
    path.write_text("kind: TunedModel\n" + "metadata:\n  " + " name " * (completion.MAX_BYTES // 6))
    assert completion._named_in(str(path)) == []
    assert time.monotonic() - began < 5


def test_fields(offered):
    """One level deeper than what was typed, so that the shell continues at each level."""
    assert "spec.temperature" in offered("gemspec explain ")
    assert "spec.tuningTask.hyperparameters" not in offered("gemspec explain ")
    assert offered("gemspec explain spec.tuningTask.h") == [
        "spec.tuningTask.hyperparameters",
        *(f"spec.tuningTask.hyperparameters.{name}" for name in
          ["epochCount", "batchSize", "learningRate", "learningRateMultiplier", "adapterSize"]),
    ]  # fmt: skip
    assert "project.spec" in offered("gemspec explain project.")
    assert offered("gemspec explain nothing") == []


def test_commands_and_options(offered):
    """In the order of use, without loading a command."""
    assert offered("gemspec ") == list(cli.COMMANDS)
    assert offered("gemspec pl") == ["plan"]
    assert offered("gemspec plan --detailed") == ["--detailed-exitcode"]
    assert offered("gemspec completion ") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(shell, capsys):
    """The shell's own syntax accepts it, where that shell is here."""
    assert cli.run(["completion", shell]) == 0
    script = capsys.readouterr()
    assert f"{VARIABLE}={shell}_complete" in script.out
    assert script.err == ""
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script.out, text=True, timeout=10, check=False).returncode == 0
