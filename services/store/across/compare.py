"""Comparing a document with its counterparts whenever either of them changes; in any order, as often as it happens.

What is found belongs to the verdict of the document that restates the other one (the later year, the accounts, the
department): rows of `findings` that bear the fingerprint of what was compared. The head says which fingerprint counts,
and a reader takes no other, so it sees one comparison or another, never a mixture. Whoever writes looks afterwards
whether what it compared is still what there is, and compares again where it is not: of two that compare at once with
different counterparts the one that was late corrects itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.store.across.counterparts import Counterparts, counterparts_of, dependants_of, head_of
from services.store.across.extract import extract_of_row
from services.store.across.judge import Compared, Party, judge, party_of
from services.store.across.rulebook import AcrossRules
from services.store.across.wording import findings_of
from services.store.decisions import show_decisions
from services.store.rows import order_of
from services.store.series import show_findings
from shared.findings import SEVERITIES, Finding
from shared.mongo import Database, Row
from shared.records import DOCUMENTS, EXTRACTS, FINDINGS, UNDECIDED, child_id, findings_in

_FIRST_INDEX = 500_000
"""Findings of comparisons are listed after those of the verdict, whose index counts from 0."""


@dataclass(frozen=True)
class Comparison:
    """A document's head, its counterparts, and every relation between them, judged."""

    head: Row
    counterparts: Counterparts
    compared: tuple[Compared, ...]


async def compare_across(document_id: str, rules: AcrossRules, database: Database) -> None:
    """Compare a document with its counterparts, and anew every document that is compared with it."""
    head = await head_of(document_id, database)
    if head is None:
        return
    for subject in (document_id, *await dependants_of(head, database)):
        await _settle(subject, rules, database)


async def compared_now(document_id: str, rules: AcrossRules, database: Database) -> Comparison | None:
    """Every relation of a document with its counterparts as they are now; None where it does not say what it is."""
    head = await head_of(document_id, database)
    if head is None:
        return None
    counterparts = await counterparts_of(head, database)
    return Comparison(head, counterparts, tuple(await _compare(head, counterparts, rules, database)))


async def _settle(document_id: str, rules: AcrossRules, database: Database) -> None:
    while True:
        head = await head_of(document_id, database)
        if head is None or not head["current"]:
            return
        counterparts = await counterparts_of(head, database)
        fingerprint = counterparts.fingerprint(head, rules.version)
        known = head.get("across", {})
        if known.get("fingerprint") == fingerprint and known.get("settled", fingerprint is None):
            return
        compared = await _compare(head, counterparts, rules, database) if fingerprint else []
        await _write(head, counterparts, fingerprint, compared, database)


async def _compare(head: Row, counterparts: Counterparts, rules: AcrossRules, database: Database) -> Sequence[Compared]:
    """Judge every rule that applies; one whose document was stored without an extract cannot be told."""
    parties = await _parties([head, *counterparts.documents.values()], database)
    subject, found = parties.get(head["_id"]), list[Compared]()
    for rule in rules.rules:
        if not rule.applies(head["kind"], head["scope"], head["fiscal_year"]):
            continue
        others = counterparts.found[rule.counterpart]
        if subject is None or any(one["_id"] not in parties for one in others):
            found.append(Compared(rule, "unclear", reason="not_extracted"))
            continue
        missing = counterparts.missing[rule.counterpart]
        found += judge(rule, subject, [parties[one["_id"]] for one in others], missing)
    return found


async def _parties(heads: Sequence[Row], database: Database) -> dict[str, Party]:
    ids = {child_id(head["event_id"], 0): head for head in heads}
    rows = await database[EXTRACTS.name].all({"_id": {"$in": list(ids)}}, {"figures": 1, "members": 1})
    return {
        head["_id"]: party_of(head["_id"], head["unit_name"], head["fiscal_year"], extract_of_row(row))
        for row in rows
        if (head := ids[row["_id"]])
    }


async def _write(
    head: Row, counterparts: Counterparts, fingerprint: str | None, compared: Sequence[Compared], database: Database
) -> None:
    """Write what was found under its fingerprint, let the head point to it, then remove what it replaces."""
    findings = findings_of(compared)
    rows = [_row(head, fingerprint or "", number, finding) for number, finding in enumerate(findings)]
    await database[FINDINGS.name].insert_missing(rows)
    where = {"_id": head["_id"], "event_id": head["event_id"]}
    across = _summary(counterparts, fingerprint, compared, findings)
    found = {finding.severity for finding in findings}
    severities = [one for one in SEVERITIES if one in found or head["counts"][f"{one}s"]]
    change = {"$set": {"across": across, "severities": severities}}
    switched = await database[DOCUMENTS.name].change(where, change)
    if findings or "across" in head:
        # Where another verdict of the document counts by now, none of this one's rows may stay.
        keep: Row = {"$ne": fingerprint} if switched else {}
        stale = {**findings_in(head["_id"], head["event_id"]), "comparison": {"$exists": True, **keep}}
        await database[FINDINGS.name].delete(stale)
        await show_findings(head["_id"], database)
        await show_decisions({"document_id": head["_id"]}, database)
    done = {**where, "across.fingerprint": fingerprint}
    await database[DOCUMENTS.name].change(done, {"$set": {"across.settled": True}})


def _row(head: Row, fingerprint: str, number: int, finding: Finding) -> Row:
    index = _FIRST_INDEX + number
    return {
        "_id": f"{head['event_id']}:across:{fingerprint}:{number:06d}",
        "document_id": head["_id"],
        **{name: head.get(name) for name in ("region", "region_code", "unit_name", "scope", "kind", "fiscal_year")},
        "index": index,
        "order": order_of(head["sequence"], index),
        "current": False,
        "shown_version": 0,
        "file_name": head["file_name"],
        "receipt_number": head["receipt_number"],
        "comparison": fingerprint,
        "finding_id": finding.identity,
        **UNDECIDED,
        **finding.model_dump(mode="json"),
    }


def _summary(
    counterparts: Counterparts, fingerprint: str | None, compared: Sequence[Compared], findings: Sequence[Finding]
) -> Row:
    outcomes, severities = [one.outcome for one in compared], [finding.severity for finding in findings]
    counts = {f"{severity}s": severities.count(severity) for severity in SEVERITIES}
    checked = {"passed": outcomes.count("pass"), "failed": outcomes.count("fail"), "unclear": outcomes.count("unclear")}
    return {
        "fingerprint": fingerprint,
        "settled": False,
        "with": sorted(counterparts.documents),
        "counts": {**counts, "rules": len(outcomes), "checked": len(outcomes) - checked["unclear"], **checked},
    }
