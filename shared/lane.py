"""One input partition at work: handled side by side, settled in order.

Messages of one key are handled one after the other. Endings are delivered only for the unbroken run of finished
messages at the head, so an offset is committed only up to the first unfinished message; what one delivery publishes and
commits is one Kafka transaction.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from shared.delivery import Delivery
from shared.endings import Ending
from shared.kafka import Record


@dataclass
class _Entry:
    record: Record
    work: asyncio.Task[Ending]


class Lane:
    """The unsettled messages of one partition, in the order of their offsets.

    `handle` brings one message to its ending; `on_change` is called after each that finishes or is settled;
    `on_failure` takes the error that must stop the process.
    """

    def __init__(
        self,
        handle: Callable[[Record], Awaitable[Ending]],
        delivery: Delivery,
        on_change: Callable[[], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._handle = handle
        self._delivery = delivery
        self._on_change = on_change
        self._on_failure = on_failure
        self._entries: deque[_Entry] = deque()
        self._last_of_key: dict[bytes, asyncio.Task[Ending]] = {}
        self._settling: asyncio.Task[None] | None = None
        self._next_offset = -1
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def unsettled(self) -> int:
        """Messages taken and not yet committed."""
        return len(self._entries)

    @property
    def unfinished(self) -> int:
        """Messages taken whose handling has not ended."""
        return sum(not entry.work.done() for entry in self._entries)

    @property
    def oldest(self) -> Record | None:
        """The first message that is not settled."""
        return self._entries[0].record if self._entries else None

    def accept(self, record: Record) -> None:
        """Begin handling a message. One that was taken before (delivered again after a rebalance) is left out."""
        if self._closed or record.offset < self._next_offset:
            return
        self._next_offset = record.offset + 1
        before = self._last_of_key.get(record.key) if record.key is not None else None
        work = asyncio.create_task(self._after(before, record))
        if record.key is not None:
            self._last_of_key[record.key] = work
        self._entries.append(_Entry(record, work))
        self._empty.clear()
        work.add_done_callback(lambda task: self._finished(record, task))

    def advance(self, position: int) -> None:
        """The consumer has come to `position`: where no message is left, all that is before it is settled."""
        if not self._entries and not self._closed and self._settling is None:
            self._begin_settling(self._delivery.advance(position))

    async def empty(self) -> None:
        """Wait until every message taken is settled."""
        await self._empty.wait()

    async def close(self, grace_s: float) -> None:
        """Give up the partition: settle what is finished, within `grace_s`, and leave the rest to its next owner."""
        self._closed = True
        if self._settling is not None:
            await asyncio.wait({self._settling}, timeout=grace_s)
        tasks: set[asyncio.Task[Ending] | asyncio.Task[None]] = {entry.work for entry in self._entries}
        if self._settling is not None:
            tasks.add(self._settling)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        await self._delivery.close()
        self._entries.clear()
        self._last_of_key.clear()
        self._empty.set()

    async def _after(self, before: asyncio.Task[Ending] | None, record: Record) -> Ending:
        if before is not None:
            await asyncio.wait({before})
        return await self._handle(record)

    def _finished(self, record: Record, task: asyncio.Task[Ending]) -> None:
        if record.key is not None and self._last_of_key.get(record.key) is task:
            del self._last_of_key[record.key]
        if task.cancelled():
            return
        error = task.exception()
        if self._closed:
            return
        if error is not None:
            self._on_failure(error)
            return
        self._on_change()
        if self._settling is None and self._head():
            self._begin_settling(self._settle())

    def _begin_settling(self, work: Coroutine[Any, Any, None]) -> None:
        self._settling = asyncio.create_task(work)
        self._settling.add_done_callback(self._settled)

    def _head(self) -> list[tuple[Record, Ending]]:
        done: list[tuple[Record, Ending]] = []
        for entry in self._entries:
            if not entry.work.done() or entry.work.cancelled() or entry.work.exception() is not None:
                break
            done.append((entry.record, entry.work.result()))
        return done

    async def _settle(self) -> None:
        while head := self._head():
            await self._delivery(head)
            for _ in head:
                self._entries.popleft()
            if not self._entries:
                self._empty.set()
            self._on_change()

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._settling = None
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            self._on_failure(error)
        elif not self._closed and self._head():
            self._begin_settling(self._settle())
