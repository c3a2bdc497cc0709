"""The emulator for other people's tests: a pytest fixture, and a context manager for other test runners.

    def test_my_bot(gemspec_emulator):
        models = requests.get(f"{gemspec_emulator.url}/v1beta/tunedModels").json()

`gemspec_emulator` is a service of its own for each test: empty, in memory, on a free port of the loopback interface.
gemspec and Google's storage clients find it by the environment, other clients are given its `url`; `gemspec emulator`
prints how. Trainings are instant unless a marker changes that; then the test moves the clock:

    @pytest.mark.gemspec_emulator(training_seconds=3600, buckets=["my-data"])
    def test_waiting(gemspec_emulator):
        start_a_training(gemspec_emulator.url)
        gemspec_emulator.advance(3600)

pytest imports this module by the entry point `gemspec`, in every run of every project where gemspec is installed: so
the emulator is loaded only on first use.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

    from .kernel.emulation import Clock

MARKER = "gemspec_emulator(training_seconds=0.0, buckets=(), vertex=None, faults=None): how the emulator behaves."


@dataclass(frozen=True, slots=True)
class Service:
    """A served emulator; `url` is its address, without a slash at its end."""

    url: str
    _app: Starlette
    _clock: Clock

    def advance(self, seconds: float) -> None:
        """Move its clock on: trainings and operations proceed to that time."""
        self._clock.ahead += seconds

    @property
    def trainings(self) -> int:
        """How many trainings were ever started on the Gemini API: a program would have paid for each of them."""
        return int(self._app.state.store.trainings_started())


@contextlib.contextmanager
def serving(*, training_seconds: float = 0.0, **options: Any) -> Iterator[Service]:
    """Serve an emulator in a thread of this process for as long as the block runs.

    training_seconds: how long a training takes by the emulator's clock. options: buckets, vertex and faults of
    `gemspec.emulator.create_app`, and its errors are raised.
    """
    from . import create_app
    from .kernel.emulation import Clock
    from .server import in_thread

    clock = Clock(time.time)
    app = create_app(None, training_seconds=training_seconds, clock=clock, **options)
    with contextlib.closing(app.state.store), in_thread(app, faults=options.get("faults")) as url:
        yield Service(url, app, clock)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def gemspec_emulator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An emulator of the Gemini API's tuned models, Vertex AI and Cloud Storage, empty, for this test alone."""
    marker = request.node.get_closest_marker("gemspec_emulator")
    with serving(**(marker.kwargs if marker else {})) as service:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", service.url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", service.url)
        yield service
