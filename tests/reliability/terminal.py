"""A terminal that gemspec runs in, as a person has it: with keys to press, a cursor, and settings to be left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING

from support.served import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CTRL_C, CTRL_D = "\x03", "\x04"
SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"
SIZE = (40, 100)  # lines, columns
_END = b"\0"
# The process becomes the session's own, so that the terminal's keys signal it.
_PROGRAM = """
import os, signal, sys
tty = os.open(sys.argv[1], os.O_RDWR)
for stream in range(3):
    os.dup2(tty, stream)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "gemspec", *sys.argv[2:]])
"""


class Terminal:
    """Runs one command."""

    def __init__(self, folder: Path, env: Mapping[str, str], *words: str) -> None:
        self._keys, self._tty = os.openpty()
        termios.tcsetwinsize(self._tty, SIZE)
        self._settings = termios.tcgetattr(self._tty)
        command = [sys.executable, "-c", _PROGRAM, os.ttyname(self._tty), *words]
        env = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **env}
        self._process = subprocess.Popen(command, cwd=folder, env=env, start_new_session=True)
        self._seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """What has been shown, without what only moves the cursor or colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._seen.decode(errors="replace")).replace("\r", "")

    @property
    def shows_cursor(self) -> bool:
        shown = self._seen.decode(errors="replace")
        return shown.rfind(SHOW) >= shown.rfind(HIDE)

    @property
    def is_as_before(self) -> bool:
        """Whether the cursor is there, and the settings are as they were."""
        return self.shows_cursor and termios.tcgetattr(self._tty) == self._settings

    def says(self, pattern: str) -> None:
        until(lambda: bool(re.search(pattern, self.text)), lambda: f"{pattern!r} in:\n{self.text}")

    def press(self, keys: str) -> None:
        os.write(self._keys, keys.encode())

    def wait(self) -> int:
        """Wait for the end of the command; its exit status."""
        status = self._process.wait(PATIENCE)
        os.write(self._tty, _END)
        until(lambda: _END in self._seen, "what is on its way to the screen")
        return status

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        os.close(self._tty)
        self._reader.join(PATIENCE)
        os.close(self._keys)

    def _read(self) -> None:
        try:
            while data := os.read(self._keys, 65536):
                self._seen += data
        except OSError:  # nobody has the terminal open any more
            return
