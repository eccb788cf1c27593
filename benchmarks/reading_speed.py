"""The reader's speed and memory beside its peers, in one run, with the accuracy of each.

    python benchmarks/reading_speed.py [--corpus ../shared/corpus] [--repeat 2] [--peers PYTHON]

Every line is a process of its own, start and output included: `gouji parse --json`; pdfplumber's extract_tables and
extract_text alone; camelot (lattice) and PyMuPDF's find_tables, where they are installed (`pip install .[benchmark]`
in an environment of its own: PyMuPDF is AGPL; name its interpreter with --peers); and PDFium's raw text as the limit.
Pages per second are per core: by the processor seconds (user and system) that the process and those it started used,
as os.wait4 tells them, not by the clock, so that a busy machine blurs them less. Gouji and pdfplumber take turns, and
of each the best of `--repeat` runs counts. Then the same for documents of 25, 50, 110 and 400 pages, joined from the
corpus, with the peak memory, and where the time of one document goes.

Python keeps the compiled form of modules, as in any installation: a variable of the environment that forbids it
(PYTHONDONTWRITEBYTECODE) is taken out, for it would have Gouji's modules compiled anew at every start, and its peers',
which pip compiles when it installs them, not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]
LONGEST = ("retypeset/000_word.pdf", "retypeset/000_libre.pdf")
LENGTHS = (25, 50, 110, 400)
_GOUJI = "gouji parse --json"
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
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
    "camelot lattice": """
import sys, json, camelot
tables = camelot.read_pdf(sys.argv[1], pages="all", flavor="lattice")
print(json.dumps({"tables": [{"rows": table.df.values.tolist()} for table in tables]}))
""",
    "PDFium raw text": """
import sys, pypdfium2
for page in pypdfium2.PdfDocument(sys.argv[1]):
    page.get_textpage().get_text_range()
print("{}")
""",
}

_STAGES = """
import time, gc, sys
gc.disable()
marks = [("interpreter", time.process_time())]
def mark(name):
    marks.append((name, time.process_time()))
import cli.entry, cli.document
mark("command")
from services.parse import reader
from services.parse.calls_pdfium import pdfium
from services.parse.pages import Limits
from services.parse.pages_pdfium import PdfiumPages
from shared.document_json import document_json
mark("reader")
reader._recogniser()
mark("layouts")
with open(sys.argv[1], "rb") as file:
    data = file.read()
library = pdfium()
library.FPDF_InitLibrary()
opened = library.FPDF_LoadMemDocument64(data, len(data), None)
for number in range(library.FPDF_GetPageCount(opened)):
    page = library.FPDF_LoadPage(opened, number)
    library.FPDFText_ClosePage(library.FPDFText_LoadPage(page))
    library.FPDF_ClosePage(page)
library.FPDF_CloseDocument(opened)
mark("PDFium alone")
with PdfiumPages(data, Limits()) as source:
    pages = list(source.pages())
mark("pages")
taken = [reader.take_apart(page) for page in pages]
mark("grids and lines")
content = reader.content_of(taken)
mark("joining")
document = reader._document(content, "pdf")
mark("tables and facts")
document_json(document)
mark("JSON")
before = 0
for name, at in marks:
    print(f"{name} {(at - before) * 1000:.0f}", end="; ")
    before = at
"""


@dataclass(frozen=True)
class Run:
    """What one process used: processor seconds, peak memory in MB, and what it printed."""

    cpu: float
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
    if shutil.which(arguments.peers) is None:
        print(f"no interpreter at {arguments.peers}: PyMuPDF and camelot are left out")
    with tempfile.TemporaryDirectory() as folder:
        _compare(arguments.corpus, arguments.repeat, arguments.peers, Path(folder))
        _lengths(arguments.corpus, arguments.repeat, Path(folder))
    _stages(arguments.corpus)
    return 0


def _compare(corpus: Path, repeat: int, peers: str, folder: Path) -> None:
    print(
        f"{'document':22} {'reader':22} {'pages':>5} {'cpu s':>7} {'pages/s per core':>16} {'× pdfplumber':>12} cells"
    )
    for name in LONGEST:
        file = corpus / name
        pages = _count(file)
        own = {"pdfplumber", "PDFium raw text"}
        commands = {_GOUJI: [_gouji(), "parse", str(file), "--json"]} | {
            peer: [sys.executable if peer in own else peers, "-c", code, str(file)] for peer, code in _PEERS.items()
        }
        runs = _best(commands, repeat)
        for reader in commands:
            run = runs.get(reader)
            if run is None:
                print(f"{file.name:22} {reader:22} not installed")
                continue
            cells = _accuracy(file, corpus, run.output, folder)
            speed, against = pages / run.cpu, runs["pdfplumber"].cpu / run.cpu
            print(
                f"{file.name:22} {reader:22} {pages:5} {run.cpu:7.2f} {speed:16.1f} {against:12.1f} {cells}", flush=True
            )


def _lengths(corpus: Path, repeat: int, folder: Path) -> None:
    print(f"\n{'pages':>5} {'cpu s':>7} {'ms/page':>8} {'pages/s':>8} {'peak MB':>8} {'pdfplumber cpu s':>17} {'×':>5}")
    for length in LENGTHS:
        file = folder / f"{length}.pdf"
        _join([corpus / name for name in LONGEST], length, file)
        commands = {
            _GOUJI: [_gouji(), "parse", str(file), "--json"],
            "pdfplumber": [sys.executable, "-c", _PEERS["pdfplumber"], str(file)],
        }
        runs = _best(commands, repeat)
        ours, theirs = runs[_GOUJI], runs["pdfplumber"]
        print(
            f"{length:5} {ours.cpu:7.2f} {ours.cpu * 1000 / length:8.2f} {length / ours.cpu:8.1f} {ours.memory:8.0f}"
            f" {theirs.cpu:17.2f} {theirs.cpu / ours.cpu:5.1f}",
            flush=True,
        )


def _stages(corpus: Path) -> None:
    """Where the time of one document goes. `PDFium alone` is done once more for it, and is a part of `pages`."""
    print("\nprocessor milliseconds by stage")
    for name in LONGEST:
        run = _run([sys.executable, "-c", _STAGES, str(corpus / name)])
        print(f"{Path(name).name}: {run.output.decode() if run else 'failed'}", flush=True)


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


def _best(commands: Mapping[str, Sequence[str]], repeat: int) -> dict[str, Run]:
    """The run of each that used the least processor time; they take turns, so that all see the same machine."""
    best: dict[str, Run] = {}
    for _ in range(repeat):
        for name, command in commands.items():
            run = _run(command)
            if run is not None and (name not in best or run.cpu < best[name].cpu):
                best[name] = run
    return best


def _run(command: Sequence[str]) -> Run | None:
    if shutil.which(command[0]) is None:
        return None
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=_ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            return None
        output.seek(0)
        return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read())


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
