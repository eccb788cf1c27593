"""Waiting for a dependency that is away: try again, with longer and longer waits, for as long as it takes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from shared.errors import TransientError
from shared.settings import Settings

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def _nothing() -> None:
    """What is done at each retry where the caller asks for nothing."""


@dataclass(frozen=True)
class Backoff:
    """Waits between tries: doubled each time, up to a limit."""

    initial_s: float
    limit_s: float

    @classmethod
    def of(cls, settings: Settings) -> "Backoff":
        return cls(settings.retry_initial_s, settings.retry_max_s)

    def wait_after(self, attempts: int) -> float:
        """Seconds to wait after so many tries."""
        return min(self.limit_s, self.initial_s * 2.0 ** min(attempts - 1, 30))

    async def until_up(
        self,
        act: Callable[[], Awaitable[Result]],
        *,
        on_retry: Callable[[], None] = _nothing,
        not_for: tuple[type[TransientError], ...] = (),
    ) -> Result:
        """Do it until it does not raise a `TransientError`; those named in `not_for` are raised at once."""
        attempts = 0
        while True:
            try:
                return await act()
            except TransientError as error:
                if isinstance(error, not_for):
                    raise
                attempts += 1
                wait = self.wait_after(attempts)
                fields = {"reason": error.reason, "attempt": attempts, "wait_s": wait}
                logger.warning("%s", error, extra={"fields": fields})
                on_retry()
                await asyncio.sleep(wait)
