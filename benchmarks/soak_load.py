"""Tiny documents sent at a steady rate, and a subscriber that sees each of them stored."""

import asyncio
import hashlib
import http.client
import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from documents import nothing
from drawn_pdfs import SUMMARY_ROWS, pdf, summary

from shared.envelope import readable
from shared.kafka import EventConsumer
from shared.settings import Settings
from shared.topics import REJECTED, STORED

_BOUNDARY = "tiny-document"
_PROSPECT_S = 0.2
_DISTRICTS = 400


class Refused(Exception):
    """The door did not take a document."""


@dataclass
class Load:
    """Uploads documents that are all different, each due at its time whether or not the one before was answered.

    `journeys` says of each document_id when it was due (monotonic). A document's latency counts from the time it was
    due, so that a door that answers slowly cannot hide its slowness by slowing down the sending.
    """

    url: str
    headers: Mapping[str, str]
    threads: int = 16
    journeys: dict[str, float] = field(default_factory=dict)
    accepted: int = 0

    def __post_init__(self) -> None:
        self._page = tiny_page()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    async def send(self, count: int, rate: float) -> None:
        """Send so many documents; `rate` a second, as fast as the door takes them where it is 0."""
        self._stopped.clear()
        began, due = time.monotonic(), itertools.count()
        senders = [asyncio.to_thread(self._sender, count, rate, began, due) for _ in range(self.threads)]
        try:
            await asyncio.gather(*senders)
        finally:
            self._stopped.set()  # threads cannot be cancelled

    def _sender(self, count: int, rate: float, began: float, due: "itertools.count[int]") -> None:
        door = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        while (place := next(due)) < count and not self._stopped.is_set():
            at = began + place / rate if rate else time.monotonic()
            if not self._stopped.wait(max(0.0, at - time.monotonic())):
                self._upload(door, at)
        door.close()

    def _upload(self, door: http.client.HTTPConnection, due: float) -> None:
        number = next(self._numbers)
        data = self._page + f"% {number}\n".encode()
        self.journeys[hashlib.sha256(data).hexdigest()] = due
        named = {"unit": f"第{number}中学", "region": f"第{number % _DISTRICTS}县"}
        body = form(data, {**named, "year": "2024", "kind": "final_accounts"})
        content_type = f"multipart/form-data; boundary={_BOUNDARY}"
        door.request("POST", "/documents", body, {**self.headers, "Content-Type": content_type})
        answer = door.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise Refused(f"{answer.status} {text.decode()[:300]}")
        with self._lock:
            self.accepted += 1


@dataclass
class Subscriber:
    """Reads the last topics of the line, as a downstream consumer would."""

    journeys: Mapping[str, float]
    latencies: list[float] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    stored: int = 0
    rejected: int = 0
    repeated: int = 0

    @property
    def ended(self) -> int:
        """Documents stored or rejected."""
        return self.stored + self.rejected

    async def watch(self, settings: Settings) -> None:
        """Note what comes, until cancelled."""
        topics = [STORED, REJECTED]
        async with EventConsumer(settings, "soak", topics, on_assigned=nothing, on_revoked=nothing) as consumer:
            while True:
                for record in await consumer.poll((), max_records=500, timeout_s=_PROSPECT_S):
                    self._note((record.key or b"").decode(), readable(record.headers)["ce_id"], record.topic is STORED)

    def _note(self, document_id: str, event_id: str, stored: bool) -> None:
        self.repeated += event_id in self.ids
        self.ids.add(event_id)
        self.stored += stored
        self.rejected += not stored
        self.latencies.append(time.monotonic() - self.journeys[document_id])


def tiny_page() -> bytes:
    """A PDF of one page with one table, a sum of which is wrong. It names no unit: that comes with the upload."""
    wrong = [["本年收入合计", "1,210.00", "本年支出合计", "1,200.00"]]
    return pdf(lambda canvas: summary(canvas, [*SUMMARY_ROWS[:2], *wrong, SUMMARY_ROWS[3]], department=""))


def form(data: bytes, texts: dict[str, str]) -> bytes:
    """A multipart form with a file and some texts."""
    return b"".join(_parts(data, texts))


def _parts(data: bytes, texts: dict[str, str]) -> Iterator[bytes]:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    for name, text in texts.items():
        yield f'{head}"{name}"\r\n\r\n{text}\r\n'.encode()
    yield f'{head}"file"; filename="tiny.pdf"\r\nContent-Type: application/pdf\r\n\r\n'.encode()
    yield data + f"\r\n--{_BOUNDARY}--\r\n".encode()
