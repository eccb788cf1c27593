"""How many planted errors are reported and rightly blamed, and how many clean documents are accused.

    python benchmarks/planted.py [--documents 120] [--through-pdf 12] [--runs one,three,clean] [--first-seed 1]
                                 [--plant a,b] [--edition shaanxi,…] [--minutes M]

Three runs over seeded documents of the editions in turn: one error each (the kinds evenly in turn), three errors each,
none. `--through-pdf` of each run are rendered and read back, the rest are the generator's own Documents.
Without options it takes about two minutes; `--documents 2000 --through-pdf 200` is the full measurement.

An error counts where the oracle of the samples says that it breaks a relation at all; the others are counted by kind.
It is reported where a finding points at it or, of one error, where a finding is new against the same document without
it. It is blamed where it is the first cause of the first finding. A dropped row has no cell to blame: there the cause
must be a missing row. Exit code 1 where a target is missed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from time import perf_counter, process_time

from cli.samples.edition import edition_names
from cli.samples.planted import Planted
from cli.samples.planters import KINDS
from cli.samples.sample import Sample, build_sample, render_pdf
from services.parse.pages import Limits
from services.parse.reader import read_document
from services.validate.check import check_document
from services.validate.rulebook import Rulebook, load_rulebook
from shared.amounts import fold
from shared.findings import Cause, CellRef, Finding, Verdict

Claim = tuple[str, str, tuple[tuple[int, int, int], ...]]
TARGETS = {"one": 0.99, "three": 0.95, "blamed": 0.90}


class Checker:
    """Checks samples on their own Document or through their PDF."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self.seconds = 0.0

    def verdict(self, sample: Sample, *, through_pdf: bool) -> Verdict:
        document = read_document(render_pdf(sample), limits=Limits()) if through_pdf else sample.document
        started = process_time()
        verdict = check_document(document, self._rulebook)
        self.seconds += process_time() - started
        return verdict


