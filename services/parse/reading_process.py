"""One reading process from outside: started, fed, waited for, and killed when it exceeds its limits."""

import asyncio
import contextlib
import json
import os
import subprocess
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from services.parse.answers import DOCUMENT, HEADER, READY, REFUSAL, document_in, opened_header
from services.parse.confined import LENGTH
from services.parse.confinement import Confinement, cause_of_death
from shared.errors import ReadingTimedOut, Rejection

_START_SECONDS = 60.0
_BUFFER_BYTES = 1 << 20


class ReadingProcess:
    """One process, started again whenever it is needed and does not run. Used by one task at a time."""

    def __init__(self, confinement: Confinement, program: Sequence[str]) -> None:
        self._confinement = confinement
        self._command = [*program, json.dumps(asdict(confinement))]
        self._process: Process | None = None
        self.documents = 0
        """Read since it was started."""

    @property
    def runs(self) -> bool:
        """False before the start, and after its death."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.runs else None

    async def start(self) -> Mapping[str, object]:
        """Start it; what it says of its confinement. Raises `RuntimeError` where it does not come up."""
        self.documents = 0
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=_BUFFER_BYTES,
            # It has no use for the addresses and passwords of the engines.
            env={name: value for name, value in os.environ.items() if not name.startswith("GOUJI_")},
        )
        ready = False
        try:
            async with asyncio.timeout(_START_SECONDS):
                kind, content = await self._answer(self._process)
            ready = kind == READY
        except (TimeoutError, Rejection) as error:
            raise RuntimeError(f"a reading process does not start: {error!r}") from error
        finally:
            if not ready:  # also where we were cancelled: what it says next would be taken for another answer
                await self.end()
        told = json.loads(content) if ready else {}
        return told if isinstance(told, dict) else {}

    async def read(self, data: bytes) -> bytes:
        """The document as JSON. Raises a `Rejection`; one that was late, died or talks nonsense does not run then."""
        process = self._process
        assert process is not None, "a process is started before it reads"
        self.documents += 1
        finished = False
        try:
            async with asyncio.timeout(self._confinement.timeout_s):
                kind, content = await self._exchange(process, data)
            finished = kind in (DOCUMENT, REFUSAL)
        except TimeoutError as error:
            raise ReadingTimedOut(seconds=round(self._confinement.timeout_s)) from error
        finally:
            if not finished:
                await self.end()
        return document_in(kind, content)

    async def end(self) -> None:
        """Kill it, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()  # and not wait(): what nobody has read would keep its pipes open

    async def _exchange(self, process: Process, data: bytes) -> tuple[bytes, bytes]:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):  # it is dead; the answer that does not come tells why
            process.stdin.write(LENGTH.pack(len(data)) + data)
            await process.stdin.drain()
        return await self._answer(process)

    async def _answer(self, process: Process) -> tuple[bytes, bytes]:
        assert process.stdout is not None
        try:
            kind, size = opened_header(await process.stdout.readexactly(HEADER.size), self._confinement.memory_mb)
            return kind, await process.stdout.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise cause_of_death(await process.wait(), self._confinement) from error
