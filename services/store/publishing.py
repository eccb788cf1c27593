"""Publishing what counts of a filing: its figures for the compacted topic, and the sums that it takes part in."""

from collections.abc import Iterator

from services.store.filings import Counting, cells_ever, cells_now, identity_of_filing, record_filing, what_counts
from services.store.totals import settle_totals
from shared.events import Event
from shared.mongo import Database, Row
from shared.publications import FigurePublished, FigureRetracted, FilingRevised


async def publish_filing(event: FilingRevised, database: Database) -> list[Event]:
    """Every figure of the filing's current verdict, and a retraction for each that it no longer prints.

    All of them, because with the verdict the provenance of each one changes. Nothing where an earlier message has
    published this verdict. Raises `DatabaseUnavailable`.
    """
    counting = await what_counts(event.filing, database)
    row = await record_filing(event.filing, counting, event.event_id, database)
    if row is None:
        return []
    await settle_totals(row, database)
    return [*_published(row, counting), *_retracted(row, counting)]


def _address(row: Row) -> Row:
    named = {name: row[name] for name in ("document_id", "region_code")}
    return {**identity_of_filing(row["_id"]), **named, **row["receipt"], "publication": row["number"]}


def _published(row: Row, counting: Counting | None) -> Iterator[FigurePublished]:
    if counting is None:
        return
    head = counting.head
    of_document = {name: head[name] for name in ("unit_name", "revision", "reader_version", "pack_version")}
    address = _address(row)
    for line in counting.lines:
        yield FigurePublished(
            **address,
            **of_document,
            table_type=line.table_type,
            row_key=line.row_key,
            row_name=line.row_name,
            column_key=line.column_key,
            amount=line.amount,
            text=line.text,
            amount_unit=line.amount_unit,
            page=line.page,
            bbox=line.bbox,
        )


def _retracted(row: Row, counting: Counting | None) -> Iterator[FigureRetracted]:
    address = _address(row)
    for table_type, row_key, column_key in sorted(cells_ever(row) - cells_now(counting)):
        yield FigureRetracted(**address, table_type=table_type, row_key=row_key, column_key=column_key)
