"""What reviewers and operators do over the read API: decisions on findings, and the audit."""

from enum import Enum
from typing import Annotated

from fastapi import FastAPI, Path, Query

from services.store.bodies import AuditEntry, AuditPage, Decision, DecisionRequest, Decisions
from services.store.decisions import decide, decisions_where
from services.store.reading import documents_head
from shared.access import Operator, Overseer, Reviewer
from shared.audit import Action, read_audit
from shared.http_errors import error_responses
from shared.mongo import Database

DocumentId = Annotated[str, Path(description="sha256 of the file 文件内容的 sha256", max_length=64)]
FindingId = Annotated[str, Path(description="`finding_id` of a finding 核对结果编号", max_length=64)]
_TAGS: list[str | Enum] = ["review 审核"]


def add_reviewing(app: FastAPI, database: Database) -> None:
    """Add the routes."""
    _add_decisions(app, database)
    _add_histories(app, database)
    _add_audit(app, database)


def _add_decisions(app: FastAPI, database: Database) -> None:
    @app.post(
        "/documents/{document_id}/findings/{finding_id}/decisions",
        status_code=201,
        tags=_TAGS,
        responses=error_responses(404, 413, 503, 507),
    )
    async def decision(
        caller: Reviewer, document_id: DocumentId, finding_id: FindingId, asked: DecisionRequest
    ) -> Decision:
        """Confirm a finding, dismiss it with a reason, open it again, or comment on it. 确认、驳回、重新打开或批注

        A re-check of the same file keeps the decision; only a later decision replaces it. 重新核对不影响审核意见。
        """
        return await decide(document_id, finding_id, asked, caller.actor, database)


def _add_histories(app: FastAPI, database: Database) -> None:
    @app.get(
        "/documents/{document_id}/findings/{finding_id}/decisions", tags=_TAGS, responses=error_responses(404, 503)
    )
    async def decisions_on_finding(_caller: Overseer, document_id: DocumentId, finding_id: FindingId) -> Decisions:
        """All decisions on one finding, the first one first. 一条核对结果的全部审核意见"""
        await documents_head(document_id, database)
        found = await decisions_where({"document_id": document_id, "finding_id": finding_id}, database)
        return Decisions(items=found)

    @app.get("/documents/{document_id}/decisions", tags=_TAGS, responses=error_responses(404, 503))
    async def decisions_on_document(_caller: Overseer, document_id: DocumentId) -> Decisions:
        """All decisions on a document, also those on findings that a re-check no longer has. 一份文件的全部审核意见"""
        await documents_head(document_id, database)
        return Decisions(items=await decisions_where({"document_id": document_id}, database))


def _add_audit(app: FastAPI, database: Database) -> None:
    @app.get("/audit", tags=["operation 运维"], responses=error_responses(503))
    async def audit(
        _caller: Operator,
        action: Annotated[Action | None, Query(description="what was done 操作")] = None,
        key: Annotated[str | None, Query(description="id of the key 密钥编号", max_length=12)] = None,
        document_id: Annotated[str | None, Query(description="about a document 文件", max_length=64)] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="rows of a page 每页条数")] = 50,
        cursor: Annotated[
            str | None, Query(description="`next` of the page before 上一页的 next", max_length=40)
        ] = None,
    ) -> AuditPage:
        """Who did what, when, from where, the latest first. 审计记录"""
        given = {"action": action, "actor.key": key, "about.document_id": document_id}
        where = {name: value for name, value in given.items() if value is not None}
        rows = await read_audit(where, cursor, limit + 1, database)
        items = [AuditEntry.model_validate({**row, "id": row["_id"]}) for row in rows[:limit]]
        return AuditPage(items=items, next=items[-1].id if len(rows) > limit else None)
