"""The requests that only an emulator with faults serves: what is to go wrong, what did, and the clock.

Beside the services' routes in `..app`; no fault befalls them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.routing import Route

from ..kernel.calls import Call, endpoint, json_response
from ..kernel.errors import ApiError, FaultsError, Violation, bad_request
from .config import read

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..kernel.calls import Emulation
    from ..kernel.clock import Clock
    from .rules import Faults

PREFIX = "/emulator/"
MAX_AHEAD = 10 * 365 * 24 * 3600  # seconds


def routes(emulation: Emulation, faults: Faults, clock: Clock) -> list[Route]:
    """The routes of an emulator with faults."""

    def show(call: Call) -> Response:
        with call.database.transaction():
            trainings = {"geminiTrainings": call.store.trainings_started(), "vertexTrainings": _jobs(call)}
        return json_response({"faults": faults.rules.source, "counts": {**faults.counts(), **trainings}})

    def replace(call: Call) -> Response:
        try:
            faults.replace(read(_tree(call)))
        except FaultsError as wrong:
            raise bad_request([Violation(problem.pointer, str(problem)) for problem in wrong.problems]) from wrong
        return show(call)

    def move(call: Call) -> Response:
        seconds = _seconds(_tree(call))
        if clock.ahead + seconds > MAX_AHEAD:
            raise bad_request([Violation("seconds", f"The clock can be at most {MAX_AHEAD} seconds ahead.")])
        clock.ahead += seconds
        now = datetime.fromtimestamp(clock(), UTC).isoformat(timespec="milliseconds")
        return json_response({"now": now.replace("+00:00", "Z"), "ahead": clock.ahead})

    handlers = [("GET", "faults", show), ("PUT", "faults", replace), ("POST", "clock", move)]
    return [
        Route(PREFIX + path, endpoint(emulation, f"Emulator.{handler.__name__}", handler), methods=[method])
        for method, path, handler in handlers
    ]


def _jobs(call: Call) -> int:
    row = call.database.one("SELECT count(*) AS jobs FROM vertex_jobs")
    return int(row["jobs"]) if row else 0


def _tree(call: Call) -> Any:
    try:
        return msgspec.json.decode(call.body)
    except (msgspec.DecodeError, RecursionError) as broken:
        raise ApiError("INVALID_ARGUMENT", f"The body is not JSON: {broken}") from broken


def _seconds(tree: Any) -> float:
    """How far the clock is to be moved. It never goes back: a training that has ended would go on."""
    seconds = tree.get("seconds") if isinstance(tree, dict) and len(tree) == 1 else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_AHEAD:
        raise bad_request([Violation("seconds", 'Write {"seconds": 60}: how far the clock is moved on, from 0.')])
    return float(seconds)
