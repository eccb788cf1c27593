"""Keeping the embedded broker small: each second it writes all messages it has into one file."""

import asyncio
import contextlib
import time
from collections.abc import Mapping

from shared.errors import KafkaRefused, TransientError
from shared.kafka import Partition, delete_before, settled_by_all
from shared.settings import Settings

EVERY_S = 300.0
_PATIENCE_S = 5.0


class Tidying:
    """Deletes what all services had settled when it last looked: a message stays for as long after it was settled."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._settled: Mapping[Partition, int] = {}
        self._due_at = time.monotonic() + EVERY_S

    def tidy_if_due(self) -> None:
        """Tidy every `EVERY_S`; a broker that is away is left alone until the next time."""
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + EVERY_S
        asyncio.run(self.tidy())

    async def tidy(self) -> None:
        """Delete, then look. Begins anew where the broker does not answer, or was killed and came back with less."""
        settled, self._settled = self._settled, {}
        with contextlib.suppress(TransientError, KafkaRefused, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await delete_before(settled, self._settings)
                self._settled = await settled_by_all(self._settings)
