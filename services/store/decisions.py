"""Reviewers' decisions on findings 审核意见: confirmed, dismissed with a reason, opened again, or a comment.

A decision hangs on the document and the finding's identity (`Finding.identity`: rule, cells, printed texts), not on a
verdict: a re-check of the same file that comes to the same finding finds it decided, and one that no longer does leaves
the decision in the history. Decisions are added, never changed. A finding's `state`, `decided` and `decision` are a
copy of the latest one, written in order of its number by whoever comes later: the reviewer, or the re-check.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.store.bodies import Decided, Decision, DecisionRequest
from shared.audit import Actor, Entry, write_audit
from shared.errors import MissingReason, UnknownFinding
from shared.mongo import Database, Row
from shared.records import DECISIONS, FINDINGS

STATES: Mapping[str, str] = {"confirm": "confirmed", "dismiss": "dismissed", "reopen": "open"}
"""The state of a finding after each decision; a comment changes none."""
_SHOWN_OF_FINDING = ("rule", "severity", "message")


async def decide(
    document_id: str, finding_id: str, asked: DecisionRequest, actor: Actor, database: Database
) -> Decision:
    """Take a decision on a finding of the present verdict. Raises `UnknownFinding`, `MissingReason`."""
    if asked.decision in ("dismiss", "comment") and not asked.text.strip():
        raise MissingReason
    finding = await database[FINDINGS.name].one({"document_id": document_id, "finding_id": finding_id})
    if finding is None:
        raise UnknownFinding(finding_id=finding_id)
    about = {"document_id": document_id, "finding_id": finding_id, "decision": asked.decision}
    await write_audit(Entry("decision", actor, about), database)
    number = await database.next_number("decisions")
    row: Row = {
        "_id": number,
        "document_id": document_id,
        "finding_id": finding_id,
        "decision": asked.decision,
        "text": asked.text.strip(),
        "at": datetime.now(UTC),
        "by": actor.plain(),
        "finding": {name: finding[name] for name in _SHOWN_OF_FINDING},
    }
    await database[DECISIONS.name].insert(row)
    await show_decisions({"document_id": document_id, "finding_id": finding_id}, database)
    return _decision(row)


async def decisions_where(where: dict[str, Any], database: Database) -> list[Decision]:
    """The history of decisions, the first one first."""
    return [_decision(row) for row in await database[DECISIONS.name].all(where, sort=[("_id", 1)])]


async def show_decisions(where: dict[str, str], database: Database) -> None:
    """Bring the findings that decisions are about up to date with the latest of each; an older one changes nothing."""
    deciding = {**where, "decision": {"$in": list(STATES)}}
    rows = await database[DECISIONS.name].all(deciding, sort=[("_id", 1)])
    for finding_id, row in {row["finding_id"]: row for row in rows}.items():
        older = {"document_id": row["document_id"], "finding_id": finding_id, "decided": {"$lt": row["_id"]}}
        decided = Decided.model_validate({**row, "by": row["by"]["label"]})
        shown = {"state": STATES[row["decision"]], "decided": row["_id"], "decision": decided.model_dump()}
        await database[FINDINGS.name].change_all(older, {"$set": shown})


def _decision(row: Row) -> Decision:
    return Decision.model_validate({**row, "number": row["_id"], "by": row["by"]["label"], "key": row["by"]["key"]})
