"""Checks that have no shape of the vocabulary: Python functions, named by rules of the same catalogue."""

from collections.abc import Callable, Iterator, Mapping

from services.validate.book import Book
from services.validate.results import Result
from services.validate.special import assessments, scores
from services.validate.special.budget import government_classes, numbered_items, special_projects
from services.validate.special.catalogue import announced_tables, declared_empty
from services.validate.special.counts import counted_kinds
from services.validate.special.headings import catalogue_years, listed_headings, numbered_lines
from services.validate.special.identity import unit_names, years
from services.validate.special.items import item_names, items_total, listed_names, repeated_amounts
from services.validate.special.matrix import matrix_columns, matrix_rows, matrix_totals
from services.validate.special.numbering import line_numbers
from services.validate.special.prose import (
    compared_words,
    impossible_growth,
    missing_numbers,
    missing_percent_signs,
    stated_absences,
    template_remains,
)

SPECIAL: Mapping[str, Callable[[Book], Iterator[Result]]] = {
    "announced_tables": announced_tables,
    "catalogue_years": catalogue_years,
    "listed_headings": listed_headings,
    "numbered_lines": numbered_lines,
    "item_names": item_names,
    "items_total": items_total,
    "listed_names": listed_names,
    "compared_words": compared_words,
    "impossible_growth": impossible_growth,
    "missing_numbers": missing_numbers,
    "missing_percent_signs": missing_percent_signs,
    "stated_absences": stated_absences,
    "template_remains": template_remains,
    "announced_forms": assessments.announced_forms,
    "execution_counted": scores.execution_counted,
    "execution_rates": assessments.execution_rates,
    "full_weight": scores.full_weight,
    "fund_sources": assessments.fund_sources,
    "group_weights": scores.group_weights,
    "indicator_units": scores.indicator_units,
    "marks_and_targets": scores.marks_and_targets,
    "matrix_columns": matrix_columns,
    "matrix_rows": matrix_rows,
    "matrix_totals": matrix_totals,
    "named_projects": assessments.named_projects,
    "remainders": assessments.remainders,
    "repeated_amounts": repeated_amounts,
    "same_project_units": assessments.same_project_units,
    "scores_within_weights": scores.scores_within_weights,
    "told_funds": assessments.told_funds,
    "told_score": assessments.told_score,
    "total_scores": scores.total_scores,
    "counted_kinds": counted_kinds,
    "declared_empty": declared_empty,
    "government_classes": government_classes,
    "line_numbers": line_numbers,
    "numbered_items": numbered_items,
    "special_projects": special_projects,
    "unit_names": unit_names,
    "years": years,
}
