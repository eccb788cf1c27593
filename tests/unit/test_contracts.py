import copy
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from cli.contracts.compatibility import breaking_changes
from cli.contracts.examples import example_events
from cli.contracts.generate import contract_files, schema
from shared.envelope import decode, encode
from shared.publications import FigurePublished, FigureRetracted
from shared.topics import PARSED, TOPICS, topic_of

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"


def test_committed_contracts_are_those_of_the_code() -> None:
    for name, text in contract_files(version("gouji")).items():
        assert (CONTRACTS / name).read_text(encoding="utf-8") == text, f"{name}: run gouji contracts"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_no_topic_breaks_its_released_version(topic: Any) -> None:
    released = json.loads((CONTRACTS / "released" / f"{topic.name}.schema.json").read_text(encoding="utf-8"))
    assert breaking_changes(released, schema(topic)) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_example_of_a_topic_decodes_to_its_event(topic: Any) -> None:
    written = json.loads((CONTRACTS / f"{topic.name}.example.json").read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in written["headers"].items()]
    event = decode(topic, json.dumps(written["value"]).encode(), headers)
    assert event == next(e for e in example_events() if topic_of(e) is topic)
    assert written["key"] == event.key
    assert written["headers"]["ce_id"] == event.event_id


def test_the_key_of_a_figure_is_what_its_topic_says() -> None:
    written = json.loads((CONTRACTS / "fact-published-v1.example.json").read_text(encoding="utf-8"))
    key, value = json.loads(written["key"]), written["value"]
    parts = ("region", "unit", "scope", "kind", "fiscal_year", "table_type", "row_key", "column_key")
    assert key == [value[name] for name in parts]


def test_a_retraction_is_a_message_of_the_same_key_without_a_body() -> None:
    figure = next(event for event in example_events() if isinstance(event, FigurePublished))
    named = {name: getattr(figure, name) for name in FigureRetracted.model_fields}
    published, retracted = encode(figure, "store"), encode(FigureRetracted(**named), "store")
    assert (retracted.topic, retracted.key, retracted.value) == (published.topic, published.key, None)
    assert dict(retracted.headers)["ce_id"] != dict(published.headers)["ce_id"]


def test_a_field_that_a_newer_producer_added_is_ignored_on_read() -> None:
    event = example_events()[1]
    value = {**json.loads(event.model_dump_json()), "added_later": 1}
    value["document"]["tables"][0]["added_later"] = 1
    assert PARSED.event.read(json.dumps(value)) == event


def changed(edit: Any) -> list[str]:
    old = schema(PARSED)
    new = copy.deepcopy(old)
    edit(new)
    return breaking_changes(old, new)


def test_a_removed_property_breaks() -> None:
    assert changed(lambda s: s["$defs"]["Cell"]["properties"].pop("page")) != []


def test_a_property_that_may_be_missing_now_breaks() -> None:
    assert changed(lambda s: s["required"].remove("document_id")) == ["/document_id: no longer always there"]


def test_a_property_of_another_type_breaks() -> None:
    assert changed(lambda s: s["properties"].update(pages={"type": "string"})) == ["/pages: may now be string"]


def test_a_new_value_of_a_closed_set_breaks() -> None:
    def edit(schema: Any) -> None:
        schema["$defs"]["Document"]["properties"]["kind"]["enum"].append("ledger")

    assert changed(edit) == ["/document/kind: new values ledger"]


def test_an_added_property_breaks_nothing() -> None:
    assert changed(lambda s: s["properties"].update(more={"type": "string"})) == []
