"""Which of aiokafka's errors wait, and which are mistakes of ours."""

import pytest
from aiokafka import errors as kafka

from shared.errors import KafkaRefused, KafkaUnavailable, TopicMissing
from shared.kafka.connection import translated


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (kafka.KafkaConnectionError("refused"), KafkaUnavailable),
        (kafka.RequestTimedOutError(), KafkaUnavailable),
        (TimeoutError(), KafkaUnavailable),
        (kafka.UnknownTopicOrPartitionError(), TopicMissing),
        (kafka.TopicAuthorizationFailedError(), KafkaRefused),
        (AssertionError("Did we not perform bootstrap?"), KafkaUnavailable),
        (AssertionError("the consumer is used between start and stop"), AssertionError),
    ],
    ids=["refused", "late", "time over", "no topic", "no right", "a broker that names none yet", "a mistake of ours"],
)
def test_error_of_the_client_is_seen_as(raised: Exception, seen: type[Exception]) -> None:
    with pytest.raises(seen), translated():
        raise raised
