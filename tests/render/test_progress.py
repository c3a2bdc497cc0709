from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted
from gemspec.domain.model import Progress, Snapshot
from gemspec.render.terminal.progress import Lines
from gemspec.render.terminal.screen import LiveTable

TRAIN = "1" * 12
KEY, NAME = "number-generator", "tunedModels/number-generator-1111111111"


def progress(steps: int, total: int | None = 38) -> StepProgress:
    done = Progress(steps, total, (Snapshot(steps, steps * 2 // 15, 4 / (steps + 1)),))
    return StepProgress("await", KEY, TRAIN, NAME, done, elapsed=steps * 2.0)


def apply(total: int | None = 38):
    """What apply reports of a training, and of a delete that fails."""
    old = "tunedModels/number-generator-0000000000"
    return [
        StepStarted("create", KEY, TRAIN, NAME),
        StepEnded("create", KEY, TRAIN, NAME, Outcome.DONE, 0.4),
        StepStarted("await", KEY, TRAIN, NAME),
        *(progress(steps, total) for steps in range(39)),
        StepEnded("await", KEY, TRAIN, NAME, Outcome.DONE, 76.0),
        StepStarted("delete", KEY, "0" * 12, old),
        StepEnded("delete", KEY, "0" * 12, old, Outcome.FAILED, 0.1, "the service is not available"),
        StepEnded("delete", "other", "2" * 12, "tunedModels/other", Outcome.NOT_STARTED),
    ]


def written(events) -> str:
    stream = io.StringIO()
    with Lines(stream) as emit:
        for event in events:
            emit(event)
    return stream.getvalue()


def test_lines_for_start_quarters_and_end(golden):
    """A log has a line when a step begins, at each quarter of a training, and when it ends."""
    golden("progress-lines", written(apply()))


def test_lines_without_a_total_come_at_each_doubling(golden):
    """Where the service does not say how many steps there are, the log still stays short."""
    golden("progress-lines-without-total", written(apply(None)))


def test_lines_say_what_a_training_waits_for_at_the_service():
    """Once for each state of the service, and when it runs at last."""
    waits = [StepProgress("await", KEY, TRAIN, NAME, Progress(waiting=word), 10.0) for word in ("queued", "pending")]
    runs = StepProgress("await", KEY, TRAIN, NAME, Progress(), 70.0)
    assert written([waits[0], waits[0], waits[1], runs, runs]).splitlines() == [
        f"{KEY}: waits: queued at the service",
        f"{KEY}: waits: pending at the service",
        f"{KEY}: in training after 1m10s",
    ]


def test_lines_of_a_run_that_attaches_begin_where_the_training_is():
    """A run that finds a training at 60 percent says so at once, and only once."""
    assert written([progress(23), progress(24)]) == f"{KEY}: 60%, step 23 of 38, epoch 3, loss 0.1667, 46s\n"


def test_lines_say_that_a_training_goes_on():
    """A training that outlives the run is no failure."""
    end = StepEnded("await", KEY, TRAIN, NAME, Outcome.WAITING, 3.0)
    assert written([end]) == f"{KEY}: training goes on: {NAME}\n"


@pytest.mark.parametrize("total", [38, None])
def test_live_keeps_finished_lines_and_leaves_nothing_else(total):
    """At the end, the screen shows how each step ended, and the cursor."""
    screen = shown(apply(total))
    assert screen == [
        f"{KEY}: created {NAME}",
        f"{KEY}: trained {NAME} after 1m16s",
        f"{KEY}: failed to delete tunedModels/number-generator-0000000000: the service is not available",
    ]


def test_live_shows_a_bar_at_80_columns():
    """During a training, a line of at most 80 columns says how far it is."""
    stream = io.StringIO()
    with LiveTable(stream, width=80) as emit:
        for event in apply()[:20]:
            emit(event)
        emit.live.refresh()
    line, *_ = {line for line in frames(stream) if "16/38" in line}
    assert len(line) <= 80
    assert [word for word in ("number-generator", "42%", "16/38", "epoch 2", "loss 0.235") if word in line] == [
        "number-generator",
        "42%",
        "16/38",
        "epoch 2",
        "loss 0.235",
    ]


def test_live_survives_an_interrupt():
    """An exception passes, and the terminal is as before."""
    stream = io.StringIO()

    def interrupted() -> None:
        with LiveTable(stream, width=80) as emit:
            emit(apply()[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_plain_text_does_not_load_rich():
    """Only the displays of `screen` load rich."""
    code = (
        "import sys; from gemspec.render.terminal import plan, problems, progress, progress_table, result, status;"
        " sys.exit('rich' in sys.modules or 'click' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def frames(stream: io.StringIO) -> list[str]:
    """Every line that has been drawn, without escape sequences."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def shown(events) -> list[str]:
    """The lines that stay on a terminal."""
    stream = io.StringIO()
    with LiveTable(stream, width=80) as emit:
        for event in events:
            emit(event)
    return screen(stream)


def screen(stream: io.StringIO) -> list[str]:
    """The lines that a terminal shows, which knows line feed, cursor up and erase line."""
    rows, row = [""], 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", stream.getvalue()):
        if part == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif part == "\x1b[2K":
            rows[row] = ""
        elif part.endswith("A") and part.startswith("\x1b["):
            row -= int(part[2:-1] or 1)
        elif part[0] not in "\x1b\r":
            rows[row] += part
    return [line.rstrip() for line in rows if line.strip()]


def test_live_writes_log_lines_above_the_bars():
    """With -v, a log line is whole above the display, and escape sequences in it do nothing."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    root.addHandler(handler)
    try:
        with LiveTable(stream, width=60, height=10) as emit:
            for event in apply()[:20]:
                emit(event)
            logging.getLogger("gemspec.http").warning("GET /v1beta/tunedModels 200 3 ms\x1b[2J")
        assert handler.stream is stream
    finally:
        root.removeHandler(handler)
    assert "GET /v1beta/tunedModels 200 3 ms\\u001b[2J" in screen(stream)
    assert not any("━" in line for line in screen(stream))


@pytest.mark.parametrize(("width", "height"), [(40, 10), (20, 3), (5, 2), (1, 1)])
def test_live_fits_any_terminal(width, height):
    """On terminals of any size there is no error, and no frame is higher than the terminal."""
    stream = io.StringIO()
    with LiveTable(stream, width=width, height=height) as emit:
        for number in range(100):
            emit(StepStarted("await", f"model-{number}", TRAIN, NAME))
            emit(replace(progress(16), key=f"model-{number}"))
        stream.truncate(0)
        emit.live.refresh()
        assert stream.getvalue().count("\n") < height
