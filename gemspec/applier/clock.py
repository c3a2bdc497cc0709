"""What time it is, for plans and promotions: the planner itself reads no clock. Tests move it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds since 1970.
now: Callable[[], float] = time.time
