"""Events on the wire: CloudEvents headers, and each way a foreign message can be wrong."""

import hashlib
from datetime import UTC, datetime

import pytest

from shared.envelope import decode, encode, incoming_trace_id, readable
from shared.errors import UndecodableMessage, UnknownEventType, UnknownSchemaVersion
from shared.events import DocumentReceived, PayloadRef
from shared.logs import log_context
from shared.topics import PARSED, RECEIVED

DIGEST = hashlib.sha256(b"a file").hexdigest()


def event(replay: int = 0) -> DocumentReceived:
    return DocumentReceived(
        document_id=DIGEST,
        receipt_number="GJ-20260101-000001",
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        sequence=1,
        replay=replay,
        file=PayloadRef(bucket="uploads", name=DIGEST, size=6, sha256=DIGEST),
        file_name="决算.pdf",
    )


def changed(name: str, value: bytes | None) -> list[tuple[str, bytes]]:
    """The event's headers with one of them changed, or left out."""
    headers = dict(encode(event(), "ingest").headers)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    return list(headers.items())


def test_event_comes_back_as_it_was() -> None:
    message = encode(event(), "ingest")
    assert decode(RECEIVED, message.value, message.headers) == event()
    assert (message.topic, message.key) == (RECEIVED.name, DIGEST.encode())


def test_redelivery_carries_the_same_id_and_a_replay_another() -> None:
    ids = [readable(encode(made, "ingest").headers)["ce_id"] for made in (event(), event(), event(replay=1))]
    assert ids[0] == ids[1] != ids[2]


def test_field_of_a_newer_minor_version_is_ignored() -> None:
    message = encode(event(), "ingest")
    extended = (message.value or b"").replace(b"{", b'{"invented_later": 1,', 1)
    assert decode(RECEIVED, extended, message.headers) == event()


@pytest.mark.parametrize(
    ("header", "value", "error"),
    [
        ("ce_specversion", None, UndecodableMessage),
        ("ce_specversion", b"0.3", UndecodableMessage),
        ("ce_id", None, UndecodableMessage),
        ("ce_type", None, UndecodableMessage),
        ("ce_type", b"\xff\xfe", UnknownEventType),
        ("ce_type", b"gouji.document-parsed-v1", UnknownEventType),
        ("ce_type", b"gouji.document-received-v2", UnknownSchemaVersion),
    ],
)
def test_wrong_header_has_its_own_error(header: str, value: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(RECEIVED, encode(event(), "ingest").value, changed(header, value))


@pytest.mark.parametrize("body", [None, b"", b"\xff", b"[]", b"{}", b'{"document_id": 1}'])
def test_wrong_body_is_undecodable(body: bytes | None) -> None:
    with pytest.raises(UndecodableMessage):
        decode(RECEIVED, body, encode(event(), "ingest").headers)


def test_event_of_one_topic_is_not_taken_from_another() -> None:
    message = encode(event(), "ingest")
    with pytest.raises(UnknownEventType):
        decode(PARSED, message.value, message.headers)


def test_trace_goes_on_from_message_to_message() -> None:
    first = encode(event(), "ingest")
    trace = incoming_trace_id(first.headers)
    assert trace is not None
    with log_context(trace_id="ab" * 16):
        assert incoming_trace_id(encode(event(), "parse").headers) == "ab" * 16
    assert incoming_trace_id(encode(event(), "parse").headers) == trace, "derived from the document where none is bound"


@pytest.mark.parametrize("header", [b"", b"00-xyz-1-01", b"\xff"])
def test_malformed_traceparent_is_no_trace(header: bytes) -> None:
    assert incoming_trace_id([("ce_traceparent", header)]) is None
