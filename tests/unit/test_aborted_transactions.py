"""Which aborted transactions hide messages from a reader, whatever else a broker names."""

from aiokafka import TopicPartition

from shared.kafka.reader import Aborted, AbortedTransactions, Mark

PLACE = TopicPartition("topic", 0)
OTHER = 7


def test_transaction_that_begins_among_the_messages_hides_them() -> None:
    named = [Aborted(1, 10)]
    assert AbortedTransactions().reaching(PLACE, 10, 13, named, [Mark(1, 12, aborts=True)]) == named


def test_transaction_whose_mark_was_read_is_named_in_vain() -> None:
    known = AbortedTransactions()
    known.reaching(PLACE, 10, 13, [Aborted(1, 10)], [Mark(1, 12, aborts=True)])
    assert known.reaching(PLACE, 13, 15, [Aborted(1, 10)], []) == []


def test_transaction_that_goes_on_behind_the_last_message_read_still_hides_what_follows() -> None:
    known = AbortedTransactions()
    known.reaching(PLACE, 10, 11, [Aborted(1, 10)], [])
    assert known.reaching(PLACE, 11, 13, [Aborted(1, 10)], [Mark(1, 12, aborts=True)]) == [Aborted(1, 10)]
    assert known.reaching(PLACE, 13, 14, [Aborted(1, 10)], []) == []


def test_reading_that_begins_behind_an_abort_shows_what_the_producer_committed_since() -> None:
    marks = [Mark(OTHER, 20, aborts=True), Mark(1, 21, aborts=False)]
    assert AbortedTransactions().reaching(PLACE, 15, 22, [Aborted(1, 10)], marks) == []


def test_reading_that_begins_behind_an_abort_hides_the_next_one_only() -> None:
    named = [Aborted(1, 10), Aborted(1, 18)]
    assert AbortedTransactions().reaching(PLACE, 15, 22, named, [Mark(1, 21, aborts=True)]) == [Aborted(1, 18)]


def test_reading_that_begins_within_an_aborted_transaction_hides_its_rest() -> None:
    named = [Aborted(1, 10)]
    assert AbortedTransactions().reaching(PLACE, 15, 22, named, [Mark(1, 21, aborts=True)]) == named


def test_where_nothing_tells_the_broker_is_believed() -> None:
    named = [Aborted(1, 10)]
    assert AbortedTransactions().reaching(PLACE, 15, 18, named, []) == named


def test_reading_that_waits_behind_an_abort_shows_what_the_producer_commits_next() -> None:
    known = AbortedTransactions()
    known.reaching(PLACE, 15, 15, [Aborted(1, 10)], [])
    assert known.reaching(PLACE, 15, 17, [Aborted(1, 10)], [Mark(1, 16, aborts=False)]) == []
    assert known.reaching(PLACE, 17, 18, [Aborted(1, 10)], []) == []
