from typing import Any

import pytest
from pydantic import BaseModel

from services.ingest.bodies import DocumentStatus, ReceiptBody
from services.store.bodies import AuditEntry, Decision, DecisionRequest, DocumentItem, FindingItem
from shared.http_errors import ErrorBody


@pytest.mark.parametrize(
    "body",
    [ReceiptBody, DocumentStatus, DocumentItem, FindingItem, DecisionRequest, Decision, AuditEntry, ErrorBody],
)
def test_example_in_the_description_is_what_the_api_would_answer(body: type[BaseModel]) -> None:
    extra = body.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    example: Any = extra["example"]
    answered = body.model_validate(example).model_dump(mode="json")
    assert answered == {**answered, **example}
    assert set(example) == set(answered)
