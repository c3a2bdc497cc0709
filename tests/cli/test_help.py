"""Every command's help ends with examples, and each of them works."""

from __future__ import annotations

import glob
import io
import shlex
import sys
from pathlib import Path

import click
import pytest

from gemspec import cli
from gemspec.cli.help_texts import EXAMPLES

# Not run here: these commands prompt, serve, or write for a shell.
PARSED_ONLY = ("gemspec apply", "gemspec emulator", "gemspec emulator --port 0 --in-memory --training-seconds 0")
# What would need checks, or a model in training, or end what the next examples are about.
ENDING = (
    "gemspec destroy", "gemspec cancel", "gemspec import tunedModels/", "gemspec import --from-owner",
    "gemspec check number-generator", "gemspec check --accept",
)  # fmt: skip


def test_every_command_has_examples():
    """Two to four of them."""
    assert list(EXAMPLES) == list(cli.COMMANDS)
    assert all(2 <= len(examples) <= 4 for examples in EXAMPLES.values())


@pytest.mark.parametrize("name", list(cli.COMMANDS))
@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_help_ends_with_them(name, width, monkeypatch, capsys):
    """Each on a line of its own at any width, after the options."""
    monkeypatch.setenv("COLUMNS", width)
    assert cli.run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert [line.strip() for line in said.splitlines()][-1] == EXAMPLES[name][-1][1]
    assert said.index("Options:") < said.index("\n\nExamples:\n")
    assert cli.run(["help", name]) == 0
    assert capsys.readouterr().out.replace("gemspec help", "gemspec") == said.replace("gemspec help", "gemspec")


def test_examples_work(tmp_path, monkeypatch, capsys):
    """In the project that `gemspec init` makes, in the order of the commands."""
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init", "--name", "first"]) == 0
    assert cli.run(["apply", "--auto-approve"]) == 0
    for name, examples in EXAMPLES.items():
        if name == "init":
            for file in ("gemspec.yaml", "models/number-generator.yaml", "data/numbers.jsonl", ".gitignore"):
                (tmp_path / file).rename(tmp_path / f"{file.replace('/', '-')}.kept")
        for _, example in examples:
            _try(example, monkeypatch)
        if name == "init":
            (tmp_path / "gemspec.yaml").write_text((tmp_path / "gemspec.yaml.kept").read_text())
    assert "twenty three" in capsys.readouterr().out


def _try(example, monkeypatch):
    """Run an example, or parse it. The text around the command is the shell's."""
    before, _, after = example.rpartition("| ")
    if after.startswith("gemspec"):
        _, _, words = before.strip().partition(" ")
        text = "".join(Path(path).read_text() for path in glob.glob(words)) or words
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    command = after if after.startswith("gemspec") else example
    command = command[command.index("gemspec") :].split(">")[0].split("|")[0].rstrip(')" ')
    words = [path for word in shlex.split(command)[1:] for path in (glob.glob(word) if "*" in word else [word])]
    if command in PARSED_ONLY or command.startswith(ENDING):
        found = cli.gemspec.get_command(click.Context(cli.gemspec), words[0])
        found.make_context(words[0], words[1:])
    else:
        assert cli.run(words) == (2 if words == ["plan", "--detailed"] else 0), example


def test_group_help_names_what_holds_everywhere(capsys):
    """Exit statuses and every variable that gemspec reads."""
    assert cli.run(["--help"]) == 0
    said = capsys.readouterr().out
    for word in (
        "130, 143", "GOOGLE_OAUTH_ACCESS_TOKEN", "GEMINI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_QUOTA_PROJECT", "GEMSPEC_ENDPOINT", "GEMSPEC_LOG", "NO_COLOR",
    ):  # fmt: skip
        assert word in said
