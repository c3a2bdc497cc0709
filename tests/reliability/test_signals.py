"""SIGINT and SIGTERM to a real process: what it says, how it exits, and what it leaves; in a terminal, too.

`test_signals_anywhere` has every request of every story; here is what stands around them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import termios
import time

import pytest
from support.served import COMMAND, PATIENCE, until

from gemspec.applier import GRACE
from gemspec.cli.signals import SAME

from .terminal import CTRL_C, CTRL_D, Terminal

CREATE = ("POST", r"/tunedModels$")
LIST = ("GET", r"/tunedModels$")
SIGNALS = {signal.SIGINT: ("interrupted", 130), signal.SIGTERM: ("terminated", 143)}
AT_ONCE = GRACE / 2  # seconds: a second, where nothing else keeps the machine busy


@pytest.fixture
def terminal(project, service):
    """Runs a command in the project, in a terminal of its own."""
    opened = []

    def run(*words):
        opened.append(Terminal(project.folder, project.environ(), *words))
        return opened[-1]

    yield run
    for handle in opened:
        handle.close()


def document(text):
    """The one JSON document in what was said; warnings may stand before it."""
    return json.loads(text[re.search(r"^\{", text, re.MULTILINE).start() :])


@contextlib.contextmanager
def running(words, project, before=(), **streams):
    """A command in a process of its own, whose streams the test chooses."""
    command = [*before, *COMMAND, *words.split()]
    with subprocess.Popen(command, cwd=project.folder, env=project.environ(), **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def left_in(pipe):
    """How many bytes of a pipe nobody has read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"1234"))[0]


def last_event(project):
    return json.loads((project.folder / "events").read_text().splitlines()[-1])


def test_while_waiting_it_ends_no_training(project, service):
    """It says that training continues and how to resume; the next apply attaches to it and completes."""
    first = project.apply()
    first.says("training tunedModels/")
    first.signal(signal.SIGINT)
    assert first.wait() == 130
    assert f"Training goes on at the service:\n  a: {service.models[0]}" in first.text
    assert "Interrupted. `gemspec apply` again waits for the training and does what is left." in first.text
    project.finish(project.apply())
    assert (len(service.models), service.trainings) == (1, 1)
    assert project.is_settled()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: signal.Signals(number).name)
def test_programs_are_told(number, project, service, tally):
    """While it lists and while it waits: one whole document on standard output, and a summary as the last event."""
    word, status = SIGNALS[number]
    words = ("apply", "--auto-approve", "--format", "json", "--events", "events")
    hold = service.hold(*LIST, "before")
    first = project.start(*words)
    hold.wait()
    first.signal(number)
    assert first.wait() == status
    found = document(first.text)
    assert [error["summary"] for error in found["errors"]] == [word]
    assert "Nothing was changed on the service." in first.text
    assert last_event(project)["exit_status"] == status
    hold.go_on()
    second = project.start(*words)
    until(lambda: '"await"' in (project.folder / "events").read_text(), "its wait")
    until(lambda: service.models, "its training")
    second.signal(number)
    assert second.wait() == status
    found, last = document(second.text), last_event(project)
    assert (found["outcome"], found["exit_status"]) == (last["outcome"], last["exit_status"]) == ("interrupted", status)
    assert [step["outcome"] for step in found["steps"]][1:] == ["waiting"]
    tally("interrupted: programs that read its output", 2)


def test_a_request_under_way_is_answered_before_leaving(project, service):
    """A create that the service is just answering is reported as created, not as lost; it says what it waits for."""
    hold = service.hold(*CREATE, "applied")
    first = project.apply()
    hold.wait()
    first.signal(signal.SIGINT)
    first.says("Interrupted: what the service was asked has 5s to be answered. Once more leaves at once.")
    hold.go_on()
    assert first.wait() == 130
    assert "Applied:\n  a: created tunedModels/" in first.text


def test_a_second_interrupt_leaves_at_once(project, service, tally):
    """A request that is never answered holds the first for its grace, and the second not at all; it says what may be
    under way. Programs have their document and their summary."""
    hold = service.hold(*CREATE, "before")
    first = project.start("apply", "--auto-approve", "--format", "json", "--events", "events")
    hold.wait()
    first.signal(signal.SIGINT)
    first.says("Once more leaves at once")
    time.sleep(SAME)
    assert first.status is None
    first.signal(signal.SIGINT)
    assert first.wait(AT_ONCE) == 130
    before, _, after = first.text.partition("Left at once. ")
    assert after.startswith("The service was asked for this, and may be doing it:\n  a: creating tunedModels/a-")
    assert "Trainings that have begun go on. `gemspec plan` shows where things stand." in after
    assert document(before)["errors"][0]["detail"] == after.strip()
    assert (last_event(project)["outcome"], last_event(project)["exit_status"]) == ("interrupted", 130)
    tally("interrupted: twice, at once", 1)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: signal.Signals(number).name)
