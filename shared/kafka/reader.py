"""aiokafka's consumer, for brokers that name too many aborted transactions.

With the messages a reader of committed ones gets the transactions that were aborted, each by its producer and its first
offset. aiokafka hides what such a producer wrote from that offset up to the mark of the abort. By the protocol only
transactions that reach into the messages sent are named; the embedded broker goes on naming every one there ever was.
Where a reading begins behind the mark, no mark comes, and whatever the same producer id has published since would stay
hidden: after one kill -9 a whole partition. So what ended before is left out here, by reasons that hold for any broker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from aiokafka.record.memory_records import MemoryRecords

_FETCH = 1
_EARLIEST_WITH_TRANSACTIONS = 4


class Aborted(NamedTuple):
    """An aborted transaction in one partition, as a broker names it."""

    producer_id: int
    first_offset: int


class Mark(NamedTuple):
    """The end of a transaction in one partition."""

    producer_id: int
    offset: int
    aborts: bool


@dataclass(frozen=True)
class _Reading:
    position: int
    unended: frozenset[Aborted]


class AbortedTransactions:
    """Which aborted transactions reach into what is read of each partition. One for each consumer."""

    def __init__(self) -> None:
        self._readings: dict[TopicPartition, _Reading] = {}

    def reaching(
        self, place: TopicPartition, begin: int, end: int, named: Sequence[Aborted], marks: Sequence[Mark]
    ) -> list[Aborted]:
        """Those of `named` that are not ended before `begin`, the offset that messages were asked from.

        `end` is behind the last message sent, `marks` are among these messages, in order.
        """
        before = self._readings.get(place)
        early = before.unended if before is not None and before.position == begin else frozenset(named)
        found = [
            one for one in named if one.first_offset >= begin or (one in early and _may_reach(one, begin, named, marks))
        ]
        ended = {mark.producer_id: mark.offset for mark in marks if mark.aborts}
        unended = frozenset(one for one in found if ended.get(one.producer_id, -1) < one.first_offset)
        self._readings[place] = _Reading(end, unended)
        return found


def _may_reach(one: Aborted, begin: int, named: Sequence[Aborted], marks: Sequence[Mark]) -> bool:
    """A transaction that is open at `begin` ends with its producer's next mark, which is its own."""
    mark = next((mark for mark in marks if mark.producer_id == one.producer_id), None)
    if mark is None:
        return True
    own = any(begin <= other.first_offset < mark.offset for other in named if other.producer_id == one.producer_id)
    return mark.aborts and not own


class Reader(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that hides aborted messages and only those."""

    def __init__(self, *topics: str, **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self._aborted = AbortedTransactions()
        # What aiokafka makes of an answer cannot be changed from outside; the answer can, where it comes in.
        self._ask, self._client.send = self._client.send, self._send

    async def _send(self, node_id: int, request: Any, **options: Any) -> Any:
        answer = await self._ask(node_id, request, **options)
        if answer.API_KEY == _FETCH and answer.API_VERSION >= _EARLIEST_WITH_TRANSACTIONS:
            self._leave_out_ended(request, answer)
        return answer

    def _leave_out_ended(self, request: Any, answer: Any) -> None:
        asked: Mapping[TopicPartition, int] = {
            TopicPartition(topic, number): offset
            for topic, partitions in request.topics
            for number, offset, _ in partitions
        }
        for topic, partitions in answer.topics:
            for number, _error, _end, _stable, *more in partitions:
                place, messages = TopicPartition(topic, number), more[-1]
                named = next((part for part in more if isinstance(part, list)), None)
                if named:
                    begin = asked[place]
                    end, marks = _marks(messages, begin)
                    aborted = [Aborted(*one) for one in named]
                    named[:] = self._aborted.reaching(place, begin, end, aborted, marks)


def _marks(messages: bytes, begin: int) -> tuple[int, list[Mark]]:
    """The offset behind the last of these messages, and the marks among them."""
    end, marks, batches = begin, [], MemoryRecords(messages)
    while batches.has_next():
        batch = batches.next_batch()
        end = batch.next_offset
        if batch.is_control_batch:
            aborts = ControlRecord.parse(next(batch).key) == ABORT_MARKER
            marks.append(Mark(batch.producer_id, batch.base_offset, aborts))
    return end, marks
