"""The line of a problem: only of what this run read, and only while it is still the same."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from gemspec.domain.errors import InputError, Origin
from gemspec.manifest import load
from gemspec.manifest.syntax.source_lines import SOURCES

from .manifest_fixture import MODEL, with_data, write

if TYPE_CHECKING:
    from pathlib import Path


def problem_of(*paths: str, stdin: bytes = b"") -> Origin:
    """Where the first problem stands."""
    with pytest.raises(InputError) as caught:
        load(paths, stdin=io.BytesIO(stdin))
    origin = caught.value.problems[0].origin
    assert origin is not None
    return origin


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_are_those_of_places(here: Path, ends: str, mark: str) -> None:
    """Line ends and byte order marks are no part of a line."""
    write(here, {"m.yaml": (mark + MODEL.replace("baseModel", "baseModle")).replace("\n", ends)})
    assert SOURCES.line(problem_of()) == "  baseModle: models/gemini-1.0-pro-001"


def test_standard_input(here: Path) -> None:
    """Standard input cannot be read again, so it is kept."""
    write(here, {})
    assert (
        SOURCES.line(problem_of("-", stdin=MODEL.replace("  base", "  bose").encode()))
        == "  boseModel: models/gemini-1.0-pro-001"
    )


def test_data_files(here: Path) -> None:
    """A row of a data file, broken bytes made visible."""
    write(here, {"m.yaml": with_data(files=["d.jsonl"]), "d.jsonl": b'{"textInput": "caf\xe9"}\n'})
    assert SOURCES.line(problem_of()) == '{"textInput": "caf\ufffd"}'


def test_a_file_that_has_changed_or_gone(here: Path) -> None:
    """A place in another version of a file points at nothing."""
    write(here, {"m.yaml": MODEL.replace("spec", "spce")})
    origin = problem_of()
    SOURCES.release()
    before = os.stat("m.yaml").st_mtime_ns
    os.utime("m.yaml", ns=(before + 10**9, before + 10**9))
    assert SOURCES.line(origin) is None
    (here / "m.yaml").unlink()
    assert SOURCES.line(origin) is None


def test_a_file_that_is_read_anew(here: Path) -> None:
    """A program may load several versions of a project; each problem is shown with the line of its own version."""
    for wrong in ("baseModle", "baseMoodel"):
        write(here, {"m.yaml": MODEL.replace("baseModel", wrong)})
        assert SOURCES.line(problem_of()) == f"  {wrong}: models/gemini-1.0-pro-001"
        stdin = MODEL.replace("baseModel", wrong).encode()
        assert SOURCES.line(problem_of("-", stdin=stdin)) == f"  {wrong}: models/gemini-1.0-pro-001"


def test_files_that_were_not_read(here: Path) -> None:
    """Nothing else is opened, whatever a place names."""
    (here / "secret").write_text("secret")
    assert SOURCES.line(Origin("secret", 1, 1)) is None
    assert SOURCES.line(Origin("secret\0", 1, 1)) is None


def test_a_file_that_is_read_again(here: Path) -> None:
    """Its lines are those of the version that was read last, whatever was shown before."""
    write(here, {"m.yaml": MODEL.replace("baseModel", "baseModle")})
    assert SOURCES.line(problem_of()) == "  baseModle: models/gemini-1.0-pro-001"
    write(here, {"m.yaml": MODEL.replace("baseModel", "baseModul")})
    assert SOURCES.line(problem_of()) == "  baseModul: models/gemini-1.0-pro-001"
