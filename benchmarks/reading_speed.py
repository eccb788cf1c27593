"""The reader's speed and memory beside its peers, in one run, with the accuracy of each.

    python benchmarks/reading_speed.py [--corpus ../shared/corpus] [--repeat 2] [--peers PYTHON]

Every line is a process of its own, start and output included: `gouji parse --json`; pdfplumber's extract_tables and
extract_text alone; camelot (lattice) and PyMuPDF's find_tables, where they are installed (`pip install .[benchmark]`
in an environment of its own: PyMuPDF is AGPL; name its interpreter with --peers); and PDFium's raw text as the limit.
Pages per second are per core: by processor time, not by the clock, so that a busy machine does not matter. Then the
memory and the time of documents of 25, 50, 110 and 400 pages, joined from the corpus.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]
LONGEST = ("retypeset/000_word.pdf", "retypeset/000_libre.pdf")
LENGTHS = (25, 50, 110, 400)
CAMELOT_PAGES = 12
_PEERS = {
    "pdfplumber": """
import sys, json, pdfplumber
tables = []
with pdfplumber.open(sys.argv[1]) as pdf:
    for page in pdf.pages:
        tables += page.extract_tables(); page.extract_text(); page.close()
print(json.dumps({"tables": [{"rows": table} for table in tables]}))
""",
    "PyMuPDF find_tables": """
import sys, json, pymupdf
tables = []
for page in pymupdf.open(sys.argv[1]):
    tables += [table.extract() for table in page.find_tables().tables]; page.get_text()
print(json.dumps({"tables": [{"rows": table} for table in tables]}))
""",
    "camelot lattice": f"""
import sys, json, camelot
tables = camelot.read_pdf(sys.argv[1], pages="1-{CAMELOT_PAGES}", flavor="lattice")
print(json.dumps({{"tables": [{{"rows": table.df.values.tolist()}} for table in tables]}}))
""",
    "PDFium raw text": """
import sys, pypdfium2
for page in pypdfium2.PdfDocument(sys.argv[1]):
    page.get_textpage().get_text_range()
print("{}")
""",
}


@dataclass(frozen=True)
class Run:
    """What one process used: processor seconds, seconds by the clock, peak memory in MB, and what it printed."""

    cpu: float
    wall: float
    memory: float
    output: bytes


def main() -> int:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    options.add_argument("--repeat", type=int, default=2, help="Take the fastest of so many runs")
    options.add_argument("--peers", default=sys.executable, help="Interpreter that has the peers installed")
    arguments = options.parse_args()
    if not arguments.corpus.is_dir():
        print(f"no corpus at {arguments.corpus}: nothing to measure")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _compare(arguments.corpus, arguments.repeat, arguments.peers, Path(folder))
        _lengths(arguments.corpus, arguments.repeat, Path(folder))
    return 0


def _compare(corpus: Path, repeat: int, peers: str, folder: Path) -> None:
    print(
        f"{'document':28} {'reader':22} {'pages':>5} {'pages/s per core':>16} {'against pdfplumber':>18} {'cells':>9}"
    )
    for name in LONGEST:
        file = corpus / name
        pages = _count(file)
        commands: dict[str, list[str]] = {"gouji parse --json": [_gouji(), "parse", str(file), "--json"]}
        for peer, code in _PEERS.items():
            commands[peer] = [
                sys.executable if peer in ("pdfplumber", "PDFium raw text") else peers,
                "-c",
                code,
                str(file),
            ]
        speeds: dict[str, float] = {}
        for reader, command in commands.items():
            run = _fastest(command, repeat)
            if run is None:
                print(f"{file.name:28} {reader:22} not installed")
                continue
            read = min(pages, CAMELOT_PAGES) if reader.startswith("camelot") else pages
            speeds[reader] = read / run.cpu
            cells = _accuracy(file, corpus, run.output, folder) if read == pages else ""
            against = f"{speeds[reader] / speeds['pdfplumber']:.1f}" if "pdfplumber" in speeds else ""
            print(f"{file.name:28} {reader:22} {read:5} {speeds[reader]:16.1f} {against:>18} {cells:>9}", flush=True)
        print(f"{file.name:28} gouji : pdfplumber = {speeds['gouji parse --json'] / speeds['pdfplumber']:.1f}")


def _lengths(corpus: Path, repeat: int, folder: Path) -> None:
    print(f"\n{'pages':>5} {'processor s':>12} {'ms/page':>8} {'peak MB':>8}")
    for length in LENGTHS:
        file = folder / f"{length}.pdf"
        _join([corpus / name for name in LONGEST], length, file)
        run = _fastest([_gouji(), "parse", str(file), "--json"], repeat)
        if run is not None:
            print(f"{length:5} {run.cpu:12.2f} {run.cpu * 1000 / length:8.2f} {run.memory:8.0f}", flush=True)


def _gouji() -> str:
    return str(Path(sys.executable).parent / "gouji")


def _count(file: Path) -> int:
    document = pypdfium2.PdfDocument(file)
    try:
        return len(document)
    finally:
        document.close()


def _join(files: Sequence[Path], length: int, output: Path) -> None:
    """A document of so many pages, taken from files in turn."""
    joined = pypdfium2.PdfDocument.new()
    while len(joined) < length:
        for file in files:
            source = pypdfium2.PdfDocument(file)
            wanted = min(len(source), length - len(joined))
            if wanted:
                joined.import_pages(source, list(range(wanted)))
            source.close()
    joined.save(output)
    joined.close()


def _fastest(command: Sequence[str], repeat: int) -> Run | None:
    runs = [_run(command) for _ in range(repeat)]
    whole = [run for run in runs if run is not None]
    return min(whole, key=lambda run: run.cpu) if whole else None


def _run(command: Sequence[str]) -> Run | None:
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        if process.returncode:
            return None
        output.seek(0)
        return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, output.read())


def _accuracy(file: Path, corpus: Path, output: bytes, folder: Path) -> str:
    """Percent of the standard tables' cells that equal the truth."""
    truth = file.parent / "truth" / f"{file.name[:3]}.json"
    parsed = folder / "parsed.json"
    document = json.loads(output)
    if not document:
        return ""
    parsed.write_bytes(output)
    script = corpus.parent / "tools" / "reading_score.py"
    score = subprocess.run([sys.executable, script, truth, parsed], capture_output=True, text=True, check=True).stdout
    return score.strip().splitlines()[-1].split()[2]


if __name__ == "__main__":
    sys.exit(main())
