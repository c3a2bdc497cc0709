"""`gemspec` and `python -m gemspec`: the way into the command line."""

import signal


def main() -> None:
    """Run it. A signal while it is being loaded, or after its end, ends the process without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from gemspec.cli import main as run

    run()


if __name__ == "__main__":
    main()
