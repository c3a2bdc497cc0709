"""The admin API of an emulator with faults: the rules, their counts, and the clock.

`app` adds its routes to those of the services. Faults do not apply to its requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ..kernel import calls
from ..kernel.calls import Call, json_response
from ..kernel.errors import ApiError, Violation, bad_request
from .config import FaultsError, read_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.routing import Route

    from ..kernel.calls import Handler
    from ..kernel.emulation import Clock, Emulation
    from .rules import Faults

PREFIX = "/emulator/"
MAX_AHEAD = 10 * 365 * 24 * 3600  # seconds
API = calls.Api("emulator", "emulator", takes_key=lambda name: True)

AdminCall: TypeAlias = "Call[Admin]"


@dataclass(frozen=True, slots=True)
class Admin:
    """What the admin API works on; `trainings_started` counts the trainings of each service."""

    faults: Faults
    clock: Clock
    trainings_started: Callable[[], dict[str, int]]


def show(call: AdminCall) -> Response:
    """GET /emulator/faults: the rules, and counts of what they did."""
    admin = call.service
    return json_response(
        {"faults": admin.faults.rules.source, "counts": admin.faults.counts() | admin.trainings_started()}
    )


def replace(call: AdminCall) -> Response:
    """PUT /emulator/faults: other rules. Raises ApiError (400)."""
    try:
        call.service.faults.replace(read_rules(_tree(call)))
    except FaultsError as error:
        raise bad_request([Violation(problem.pointer, str(problem)) for problem in error.problems]) from error
    return show(call)


def advance(call: AdminCall) -> Response:
    """POST /emulator/clock: moves the clock on. Raises ApiError (400)."""
    clock, seconds = call.service.clock, _seconds(_tree(call))
    if clock.ahead + seconds > MAX_AHEAD:
        raise bad_request([Violation("seconds", f"The clock can be at most {MAX_AHEAD} seconds ahead.")])
    clock.ahead += seconds
    now = datetime.fromtimestamp(clock(), UTC).isoformat(timespec="milliseconds")
    return json_response({"now": now.replace("+00:00", "Z"), "ahead": clock.ahead})


HANDLERS: list[tuple[str, str, str, Handler[Admin]]] = [
    ("GET", f"{PREFIX}faults", "ShowFaults", show),
    ("PUT", f"{PREFIX}faults", "ReplaceFaults", replace),
    ("POST", f"{PREFIX}clock", "AdvanceClock", advance),
]


def routes(emulation: Emulation, admin: Admin) -> list[Route]:
    """The routes of an emulator with faults."""
    return calls.routes(emulation, API, admin, HANDLERS)


def _tree(call: AdminCall) -> Any:
    try:
        return msgspec.json.decode(call.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ApiError("INVALID_ARGUMENT", f"The body is not JSON: {error}") from error


def _seconds(tree: Any) -> float:
    """The seconds to move the clock by. It never moves back: a training that has ended would continue."""
    seconds = tree.get("seconds") if isinstance(tree, dict) and len(tree) == 1 else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_AHEAD:
        raise bad_request([Violation("seconds", 'Write {"seconds": 60}: how far the clock is moved on, from 0.')])
    return float(seconds)
