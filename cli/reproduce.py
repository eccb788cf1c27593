"""`gouji rules reproduce`: an old verdict made again from what is kept."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.embedded.connection import with_database
from services.store.replays import candidates, reading_of
from services.validate.archive import archived_pack
from services.validate.check import check_document
from services.validate.rulebook import pack_version, rulebook_of
from shared.document import Document
from shared.errors import UnknownDocument
from shared.findings import Summary
from shared.mongo import Database, Files, Row
from shared.records import VERDICTS

_DIFFERS, _NOT_HERE = 1, 3
_OUTCOMES = {
    "same": "✓ 一致 the same",
    "differs": "✗ 不一致 differs",
    "no_pack": "规则包不在库中 the pack is not in the archive",
    "no_reading": "当时的读取结果未保留（读取版本不同） its reading is not kept: another reader's",
    "other_release": "由其他软件版本核对，请用该版本重现 made by another release: reproduce it with that one",
}


def reproduce(
    document_id: Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document_id.")],
) -> None:
    """Make every verdict of a document again with the pack that made it, and compare. 重现历次核对结果。

    Exit codes: 0 all the same, 1 one differs, 3 one cannot be made with what is kept here.
    """

    async def run(database: Database) -> list[tuple[Row, str]]:
        return await _reproduced(document_id, database)

    outcomes = with_database(run)
    table = Table(
        "时间 at", "规则版本 pack", "读取版本 reader", "结果 outcome", title=document_id, title_justify="left"
    )
    for row, outcome in outcomes:
        table.add_row(f"{row['at']:%Y-%m-%d %H:%M:%S}", row["pack_version"], row["reader_version"], _OUTCOMES[outcome])
    Console(highlight=False).print(table)
    told = {outcome for _, outcome in outcomes}
    if "differs" in told:
        raise typer.Exit(_DIFFERS)
    if told - {"same"}:
        raise typer.Exit(_NOT_HERE)


async def _reproduced(document_id: str, database: Database) -> list[tuple[Row, str]]:
    found = await candidates({"_id": document_id}, database)
    if not found:
        raise UnknownDocument
    content = await reading_of(found[0], Files(database), database)
    rows = await database[VERDICTS.name].all({"document_id": document_id}, sort=[("at", 1)])
    return [(row, await _outcome(row, content, database)) for row in rows]


async def _outcome(row: Row, content: Document | None, database: Database) -> str:
    """A verdict is a function of reading, release and pack; where one of them is another, it cannot be made here."""
    digest = row["pack_version"].rpartition("+")[2]
    pack = await archived_pack(digest, database)
    if pack is None:
        return "no_pack"
    if row["pack_version"] != pack_version(digest):
        return "other_release"
    if content is None or content.reader_version != row["reader_version"]:
        return "no_reading"
    again = check_document(content, rulebook_of(pack)).summary
    return "same" if again == Summary.model_validate(row["summary"]) else "differs"
