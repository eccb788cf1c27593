"""Keeping the embedded broker small: each second it writes all messages it has into one file."""

import asyncio
import contextlib
import time

from shared.errors import KafkaRefused, TransientError
from shared.kafka import NEWEST, delete_before, expendable
from shared.settings import Settings

EVERY_S = 30.0
_PATIENCE_S = 5.0


class Tidying:
    """Deletes the oldest messages of each topic now and then; none that a service has yet to settle."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._due_at = time.monotonic() + EVERY_S

    def tidy_if_due(self) -> None:
        """Tidy every `EVERY_S`; a broker that is away is left alone until the next time."""
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + EVERY_S
        asyncio.run(tidy(self._settings))


async def tidy(settings: Settings) -> None:
    """Look and delete, unless the broker does not answer."""
    with contextlib.suppress(TransientError, KafkaRefused, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await delete_before(await expendable(NEWEST, settings), settings)
