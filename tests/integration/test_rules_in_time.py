"""Rule packs over time: which is in force for which year, what a new one would change, and old verdicts made again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import received

from cli.samples.sample import build_sample
from services.store.handler import Store, store_document
from services.validate.archive import activate_pack, activations, archived_packs
from services.validate.handler import validate_document
from services.validate.in_force import RulesInForce
from services.validate.packs import Pack, released_pack
from shared.document import Document
from shared.envelope import current_event_time
from shared.errors import InvalidCatalogue
from shared.events import DocumentParsed, DocumentValidated, carry_over
from shared.layouts import load_layouts
from shared.mongo import Database, Files

RULE = """\
area: {zh: 本省, en: The province}
kind: any
rules:
  - id: FA-PROVINCE-EQUAL-01
    title: {zh: 无年初结转, en: Nothing was carried over}
    source: 本省通知
    since: 2019
    check: {kind: equal, left: income_expenditure_summary/income/total/final,
            right: income_expenditure_summary/income/grand_total/final}
    message: {zh: "{left} 与 {right} 不等", en: "{left} is not {right}"}
    examples:
      - expect: pass
        given: {income_expenditure_summary/income: [[row, final], [grand_total, "1.00"], [total, "1.00"]]}
      - expect: fail
        given: {income_expenditure_summary/income: [[row, final], [grand_total, "1.00"], [total, "2.00"]]}
"""


def pack_for(since: int, until: int | None = None, rules: str = RULE) -> Pack:
    end = f"until: {until}\n" if until else ""
    return Pack({"pack.yaml": f"name: {{zh: 本省, en: Province}}\nsince: {since}\n{end}", "province.yaml": rules})


@pytest.fixture
def rules(database: Database) -> RulesInForce:
    return RulesInForce(released_pack(), database, refresh_s=0)


async def versions(rules: RulesInForce, *years: int | None) -> list[str]:
    return [(await rules.rulebook_for(year)).version.rpartition("+")[2] for year in years]


async def test_the_latest_activation_of_a_year_is_in_force_and_the_release_elsewhere(
    rules: RulesInForce, database: Database
) -> None:
    release, old, new = released_pack().digest, pack_for(2020, 2024), pack_for(2024)
    assert await versions(rules, 2023, None) == [release] * 2
    await activate_pack(old, "operator", database)
    await activate_pack(new, "operator", database)
    assert await versions(rules, 2019, 2023, 2024, 2030, None) == [
        release, old.digest, new.digest, new.digest, new.digest,
    ]  # fmt: skip
    await activate_pack(old, "operator", database)
    assert await versions(rules, 2024, 2025) == [old.digest, new.digest]
    log = await activations(database)
    assert [(one.number, one.digest, one.by) for one in log] == [
        (3, old.digest, "operator"), (2, new.digest, "operator"), (1, old.digest, "operator"),
    ]  # fmt: skip
    assert {one.pack.digest for one in await archived_packs(database)} == {release, old.digest, new.digest}


async def test_an_activated_pack_that_this_release_cannot_read_stops_the_checking_of_its_years_only(
    rules: RulesInForce, database: Database
) -> None:
    await activate_pack(pack_for(2024, rules=RULE.replace("kind: equal", "kind: telepathy")), "operator", database)
    assert await versions(rules, 2023) == [released_pack().digest]
    with pytest.raises(InvalidCatalogue, match=r"province\.yaml"):
        await rules.rulebook_for(2024)


async def keep(document: Document, name: str, replay: int, rules: RulesInForce, database: Database) -> str:
    """Check and store a document, as the line does; its document_id."""
    source, files = received(name), Files(database)
    described = {"reader_version": document.reader_version, "pages": 1, "tables": 1, "facts": 1}
    parsed = DocumentParsed.model_validate(
        {**carry_over(source), **described, "replay": replay, "file_name": name, "document": document}
    )
    (event,) = await validate_document(parsed, files=files, rulebook_for=rules.rulebook_for, inline_limit_kb=4096)
    assert isinstance(event, DocumentValidated)
    await store_document(event, Store(database, files, load_layouts(), current_event_time))
    return event.document_id


async def test_a_pack_is_tried_on_the_archive_put_in_force_and_old_verdicts_are_made_again(
    rules: RulesInForce, database: Database, gouji: Callable[..., Any], tmp_path: Path
) -> None:
    document = build_sample(3, small=True).document
    document_id = await keep(document, "a.pdf", 0, rules, database)
    folder = tmp_path / "pack"
    assert (await gouji("rules", "export", "release", str(folder))).exit_code == 0
    assert (await gouji("rules", "export", "release", str(folder))).exit_code == 2, "never over other files"
    same = await gouji("rules", "dry-run", str(folder))
    assert "结论将改变 0 份" in same.output, same.output

    (folder / "province.yaml").write_text(RULE, encoding="utf-8")
    assert (await gouji("rules", "test", "FA-PROVINCE-EQUAL-01", "--pack", str(folder))).exit_code == 0
    tried = await gouji("rules", "dry-run", str(folder), "--json")
    (row,) = [json.loads(line) for line in tried.stdout.splitlines() if line.startswith("{")]
    assert (row["document_id"], row["after"]) == (document_id, "error")
    assert row["before"] != "error"
    assert [one["rule"] for one in row["created"]] == ["FA-PROVINCE-EQUAL-01"]
    assert "FA-PROVINCE-EQUAL-01" in (await gouji("rules", "dry-run", str(folder))).output
    assert await activations(database) == [], "a trial changes nothing"

    done = await gouji("rules", "activate", str(folder), "--yes")
    assert (done.exit_code, "gouji replay" in done.output) == (0, True), done.output
    await keep(document, "a.pdf", 1, rules, database)
    listed = (await gouji("rules", "packs")).output
    assert "随软件发布的规则未启用" in listed, listed
    again = await gouji("rules", "reproduce", document_id)
    assert (again.exit_code, again.output.count("✓")) == (0, 2), again.output


async def test_a_verdict_that_is_not_what_was_stored_is_told(
    rules: RulesInForce, database: Database, gouji: Callable[..., Any]
) -> None:
    document_id = await keep(build_sample(4, small=True).document, "b.pdf", 0, rules, database)
    await database["verdicts"].change_all({"document_id": document_id}, {"$set": {"summary.pass": 0}})
    told = await gouji("rules", "reproduce", document_id)
    assert (told.exit_code, "✗" in told.output) == (1, True), told.output


async def test_an_unknown_pack_is_refused_with_what_could_be_named(gouji: Callable[..., Any]) -> None:
    refused = await gouji("rules", "dry-run", "0.0.0+nothing")
    assert refused.exit_code == 2
    assert "gouji rules packs" in refused.output
