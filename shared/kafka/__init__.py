"""The adapter for Kafka: the only place that knows aiokafka.

Its defaults lose or repeat messages (automatic commits, `latest`, `read_uncommitted`, no idempotence); here they are
changed once for all. Topic names outside this package are the declared ones; the prefix is added and removed here.
"""

from shared.kafka.admin import TopicState, create_topics, ping, topic_states
from shared.kafka.consumer import EventConsumer, Partition, Progress, Record
from shared.kafka.dead_letters import (
    DEAD_LETTER_HEADERS,
    StoredLetter,
    dead_letter_message,
    read_dead_letters,
    replay_dead_letter,
)
from shared.kafka.producer import MAX_LETTER_BYTES, MAX_MESSAGE_BYTES, EventProducer, encoded
from shared.kafka.progress import Unread, oldest_unread
from shared.kafka.relay import OutboxProducer
from shared.kafka.room import delete_before, expendable
from shared.kafka.transaction import TransactionalProducer

__all__ = [
    "DEAD_LETTER_HEADERS",
    "MAX_LETTER_BYTES",
    "MAX_MESSAGE_BYTES",
    "EventConsumer",
    "EventProducer",
    "OutboxProducer",
    "Partition",
    "Progress",
    "Record",
    "StoredLetter",
    "TopicState",
    "TransactionalProducer",
    "Unread",
    "create_topics",
    "dead_letter_message",
    "delete_before",
    "encoded",
    "expendable",
    "oldest_unread",
    "ping",
    "read_dead_letters",
    "replay_dead_letter",
    "topic_states",
]