def test_while_it_reads(number, project):
    """Manifests that keep coming."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with running("plan - --out plan.json", project, text=True, **streams) as process:
        process.stdin.write("apiVersion: gemspec/v1\n")
        process.stdin.flush()
        until(lambda: not left_in(process.stdin), "its reading")
        process.send_signal(number)
        assert process.wait(PATIENCE) == SIGNALS[number][1]
        assert process.stdout.read() == f"{SIGNALS[number][0].capitalize()}.\n"
    assert not (project.folder / "plan.json").exists()


def test_nobody_who_should_read_holds_it_up(project, service, tally):
    """A pipe that is full takes no last words: the second signal ends it anyway."""
    (project.folder / "a.jsonl").write_text("".join(f'{{"text_input": "{n}", "output": "x"}}\n' for n in range(20)))
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(write, b"x" * 4096):
            pass
    os.set_blocking(write, True)
    hold = service.hold(*LIST, "before")
    with running("plan", project, stderr=write) as process:
        hold.wait()
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2 * SAME)
        process.send_signal(signal.SIGTERM)
        assert process.wait(AT_ONCE) == 143
    os.close(read)
    os.close(write)
    tally("interrupted: twice, at once", 1)


def test_signals_that_come_together_are_one(project, service):
    """`timeout` sends its signal to the process and to its group."""
    hold = service.hold(*CREATE, "applied")
    first = project.apply()
    hold.wait()
    first.signal(signal.SIGINT)
    first.signal(signal.SIGTERM)  # another one, since equal ones may come as one
    first.says("Once more leaves at once")
    hold.go_on()
    assert first.wait() in (130, 143)
    assert "Applied:\n  a: created tunedModels/" in first.text


def test_a_signal_that_is_ignored_stays_so(project, service):
    """As under nohup, and for what a script runs in the background."""
    log = project.folder / "log"
    ignoring = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    with log.open("wb") as out, running("apply --auto-approve", project, ignoring, stdout=out, stderr=out) as process:
        until(lambda: "training tunedModels/" in log.read_text(), "its training")
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2 * SAME)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143


class TestTerminal:
    """What a person sees: the cursor, the settings, and words on lines of their own."""

    def test_the_question(self, terminal, service):
        """Ctrl-C at it changes nothing, and neither does the end of the input."""
        first = terminal("apply")
        first.says("Answer: ")
        first.press(CTRL_C)
        assert first.wait() == 130
        assert re.search(r"Answer: (\^C)?\n+Interrupted\. Nothing was changed on the service\.\n", first.text)
        second = terminal("apply")
        second.says("Answer: ")
        second.press(CTRL_D)
        assert second.wait() == 1
        assert "not confirmed, and nothing was done" in second.text
        assert first.is_as_before
        assert second.is_as_before
        assert service.models == []

    def test_the_live_display(self, terminal, service):
        """It is taken away, and the summary is in its place."""
        first = terminal("apply", "--auto-approve")
        first.says(r"a .*0%")
        assert not first.shows_cursor
        first.press(CTRL_C)
        assert first.wait() == 130
        assert first.is_as_before
        assert "Training goes on at the service:\n  a: tunedModels/a-" in first.text

    def test_twice(self, terminal, service, tally):
        """The display stays as it was last; below it stands what may be under way."""
        hold = service.hold(*CREATE, "before")
        first = terminal("apply", "--auto-approve")
        hold.wait()
        first.says(r"a  creating")
        first.press(CTRL_C)
        first.says("Once more leaves at once")
        time.sleep(SAME)
        first.press(CTRL_C)
        assert first.wait() == 130
        assert first.is_as_before
        assert re.search(r"\nLeft at once\. .*\n  a: creating tunedModels/a-\w+\n", first.text)
        tally("interrupted: twice, at once", 1)

    def test_status_that_watches(self, terminal, project, service):
        """The last table stays; nothing is said."""
        assert project.run("apply", "--auto-approve", "--no-wait") == 0
        first = terminal("status", "--watch", "--interval", "60s")
        first.says(r"a .*creating")
        first.press(CTRL_C)
        assert first.wait() == 130
        assert first.is_as_before
        assert re.search(r"a .*creating.*\n\0?$", first.text)

    def test_the_emulator(self, terminal):
        """That is how one ends it: no error."""
        first = terminal("emulator", "--port", "0", "--in-memory")
        first.says("Serving ")
        first.press(CTRL_C)
        assert first.wait() == 0
        assert first.is_as_before
        assert "Traceback" not in first.text
