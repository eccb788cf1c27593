from typing import Any

import pytest
from pydantic import BaseModel

from services.ingest.bodies import DocumentStatus, ReceiptBody
from services.store.bodies import AuditEntry, Decision, DecisionRequest, DocumentItem, FindingItem
from services.store.line_bodies import FilingItem, Group, LineItem
from shared.http_errors import ErrorBody

BODIES = (
    ReceiptBody, DocumentStatus, DocumentItem, FindingItem, LineItem, FilingItem, Group, DecisionRequest, Decision,
    AuditEntry, ErrorBody,
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_example_in_the_description_is_what_the_api_would_answer(body: type[BaseModel]) -> None:
    extra = body.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    example: Any = extra["example"]
    answered = body.model_validate(example).model_dump(mode="json")
    assert answered == {**answered, **example}
    assert set(example) == set(answered)
