"""One filing as a printed document: accounts of an edition, or a budget, and what a department says of its units."""

import random
from functools import cache
from importlib.resources import files
from pathlib import Path

from cli.samples.accounts import FUNDS, Accounts, Item
from cli.samples.booklet import Binder
from cli.samples.document import document_of
from cli.samples.edition import Chapter, Edition, Part, load_edition
from cli.samples.ledger import by_code, classes_of, ledger_of
from cli.samples.linked.world import Filing
from cli.samples.narrative import Narrative
from cli.samples.printing import Printed, print_figures
from cli.samples.quantities import FigureKey, Ledger, Style, money
from cli.samples.sample import Draft, Sample, draw_style
from cli.samples.statements import narrate
from cli.samples.subjects import Subjects
from shared.strict_yaml import read_yaml

_GENERAL = FUNDS[0]
_SMALL_TABLES = (
    *("income_expenditure_summary", "fiscal_appropriation_summary", "general_public_budget_expenditure"),
    "three_public_expenses",
)
_SMALL_CHAPTERS = ("决算单位构成", "收入支出决算总体", "一般公共预算财政拨款支出决算情况")


@cache
def edition_of(name: str) -> Edition:
    """An edition of linked documents: `budget`, or one of the accounts' without self-evaluation forms.

    Its small documents keep what other documents are compared with.
    """
    if name == "budget":
        return read_yaml(Path(str(files("cli.samples.linked") / "budget.yaml")), Edition)
    whole = load_edition(name)
    parts = tuple(part.model_copy(update={"chapters": _kept(part)}) for part in whole.parts)
    tables = tuple(table.type for table in whole.tables if table.type in _SMALL_TABLES)
    return whole.model_copy(update={"assessments": {}, "parts": parts, "small_tables": tables})


def _kept(part: Part) -> tuple[Chapter, ...]:
    """A part's chapters without those of self-evaluation; small documents keep what others are compared with."""
    return tuple(
        chapter.model_copy(update={"small": chapter.small or any(word in chapter.heading for word in _SMALL_CHAPTERS)})
        for chapter in part.chapters
        if "绩效" not in chapter.heading
    )


def draft_of(filing: Filing, edition: str, subjects: Subjects, seed: int) -> Draft:
    """A filing with every figure as it will be printed."""
    rng = random.Random(f"{seed}/{filing.file}")
    form = edition_of("budget" if filing.kind == "budget" else edition)
    narrative = narrate(filing.accounts, subjects)
    tell_members(narrative, filing)
    style, repeat_header = draw_style(rng, form.looks)
    style = Style(style.thousands, style.zero, style.narrative_thousands, short=False, spaced=style.spaced)
    ledger = budget_ledger(filing.accounts) if filing.kind == "budget" else ledger_of(filing.accounts)
    printed = print_figures(ledger, narrative, style)
    return Draft(form, subjects, filing.accounts, narrative, style, repeat_header, printed)


def tell_members(narrative: Narrative, filing: Filing) -> None:
    """What a department says of each of its units."""
    for number, (name, total) in enumerate(zip(filing.unit.members, filing.member_totals, strict=False)):
        narrative.words[f"member:{number}.name"] = name
        narrative.amount(f"member:{number}.amount", total, "收入总计、支出总计")
    narrative.lists["member_totals"] = [f"member:{number}" for number in range(len(filing.member_totals))]


def bind(filing: Filing, draft: Draft, printed: Printed, *, small: bool, seed: int) -> Sample:
    """The document of a filing."""
    grids, writer = draft.forms(printed)
    booklet = Binder(draft.edition, writer, grids, {}, repeat_header=draft.repeat_header, small=small).bind()
    document = document_of(draft.accounts, draft.edition, draft.narrative, grids, booklet)
    return Sample(filing.file, seed, draft.edition.edition, document, (), booklet)


def budget_ledger(accounts: Accounts) -> Ledger:
    """Every figure of a budget's tables: the general public budget as it was planned."""
    items = [item for item in accounts.items if item.budget]
    whole = sum(item.budget for item in items)
    rows = {"income/general_public_budget": whole, "income/total": whole, "income/grand_total": whole}
    rows |= {f"expenditure/{code}": sum(item.budget for item in of) for code, of in classes_of(items).items()}
    rows |= {"expenditure/total": whole, "expenditure/grand_total": whole}
    summary = {FigureKey("budget_summary", row, "budget"): money(fen) for row, fen in rows.items()}
    columns = {
        "total": lambda of: sum(item.budget for item in of),
        "basic": lambda of: sum(item.budget for item in of if _is_basic(item)),
        "project": lambda of: sum(item.budget for item in of if not _is_basic(item)),
    }
    return {**summary, **by_code("budget_general_by_function", items, columns)}


def _is_basic(item: Item) -> bool:
    return item.spending([_GENERAL], ["personnel", "public"]) > 0
