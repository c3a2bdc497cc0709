from __future__ import annotations

import pytest

from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.domain.model import Progress, Snapshot
from gemspec.render.layout import columns
from gemspec.render.terminal.progress_table import ProgressTable

TRAIN = "1" * 12


def progress(key: str, steps: int, total: int | None = 38, *, elapsed: float = 0.0) -> StepProgress:
    snapshots = (Snapshot(steps, steps * 2 // 15, 4 / (steps + 1)),) if steps else ()
    return StepProgress("await", key, TRAIN, f"tunedModels/{key}", Progress(steps, total, snapshots), elapsed)


def started(key: str, action: str = "await", train: str = TRAIN) -> StepStarted:
    return StepStarted(action, key, train, f"tunedModels/{key}")


def waiting(key: str, for_key: str = "", for_action: str = "") -> StepWaiting:
    return StepWaiting("create", key, TRAIN, "", for_action, for_key, TRAIN if for_key else "")


def ended(key: str, action: str = "await") -> StepEnded:
    return StepEnded(action, key, TRAIN, f"tunedModels/{key}", Outcome.DONE)


def rows(*events, now: float = 100.0, **more) -> ProgressTable:
    table = ProgressTable(lambda: now, **more)
    for event in events:
        table.take(event)
    return table


def family() -> ProgressTable:
    """A model that trains, a model without progress, a model that is written, and two that wait."""
    return rows(
        waiting("child", "number-generator", "await"),
        started("number-generator"),
        progress("number-generator", 16, elapsed=75),
        started("greeter"),
        started("router", "promote"),
        waiting("in-line"),
    )


@pytest.mark.parametrize("width", [40, 80, 140])
def test_rows(width, golden):
    """A line for each model: its bar and numbers, what is done to it, or what it waits for."""
    lines = family().lines(width, 20)
    assert max(columns(line) for line in lines) <= width
    golden(f"rows-{width}", "".join(f"{line}\n" for line in lines))


def test_plain_characters_without_unicode():
    """A terminal without blocks gets a bar of plain characters."""
    (line,) = rows(progress("a", 19), unicode=False).lines(60, 5)
    assert line.isascii()
    assert "====" in line


def test_thousands_fold_into_counts():
    """Models without room are counted, by what they do."""
    events = [*(progress(f"model-{number}", 3) for number in range(1000)), *(waiting(f"w-{n}", "p") for n in range(12))]
    lines = rows(*events).lines(80, 10)
    assert (len(lines), lines[-1]) == (10, "... and 991 more training, 12 waiting")


def test_one_line_has_room_for_counts_alone():
    """A terminal of the least height shows only numbers."""
    assert rows(started("a"), started("b"), waiting("c", "a")).lines(80, 1) == ["2 training, 1 waiting"]


def test_a_model_is_one_row_from_its_creation_to_its_end():
    """The same row says that it is created, trained, promoted; it ends with the last step."""
    table = rows(started("a", "create"))
    assert table.lines(80, 5) == ["a  creating"]
    for event in (StepWaiting("await", "a", TRAIN, "", "create", "a", TRAIN), ended("a", "create"), started("a")):
        table.take(event)
    assert "━" not in table.lines(80, 5)[0]
    table.take(progress("a", 38))
    assert "100%" in table.lines(80, 5)[0]
    table.take(ended("a"))
    assert table.lines(80, 5) == []


def test_a_child_says_what_it_waits_for_next():
    """First for its parent's training, then for its turn; then it is created."""
    table = rows(waiting("child", "parent", "await"))
    assert table.lines(80, 5) == ["child  waits for the training of parent"]
    table.take(waiting("child", "parent", "promote"))
    assert table.lines(80, 5) == ["child  waits for promoting parent"]
    table.take(waiting("child"))
    assert table.lines(80, 5) == ["child  waits for its turn"]
    table.take(started("child", "create"))
    assert table.lines(80, 5) == ["child  creating"]


def test_a_training_that_waits_at_the_service():
    """Its row is last and counted as waiting until it runs; a write beside it does not change its row."""
    queued = StepProgress("await", "a", TRAIN, "tunedModels/a", Progress(waiting="queued"), 10.0)
    table = rows(started("a"), queued, started("b"), progress("b", 19))
    assert table.lines(80, 5)[1] == "a  waits: queued at the service"
    assert table.lines(80, 1) == ["1 training, 1 waiting"]
    table.take(ended("a", "permit"))
    assert table.lines(80, 5)[1] == "a  waits: queued at the service"
    table.take(progress("a", 1))
    assert [line[0] for line in table.lines(80, 5)] == ["a", "b"]
    assert table.lines(80, 1) == ["2 training"]


def test_elapsed_goes_on_between_events():
    """The last answer of the service is 5 seconds old, and the training was 75 seconds old then."""
    now = [100.0]
    table = ProgressTable(lambda: now[0])
    table.take(progress("a", 16, elapsed=75))
    now[0] += 5
    assert table.lines(80, 5)[0].endswith("1m20s")


def test_wide_and_hostile_keys_keep_to_the_width():
    """Escapes are written out, and characters of two columns count as two."""
    for key in ("数字" * 20, "\x1b[2J" * 9):
        lines = rows(progress(key, 3), waiting("b", key)).lines(60, 5)
        assert max(columns(line) for line in lines) <= 60
        assert "\x1b" not in "".join(lines)
