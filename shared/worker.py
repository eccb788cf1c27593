"""The one loop that runs every stage: consume, handle, publish, commit.

Exactly once for who reads committed messages: events and the offset of their cause are committed in one transaction
(`shared.delivery`). A message may be handled again after a death, its events are published once. Nothing in this file
knows what a stage does.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared import metrics
from shared.backoff import Backoff
from shared.delivery import DeadLetterLimit, Delivery
from shared.endings import Conclude, Ending, Handler
from shared.errors import KafkaUnavailable, TransientError
from shared.health import probe_app, serving
from shared.kafka import EventConsumer, Partition, Progress, Record, encoded
from shared.lane import Lane
from shared.lifetime import stop_requested
from shared.settings import Settings
from shared.topics import Topic

__all__ = ["Handler", "Stage", "run_stage"]

_POLL_SECONDS = 0.5
_BUSY_POLL_SECONDS = 0.05
_WATCH_SECONDS = 2.0
_ANSWER_SECONDS = 5.0
_SILENCE_SECONDS = 10.0  # a slow answer and the pause before it take seven

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """The table of handlers of one service: which topic's events go to which function."""

    service: str
    handlers: Mapping[Topic, Handler]


async def run_stage(
    stage: Stage,
    settings: Settings,
    *,
    dependencies: Mapping[str, Callable[[], Awaitable[None]]],
    stop: asyncio.Event | None = None,
) -> None:
    """Run a stage until it is asked to stop (SIGTERM, Ctrl-C, or `stop`), then drain and return.

    Serves /healthz, /readyz (Kafka and `dependencies`) and /metrics on `settings.host:settings.port`. Raises what must
    stop the process: a `FatalError`, or an error of a handler that is in no list of ours.
    """
    stop = stop or stop_requested()
    worker = _Worker(stage, settings)
    app = probe_app({"kafka": worker.check_kafka, **dependencies})
    async with serving(app, settings.host, settings.port) as url:
        logger.info("%s started", stage.service, extra={"fields": {"url": url}})
        try:
            await worker.run(stop)
        except Exception:
            logger.critical("%s stops", stage.service, exc_info=True)
            raise
        logger.info("%s drained and stopped", stage.service)


