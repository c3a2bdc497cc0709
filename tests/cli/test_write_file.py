"""Plan files: the old file or the new file, whatever happens between."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gemspec.cli import signals
from gemspec.cli.plan_output import write_file

OLD, NEW = "old\n", "new\n"


@pytest.fixture
def file(tmp_path):
    """A file with the old content, alone in its folder."""
    path = tmp_path / "plan.json"
    path.write_text(OLD)
    return path


def test_a_new_file_is_as_others_are(tmp_path):
    """Whoever may read other new files may read it."""
    write_file(str(tmp_path / "plan.json"), NEW)
    (tmp_path / "other").write_text(NEW)
    assert (tmp_path / "plan.json").read_text() == NEW
    assert (tmp_path / "plan.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_is_there_keeps_its_mode(file):
    """And nothing is left beside it."""
    file.chmod(0o640)
    write_file(str(file), NEW)
    assert file.read_text() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize("fails", ["write", "replace"])
def test_a_failed_write_leaves_the_old_file(fails, file, monkeypatch):
    """On a full disk, the error names the requested file."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"write": (os, "fchmod"), "replace": (os, "replace")}[fails], full)
    with pytest.raises(OSError, match="No space left") as raised:
        write_file(str(file), NEW)
    assert raised.value.filename == str(file)
    assert file.read_text() == OLD
    assert [*file.parent.iterdir()] == [file]


def test_a_signal_waits_for_it(file, monkeypatch):
    """It is raised when the new content is in place."""
    replace = os.replace

    def interrupted(*paths):
        os.kill(os.getpid(), signal.SIGTERM)
        replace(*paths)

    monkeypatch.setattr(os, "replace", interrupted)
    with signals.handled(), pytest.raises(signals.Interrupted):
        write_file(str(file), NEW)
    assert file.read_text() == NEW
    assert [*file.parent.iterdir()] == [file]


def test_a_link_leads_to_the_file(file, tmp_path):
    """It is the file that changes, not the link."""
    link = tmp_path / "link"
    link.symlink_to(file)
    write_file(str(link), NEW)
    assert link.is_symlink()
    assert file.read_text() == NEW


def test_a_pipe_is_written_to(tmp_path):
    """As of `--write json=>(command)`."""
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_file(str(path), NEW)
    reader.join()
    assert read == [NEW]


def test_standard_output_is_written_to(tmp_path):
    """Though it be a file: others write there, too."""
    program = "import sys; from gemspec.cli.plan_output import write_file; write_file('/dev/stdout', sys.argv[1])"
    out = tmp_path / "out"
    with out.open("w") as stream:
        here = out.stat().st_ino
        subprocess.run([sys.executable, "-c", program, NEW], stdout=stream, check=True, cwd=Path(__file__).parents[2])
    assert out.read_text() == NEW
    assert out.stat().st_ino == here


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_no_other_file(file):
    """The file is written to as it is."""
    file.parent.chmod(0o500)
    try:
        write_file(str(file), NEW)
    finally:
        file.parent.chmod(0o700)
    assert file.read_text() == NEW
