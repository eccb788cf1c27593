"""Checks that have no shape of the vocabulary: Python functions, named by rules of the same catalogue."""

from collections.abc import Callable, Iterator, Mapping

from services.validate.book import Book
from services.validate.results import Result
from services.validate.special import (
    assessments,
    dates,
    form_fields,
    form_funds,
    form_prose,
    indicators,
    prose,
    scores,
    sequence,
    statements,
    table_words,
)
from services.validate.special.budget import government_classes, numbered_items, special_projects
from services.validate.special.catalogue import announced_tables, declared_empty
from services.validate.special.code_names import one_name_a_code
from services.validate.special.counts import counted_kinds
from services.validate.special.headings import catalogue_years, listed_headings, numbered_lines
from services.validate.special.identity import unit_names, years
from services.validate.special.items import item_names, items_total, listed_names, repeated_amounts
from services.validate.special.matrix import matrix_columns, matrix_rows, matrix_totals
from services.validate.special.numbering import line_numbers

SPECIAL: Mapping[str, Callable[[Book], Iterator[Result]]] = {
    "announced_tables": announced_tables,
    "catalogue_years": catalogue_years,
    "listed_headings": listed_headings,
    "numbered_lines": numbered_lines,
    "item_names": item_names,
    "items_total": items_total,
    "listed_names": listed_names,
    "compared_words": prose.compared_words,
    "impossible_growth": prose.impossible_growth,
    "missing_numbers": prose.missing_numbers,
    "missing_percent_signs": prose.missing_percent_signs,
    "stated_absences": prose.stated_absences,
    "template_remains": prose.template_remains,
    "announced_forms": assessments.announced_forms,
    "execution_counted": scores.execution_counted,
    "execution_rates": assessments.execution_rates,
    "full_weight": scores.full_weight,
    "fund_sources": assessments.fund_sources,
    "group_weights": scores.group_weights,
    "indicator_units": indicators.indicator_units,
    "marks_and_targets": indicators.marks_and_targets,
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
    "missing_yuan": prose.missing_yuan,
    "marks_off": indicators.marks_off,
    "low_execution": indicators.low_execution,
    "sane_indicators": indicators.sane_indicators,
    "cost_indicators": form_funds.cost_indicators,
    "exceeded_costs": form_funds.exceeded_costs,
    "projects_within_whole": form_funds.projects_within_whole,
    "whole_and_tables": form_funds.whole_and_tables,
    "announced_funds": form_funds.announced_funds,
    "told_form_funds": form_prose.told_form_funds,
    "told_indicators": form_prose.told_indicators,
    "people_off_by_ten": form_prose.people_off_by_ten,
    "filled_fields": form_fields.filled_fields,
    "named_forms": form_fields.named_forms,
    "impossible_dates": dates.impossible_dates,
    "state_of_year": dates.state_of_year,
    "heading_years": dates.heading_years,
    "form_dates": dates.form_dates,
    "numbered_headings": sequence.numbered_headings,
    "numbered_goals": sequence.numbered_goals,
    "table_order": sequence.table_order,
    "listed_titles": sequence.listed_titles,
    "possible_shares": statements.possible_shares,
    "listed_counts": statements.listed_counts,
    "told_twice": statements.told_twice,
    "fitting_words": statements.fitting_words,
    "noted_empty": table_words.noted_empty,
    "units_of_department": table_words.units_of_department,
    "one_name_a_code": one_name_a_code,
}
