"""Settings for every test: properties are not timed, and no test reads the caller's credentials or terminal, nor
inherits what the caller ignores.

Tests of reliability count what they try: `tally` in them, a table of all counts at the end, `--in-full` for all of it.
"""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("gemspec", deadline=None)
settings.load_profile("gemspec")

_OURS = (
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GEMINI_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GEMSPEC_ENDPOINT",
    "GEMSPEC_LOG",
    "NO_COLOR",
)
_TALLY = "tally"
# A shell starts its background jobs with these ignored, and whatever a test starts would inherit that.
_HANDLERS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


def pytest_addoption(parser):
    parser.addoption("--in-full", action="store_true", help="try everything that tests/reliability can, not a part")


def pytest_configure():
    """Let signals arrive, as they do in a terminal: in this process and in all that tests start."""
    for number, handler in _HANDLERS.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLERS)


@pytest.fixture(scope="session")
def _cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch, _cache):
    monkeypatch.setenv("XDG_CACHE_HOME", _cache)
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def in_full(request):
    """Whether everything is tried."""
    return request.config.getoption("--in-full")


@pytest.fixture
def tally(record_property):
    """Give the function that counts: `tally(case, tries, failures=0)`. Equal cases are added up in the table.

    Count before asserting, so that failures are in the table, too.
    """

    def count(case, tries, failures=0):
        record_property(_TALLY, (case, tries, failures))

    return count


def pytest_terminal_summary(terminalreporter):
    """Print the table of what was tried."""
    counts: dict[str, list[int]] = {}
    all_reports = (report for reports in terminalreporter.stats.values() for report in reports)
    for report in (report for report in all_reports if getattr(report, "when", "") == "teardown"):
        for name, value in report.user_properties:
            if name == _TALLY:
                case, tries, failures = value
                counted = counts.setdefault(case, [0, 0])
                counted[0] += tries
                counted[1] += failures
    if not counts:
        return
    width = max(map(len, counts))
    terminalreporter.section("tried")
    terminalreporter.write_line(f"{'case':<{width}}  {'tries':>7}  {'failures':>8}")
    for case, (tries, failures) in sorted(counts.items()):
        terminalreporter.write_line(f"{case:<{width}}  {tries:>7}  {failures:>8}")
