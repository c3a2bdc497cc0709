"""Runs `gemspec` for scripts in processes forked from one that has imported everything, which saves a second a call.

`python forking.py serve SOCKET` is that one; `python forking.py call SOCKET ARGUMENT...` is the command. Folder,
environment and the three streams are the caller's.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

_LONGEST = 1 << 20  # bytes of a request: environment and arguments
_LAZY = ("anyio._backends._asyncio", "deepdiff", "jsonschema")  # what commands import only when they need it


def serve(path: str) -> None:
    """Answer calls until killed."""
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(connection)
            connection.close()


def call(path: str, arguments: list[str]) -> int:
    """Have a command run, and give its exit status."""
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [json.dumps(request).encode()], [0, 1, 2])
        return int(connection.recv(16) or b"70")


def _answer(connection: socket.socket) -> None:
    from gemspec import cli

    data, streams, *_ = socket.recv_fds(connection, _LONGEST, 3)
    request = json.loads(data)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    status = cli.run(request["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(status).encode())
    os._exit(0)


def _import_everything() -> None:
    from contextlib import suppress
    from importlib import import_module
    from pkgutil import walk_packages

    import gemspec

    names = [module.name for module in walk_packages(gemspec.__path__, "gemspec.")]
    for name in (*names, *_LAZY):
        if not name.endswith("__main__"):
            with suppress(ImportError):  # it fails again, and better, in the command that needs it
                import_module(name)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(call(sys.argv[2], sys.argv[3:]))
