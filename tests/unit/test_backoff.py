"""Waiting for a dependency that is away."""

import pytest

from shared.backoff import Backoff
from shared.errors import DatabaseUnavailable, TopicMissing


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(0.5, 30.0)
    assert [backoff.wait_after(n) for n in (1, 2, 3, 7, 1000)] == [0.5, 1.0, 2.0, 30.0, 30.0]


async def test_it_is_tried_until_the_dependency_is_back() -> None:
    left, retries = [1, 2, 3], 0

    async def act() -> str:
        if left:
            left.pop()
            raise DatabaseUnavailable(detail="away")
        return "done"

    def count() -> None:
        nonlocal retries
        retries += 1

    assert await Backoff(0.0001, 0.001).until_up(act, on_retry=count) == "done"
    assert retries == 3


@pytest.mark.parametrize(("error", "not_for"), [(ValueError, ()), (TopicMissing, (TopicMissing,))])
async def test_what_does_not_pass_by_itself_is_raised_at_once(
    error: type[Exception], not_for: tuple[type[TopicMissing], ...]
) -> None:
    async def act() -> None:
        raise error

    with pytest.raises(error):
        await Backoff(0.0001, 0.001).until_up(act, not_for=not_for)
