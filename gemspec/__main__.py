"""`gemspec` and `python -m gemspec`: the entry point of the command line."""

import gc
import signal
import sys


def main() -> None:
    """Run gemspec. A signal during imports, or after the run, ends the process without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # A plan keeps nearly all objects that it makes: Python's frequent garbage collections cost a fifth of its time.
    gc.set_threshold(500_000)
    # httpx has a command line of its own, which takes as long to load as the rest of httpx.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

    from gemspec.cli import main as run

    run()


if __name__ == "__main__":
    main()
