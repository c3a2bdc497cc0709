"""Cancels trainings that a person no longer wants to pay for, and reports their states afterwards.

Unlike the abandon of a plan it keeps the model, which is FAILED from then on. So the next plan shows it and trains
nothing; if the model were gone, the plan would start the training again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from gemspec.domain.model import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gemspec.domain.model import LiveModel
    from gemspec.providers.base import Provider

# Seconds to wait before each poll of the cancelled trainings.
LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)


async def cancel(
    provider: Provider, names: Collection[str], looks: Sequence[float] = LOOKS
) -> Mapping[str, LiveModel | None]:
    """Cancel the trainings of these models, and give the models as they were last seen: None for a model that is gone,
    CREATING where the training still runs.

    Raises errors.ServiceError.
    """
    for name in names:
        await provider.cancel(name)
    found: Mapping[str, LiveModel | None] = {}
    for delay in looks:
        await anyio.sleep(delay)
        found = await provider.poll(names)
        if not any(live and live.state is State.CREATING for live in found.values()):
            break
    return found
