"""The table of checks: which function asserts which kind of the vocabulary."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from services.validate import fact_checks, table_checks, text_checks
from services.validate.book import Book
from services.validate.results import Result
from services.validate.rulebook import Rule
from services.validate.special import SPECIAL
from services.validate.vocabulary import Special

CHECKS: Mapping[str, Callable[..., Iterator[Result]]] = {
    "sum": table_checks.assert_sum,
    "equal": table_checks.assert_pair,
    "at_most": table_checks.assert_pair,
    "row_sum": table_checks.assert_row_sum,
    "hierarchy": table_checks.assert_hierarchy,
    "match": table_checks.assert_match,
    "subset": table_checks.assert_subset,
    "restated": fact_checks.assert_restated,
    "restated_rows": fact_checks.assert_restated_rows,
    "known_codes": fact_checks.assert_known_codes,
    "fact_sum": fact_checks.assert_fact_sum,
    "fact_rate": fact_checks.assert_fact_rate,
    "share_of_cell": fact_checks.assert_share_of_cell,
    "repeated": text_checks.assert_repeated,
    "absent": text_checks.assert_absent,
}


_OF_TABLES = frozenset({"sum", "equal", "at_most", "row_sum", "hierarchy", "match", "subset"})
_SPECIAL_OF_TABLES = frozenset(
    {"government_classes", "line_numbers", "matrix_columns", "matrix_rows", "matrix_totals", "numbered_items",
     "numbered_lines", "special_projects"}
)  # fmt: skip


def is_of_tables(rule: Rule) -> bool:
    """True for a rule that needs nothing but a set of tables."""
    check = rule.check
    return check.function in _SPECIAL_OF_TABLES if isinstance(check, Special) else check.kind in _OF_TABLES


def results_of(rule: Rule, book: Book) -> Iterable[Result]:
    """What a rule says of a document."""
    if isinstance(rule.check, Special):
        return SPECIAL[rule.check.function](book)
    return CHECKS[rule.check.kind](rule.check, book)
