"""The cost of waiting for trainings: requests while an apply waits for a single training, and for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import projects
from measure import Row, counted
from service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60
START = (*projects.APPLY, "--no-wait")
GOAL = "about a request a second, by pages of the list"


def rows(folder: Path, size: int) -> Iterator[Row]:
    """Attach to trainings that are under way, and wait for their end."""
    for models in (1, size):
        with Service(folder / f"waiting{models}.db", training_seconds=SECONDS) as service:
            project = projects.make(folder / f"waiting{models}", models)
            service.gemspec(project, *START)
            yield Row.of(f"wait for {models:,} running trainings", [counted(service, project, projects.APPLY)], GOAL)
