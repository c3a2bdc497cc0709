"""Several calls at the same time, whose first error is raised as it is: a task group would wrap it in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Answer = TypeVar("Answer")


async def together(calls: Sequence[Callable[[], Awaitable[Answer]]], *, most: int = 10) -> list[Answer]:
    """Make the calls, at most so many at a time, and give their answers in order. Raises the first error of any, and
    ends the others.
    """
    answers: dict[int, Answer] = {}
    errors: list[Exception] = []
    limiter = anyio.CapacityLimiter(most)

    async def run(at: int, call: Callable[[], Awaitable[Answer]]) -> None:
        try:
            async with limiter:
                answers[at] = await call()
        except Exception as error:
            errors.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for at, call in enumerate(calls):
            group.start_soon(run, at, call)
    if errors:
        raise errors[0]
    return [answers[at] for at in range(len(calls))]
