"""Looking up filings by a part of the unit's name."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from services.store.filings import grams
from services.store.line_bodies import FilingItem, FilingPage
from shared.amounts import fold
from shared.errors import InvalidField
from shared.mongo import Database, Row
from shared.records import FILINGS
from shared.sight import Sight


async def filings_page(
    unit: str | None, where: Mapping[str, Any], limit: int, cursor: str | None, sight: Sight, database: Database
) -> FilingPage:
    """A page of filings whose unit's name contains `unit`, by region and unit. Raises `InvalidField`."""
    wanted: Row = {"event_id": {"$ne": None}, **where, **_named(unit), **sight.of()}
    if cursor is not None:
        wanted["_id"] = {"$gt": _decoded(cursor)}
    rows = await database[FILINGS.name].all(wanted, {"cells": 0, "grams": 0}, sort=[("_id", 1)], limit=limit + 1)
    return FilingPage(
        items=[FilingItem.model_validate(row) for row in rows[:limit]],
        next=_encoded(rows[limit - 1]["_id"]) if len(rows) > limit else None,
    )


def _named(unit: str | None) -> Row:
    """Pairs of characters are looked up in the index; that they stand in this order is checked on what it finds."""
    folded = fold(unit or "")
    if not folded:
        return {}
    looked_up = [gram for gram in grams(folded) if len(gram) == min(2, len(folded))]
    return {"grams": {"$all": looked_up}, "unit_folded": {"$regex": re.escape(folded)}}


def _encoded(row_id: str) -> str:
    return base64.urlsafe_b64encode(row_id.encode()).decode()


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidField(field="cursor", detail="not from a page before 不是上一页给出的游标") from error
