"""Full disks, files without permissions, and files that change while gemspec runs.

Each ends in exit status 1 and a message that names the file; nothing is half-written, and nothing is trained on
data that was not read.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from gemspec import cli, manifest

PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n"
MODEL = """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {files: [data.jsonl]}}
"""
ROW = '{"textInput": "1", "output": "2"}\n'
OTHER = '{"textInput": "1", "output": "3"}\n'
OLD = "old\n"
NOBODY = 65534
WRITING = {
    "--out": ("--out", "new.json"),
    "json": ("--write", "json=new.json"),
    "markdown": ("--write", "markdown=new.json"),
    "text": ("--write", "text=new.json"),
}


@pytest.fixture
def folder(service, tmp_path, monkeypatch):
    """A project of one model, the current folder."""
    return project(tmp_path, monkeypatch)


def project(path, monkeypatch):
    for name, text in {"gemspec.yaml": PROJECT, "model.yaml": MODEL, "data.jsonl": ROW}.items():
        (path / name).write_text(text)
    monkeypatch.chdir(path)
    return path


def run(*words):
    """The exit status of a command, and all of its output."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = cli.run(words)
    assert "Traceback" not in said.getvalue()
    return status, " ".join(said.getvalue().split())


@contextlib.contextmanager
def small_files(size):
    """Files can have this many bytes: a larger write fails within the file, as on a full disk."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.parametrize("how", WRITING)
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "new"])
def test_no_room_for_a_plan(how, is_there, folder):
    """The earlier file is unchanged, and nothing of the new file is left."""
    if is_there:
        (folder / "new.json").write_text(OLD)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with small_files(50):
        status, said = run("plan", *WRITING[how])
    assert (status, "new.json cannot be written or read: File too large" in said) == (1, True), said
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert run("plan", *WRITING[how])[0] == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("--out", "/dev/full"), ("--write", "json=/dev/full")], ids=["--out", "--write"])
def test_a_full_device(words, folder):
    """Which is written to as it is."""
    status, said = run("plan", *words)
    assert (status, "/dev/full cannot be written or read: No space left on device" in said) == (1, True), said


def test_a_project_that_does_not_fit(service, tmp_path, monkeypatch):
    """`init` leaves no half of a file, and can be run again."""
    monkeypatch.chdir(tmp_path)
    with small_files(200):
        status, said = run("init", "--name", "team")
    assert (status, "cannot be written" in said) == (1, True), said
    assert not any(path.read_text() and len(path.read_text()) <= 200 for path in tmp_path.rglob("*.yaml"))
    assert run("init", "--name", "team")[0] == 0
    assert run("validate")[0] == 0


def test_a_full_disk(folder):
    """A file system of one page, with an earlier plan on it."""
    place = folder / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        (place / "plan.json").write_text(OLD)
        status, said = run("plan", "--out", "disk/plan.json")
        assert (status, "disk/plan.json cannot be written or read: No space left on device" in said) == (1, True), said
        assert [(path.name, path.read_text()) for path in place.iterdir()] == [("plan.json", OLD)]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def anyones(monkeypatch):
    """A project that every user may read; the current folder."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield project(path, monkeypatch)
    shutil.rmtree(path)


@contextlib.contextmanager
def nobody():
    """Root may read and write anything, so that another user has to try."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


UNREADABLE = {
    "gemspec.yaml": "gemspec.yaml: gemspec.yaml cannot be read, permission denied",
    "model.yaml": "model.yaml: model.yaml cannot be read, permission denied",
    "data.jsonl": "model.yaml:6:39: data.jsonl cannot be read, permission denied",
    "models": "models: this folder cannot be read, permission denied",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_no_permission_to_read(name, anyones):
    """The message names the file. An unreadable manifest is not taken for a deleted manifest."""
    (anyones / "models").mkdir()
    run("validate")
    (anyones / "broken.yaml").write_text("kind: TunedModel\na: [\n")
    assert run("validate")[0] == 1  # so that all is loaded which a problem needs
    (anyones / "broken.yaml").unlink()
    (anyones / name).chmod(0)
    with nobody():
        status, said = run("validate")
    (anyones / name).chmod(0o755)
    assert (status, UNREADABLE[name] in said) == (1, True), said


def test_no_permission_to_write(anyones, service):
    """Neither beside the earlier file nor into it."""
    (anyones / "plan.json").write_text(OLD)
    assert run("plan", "--out", "other.json")[0] == 0
    with nobody():
        status, said = run("plan", "--out", "plan.json")
    assert (status, "plan.json cannot be written or read: Permission denied" in said) == (1, True), said
    assert (anyones / "plan.json").read_text() == OLD


def test_a_disk_that_fills_up_at_the_last(folder, monkeypatch):
    """Some file systems report it only when a file is closed or renamed."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (folder / "plan.json").write_text(OLD)
    monkeypatch.setattr(os, "replace", full)
    status, said = run("plan", "--out", "plan.json")
    assert (status, "plan.json cannot be written or read: No space left on device" in said) == (1, True), said
    assert (folder / "plan.json").read_text() == OLD


CHANGES = {
    "other data": ("data.jsonl", OTHER, "the training data of a changed since it was planned"),
    "more data": ("data.jsonl", ROW + ROW, "the training data of a changed since it was planned"),
    "broken data": ("data.jsonl", ROW + '{"textInput', "data.jsonl:2:"),
    "no data": ("data.jsonl", None, "there is no file"),
}


def put(file, text):
    file.unlink()
    if text is not None:
        file.write_text(text)


@pytest.mark.parametrize("change", CHANGES)
def test_data_that_changes_between_plan_and_sending(change, folder, service, monkeypatch):
    """Nothing is trained on what was in no plan."""
    name, text, words = CHANGES[change]
    read = manifest.Workspace.examples

    def after_the_change(workspace, key):
        put(folder / name, text)
        return read(workspace, key)

    monkeypatch.setattr(manifest.Workspace, "examples", after_the_change)
    status, said = run("apply", "--auto-approve", "--no-wait")
    assert (status, words in said) == (1, True), said
    assert service.state.store.trainings_started() == 0


@pytest.mark.parametrize("change", [*CHANGES, "other manifest", "broken manifest", "no manifest"])
def test_files_that_change_after_the_plan_was_saved(change, folder, service):
    """A saved plan approves what it shows, and nothing else."""
    assert run("plan", "--out", "plan.json")[0] == 0
    manifests = {"other": MODEL + "  temperature: 0.5\n", "broken": MODEL + "  x: [", "no": None}
    name, text, _ = CHANGES.get(change) or ("model.yaml", manifests[change.partition(" ")[0]], "")
    put(folder / name, text)
    status, said = run("apply", "plan.json", "--no-wait")
    assert status == 1, said
    assert service.state.store.trainings_started() == 0
