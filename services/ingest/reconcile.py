"""The reconciler: one process at a time looks where every document is, says so, and helps on what got lost."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.ingest.balance import ENDED, OpenDocument, Suspects, described
from services.ingest.leases import hold_lease, release_lease
from shared.errors import TransientError
from shared.events import DocumentReceived
from shared.kafka import StoredLetter, Unread, oldest_unread, read_dead_letters
from shared.metrics import IN_STATE, RECONCILED, REPUBLISHED, UNACCOUNTED
from shared.mongo import Database, Row
from shared.records import BALANCE, DOCUMENTS, EVENTS, RECEIPTS
from shared.settings import Settings
from shared.topics import PARSED, RECEIVED

CHUNK = 500
AUDITED = 1000
"""Receipts of which those that are closed are looked at again in one turn."""
_STORE_ONLY_NOTES = frozenset((RECEIVED.name, PARSED.name))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Balance:
    """How many documents are where; accepted is the sum of the others."""

    accepted: int
    stored: int
    rejected: int
    in_flight: int
    dead_lettered: int
    unaccounted: int
    at: datetime


class Reconciler:
    """Reconciles again and again, until it is told to stop. `look` and `letters` are what it asks Kafka."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        wake_relay: Callable[[], None],
        look: Callable[[Settings], Awaitable[Unread]] = oldest_unread,
        letters: Callable[[Settings], Awaitable[Collection[StoredLetter]]] = read_dead_letters,
    ) -> None:
        self._database = database
        self._settings = settings
        self._wake_relay = wake_relay
        self._look = look
        self._letters = letters
        self._holder = uuid4().hex
        self._suspects = Suspects(timedelta(seconds=settings.stuck_after_s))
        self._audited = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Reconcile at once and then every `reconcile_every_s`, while this process has the lease."""
        every = self._settings.reconcile_every_s
        while not stop.is_set():
            try:
                if await hold_lease(self._database, "reconciler", self._holder, timedelta(seconds=3 * every)):
                    _show(await self.reconcile())
                else:
                    _forget()
            except TransientError as error:
                _logger.warning("reconciler waits: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)
        with contextlib.suppress(TransientError):
            await release_lease(self._database, "reconciler", self._holder)

    async def reconcile(self) -> Balance:
        """Look at every open document once, and at some of the closed ones; what is lost is published again.

        Raises `DatabaseUnavailable`. While Kafka is away nothing is called lost.
        """
        await self._audit()
        unread = await self._unread()
        known = await self._database[RECEIPTS.name].count({"first": True})
        documents = await self._open_documents()
        judged = self._suspects.judge(documents, unread, datetime.now(UTC))
        lost, waiting = await self._without_letter(judged.lost)
        closed = await self._close(judged.ended)
        missing = max(0, known - len(documents) - sum(closed.values()) + sum(map(len, judged.ended.values())))
        for document in lost:
            await self._publish_again(document)
        counts = {
            **closed,
            "in_flight": judged.in_flight,
            "dead_lettered": judged.dead_lettered + len(waiting),
            "unaccounted": len(lost) + missing,
        }
        balance = Balance(accepted=sum(counts.values()), **counts, at=datetime.now(UTC))
        await self._database[BALANCE.name].change_or_insert("latest", {"$set": asdict(balance)})
        return balance

    async def _unread(self) -> Unread | None:
        """How far the services have read; not asked where no document is old enough to be a suspect."""
        old = datetime.now(UTC) - timedelta(seconds=self._settings.stuck_after_s)
        if await self._database[RECEIPTS.name].one({"open": True, "received_at": {"$lte": old}}, {"_id": 1}) is None:
            return None
        try:
            return await self._look(self._settings)
        except TransientError as error:
            _logger.info("how far the services have read is not known: %s", error)
            return None

    async def _open_documents(self) -> list[OpenDocument]:
        fields = {"document_id": 1, "pending": 1, "published_at": 1, "received_at": 1, "sequence": 1}
        found: list[OpenDocument] = []
        after = -1
        while rows := await self._database[RECEIPTS.name].all(
            {"open": True, "sequence": {"$gt": after}}, fields, [("sequence", 1)], CHUNK
        ):
            after = rows[-1]["sequence"]
            ids = [row["document_id"] for row in rows]
            heads = await self._statuses(ids)
            events = await self._database[EVENTS.name].among(
                "document_id", ids, {"document_id": 1, "at": 1, "replay": 1}
            )
            found += described(rows, heads, events)
        return found

    async def _statuses(self, ids: Sequence[str]) -> dict[str, Row]:
        rows = await self._database[DOCUMENTS.name].among("_id", ids, {"status": 1})
        return {row["_id"]: row for row in rows}

    async def _close(self, ended: dict[str, list[str]]) -> dict[str, int]:
        """Close what has ended; how many receipts have each ending then."""
        receipts = self._database[RECEIPTS.name]
        for ending, numbers in ended.items():
            for start in range(0, len(numbers), CHUNK):
                some = {"_id": {"$in": numbers[start : start + CHUNK]}}
                await receipts.change_all(some, {"$set": {"ending": ending}, "$unset": {"open": ""}})
        return {ending: await receipts.count({"ending": ending}) for ending in ENDED}

    async def _audit(self) -> None:
        """Open again, of the next closed receipts, those whose document is no longer where it was."""
        # A range of the numbers, by their index: the embedded database would read, and sort, all that are closed.
        until = self._audited + AUDITED
        where = {"sequence": {"$gt": self._audited, "$lte": until}, "ending": {"$in": list(ENDED)}}
        rows = await self._database[RECEIPTS.name].all(where, {"document_id": 1, "ending": 1})
        last = await self._database.last_number(RECEIPTS.name)
        self._audited = until if until < last else 0
        heads = await self._statuses([row["document_id"] for row in rows])
        moved = [row["_id"] for row in rows if heads.get(row["document_id"], {}).get("status") != row["ending"]]
        if moved:
            again = {"$set": {"open": True}, "$unset": {"ending": ""}}
            await self._database[RECEIPTS.name].change_all({"_id": {"$in": moved}}, again)

    async def _without_letter(self, lost: list[OpenDocument]) -> tuple[list[OpenDocument], list[OpenDocument]]:
        """The lost ones, and those of them that wait as dead letters which the store has not written down yet."""
        if not lost:
            return [], []
        letters = await self._letters(self._settings)
        refused = {one.letter.document_id for one in letters if _ends(one) and not one.replayed}
        waiting = [document for document in lost if document.document_id in refused]
        return [document for document in lost if document.document_id not in refused], waiting

    async def _publish_again(self, document: OpenDocument) -> None:
        receipts = self._database[RECEIPTS.name]
        row = await receipts.one({"_id": document.receipt}, {"event": 1})
        if row is None:
            return
        event = DocumentReceived.read(row["event"]).model_copy(update={"replay": document.replay})
        where = {"_id": document.receipt, "open": True, "pending": {"$exists": False}}
        change = {"$set": {"pending": True, "event": event.model_dump_json()}, "$inc": {"republished": 1}}
        if await receipts.change(where, change):
            REPUBLISHED.inc()
            told = {"document": document.document_id, "status": document.status, "since": document.since.isoformat()}
            _logger.error("a document got lost and is published again", extra={"fields": told})
            self._wake_relay()


def _ends(stored: StoredLetter) -> bool:
    """False where the document goes on all the same: the store only keeps the time of these."""
    return not (stored.letter.stage == "store" and stored.letter.topic in _STORE_ONLY_NOTES)


def _show(balance: Balance) -> None:
    for state in ("accepted", *ENDED, "in_flight", "dead_lettered"):
        IN_STATE.labels(state=state).set(getattr(balance, state))
    UNACCOUNTED.set(balance.unaccounted)
    RECONCILED.set(balance.at.timestamp())


def _forget() -> None:
    """Another process tells now."""
    IN_STATE.clear()
    UNACCOUNTED.set(0)
    RECONCILED.set(0)
