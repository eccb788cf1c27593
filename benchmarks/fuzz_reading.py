"""Damage documents at random and read them: each must end with a document or a reason, within the limits.

    python benchmarks/fuzz_reading.py [--count 2000] [--seed 1] [--processes 2] [--corpus ../shared/corpus]

Mutations: bytes changed, blocks cut, doubled, swapped between files, numbers made huge, streams inflated and damaged
inside. Prints how the readings ended; a process that dies is counted by its reason, anything else stops the run.
"""

import argparse
import asyncio
import random
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from services.parse.pool import ReadingPool
from shared.errors import Rejection
from shared.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def mutate(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """A damaged copy of a document."""
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        chance.choice((_flip, _cut, _double, _splice, _enlarge, _inside))(damaged, others, chance)
    return bytes(damaged)


def _flip(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 60)):
        data[chance.randrange(len(data))] = chance.randrange(256)


def _cut(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randint(1, max(1, len(data) // 4))]
    data.extend(b"\n" if not data else b"")


def _double(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data))
    block = data[start : start + chance.randint(1, 4096)]
    data[start:start] = block * chance.randint(1, 8)


def _splice(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start = chance.randrange(len(other))
    data[chance.randrange(len(data)) :] = other[start:]


def _enlarge(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    numbers = list(re.finditer(rb"\b\d{1,5}\b", bytes(data[:200_000])))
    if numbers:
        number = chance.choice(numbers)
        data[number.start() : number.end()] = str(chance.choice((0, -1, 2**31, 10**12, 999_999))).encode()


def _inside(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    """Damage the inflated content of a stream and pack it again."""
    streams = list(_STREAM.finditer(bytes(data)))
    if not streams:
        return
    stream = chance.choice(streams)
    try:
        content = bytearray(zlib.decompress(stream.group(1)))
    except zlib.error:
        return
    if content:
        for _ in range(chance.randint(1, 30)):
            content[chance.randrange(len(content))] = chance.choice(b"0123456789. qQBTETmlcfSW[]()<>/")
        data[stream.start(1) : stream.end(1)] = zlib.compress(bytes(content))


async def fuzz(documents: Sequence[bytes], count: int, seed: int, processes: int = 2) -> Counter[str]:
    """How `count` damaged documents ended: with a document, or with a reason and its first detail."""
    chance = random.Random(seed)
    settings = load_settings(parse_timeout_s=30, page_timeout_s=10, parse_memory_mb=1500, parse_processes=processes)
    endings: Counter[str] = Counter()
    running = asyncio.Semaphore(2 * processes)

    async def one(data: bytes, pool: ReadingPool) -> None:
        async with running:
            try:
                await pool.read(data)
                endings["document"] += 1
            except Rejection as rejection:
                endings[" ".join([rejection.reason, *map(str, rejection.details.values())][:2])] += 1

    async with ReadingPool(settings) as pool, asyncio.TaskGroup() as group:
        for _ in range(count):
            async with running:
                data = mutate(chance.choice(documents), documents, chance)
            group.create_task(one(data, pool))
            await asyncio.sleep(0)
    return endings


def main() -> int:
    """Run and print the endings."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=2, help="Reading processes at work")
    options.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    arguments = options.parse_args()
    documents = [file.read_bytes() for file in sorted(arguments.corpus.rglob("*.pdf")) if file.stat().st_size < 800_000]
    if not documents:
        print(f"no corpus at {arguments.corpus}: nothing to damage")
        return 0
    started = time.monotonic()
    endings = asyncio.run(fuzz(documents, arguments.count, arguments.seed, arguments.processes))
    for reason, number in endings.most_common():
        print(f"{reason:24} {number}")
    print(f"{time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
