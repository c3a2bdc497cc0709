"""Concurrent calls. The first error is raised as it is, where a task group would wrap it in an exception group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Answer = TypeVar("Answer")


async def gather(calls: Sequence[Callable[[], Awaitable[Answer]]], *, limit: int = 10) -> list[Answer]:
    """Make the calls, at most `limit` at a time, and give their answers in order. After the first error the other calls
    are cancelled, and the error is raised.
    """
    answers: dict[int, Answer] = {}
    errors: list[Exception] = []
    limiter = anyio.CapacityLimiter(limit)

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