class _Worker:
    """One member of the stage's consumer group, with a lane for each of its partitions."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self._stage = stage
        self._settings = settings
        self._lanes: dict[Partition, Lane] = {}
        self._room = asyncio.Event()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._consumer = EventConsumer(
            settings, stage.service, list(stage.handlers), on_assigned=self._assigned, on_revoked=self._revoked
        )
        self._backoff = Backoff.of(settings)
        self._conclude = Conclude(stage.service, partial(encoded, source=stage.service), self._backoff)
        self._limit = DeadLetterLimit(settings.dead_letters_per_minute)
        self._assigned_once = False
        self._last_poll = self._last_answer = float("-inf")

    async def check_kafka(self) -> None:
        """Ready: partitions were assigned, we poll, and the broker answered lately, all by our own clock."""
        if not self._assigned_once:
            raise KafkaUnavailable(detail="no partitions assigned yet")
        silent = time.monotonic() - min(self._last_poll, self._last_answer)
        if silent > _SILENCE_SECONDS:
            raise KafkaUnavailable(detail=f"silent for {silent:.0f} s")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain. Raises the first failure of any part."""
        stopping = asyncio.create_task(stop.wait())
        working = asyncio.create_task(self._work())
        try:
            await _first_of(stopping, working, self._failure)
            if not self._failure.done() and not working.done():
                await _cancelled(working)
                await self._drain()
            for ended in (self._failure, working):
                if ended.done() and not ended.cancelled():
                    ended.result()
        finally:
            await _cancelled(stopping, working)
            await self._leave()

    async def _work(self) -> None:
        while True:
            await self._backoff.until_up(self._consumer.start)
            watching = asyncio.create_task(self._watch())
            watching.add_done_callback(self._note_failure)
            try:
                while True:
                    await self._poll()
            except TransientError as error:
                logger.warning(
                    "leaving the group to join it again: %s", error, extra={"fields": {"reason": error.reason}}
                )
            finally:
                await _cancelled(watching)
            await self._leave_group()

    async def _leave_group(self) -> None:
        """Give up all partitions and stay away for a session, so that the coordinator forgets this member."""
        await self._revoked(list(self._lanes))
        await self._consumer.stop()
        await asyncio.sleep(self._settings.session_timeout_ms / 1000)

    async def _poll(self) -> None:
        self._last_poll = time.monotonic()
        full = {place for place, lane in self._lanes.items() if lane.unsettled >= self._settings.in_flight}
        wanted = self._consumer.assigned() - full
        room = self._settings.in_flight - sum(lane.unfinished for lane in self._lanes.values())
        if room <= 0 or (full and not wanted):
            self._room.clear()
            # Not wait_for: in Python 3.11 it can swallow a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._room.wait()
            return
        wait = _BUSY_POLL_SECONDS if full else _POLL_SECONDS
        for record in await self._consumer.poll(wanted, max_records=room, timeout_s=wait):
            self._lane(record.place).accept(record)
        self._changed()

    def _lane(self, place: Partition) -> Lane:
        # Made with its first message: messages can arrive before aiokafka reports the assignment.
        if place not in self._lanes:
            delivery = Delivery(place, self._conclude, self._limit, self._settings, self._consumer.settled)
            self._lanes[place] = Lane(self._handle, delivery, self._changed, self._fail)
        return self._lanes[place]

    async def _handle(self, record: Record) -> Ending:
        return await self._conclude(record, self._stage.handlers[record.topic])

    def _changed(self) -> None:
        self._room.set()
        unfinished = sum(lane.unfinished for lane in self._lanes.values())
        metrics.IN_FLIGHT.labels(service=self._stage.service).set(unfinished)

    def _fail(self, error: BaseException) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)

    def _note_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    async def _assigned(self, places: Collection[Partition]) -> None:
        self._assigned_once = True
        fields = {"partitions": dict(Counter(place.topic for place in places))}
        logger.info("partitions assigned", extra={"fields": fields})

    async def _revoked(self, places: Collection[Partition]) -> None:
        # Within a third of the session, or the group goes on without us: never wait for a handler here.
        grace = self._settings.session_timeout_ms / 3000
        lanes = [lane for place in places if (lane := self._lanes.pop(place, None)) is not None]
        await asyncio.gather(*(lane.close(grace) for lane in lanes))
        self._changed()

    async def _watch(self) -> None:
        """Ask the broker every few seconds how far it is ahead of us: the lag, and the proof that it answers."""
        while True:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    progress = await self._consumer.progress(self._consumer.assigned())
                self._last_answer = time.monotonic()
                self._report(progress)
            except (TransientError, TimeoutError) as error:
                logger.debug("no answer from Kafka: %s", error)
            await asyncio.sleep(_WATCH_SECONDS)

    def _report(self, progress: Mapping[Partition, Progress]) -> None:
        service = self._stage.service
        lag = Counter({topic.name: 0 for topic in self._stage.handlers})
        for place, come in progress.items():
            lane = self._lanes.get(place)
            lag[place.topic] += come.waiting + (lane.unsettled if lane else 0)
            if lane is not None:
                lane.advance(come.position)
        for topic, messages in lag.items():
            metrics.LAG.labels(service=service, topic=topic).set(messages)
        oldest = [lane.oldest.timestamp_ms for lane in self._lanes.values() if lane.oldest is not None]
        age = max(0.0, time.time() - min(oldest) / 1000) if oldest else 0.0
        metrics.OLDEST.labels(service=service).set(age)

    async def _drain(self) -> None:
        """Finish what is in flight, within the grace period; the rest stays uncommitted for the next process."""
        lanes = list(self._lanes.values())
        logger.info("draining", extra={"fields": {"messages": sum(lane.unsettled for lane in lanes)}})
        settled = asyncio.create_task(_all_empty(lanes))
        await _first_of(self._failure, settled, timeout_s=self._settings.drain_timeout_s)
        await _cancelled(settled)

    async def _leave(self) -> None:
        await asyncio.gather(*(lane.close(1.0) for lane in self._lanes.values()))
        await self._consumer.stop()


async def _first_of(*futures: asyncio.Future[Any], timeout_s: float | None = None) -> None:
    await asyncio.wait(futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)


async def _all_empty(lanes: Collection[Lane]) -> None:
    for lane in lanes:
        await lane.empty()


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
