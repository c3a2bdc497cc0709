"""--events FILE: what is opened, and that its reader cannot disturb an apply."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import threading

import pytest

from gemspec import cli
from gemspec.cli import event_log
from gemspec.cli.signals import Interrupted

FILES = {
    "gemspec.yaml": "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: emulator}\n",
    "a.yaml": """apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: a}
spec:
  baseModel: models/gemini-1.0-pro-001
  tuningTask: {trainingData: {examples: [{textInput: x, output: z}]}}
""",
}


@pytest.fixture
def folder(service, clock, tmp_path, monkeypatch):
    """A project with a model; lines have the times of the service's clock."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(event_log, "now", clock)
    return tmp_path


def apply(*arguments: str) -> tuple[int, str]:
    """Apply without waiting; the exit status and standard error."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        status = cli.run(["apply", "--auto-approve", "--no-wait", *arguments])
    return status, err.getvalue()


def types(text: str) -> list[str]:
    return [json.loads(line)["type"] for line in text.splitlines()]


def models(service) -> int:
    return service.state.store.trainings_started()


def test_a_file_holds_one_run(folder):
    """Each run starts a new file, and each line has the time at which it was written."""
    (folder / "events").write_text("what a longer run left behind\n" * 100)
    assert apply("--events", "events")[0] == 0
    text = (folder / "events").read_text()
    assert (types(text)[0], types(text)[-1]) == ("planned", "summary")
    assert {json.loads(line)["time"] for line in text.splitlines()} == {"2023-11-14T22:13:20.000Z"}


@pytest.mark.parametrize("where", ["missing/events", ".", "/dev/fd/999999"])
def test_what_cannot_be_opened_stops_it_first(where, folder, service):
    """An apply that cannot write its events does not begin."""
    status, said = apply("--events", where)
    assert status == 1
    assert said.startswith(f"Error: {where} cannot be written")
    assert models(service) == 0


def test_a_named_pipe(folder):
    """Its reader gets every line, and then the end."""
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((folder / "pipe").read_text()))
    reader.start()
    assert apply("--events", "pipe")[0] == 0
    reader.join(10)
    assert types(read[0])[-1] == "summary"


def test_an_open_descriptor_is_not_cut(folder):
    """A file that a shell opened with 3>> keeps its content, and lines are appended."""
    (folder / "log").write_text("before\n")
    with (folder / "log").open("a") as log:
        assert apply("--events", f"/dev/fd/{log.fileno()}")[0] == 0
        log.write("after\n")
    first, *lines, last = (folder / "log").read_text().splitlines()
    assert (first, last) == ("before", "after")
    assert types("\n".join(lines))[-1] == "summary"


def test_a_reader_that_stops_reading(folder, service):
    """The apply does everything, and says at the end that events are missing."""
    reading, writing = os.pipe()
    os.close(reading)
    status, said = apply("--events", f"/dev/fd/{writing}")
    os.close(writing)
    assert (status, models(service)) == (0, 1)
    assert f"warning: /dev/fd/{writing}: Broken pipe, later events are not in it" in said


def test_a_reader_that_does_not_read(folder, service, monkeypatch):
    """It is waited for once, and that for a short time."""
    monkeypatch.setattr(event_log, "PATIENCE", 0.1)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writing, b"x" * 4096):
            pass
    os.set_blocking(writing, True)
    status, said = apply("--events", f"/dev/fd/{writing}")
    assert (status, models(service)) == (0, 1)
    assert f"warning: /dev/fd/{writing}: nobody reads it" in said
    for descriptor in (reading, writing):
        os.close(descriptor)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk(folder, service):
    """Reported as such; the apply continues."""
    status, said = apply("--events", "/dev/full")
    assert (status, models(service)) == (0, 1)
    assert "warning: /dev/full: No space left on device" in said


@pytest.mark.parametrize(
    ("manifest", "arguments", "found"),
    [
        ("a: [", (), ["summary"]),
        (FILES["a.yaml"], ("--expect-plan", "sha256:" + "0" * 64), ["planned", "summary"]),
        (FILES["a.yaml"], ("--replace", "nope"), ["summary"]),
    ],
    ids=["mistake", "not approved", "unknown key"],
)
def test_a_command_that_fails_ends_with_a_summary(manifest, arguments, found, folder):
    """Whoever reads events learns that there will be no more, and why."""
    (folder / "a.yaml").write_text(manifest, encoding="utf-8")
    status, said = apply("--events", "events", *arguments)
    text = (folder / "events").read_text()
    last = json.loads(text.splitlines()[-1])
    assert (status, types(text)) == (1, found)
    assert (last["outcome"], last["exit_status"], last["counts"]) == ("errored", 1, None)
    assert last["message"].splitlines()[0].split(",")[0][:20] in said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_before_anything_is_done(number, status, folder):
    """While it plans a signal is an exception; events end with it."""
    with pytest.raises(Interrupted), event_log.recording("events"):
        raise Interrupted(number)
    last = json.loads((folder / "events").read_text())
    assert (last["outcome"], last["exit_status"]) == ("interrupted", status)


def test_standard_output_is_for_the_result(folder, service):
    """`-` is no file here."""
    assert apply("--events", "-")[0] == 1
    assert models(service) == 0
