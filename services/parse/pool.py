"""The reading processes of a parse service: killed and replaced when they exceed their limits."""

import asyncio
import multiprocessing

from pebble import ProcessExpired, ProcessPool

from services.parse.confinement import Confinement, cause_of_death, enter, read_confined
from shared.document import Document
from shared.errors import ReadingTimedOut
from shared.settings import Settings

_DOCUMENTS_PER_PROCESS = 64  # then it is replaced, with whatever memory a library has kept


class ReadingPool:
    """Reads documents in `settings.parse_processes` processes, without ever blocking the event loop.

    Processes are spawned, not forked: the parent has threads of the Kafka and MongoDB clients.
    """

    def __init__(self, settings: Settings) -> None:
        self._confinement = Confinement.of(settings)
        self._pool = ProcessPool(
            max_workers=settings.parse_processes,
            max_tasks=_DOCUMENTS_PER_PROCESS,
            initializer=enter,
            initargs=(self._confinement,),
            context=multiprocessing.get_context("spawn"),
        )

    async def read(self, data: bytes) -> Document:
        """Read a document. Raises a `Rejection`, also where the process died of it or was killed."""
        limit = self._confinement.timeout_s
        future = self._pool.schedule(read_confined, args=(data, self._confinement), timeout=limit)
        try:
            result = await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise ReadingTimedOut(seconds=round(limit)) from error
        except ProcessExpired as error:
            raise cause_of_death(error.exitcode, self._confinement) from error
        return await asyncio.to_thread(Document.model_validate_json, result)

    def close(self) -> None:
        """End the processes; what is still being read is given up."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble annotates all but this
        self._pool.join()
