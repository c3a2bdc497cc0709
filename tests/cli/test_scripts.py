"""Each script in tests/cli/scripts prints the output that is written in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .script import Script, is_updating

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_script(path, tmp_path, service, clock):
    """The whole session, as a person would see it."""
    script = Script(path, tmp_path, clock)
    script.run()
    if is_updating():
        path.write_text(script.text())
    assert script.text() == path.read_text()
