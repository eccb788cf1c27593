"""What every Kafka client of Gouji shares: names with the prefix, and Kafka's errors in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as kafka_errors

from shared.errors import KafkaRefused, KafkaUnavailable, TopicMissing
from shared.settings import Settings

REQUEST_TIMEOUT_MS = 10_000

_AWAY = (
    kafka_errors.KafkaTimeoutError,
    kafka_errors.KafkaUnavailableError,
    kafka_errors.NoBrokersAvailable,
    TimeoutError,
    OSError,
)


def group_of(service: str, settings: Settings) -> str:
    """The consumer group of a service; its processes share the partitions among them."""
    return f"{settings.topic_prefix}gouji-{service}"


@contextmanager
def translated(topic: str = "?") -> Iterator[None]:
    """Raise `KafkaUnavailable` or `TopicMissing` for what passes by itself, `KafkaRefused` for what does not."""
    try:
        yield
    except kafka_errors.UnknownTopicOrPartitionError as error:
        raise TopicMissing(topic=topic) from error
    except _AWAY as error:
        raise KafkaUnavailable(detail=_words(error)) from error
    except kafka_errors.KafkaError as error:
        # aiokafka hides what ended one of its own tasks behind a plain KafkaError; a client started anew may go on.
        if error.retriable or type(error) is kafka_errors.KafkaError:
            raise KafkaUnavailable(detail=_words(error)) from error
        raise KafkaRefused(detail=_words(error)) from error
    except AssertionError as error:
        # aiokafka's way of saying that a broker has just started and names none yet, not even itself.
        if "bootstrap" not in str(error):
            raise
        raise KafkaUnavailable(detail="it is just starting 正在启动") from error


def _words(error: BaseException) -> str:
    name, told = type(error).__name__, str(error)
    return told if told.startswith(name) else f"{name}: {told}" if told else name
