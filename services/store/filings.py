"""Filings: what counts now of one (region, unit, scope, kind, year), and what was last published of it.

A handler at a time works on a filing (its topic is keyed by it). Its row says for which message it was changed last: a
redelivery of that message publishes the same again, any other message finds its work done.
"""

import json
import zlib
from dataclasses import dataclass
from decimal import Decimal

from services.store.lines import Line
from services.store.measures import measured
from services.store.packed import packed_lines
from services.store.series import OWN_SERIES, current_member
from services.store.totals import DIMENSIONS, bucket_of
from shared.amounts import fold
from shared.document import Kind, Scope
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, FILINGS

Cell = tuple[str, str, str]
"""Table type, row key, column key."""


_OF_THE_RECEIPT = ("receipt_number", "received_at", "sequence", "replay")


@dataclass(frozen=True)
class Counting:
    """What counts of a filing: the head of its current document, and that verdict's lines."""

    head: Row
    lines: list[Line]


async def what_counts(filing: str, database: Database) -> Counting | None:
    """The current document of a filing with its lines; None where it has none."""
    while True:
        head = await _current_head(filing, database)
        if head is None:
            return None
        lines = await packed_lines(head["event_id"], database)
        again = await _current_head(filing, database)
        if again is not None and again["event_id"] == head["event_id"]:
            return Counting(again, lines or [])


async def _current_head(filing: str, database: Database) -> Row | None:
    document_id = await current_member(filing, database)
    head = await database[DOCUMENTS.name].one({"_id": document_id}) if document_id is not None else None
    # A head that points elsewhere is on its way to another filing, and a message of its own will say so.
    return head if head is not None and head.get("series") == filing and "event_id" in head else None


async def record_filing(filing: str, counting: Counting | None, cause: str, database: Database) -> Row | None:
    """Write down what counts of a filing on behalf of the message `cause`; the row as it is then.

    None where another message has done it, or where there is nothing and never was.
    """
    while True:
        known = await database[FILINGS.name].one({"_id": filing})
        verdict = (counting.head["event_id"], counting.head["revision"]) if counting is not None else (None, None)
        if known is None and counting is None:
            return None
        if known is not None and (known["event_id"], known["revision"]) == verdict:
            return known if known["cause"] == cause else None
        changed = {**_described(counting), "cause": cause, "cells": _all_cells(known, counting)}
        changed["totals"] = _all_totals(known, changed)
        if known is None:
            if await database[FILINGS.name].insert({"_id": filing, "number": 1, **changed}):
                return {"_id": filing, "number": 1, **changed}
            continue
        same = {"_id": filing, "number": known["number"]}
        if await database[FILINGS.name].change(same, {"$set": changed, "$inc": {"number": 1}}):
            return {**known, **changed, "number": known["number"] + 1}


def identity_of_filing(filing: str) -> Row:
    """What the key of a filing says: region, unit, scope, kind and year, whatever its revisions say of themselves."""
    if filing.startswith(OWN_SERIES):
        unit = filing.removeprefix(OWN_SERIES)
        return {"region": None, "unit": unit, "scope": "unknown", "kind": "unknown", "fiscal_year": None}
    named, scope, kind, year = filing.rsplit("|", 3)
    region, _, unit = named.partition("|")
    return {"region": region or None, "unit": unit, "scope": scope, "kind": kind, "fiscal_year": int(year)}


def cells_ever(row: Row) -> set[Cell]:
    """The address of every figure that may have been published of a filing."""
    return {(table, key, column) for table, key, column in json.loads(zlib.decompress(row["cells"]))}


def cells_now(counting: Counting | None) -> set[Cell]:
    """The addresses of the figures that count."""
    lines = counting.lines if counting is not None else []
    return {(line.table_type, line.row_key, line.column_key) for line in lines}


def grams(name: str) -> list[str]:
    """The characters and pairs of characters of a name: what a search for a part of it looks up."""
    folded = fold(name)
    return sorted({*folded, *(folded[i : i + 2] for i in range(len(folded) - 1))})


def _all_cells(known: Row | None, counting: Counting | None) -> bytes:
    # What an earlier message retracted stays: whether Kafka has the retraction is not known here, and two do no harm.
    every = cells_now(counting) | (cells_ever(known) if known is not None else set())
    return zlib.compress(json.dumps(sorted(every), ensure_ascii=False).encode())


def _all_totals(known: Row | None, changed: Row) -> list[Row]:
    """The dimensions of every sum that the filing contributes to, or did: a revision may say another year."""
    before: list[Row] = known.get("totals", []) if known is not None else []
    now = {name: changed[name] for name in DIMENSIONS} if "region" in changed else None
    return before if now is None or now in before else [*before, now]


def _described(counting: Counting | None) -> Row:
    if counting is None:
        return {"event_id": None, "revision": None, "measures": {}, "lines": 0}
    head = counting.head
    kind: Kind = head["kind"]
    measures: dict[str, Decimal] = measured(counting.lines, kind)
    scope: Scope = head["scope"]
    return {
        "region": head["region"],
        "region_code": head.get("region_code"),
        "unit_name": head["unit_name"],
        "unit_folded": fold(head["unit_name"] or ""),
        "grams": grams(head["unit_name"] or ""),
        "scope": scope,
        "kind": kind,
        "fiscal_year": head["fiscal_year"],
        "document_id": head["_id"],
        "receipt": {name: head[name] for name in _OF_THE_RECEIPT},
        "event_id": head["event_id"],
        "revision": head["revision"],
        "measures": measures,
        "lines": len(counting.lines),
        "bucket": bucket_of(head["region"], head["series"]),
    }
