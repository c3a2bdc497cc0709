"""What a command does not need, it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["anyio", "deepdiff", "google.auth", "httpx", "jsonschema", "msgspec", "rich", "starlette", "yaml"]
PROGRAM = """
import sys
from gemspec import cli
status = cli.run(sys.argv[1:])
print(*(name for name in {heavy} if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["completion", "zsh"]], ids=" ".join)
def test_nothing_heavy(words):
    """None of the libraries that only talk to a service, read manifests or draw."""
    command = [sys.executable, "-c", PROGRAM.format(heavy=HEAVY), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.split()) == (0, [])


def test_init_reads_no_manifest(tmp_path):
    """It writes files, no more."""
    command = [sys.executable, "-c", PROGRAM.format(heavy=HEAVY), "init", str(tmp_path / "bots")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.split()) == (0, [])
