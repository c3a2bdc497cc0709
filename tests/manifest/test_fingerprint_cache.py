"""Data files that did not change are not read again; whatever becomes of the memory, a plan is the same."""

from __future__ import annotations

import io
import os
import time
from typing import TYPE_CHECKING

import pytest

from gemspec.domain.errors import InputError
from gemspec.manifest import load
from gemspec.manifest.data import files, fingerprint_cache

from .manifest_fixture import PROJECT, with_data, write

if TYPE_CHECKING:
    from pathlib import Path

ROWS = '{"textInput": "1", "output": "2"}\n{"textInput": "1", "output": "3"}\n'
OTHER = ROWS.replace("3", "4")


@pytest.fixture
def memory(tmp_path_factory, monkeypatch):
    """The folder of the memory, empty."""
    folder = tmp_path_factory.mktemp("memory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "gemspec"


@pytest.fixture
def project(here: Path, memory) -> Path:
    """A project whose data has been at rest for a while, in two files."""
    write(here, {"gemspec.yaml": PROJECT, "m.yaml": with_data(files=["d*.jsonl"]), "d1.jsonl": ROWS, "d2.jsonl": ROWS})
    return here


@pytest.fixture
def later(monkeypatch):
    """The clock is a minute ahead, so that every file has been at rest."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 60_000_000_000)


@pytest.fixture
def reads(monkeypatch):
    """The names of the data files that are read."""
    names: list[str] = []
    read = files.open_file

    def counting(path, *args, **named):
        names.append(path.name)
        return read(path, *args, **named)

    monkeypatch.setattr(files, "open_file", counting)
    return names


def seen():
    """What a plan would know of the data."""
    workspace = load()
    return workspace.desired, workspace.warnings


def test_files_at_rest_are_read_once(project, later, reads):
    """The second run knows the fingerprint, the count and every warning, without reading."""
    first = seen()
    assert reads == ["d1.jsonl", "d2.jsonl"]
    assert seen() == first
    assert reads == ["d1.jsonl", "d2.jsonl"]
    assert first[0][0].dataset.examples == 4
    assert len(first[1]) == 4  # few examples, repeats, other outputs


def test_an_edit_in_the_tick_of_the_clock_in_which_it_was_read(project, reads, monkeypatch):
    """A file that was young when it was looked at is not remembered, however long it takes to read it."""
    seen()
    now = time.time_ns
    opened = files.open_file

    def slowly(*args, **options):
        monkeypatch.setattr(time, "time_ns", lambda: now() + 60_000_000_000)  # a minute has passed
        return opened(*args, **options)

    monkeypatch.setattr(files, "open_file", slowly)
    seen()
    monkeypatch.setattr(files, "open_file", opened)
    seen()
    assert reads.count("d1.jsonl") == 3


def test_who_has_no_home(project, later, reads, monkeypatch):
    """Nothing is remembered, and nothing fails."""

    def homeless(*_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("platformdirs.user_cache_path", homeless)
    assert seen() == seen()
    assert reads.count("d1.jsonl") == 2


def test_a_memory_that_has_rotted_is_none(project, later, reads, memory):
    """A digit that has changed would be taken for other data, and a create would refuse it again and again."""
    first = seen()
    file = memory / "data.msgpack"
    content, digest = file.read_bytes(), first[0][0].dataset.fingerprint.encode()
    file.write_bytes(content.replace(digest[:4], b"0000" if digest[:4] != b"0000" else b"1111", 1))
    assert seen() == first
    assert reads.count("d1.jsonl") == 2


def test_a_young_file_is_read_again(project, reads):
    """It could change once more within the same tick of the clock."""
    first = seen()
    assert seen() == first
    assert len(reads) == 4


def rewritten(folder):
    (folder / "d2.jsonl").write_text(OTHER)


def with_its_old_times(folder):
    times = os.stat(folder / "d2.jsonl")
    rewritten(folder)
    os.utime(folder / "d2.jsonl", ns=(times.st_atime_ns, times.st_mtime_ns))


def replaced_with_its_old_times(folder):
    times = os.stat(folder / "d2.jsonl")
    (folder / "new").write_text(OTHER)
    os.utime(folder / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(folder / "new", folder / "d2.jsonl")


def one_more(folder):
    (folder / "d3.jsonl").write_text(ROWS)


def one_less(folder):
    (folder / "d2.jsonl").unlink()


def another_order(folder):
    (folder / "m.yaml").write_text(with_data(files=["d2.jsonl", "d1.jsonl"]))
    (folder / "d2.jsonl").write_text(OTHER)


@pytest.mark.parametrize(
    "change", [rewritten, with_its_old_times, replaced_with_its_old_times, one_more, one_less, another_order]
)
def test_changes_are_seen(project, later, reads, change):
    """All of the same size."""
    first = seen()
    change(project)
    assert seen()[0][0].dataset != first[0][0].dataset


def test_options_count(project, later, reads):
    """The same file under other fields is read again."""
    write(
        project, {"d1.jsonl": '{"textInput": "1", "output": "2", "x": "3"}\n', "m.yaml": with_data(files=["d1.jsonl"])}
    )
    with pytest.raises(InputError):
        load()
    (project / "d1.jsonl").write_text('{"textInput": "1", "output": "2"}\n')
    first = seen()
    (project / "m.yaml").write_text(with_data(files=["d1.jsonl"], inputKey="output", outputKey="textInput"))
    assert seen()[0][0].dataset.fingerprint != first[0][0].dataset.fingerprint


def test_what_is_wrong_is_not_remembered(project, later, reads):
    """Mistakes are reported with the same places each time."""
    (project / "d2.jsonl").write_text("{}\n")
    told = []
    for _ in range(2):
        with pytest.raises(InputError) as wrong:
            load()
        told.append(wrong.value.problems)
    assert told[0] == told[1]
    assert len(reads) == 4


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x81\xa1a\x01", b"\xc0"])
def test_a_memory_that_cannot_be_used(project, memory, later, content):
    """It is as if there were none, and is made again."""
    first = seen()
    (memory / "data.msgpack").write_bytes(content)
    assert seen() == first
    assert (memory / "data.msgpack").read_bytes() != content


def test_no_place_for_a_memory(project, later, monkeypatch):
    """The result is the same."""
    first = seen()
    (project / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "file"))
    assert seen() == first
    assert [each.name for each in project.iterdir() if each.name.startswith("data")] == []


def test_it_is_private_and_whole(project, memory, later):
    """Written beside and moved into place; for its owner alone."""
    seen()
    assert [each.name for each in memory.iterdir()] == ["data.msgpack"]
    assert (memory / "data.msgpack").stat().st_mode & 0o77 == 0
    assert memory.stat().st_mode & 0o77 == 0


def test_it_is_bounded(project, memory, later, monkeypatch, reads):
    """What was used last is kept."""
    monkeypatch.setattr(fingerprint_cache, "_MAX_ENTRIES", 2)
    for names in (["d1.jsonl"], ["d2.jsonl"], ["d1.jsonl", "d2.jsonl"]):
        (project / "m.yaml").write_text(with_data(files=names))
        load()
    reads.clear()
    load()
    assert reads == []
    (project / "m.yaml").write_text(with_data(files=["d1.jsonl"]))
    load()
    assert reads == ["d1.jsonl"]


def test_a_create_never_trusts_it(project, memory, later):
    """It reads what it sends, and stops where that is not what was planned."""
    workspace = load()
    assert len(workspace.examples("numbers")) == 4
    entries = (memory / "data.msgpack").read_bytes()
    true = workspace.desired[0].dataset.fingerprint.encode()
    misleading = entries[fingerprint_cache._SUM :].replace(true, b"0" * 64)
    (memory / "data.msgpack").write_bytes(fingerprint_cache._sum(misleading) + misleading)
    misled = load()
    assert misled.desired[0].dataset.fingerprint == "0" * 64
    with pytest.raises(InputError, match="changed since it was planned"):
        misled.examples("numbers")


def test_data_that_manifests_share_is_read_once(project, reads):
    """Also where it is young: within one run nothing is sent before it is read again."""
    write(project, {"n.yaml": with_data(files=["d*.jsonl"]).replace("name: numbers", "name: others")})
    first, second = load().desired
    assert (first.key, second.key) == ("numbers", "others")
    assert first.dataset == second.dataset
    assert reads == ["d1.jsonl", "d2.jsonl"]


def test_a_file_that_changes_while_it_is_read_is_not_remembered(project, later, reads, monkeypatch):
    """It would be unknown which content the fingerprint is of."""
    counting = files.open_file

    def meanwhile(path, *args, **options):
        with counting(path, *args, **options) as file:
            data = file.read()
        write(project, {path.name: OTHER + OTHER})
        return io.BufferedReader(io.BytesIO(data))

    with monkeypatch.context() as patched:
        patched.setattr(files, "open_file", meanwhile)
        before = load().desired[0].dataset
    assert load().desired[0].dataset != before
    assert len(reads) == 4
