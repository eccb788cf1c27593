"""What other programs may rely on, as files: a JSON Schema and an example per topic, and one AsyncAPI 3 document.

Sources: JSON Schema 2020-12; AsyncAPI 3.0.0; CloudEvents 1.0, Kafka protocol binding in binary mode.
"""

import json
from collections.abc import Mapping
from typing import Any

from cli.contracts.examples import example_events
from shared.envelope import encode
from shared.topics import TOPICS, Topic, topic_of

Contract = dict[str, Any]

_HEADERS = {
    "ce_specversion": "CloudEvents version, always 1.0",
    "ce_id": "id of the event: the same for a redelivery, another for a replay; drop what you have seen",
    "ce_source": "the service that made it, /gouji/<service>",
    "ce_type": "gouji.<topic>",
    "ce_time": "when it was published, RFC 3339",
    "ce_subject": "the document_id",
    "ce_traceparent": "W3C trace context of the document's way through the line",
    "content-type": "application/json",
}

_COMPACTED = " Compacted: for each key the last message counts; a message without a body takes the key back."


def schema(topic: Topic) -> Contract:
    """The JSON Schema of a topic's messages, as they are written."""
    generated = topic.event.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{topic.name}.schema.json", **generated}


def example(topic: Topic) -> Contract:
    """An example message of a topic: key, headers (without its time) and value."""
    event = next(event for event in example_events() if topic_of(event) is topic)
    message = encode(event, topic.producer)
    headers = {name: value.decode() for name, value in message.headers if name != "ce_time"}
    return {"key": event.key, "headers": headers, "value": json.loads(message.value or b"")}


def asyncapi(version: str) -> Contract:
    """The AsyncAPI 3 document: every topic with its producer, consumers, retention, headers and payload."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gouji 勾稽",
            "version": version,
            "description": "Final accounts and budgets on their way from upload to verdict. "
            "Read with isolation.level=read_committed; each topic says what the key of its messages is.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"publish-{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {"messages": {topic.event.__name__: _message(topic) for topic in TOPICS}},
    }


def _channel(topic: Topic) -> Contract:
    return {
        "address": topic.name,
        "description": f"From {topic.producer} to {', '.join(topic.consumers) or 'subscribers outside the line'}."
        + (_COMPACTED if topic.compacted else ""),
        "messages": {topic.event.__name__: {"$ref": f"#/components/messages/{topic.event.__name__}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "retention.ms": topic.retention_ms,
                    "cleanup.policy": list(topic.cleanup),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(topic: Topic) -> Contract:
    return {"action": "send", "channel": {"$ref": f"#/channels/{topic.name}"}}


def _message(topic: Topic) -> Contract:
    headers = {name: {"type": "string", "description": meaning} for name, meaning in _HEADERS.items()}
    return {
        "name": topic.event.__name__,
        "contentType": "application/json",
        "summary": (topic.event.__doc__ or "").strip().splitlines()[0],
        "headers": {"type": "object", "required": [n for n in headers if n != "ce_traceparent"], "properties": headers},
        "payload": {"$ref": f"./{topic.name}.schema.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }


def contract_files(version: str) -> Mapping[str, str]:
    """All files under docs/contracts/, by name, with their text."""
    files = {"asyncapi.json": asyncapi(version)}
    for topic in TOPICS:
        files[f"{topic.name}.schema.json"] = schema(topic)
        files[f"{topic.name}.example.json"] = example(topic)
    return {name: json.dumps(content, ensure_ascii=False, indent=2) + "\n" for name, content in files.items()}
