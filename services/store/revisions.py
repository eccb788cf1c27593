"""Routes about a document's revisions and counterparts: differences, taking back, comparisons with other documents."""

from collections import Counter
from typing import Annotated

from fastapi import FastAPI, Path

from services.store.across.compare import Comparison, compared_now
from services.store.across.rulebook import AcrossRules
from services.store.difference import ChangedFact, ChangedLine, Difference, difference_of
from services.store.lines import Line
from services.store.revision_bodies import (
    AcrossBody,
    AcrossOutcome,
    CounterpartItem,
    DifferenceBody,
    FactChange,
    LineChange,
    PrintedFigure,
    RevisionItem,
    RowItem,
    WithdrawalBody,
    WithdrawalRequest,
)
from services.store.withdrawals import withdraw
from shared.access import Caller, Reader, Uploader
from shared.errors import UnknownDocument
from shared.http_errors import error_responses
from shared.mongo import Database, Row
from shared.records import DOCUMENTS
from shared.sight import check_sight

_TAG = "revisions 修订"
_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
DocumentId = Annotated[str, Path(description="sha256 of the file 文件内容的 sha256", examples=[_EXAMPLE])]


def add_revisions(app: FastAPI, database: Database, rules: AcrossRules) -> None:
    """Add the routes to the application."""

    @app.get("/documents/{document_id}/diff/{other}", tags=[_TAG], responses=error_responses(404, 409, 503))
    async def difference(caller: Reader, document_id: DocumentId, other: DocumentId) -> DifferenceBody:
        """What changed from a document to another one: figures, rows, findings cured and created. 版本差异"""
        for key in (document_id, other):
            await check_sight(key, caller, database)
        return _difference_body(await difference_of(document_id, other, database))

    @app.get("/documents/{document_id}/across", tags=[_TAG], responses=error_responses(404, 503))
    async def across(caller: Reader, document_id: DocumentId) -> AcrossBody:
        """A document against last year's, the budget and its units: what agrees, and what cannot be told. 跨文件核对"""
        await check_sight(document_id, caller, database)
        found = await compared_now(document_id, rules, database)
        if found is None and await database[DOCUMENTS.name].one({"_id": document_id}, {"_id": 1}) is None:
            raise UnknownDocument(document_id=document_id)
        return _across_body(document_id, found, caller)

    @app.post("/documents/{document_id}/withdraw", tags=[_TAG], responses=error_responses(404, 409, 503))
    async def take_back(caller: Uploader, document_id: DocumentId, request: WithdrawalRequest) -> WithdrawalBody:
        """Take a document back with a reason; the one before counts again. Repeating it changes nothing. 撤回"""
        done = await withdraw(document_id, request.reason, caller, rules, database)
        return WithdrawalBody(document_id=done.document_id, reason=done.reason, at=done.at, current=done.current)


def _difference_body(found: Difference) -> DifferenceBody:
    return DifferenceBody(
        before=_revision(found.before),
        after=_revision(found.after),
        figures_changed=[_line(one) for one in found.changed],
        text_changed=[_fact(one) for one in found.told_otherwise],
        rows_added=[RowItem.model_validate(row) for row in found.rows_added],
        rows_gone=[RowItem.model_validate(row) for row in found.rows_gone],
        findings_cured=list(found.cured),
        findings_created=list(found.created),
    )


def _revision(head: Row) -> RevisionItem:
    return RevisionItem.model_validate({**head, "document_id": head["_id"]})


def _line(one: ChangedLine) -> LineChange:
    shown = one.after or one.before
    figures = {"before": _printed(one.before), "after": _printed(one.after)}
    return LineChange(**one.key._asdict(), row_name=shown.row_name if shown else "", **figures)


def _printed(line: Line | None) -> PrintedFigure | None:
    if line is None:
        return None
    return PrintedFigure(text=line.text, value=line.amount, unit=line.amount_unit, page=line.page, bbox=line.bbox)


def _fact(one: ChangedFact) -> FactChange:
    before, after = (PrintedFigure.model_validate(row) if row else None for row in (one.before, one.after))
    return FactChange(**one.key._asdict(), before=before, after=after)


def _across_body(document_id: str, found: Comparison | None, caller: Caller) -> AcrossBody:
    if found is None:
        return AcrossBody(document_id=document_id, counterparts=[], missing=[], outcomes=[])
    counted = Counter(
        (one.rule.id, one.outcome, one.reason, one.what if one.outcome == "unclear" else "") for one in found.compared
    )
    titles = {one.rule.id: one.rule.title for one in found.compared}
    return AcrossBody(
        document_id=document_id,
        counterparts=[
            CounterpartItem.model_validate({**head, "role": role, "document_id": head["_id"]})
            for role, heads in found.counterparts.found.items()
            if role != "each_unit"
            for head in heads
            if caller.sees(head.get("region_code"))
        ],
        missing=[name for names in found.counterparts.missing.values() for name in names],
        outcomes=[
            AcrossOutcome(rule=rule, title=titles[rule], outcome=outcome, reason=reason, what=what, count=count)
            for (rule, outcome, reason, what), count in counted.items()
        ],
    )
