"""Whatever standard output is - a pipe that ends, another encoding, closed - there is no traceback."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from gemspec import cli

GEMSPEC = f"{shlex.quote(sys.executable)} -c 'from gemspec.cli import main; main()'"


@pytest.fixture
def shell(tmp_path):
    """Run a shell command in a new project with a manifest of text beyond ASCII."""
    assert cli.run(["init", str(tmp_path / "bots")]) == 0
    manifest = tmp_path / "bots/models/number-generator.yaml"
    manifest.write_text(manifest.read_text().replace("displayName: number", "displayName: zwölf 東京"))

    def run(command: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
        environ = {"PYTHONPATH": os.pathsep.join(sys.path), **os.environ, **environ}
        return subprocess.run(
            command, shell=True, cwd=tmp_path / "bots", env=environ, capture_output=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("words", ["plan", "help"])
def test_a_pipe_that_ends(words, shell):
    """`| head -1`, and a reader that ends at once."""
    assert shell(f"{GEMSPEC} {words} | head -1").stderr == b""
    assert shell(f"{GEMSPEC} {words} | true").stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_other_encodings(encoding, shell):
    """What the encoding cannot hold is escaped."""
    done = shell(f"{GEMSPEC} plan", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"displayName" in done.stdout
    if encoding == "latin-1":
        assert b"zw\xf6lf \\u6771\\u4eac" in done.stdout


@pytest.mark.parametrize("mode", ["0", "1"])
def test_the_c_locale(mode, shell):
    """With Python's coercion of it to UTF-8, and without."""
    done = shell(f"{GEMSPEC} plan", LC_ALL="C", PYTHONUTF8=mode, PYTHONCOERCECLOCALE=mode)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"displayName" in done.stdout


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(closed, shell):
    """The status is that of the command."""
    done = shell(f"{GEMSPEC} validate {closed}")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=lambda environ: next(iter(environ)))
def test_no_colour(environ, shell):
    """Neither in results nor in errors, even on a terminal (`script` makes one)."""
    colour = shell(f'script -qec "{GEMSPEC} explain spec" /dev/null', TERM="xterm")
    if colour.returncode:
        pytest.skip("there is no script(1) here")
    assert b"\x1b[1m" in colour.stdout
    for words in ("explain spec", "explain nothing"):
        done = shell(f'script -qec "{GEMSPEC} {words}" /dev/null', **{"TERM": "xterm", **environ})
        assert b"\x1b[" not in done.stdout
