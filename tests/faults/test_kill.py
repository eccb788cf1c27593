"""kill -9 of any one service, or of the database, while documents are in flight: all end stored, none twice."""

import asyncio
import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
from whole_line import LINE_SECONDS, WholeLine, running_line, small_documents, wait_for

from shared.envelope import readable
from shared.kafka import EventConsumer, Record
from shared.settings import load_settings
from shared.topics import STORED

DOCUMENTS = 50


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    return small_documents(DOCUMENTS)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeLine]:
    with running_line(tmp_path_factory.mktemp("kill") / "data") as started:
        yield started


@pytest.mark.parametrize("service", ["ingest", "parse", "validate", "store", "mongo"])
def test_killed_process_loses_no_document_and_stores_none_twice(
    service: str, line: WholeLine, documents: list[bytes]
) -> None:
    # A comment behind the end of the file makes it another document of the same unit: a new revision.
    files = {f"{service}-{n}.pdf": data + f"\n%{service}\n".encode() for n, data in enumerate(documents)}
    killed = line.pid(service)
    uploading = threading.Thread(target=line.upload, args=(files, service))
    uploading.start()
    wait_for(lambda: in_the_middle(service, line.counts(service)), LINE_SECONDS)
    line.kill(service)
    uploading.join()
    line.wait_until_done(service, DOCUMENTS)

    assert line.counts(service) == {"stored": DOCUMENTS}
    assert line.pid(service) != killed, "it was restarted"
    stored = stored_event_ids(line)
    keys = {hashlib.sha256(data).hexdigest() for data in files.values()}
    assert {key: len(stored[key]) for key in keys} == dict.fromkeys(keys, 1)
    found = line.get("query", f"/documents?batch_id={service}&limit=200")
    assert found["total"] == len({item["document_id"] for item in found["items"]}) == DOCUMENTS


def in_the_middle(service: str, counts: Mapping[str, int]) -> bool:
    """Some documents have passed the service and some have not."""
    passed = sum(counts.values()) if service == "ingest" else counts.get("stored", 0)
    return 5 <= passed < DOCUMENTS - 5


def stored_event_ids(line: WholeLine) -> Mapping[str, set[str]]:
    """The ids of the `DocumentStored` events of each document, as a subscriber sees them."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in asyncio.run(all_records(line)):
        headers = readable(record.headers)
        found[headers["ce_subject"]].add(headers["ce_id"])
    return found


async def all_records(line: WholeLine) -> list[Record]:
    async def nothing(_places: object) -> None: ...

    settings = load_settings(kafka_servers=line.state["kafka_servers"])
    records: list[Record] = []
    async with EventConsumer(settings, "subscriber", [STORED], on_assigned=nothing, on_revoked=nothing) as consumer:
        while await consumer.backlog():
            records += await consumer.poll((), max_records=500, timeout_s=0.5)
    return records