class Tally:
    """What became of the planted errors, by kind."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.violating: Counter[str] = Counter()
        self.reported: Counter[str] = Counter()
        self.blamed: Counter[str] = Counter()
        self.missed_by: Counter[str] = Counter()

    def print_table(self) -> None:
        print(f"{'kind':20}{'planted':>9}{'invisible':>11}{'violating':>11}{'reported':>10}{'blamed':>8}")
        for kind in KINDS:
            if self.planted[kind]:
                unseen = self.planted[kind] - self.violating[kind]
                print(
                    f"{kind:20}{self.planted[kind]:9}{unseen:11}{self.violating[kind]:11}"
                    f"{self.reported[kind]:10}{self.blamed[kind]:8}"
                )

    def share_reported(self) -> float:
        return self.reported.total() / max(1, self.violating.total())

    def share_blamed(self, *, rows: bool) -> float:
        """Of the reported errors in cells (or of the dropped rows), how many are the first cause."""
        kinds = [kind for kind in KINDS if (kind == "dropped_row") == rows]
        reported = sum(self.reported[kind] for kind in kinds)
        return sum(self.blamed[kind] for kind in kinds) / max(1, reported)


def main() -> None:
    arguments = _arguments()
    checker = Checker(load_rulebook())
    runs = arguments.runs.split(",")
    started = perf_counter()
    passed = [_RUNS[run](checker, arguments) for run in runs]
    print(f"\n{perf_counter() - started:.0f} s, of which {checker.seconds:.0f} s of CPU in checking")
    sys.exit(0 if all(passed) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Planted errors reported and blamed, clean documents accused.")
    parser.add_argument("--documents", type=int, default=120, help="documents of each run")
    parser.add_argument("--through-pdf", type=int, default=12, help="of these, how many are rendered and read back")
    parser.add_argument("--runs", default="one,three,clean")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--plant", default=",".join(KINDS), help="kinds of errors")
    parser.add_argument("--minutes", type=float, help="end each run after so long, with what it has")
    parser.add_argument("--edition", default=",".join(edition_names()))
    return parser.parse_args()


def _samples(arguments: argparse.Namespace, errors: int) -> Iterator[tuple[Sample, bool]]:
    """The samples of a run, and whether each goes through its PDF. One error: the kinds evenly in turn."""
    editions, kinds = arguments.edition.split(","), arguments.plant.split(",")
    seed, made, rendered = arguments.first_seed - 1, 0, 0
    end = perf_counter() + 60 * arguments.minutes if arguments.minutes else float("inf")
    while made < arguments.documents and perf_counter() < end:
        seed += 1
        edition = editions[seed % len(editions)]
        plant = [kinds[made % len(kinds)]] if errors == 1 else kinds
        sample = build_sample(seed, edition=edition, errors=errors, plant=plant)
        if errors and not sample.planted:
            continue  # this edition has no place for this kind: the next seed is another edition's
        # Spread over the run, so that one that is ended early has its share of them.
        through_pdf = made * arguments.through_pdf % arguments.documents < arguments.through_pdf
        yield sample, through_pdf
        made, rendered = made + 1, rendered + through_pdf
    print(f"{made} documents done, {rendered} of them through the PDF")


def _run_one(checker: Checker, arguments: argparse.Namespace) -> bool:
    """One error in each document."""
    tally = Tally()
    print(f"\none error in each of {arguments.documents} documents, {arguments.through_pdf} through the PDF")
    for sample, through_pdf in _samples(arguments, 1):
        (one,) = sample.planted
        tally.planted[one.kind] += 1
        if not one.violates:
            continue
        tally.violating[one.kind] += 1
        verdict = checker.verdict(sample, through_pdf=through_pdf)
        reported = any(points_at(finding, one) for finding in verdict.findings)
        if not reported:
            clean = checker.verdict(build_sample(sample.seed, edition=sample.edition), through_pdf=through_pdf)
            reported = bool(_claims(verdict) - _claims(clean))
        tally.reported[one.kind] += reported
        blamed = reported and is_first_cause(verdict.findings, one)
        tally.blamed[one.kind] += blamed
        if not blamed:
            _print_miss("MISSED" if not reported else "NOT FIRST CAUSE", sample, one, verdict)
    tally.print_table()
    cells, rows = tally.share_blamed(rows=False), tally.share_blamed(rows=True)
    print(f"reported: {tally.share_reported():.2%} of {tally.violating.total()} that violate a relation")
    print(f"first cause: {cells:.2%} of those in a cell; dropped rows named as a missing row: {rows:.2%}")
    return tally.share_reported() >= TARGETS["one"] and cells >= TARGETS["blamed"]


def _run_three(checker: Checker, arguments: argparse.Namespace) -> bool:
    """Three errors in each document; each is looked for by itself."""
    tally = Tally()
    print(f"\nthree errors in each of {arguments.documents} documents, {arguments.through_pdf} through the PDF")
    for sample, through_pdf in _samples(arguments, 3):
        verdict = checker.verdict(sample, through_pdf=through_pdf)
        for one in sample.planted:
            tally.planted[one.kind] += 1
            if not one.violates:
                continue
            tally.violating[one.kind] += 1
            reported = any(points_at(finding, one) for finding in verdict.findings)
            tally.reported[one.kind] += reported
            tally.blamed[one.kind] += any(is_cause(finding, one) for finding in verdict.findings)
            if not reported:
                _print_miss("MISSED", sample, one, verdict)
    tally.print_table()
    print(
        f"reported: {tally.share_reported():.2%} of {tally.violating.total()} that violate a relation (blamed: by any)"
    )
    return tally.share_reported() >= TARGETS["three"]


def _run_clean(checker: Checker, arguments: argparse.Namespace) -> bool:
    """No error: nobody may be accused."""
    print(f"\n{arguments.documents} clean documents, {arguments.through_pdf} through the PDF")
    accused: Counter[str] = Counter()
    for sample, through_pdf in _samples(arguments, 0):
        for finding in checker.verdict(sample, through_pdf=through_pdf).findings:
            accused[finding.severity] += 1
            if finding.severity != "info":
                print(f"ACCUSED {sample.name} {finding.rule} {finding.severity} {finding.message.zh}")
    print(f"findings: {accused['error']} errors, {accused['warning']} warnings, {accused['info']} infos")
    return not accused["error"] and not accused["warning"]


_RUNS = {"one": _run_one, "three": _run_three, "clean": _run_clean}


def points_at(finding: Finding, one: Planted) -> bool:
    """True where a finding shows the planted figure among its cells, quotes or causes."""
    cells = [*finding.cells, *(cause.cell for cause in finding.causes if cause.cell)]
    if one.kind == "dropped_row":
        code = one.before.split()[0]
        return any(cell.table == one.table for cell in cells) and (
            any(cause.kind == "missing_row" for cause in finding.causes)
            or any(code.startswith(word) for cell in cells for word in cell.label.split() if word.isdigit())
            or any("合计" in cell.label for cell in cells)
        )
    if one.quote is None:
        return any(_is_place(cell, one) for cell in cells)
    return any(_quotes(quote.text, one) for quote in finding.quotes)


def _is_place(cell: CellRef | None, one: Planted) -> bool:
    """True where a cell of a table or form is the one that was planted."""
    if cell is None or (cell.row, cell.column) != (one.row, one.column):
        return False
    return cell.table == one.table if one.assessment is None else cell.assessment == one.assessment


def _quotes(text: str, one: Planted) -> bool:
    """True where a quote is the planted figure's clause."""
    said, planted = fold(text), fold(one.quote or "")
    return bool(said) and (said in planted or planted in said) and fold(one.after) in said


