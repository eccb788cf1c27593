"""How long checking takes, diagnosis included, and whether it keeps memory; reading is left out.

    python benchmarks/checking.py [--count 60] [--errors 0] [--corpus ../shared/corpus] [--checks 10000]

Times are of this process's CPU: over the generator's documents of all editions in turn, and, where the corpus is there,
for its longest documents. `--checks` then checks that many documents in turn, each built anew from its JSON, and prints
the resident memory after every thousand.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import pypdfium2

from cli.samples.edition import edition_names
from cli.samples.sample import build_sample
from services.parse.pages import Limits
from services.parse.reader import read_document
from services.validate.check import check_document
from services.validate.rulebook import Rulebook, load_rulebook
from shared.document import Document
from shared.document_json import document_json, document_of
from shared.findings import Verdict

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5
LONGEST = 3


def main() -> None:
    given = _arguments()
    started = time.process_time()
    rulebook = load_rulebook()
    print(f"{len(rulebook.rules)} rules loaded in {time.process_time() - started:.2f} s")
    editions = edition_names()
    documents = [
        build_sample(seed, edition=editions[seed % len(editions)], errors=given.errors).document
        for seed in range(given.count)
    ]
    _time_samples(documents, given.errors, rulebook)
    if given.corpus.is_dir():
        _time_longest(given.corpus, rulebook)
    if given.checks:
        _watch_memory([document_json(document) for document in documents], given.checks, rulebook)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time and memory of checking.")
    parser.add_argument("--count", type=int, default=60, help="documents to time")
    parser.add_argument("--errors", type=int, default=0, help="errors planted in each")
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--checks", type=int, default=0, help="documents to check for the memory run")
    return parser.parse_args()


def _time_samples(documents: list[Document], errors: int, rulebook: Rulebook) -> None:
    times = []
    checks = findings = 0
    for document in documents:
        spent, verdict = _timed(document, rulebook)
        times.append(spent)
        checks += verdict.summary.rules
        findings += len(verdict.findings)
    times.sort()
    print(f"{len(times)} documents, {errors} planted errors each: {checks} single checks, {findings} findings")
    print(
        f"ms CPU a document: median {statistics.median(times):.1f}, "
        f"p95 {times[int(len(times) * 0.95)]:.1f}, longest {times[-1]:.1f}"
    )


def _time_longest(corpus: Path, rulebook: Rulebook) -> None:
    """The corpus's longest documents, each checked some times."""
    paths = sorted(corpus.rglob("*.pdf"), key=_pages, reverse=True)[:LONGEST]
    for path in paths:
        document = read_document(path.read_bytes(), limits=Limits())
        runs = [_timed(document, rulebook) for _ in range(REPEATS)]
        times, verdict = [spent for spent, _ in runs], runs[0][1]
        print(
            f"{path.name}, {document.pages} pages, {verdict.summary.rules} single checks, "
            f"{len(verdict.findings)} findings: {min(times):.1f} to {max(times):.1f} ms CPU"
        )


def _pages(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    try:
        return len(document)
    finally:
        document.close()


def _timed(document: Document, rulebook: Rulebook) -> tuple[float, Verdict]:
    started = time.process_time()
    verdict = check_document(document, rulebook)
    return (time.process_time() - started) * 1000, verdict


def _watch_memory(contents: list[bytes], checks: int, rulebook: Rulebook) -> None:
    for number in range(1, checks + 1):
        check_document(document_of(contents[number % len(contents)]), rulebook)
        if number % 1000 == 0:
            print(f"{number} documents checked: {_resident_mb():.0f} MB resident")


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
