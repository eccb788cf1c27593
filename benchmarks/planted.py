"""How many planted errors are found, and how many clean documents are accused.

    .venv/bin/python benchmarks/planted.py [--seeds 100] [--first-seed 1] [--edition shaanxi,shanxi] [--in-memory]

Each seed gives one document with one error planted in a table of identities 1–6 that violates a relation, and one
clean document. Through the PDF (read, then checked) unless `--in-memory`, which checks the generator's own Document.
The error is found when a rule fails and the verdict has a finding that the clean document does not have.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

from cli.samples.planters import TABLE_KINDS
from cli.samples.sample import Sample, build_sample, render_pdf
from services.parse.pages import Limits
from services.parse.reader import read_document
from services.validate.check import check_document
from services.validate.rulebook import Rulebook, load_rulebook
from shared.document import Document
from shared.findings import Finding, Verdict

Claim = tuple[str, tuple[tuple[int, int, int], ...]]


def main() -> None:
    arguments = _arguments()
    rulebook = load_rulebook()
    editions = arguments.edition.split(",")
    found: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    first = accused = 0
    seed = arguments.first_seed - 1
    started = perf_counter()
    while sum(planted.values()) < arguments.seeds:
        seed += 1
        edition = editions[seed % len(editions)]
        sample = build_sample(seed, edition=edition, errors=1, plant=TABLE_KINDS)
        if not sample.planted or not sample.planted[0].violates:
            continue
        clean = check(build_sample(seed, edition=edition), rulebook, in_memory=arguments.in_memory)
        verdict = check(sample, rulebook, in_memory=arguments.in_memory)
        kind = sample.planted[0].kind
        planted[kind] += 1
        accused += _report_accusations(sample, clean)
        if verdict.summary.fail and _claims(verdict) - _claims(clean):
            found[kind] += 1
            first += _is_first_cause(sample, verdict.findings)
        else:
            print(f"MISSED {sample.name} {sample.planted[0]}")
    _print_table(planted, found)
    total = sum(found.values())
    print(f"found {total} of {arguments.seeds}; planted cell is the first cause in {first}")
    print(f"clean documents with an error or a warning: {accused} of {arguments.seeds}")
    print(f"{perf_counter() - started:.1f} s for {2 * arguments.seeds} documents and seeds up to {seed}")
    sys.exit(0 if total >= 0.95 * arguments.seeds and not accused else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Planted errors found, clean documents accused.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--edition", default="shaanxi,shanxi")
    parser.add_argument("--in-memory", action="store_true", help="check the generator's Document, without a PDF")
    return parser.parse_args()


def check(sample: Sample, rulebook: Rulebook, *, in_memory: bool) -> Verdict:
    """The verdict on a sample, through its PDF or on its true Document."""
    return check_document(sample.document if in_memory else _read(sample), rulebook)


def _read(sample: Sample) -> Document:
    return read_document(render_pdf(sample), limits=Limits())


def _claims(verdict: Verdict) -> set[Claim]:
    """What a verdict says is wrong, and where."""
    return {(f.rule, tuple((c.table, c.row, c.column) for c in f.cells)) for f in verdict.findings}


def _report_accusations(sample: Sample, clean: Verdict) -> bool:
    """Print what a clean document is accused of; true where that is an error or a warning."""
    false = [finding for finding in clean.findings if finding.severity in ("error", "warning")]
    for finding in false:
        print(f"ACCUSED {sample.edition} {sample.seed} {finding.rule} {finding.severity} {finding.message.zh}")
    return bool(false)


def _is_first_cause(sample: Sample, findings: Sequence[Finding]) -> bool:
    """True where the first finding's first cause is the planted cell."""
    one = sample.planted[0]
    cause = findings[0].causes[0].cell if findings and findings[0].causes else None
    return cause is not None and (cause.table, cause.row, cause.column) == (one.table, one.row, one.column)


def _print_table(planted: Counter[str], found: Counter[str]) -> None:
    print(f"{'kind':20} {'planted':>8} {'found':>8}")
    for kind, number in sorted(planted.items()):
        print(f"{kind:20} {number:8} {found[kind]:8}")


if __name__ == "__main__":
    main()
