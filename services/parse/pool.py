"""The reading processes of a parse service: confined, killed when they exceed their limits, and replaced."""

import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Self

from pydantic import ValidationError

from services.parse.answers import nonsense
from services.parse.confinement import Confinement
from services.parse.reading_process import ReadingProcess
from shared import metrics
from shared.document import Document
from shared.document_json import document_of
from shared.errors import Rejection
from shared.settings import Settings

DOCUMENTS_PER_PROCESS = 64
"""Then a process is replaced, with whatever memory a library has kept."""
PROGRAM = (sys.executable, "-m", "services.parse.confined")

logger = logging.getLogger(__name__)


class ReadingPool:
    """Reads documents in `settings.parse_processes` processes, without ever blocking the event loop.

    Use as an async context manager. `program` is what the processes run, given their limits as its last argument.
    """

    def __init__(
        self,
        settings: Settings,
        program: Sequence[str] = PROGRAM,
        documents_per_process: int = DOCUMENTS_PER_PROCESS,
    ) -> None:
        self._confinement = Confinement.of(settings)
        self._most = documents_per_process
        self._processes = [ReadingProcess(self._confinement, program) for _ in range(settings.parse_processes)]
        self._free: asyncio.LifoQueue[ReadingProcess] = asyncio.LifoQueue()

    async def __aenter__(self) -> Self:
        try:
            for process in self._processes:
                self._tell(await process.start())
                self._free.put_nowait(process)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes; what is still being read is given up."""
        for process in self._processes:
            await process.end()

    async def read(self, data: bytes) -> Document:
        """Read a document. Raises a `Rejection`, also where the process died of it or was killed."""
        process = await self._free.get()
        try:
            if not process.runs:
                await process.start()
            return await _validated(process, await process.read(data))
        except Rejection as rejection:
            if not process.runs:
                metrics.READING_PROCESSES.labels(reason=rejection.reason).inc()
            raise
        finally:
            if process.documents >= self._most:
                await process.end()
            self._free.put_nowait(process)

    def _tell(self, told: Mapping[str, object]) -> None:
        """Say in the log which confinement is in force, as the process itself has found by trying."""
        ways = told.get("open")
        is_open = ways if isinstance(ways, list) else ["?"]
        held = {way: "open" if way in is_open else "refused" for way in ("network", "programs")}
        fields = {**held, **asdict(self._confinement), "documents_per_process": self._most}
        if is_open:
            fields["why"] = told.get("why")
            logger.warning("reading process is not fully confined", extra={"fields": fields})
        else:
            logger.info("reading process is confined", extra={"fields": fields})


async def _validated(process: ReadingProcess, result: bytes) -> Document:
    try:
        return await asyncio.to_thread(document_of, result)
    except ValidationError as error:  # no reader gives that: something has taken it over
        await process.end()
        raise nonsense() from error
