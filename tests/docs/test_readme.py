"""The README is true: what it prints is what its commands print."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from gemspec import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SESSIONS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What a command of the README prints on standard output."""
    words = shlex.split(command)
    if words[0] != "gemspec":
        subprocess.run(command, shell=True, cwd=folder, check=True)
        return ""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert cli.run(words[1:]) == 0
    return out.getvalue()


def test_the_sessions_print_what_they_show(tmp_path):
    """Every console block, in order, on a copy of the examples. GEMSPEC_UPDATE_GOLDEN writes what was printed."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".gemspec"))
    folder, readme = tmp_path, README
    for session in SESSIONS:
        for block in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            command, _, shown = block.partition("\n")
            if command.startswith("cd "):
                folder /= command.removeprefix("cd ")
                continue
            printed = run(command, folder)
            if os.environ.get("GEMSPEC_UPDATE_GOLDEN"):
                readme = readme.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}")
            else:
                assert printed.rstrip() == shown.rstrip(), command
    if readme != README:
        (ROOT / "README.md").write_text(readme)


def test_the_example_is_the_file():
    """The manifest that the README shows is the one in examples/."""
    manifest = (ROOT / "examples/quickstart/number-generator.yaml").read_text()
    assert manifest in README