def is_first_cause(findings: Sequence[Finding], one: Planted) -> bool:
    """True where the first finding names the planted figure as its likeliest cause."""
    return bool(findings) and is_cause(findings[0], one)


def is_cause(finding: Finding, one: Planted) -> bool:
    """True where a finding's first cause is the planted figure; a finding without causes speaks of its first quote."""
    if not finding.causes:
        return one.quote is not None and points_at(finding.model_copy(update={"quotes": finding.quotes[:1]}), one)
    cause = finding.causes[0]
    if one.kind == "dropped_row":
        return cause.kind == "missing_row"
    if one.quote is None:
        return _is_place(cause.cell, one)
    return cause.cell is None and _blames(cause, one) and points_at(finding, one)


def _blames(cause: Cause, one: Planted) -> bool:
    """True where the cause's words print the planted figure (印为 …)."""
    said = fold(cause.explanation.zh)
    after = fold(one.after)
    return f"印为{after}" in said and not said.partition(f"印为{after}")[2][:1].isdigit()


def _claims(verdict: Verdict) -> set[Claim]:
    """What a verdict says is wrong, and where."""
    return {(f.rule, f.message.zh, tuple((c.table, c.row, c.column) for c in f.cells)) for f in verdict.findings}


def _print_miss(word: str, sample: Sample, one: Planted, verdict: Verdict) -> None:
    """A miss with what was found instead, so that its fault can be looked for."""
    place = one.quote or ""
    if one.table is not None:
        place = sample.document.tables[one.table].title
    elif one.assessment is not None:
        place = sample.document.assessments[one.assessment].title
    print(f"{word} {sample.name} {one.kind} [{place}] row {one.row} column {one.column}: {one.before} -> {one.after}")
    for finding in verdict.findings[:1]:
        print(f"    {finding.rule} {finding.message.zh[:90]}")
        for cause in finding.causes[:1]:
            print(f"    {cause.explanation.zh[:110]}")


if __name__ == "__main__":
    main()
