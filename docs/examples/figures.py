"""Keep every figure that Gouji publishes in a SQLite file: a consumer to start from.

    pip install aiokafka
    python figures.py 127.0.0.1:9092 figures.db            # goes on for ever; Ctrl-C stops it, starting again resumes
    python figures.py 127.0.0.1:9092 figures.db --once     # stops when it has all that is there now

Figures and Kafka offsets are written in one SQLite transaction, so it may die at any moment: what it has counts once.
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3

from aiokafka import AIOKafkaConsumer, TopicPartition

SCHEMA = """
CREATE TABLE IF NOT EXISTS figures (
    key TEXT PRIMARY KEY, region TEXT, unit TEXT, scope TEXT, kind TEXT, fiscal_year INTEGER, table_type TEXT,
    row_key TEXT, column_key TEXT, amount TEXT, text TEXT, amount_unit TEXT, page INTEGER, document_id TEXT,
    value TEXT);
CREATE TABLE IF NOT EXISTS offsets (part INTEGER PRIMARY KEY, next INTEGER NOT NULL);
"""
COLUMNS = ("amount", "text", "amount_unit", "page", "document_id")


def keep(database, message):
    """The last message of a key counts; one without a body takes the figure back."""
    key = message.key.decode()
    if message.value is None:
        database.execute("DELETE FROM figures WHERE key = ?", (key,))
        return
    figure = json.loads(message.value)  # fields that we do not know are left alone
    row = (key, *json.loads(key), *(figure[name] for name in COLUMNS), message.value.decode())
    database.execute(f"INSERT OR REPLACE INTO figures VALUES ({', '.join('?' * len(row))})", row)


async def follow(servers, path, topic, once):
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",  # without this, figures of transactions that never happened are seen
        enable_auto_commit=False,  # our offsets are in the database, beside what they stand for
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        if topic not in await consumer.topics():
            raise SystemExit(f"{servers} has no topic {topic}")
        places = [TopicPartition(topic, part) for part in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(places)
        known = dict(database.execute("SELECT part, next FROM offsets"))
        for place in places:
            await consumer.seek_to_beginning(place)
            if place.partition in known:
                consumer.seek(place, known[place.partition])
        ends = await consumer.end_offsets(places)
        while not once or any([await consumer.position(place) < ends[place] for place in places]):
            batches = await consumer.getmany(timeout_ms=500)
            with database:  # figures and offsets together, or not at all
                for messages in batches.values():
                    for message in messages:
                        keep(database, message)
                for place in places:
                    database.execute(
                        "INSERT OR REPLACE INTO offsets VALUES (?, ?)",
                        (place.partition, await consumer.position(place)),
                    )
    finally:
        await consumer.stop()
        database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", help="Kafka bootstrap servers")
    parser.add_argument("database", help="SQLite file")
    parser.add_argument("--topic", default="fact-published-v1")
    parser.add_argument("--once", action="store_true", help="stop when everything that is there now is kept")
    wanted = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow(wanted.servers, wanted.database, wanted.topic, wanted.once))
