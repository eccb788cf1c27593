"""What `gouji submit` takes, and how it tells what became of it."""

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.collect import collect, printable
from cli.outcome import Outcome, exit_code, pages_of, print_outcomes

COUNTS = {"errors": 0, "warnings": 0, "infos": 0, "rules": 46, "checked": 41, "passed": 41, "failed": 0, "unclear": 5}


def stored(name: str = "甲/a.pdf", findings: tuple[dict[str, Any], ...] = (), **counts: int) -> Outcome:
    status = {"status": "stored", "unit_name": "示例市样板局", "fiscal_year": 2023, "counts": COUNTS | counts}
    return Outcome(Path(name), receipt={"duplicate": False}, status=status, findings=list(findings))


def ended(status: str) -> Outcome:
    reason = {"reason": "encrypted_pdf", "message_zh": "请去除密码", "message_en": "Remove the password"}
    return Outcome(Path("甲/b.pdf"), receipt={"duplicate": False}, status={"status": status, "rejection": reason})


def refused() -> Outcome:
    reason = {"reason": "not_a_pdf", "message_zh": "文件不是 PDF", "message_en": "The file is not a PDF"}
    return Outcome(Path("甲/c.pdf"), refusal=reason)


FINDING = {
    "rule": "FA-X-SUM-01",
    "severity": "error",
    "title": {"zh": "合计不等", "en": "the total differs"},
    "message": {"zh": "本年收入合计印为 12.00", "en": "the total is printed as 12.00"},
    "cells": [{"page": 5}, {"page": 4}, {"page": 5}],
    "quotes": [{"page": None}],
    "causes": [{"explanation": {"zh": "多半是漏了一位", "en": "a digit was dropped"}}],
}


def printed(outcomes: list[Outcome], language: Any = "zh") -> str:
    console = Console(file=StringIO(), width=120, highlight=False)
    print_outcomes(outcomes, language, console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_folder_gives_its_pdfs_in_order_and_says_what_it_left_out(tmp_path: Path) -> None:
    for name in ("b.pdf", "a.PDF", "deep/er/c.pdf", "notes.txt", ".hidden.pdf", ".git/x.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"%PDF-")
    found = collect([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found.files] == ["a.PDF", "b.pdf", "deep/er/c.pdf"]
    assert [(skipped.path.name, skipped.en) for skipped in found.skipped] == [
        (".hidden.pdf", "hidden"),
        ("notes.txt", "not a PDF"),
    ]


def test_named_file_is_taken_whatever_it_is_called_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    (tmp_path / "scan.docx").write_bytes(b"PK")
    found = collect([tmp_path / "scan.docx", tmp_path / "a.pdf", tmp_path])
    assert [path.name for path in found.files] == ["scan.docx", "a.pdf"]


def test_name_in_another_encoding_is_shown_as_it_was_meant(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "决算.pdf".encode("gb18030")))
    path.write_bytes(b"%PDF-")
    (found,) = collect([tmp_path]).files
    assert printable(found) == f"{tmp_path}/决算.pdf"
    assert "决算.pdf" in printed([Outcome(found, receipt={}, status={"status": "parsed"})])


def test_link_that_leads_back_into_the_folder_ends(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [path.name for path in collect([tmp_path]).files] == ["a.pdf"]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([stored()], 0),
        ([stored(warnings=3, infos=1)], 0),
        ([stored(), stored(errors=1)], 1),
        ([stored(errors=1), ended("rejected")], 3),
        ([stored(), ended("dead_lettered")], 3),
        ([stored(), refused()], 3),
    ],
)
def test_exit_code_tells_the_worst(outcomes: list[Outcome], code: int) -> None:
    assert exit_code(outcomes) == code


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (stored(), "一致"),
        (stored(errors=1, warnings=1), "有误"),
        (stored(warnings=1), "存疑"),
        (stored(checked=0, rules=0), "未能核对"),
        (ended("rejected"), "退回"),
        (refused(), "未受理"),
        (Outcome(Path("a.pdf"), receipt={"duplicate": True}, status={"status": "parsed"}), "已读取 (重复)"),
    ],
)
def test_verdict_is_a_word_and_silence_is_never_a_pass(outcome: Outcome, verdict: str) -> None:
    assert f"│ {verdict} " in printed([outcome])


def test_coverage_is_beside_the_verdict() -> None:
    assert "41/46" in printed([stored()])


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ("错误", "本年收入合计印为 12.00", "多半是漏了一位")),
        ("en", ("error", "printed as 12.00", "a digit was")),
    ],
)
def test_findings_are_told_with_their_page_and_likeliest_cause(language: str, expected: tuple[str, ...]) -> None:
    text = printed([stored(findings=(FINDING,), errors=1)], language)
    assert all(part in text for part in (*expected, "4, 5", "FA-X-SUM-01"))


def test_what_was_not_stored_says_why_and_what_to_do() -> None:
    text = printed([ended("rejected"), refused()], "en")
    assert "Remove the password" in text
    assert "not_a_pdf" in text


def test_many_pages_are_cut_short() -> None:
    assert pages_of({"cells": [{"page": page} for page in range(9, 0, -1)], "quotes": []}) == "1, 2, 3, 4 …"


@pytest.mark.parametrize("spoil", [lambda o: o, lambda o: o.status.update(unit_name="[bold]局[/bold]")])
def test_brackets_of_a_name_are_text_and_not_markup(spoil: Callable[[Outcome], object]) -> None:
    outcome = stored("甲/[red]a.pdf")
    spoil(outcome)
    assert "[red]a.pdf" in printed([outcome])
