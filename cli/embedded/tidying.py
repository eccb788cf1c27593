"""Keeping the embedded broker small: each second it writes all messages it has into one file."""

import asyncio
import contextlib
import time
from collections.abc import Mapping

from shared.errors import KafkaRefused, TransientError
from shared.kafka import delete_before, expendable
from shared.settings import Settings
from shared.topics import FACT_PUBLISHED, FILING_REVISED, PARSED, RECEIVED, REJECTED, STORED, VALIDATED, Topic

NEWEST: Mapping[Topic, int] = {
    RECEIVED: 500,
    PARSED: 500,
    VALIDATED: 500,
    FILING_REVISED: 500,
    STORED: 5_000,
    REJECTED: 5_000,
    FACT_PUBLISHED: 50_000,
}
"""How many of its newest messages each topic keeps: fewer where a later topic tells them again, more of the results.

With a soak's small documents the broker's file stays at 43 MB (docs/delivery.md).
"""
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
