"""Several calls at the same time end as a single call: with their answers, or with the first error, unwrapped."""

from __future__ import annotations

import anyio
import pytest

from gemspec.domain.errors import ServiceError
from gemspec.util.concurrency import gather

pytestmark = pytest.mark.anyio


async def test_answers_come_in_order():
    """Whichever comes first; and no more are under way than may be."""
    under_way, most = set(), []

    def call(n):
        async def answered():
            under_way.add(n)
            most.append(len(under_way))
            await anyio.sleep(0.001 * (5 - n))
            under_way.remove(n)
            return n

        return answered

    assert await gather([call(n) for n in range(5)], limit=2) == [0, 1, 2, 3, 4]
    assert max(most) == 2
    assert await gather([]) == []


@pytest.mark.parametrize("error", [ServiceError("no"), KeyError("x")])
async def test_the_first_error_ends_the_others(error):
    """And is raised as it is, though another comes in its wake."""
    ended = []

    async def fails():
        raise error

    async def waits():
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)
            raise ValueError("in its wake")

    with pytest.raises(type(error)) as raised:
        await gather([waits, fails])
    assert raised.value is error
    assert ended == [True]
