"""Kill -9, restarts of the broker and of the database, and a process that wakes after it was taken for dead, at random
moments while documents are in flight over Apache Kafka: no document is lost, no event is published twice.

`make faults` runs the long form; FAULT_DOCUMENTS, FAULT_ROUNDS and FAULT_SEED change it.
"""

import asyncio
import hashlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from documents import all_records
from standing_line import KILLED, SESSION_MS, StandingLine, standing_line
from whole_line import small_documents, wait_for

from shared.envelope import readable
from shared.topics import PARSED, RECEIVED, REJECTED, STORED, TOPICS, VALIDATED

DOCUMENTS = int(os.environ.get("FAULT_DOCUMENTS", "60"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "7"))
SEED = int(os.environ.get("FAULT_SEED", "1"))
MOST_SECONDS = 120.0 + 2.0 * DOCUMENTS + 30.0 * ROUNDS
BATCH = "faults"
DAMAGED = b"%PDF-1.4 damaged"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[StandingLine]:
    with standing_line(tmp_path) as started:
        yield started


def test_whatever_is_killed_each_document_is_stored_or_rejected_once(line: StandingLine) -> None:
    chance = random.Random(SEED)
    files = list(made(DOCUMENTS))
    accepted = threading.Thread(target=upload_all, args=(line, files), daemon=True)
    began = time.monotonic()
    accepted.start()
    done = [one_round(line, chance, number) for number in range(ROUNDS)]
    accepted.join(MOST_SECONDS)
    wait_for(lambda: settled(line) >= DOCUMENTS, MOST_SECONDS - (time.monotonic() - began))

    seen = {topic.name: seen_by_a_subscriber(line, topic) for topic in TOPICS}
    tell(seen, done, time.monotonic() - began)
    assert line.exited_by_itself() == []
    good = {hashlib.sha256(data).hexdigest() for data in files if is_readable(data)}
    damaged = {hashlib.sha256(data).hexdigest() for data in files if not is_readable(data)}
    counts = line.counts(BATCH)
    stored, rejected = seen[STORED.name], seen[REJECTED.name]
    assert counts == {"stored": len(stored), "rejected": len(rejected)}
    assert {document for document, _ in stored} == good
    assert {document for document, _ in rejected} == damaged
    assert len(stored) + len(rejected) == len(seen[RECEIVED.name]) == DOCUMENTS
    assert len(seen[PARSED.name]) == len(seen[VALIDATED.name]) == len(stored)
    repeated = {name: [at for at, times in events.items() if times > 1] for name, events in seen.items()}
    assert repeated == {topic.name: [] for topic in TOPICS}
    wait_for(lambda: is_balanced(line), 60)


def made(count: int) -> Iterator[bytes]:
    """Small documents, all different; every fifth cannot be read and is rejected."""
    pages = small_documents(min(count, 40))  # a long series of revisions of one unit would try the store instead
    for number in range(count):
        yield (DAMAGED if number % 5 == 4 else pages[number % len(pages)]) + f"\n%{number}\n".encode()


def is_readable(data: bytes) -> bool:
    return not data.startswith(DAMAGED)


def upload_all(line: StandingLine, files: list[bytes]) -> None:
    """Upload one after the other, each until it is accepted, as a careful client does."""
    for number, data in enumerate(files):
        while not line.uploads(data, BATCH, f"{number}.pdf"):
            time.sleep(0.3)


def one_round(line: StandingLine, chance: random.Random, number: int) -> str:
    """One thing goes wrong; the first rounds see each kind once. What it was, and how many documents had ended then."""
    kinds = ["broker", "database", "zombie", *KILLED]
    kind = kinds[number] if number < 3 else chance.choice(kinds)
    time.sleep(chance.uniform(0.5, 4.0))
    if kind == "broker":
        line.kill_broker()
    elif kind == "database":
        line.kill_database()
    elif kind == "zombie":
        kind = f"zombie {(name := chance.choice(KILLED[1:]))}"
        line.freeze(name)
        time.sleep(SESSION_MS / 1000 + 2.0)
        line.thaw(name)
    else:
        line.kill(kind)
    return f"{kind} at {settled(line)}"


def settled(line: StandingLine) -> int:
    counts = line.counts(BATCH)
    return counts.get("stored", 0) + counts.get("rejected", 0)


def is_balanced(line: StandingLine) -> bool:
    """The reconciler found every document stored or rejected, and none unaccounted for."""
    answer = httpx.get(f"{line.url('ingest')}/overview", headers=line.headers, timeout=30, trust_env=False)
    balance = answer.json()["balance"] or {}
    ended = balance.get("stored", 0) + balance.get("rejected", 0)
    return (ended, balance.get("unaccounted")) == (DOCUMENTS, 0)


def seen_by_a_subscriber(line: StandingLine, topic: object) -> Counter[tuple[str, str]]:
    """How often a subscriber that reads committed messages saw each (document, event id) of a topic."""
    headers = [readable(record.headers) for record in asyncio.run(all_records(line.settings, topic))]
    return Counter((each["ce_subject"], each["ce_id"]) for each in headers)


def tell(seen: dict[str, Counter[tuple[str, str]]], done: list[str], seconds: float) -> None:
    """The table that a run leaves behind (`pytest -s` shows it)."""
    rows = [f"\n{DOCUMENTS} documents, {len(done)} rounds, seed {SEED}, {seconds:.0f} s: {', '.join(done)}"]
    rows += [f"{'topic':26}{'events':>8}{'repeated':>10}"]
    for name, events in seen.items():
        rows.append(f"{name:26}{events.total():>8}{sum(times > 1 for times in events.values()):>10}")
    print("\n".join(rows))
