"""What the reader gets right and how fast: cells equal to the truth, types, facts, pages per second.

    python benchmarks/reading.py [--corpus ../shared/corpus] [--repeat 3]

Runs `gouji parse --json` as a user does, process start included, and scores its output with the scripts that come with
the corpus. Without the corpus it says so and ends.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Print one line per document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    options.add_argument("--repeat", type=int, default=1, help="Read each document so often and take the fastest")
    arguments = options.parse_args()
    corpus: Path = arguments.corpus
    tools = corpus.parent / "tools"
    if not corpus.is_dir():
        print(f"no corpus at {corpus}: nothing to measure")
        return 0
    print(f"{'document':48} {'pages':>5} {'pages/s':>8}  {'standard':>16} {'forms':>16} {'facts':>14} untyped")
    for file in sorted(corpus.rglob("*.pdf")):
        print(_line(file, tools, arguments.repeat), flush=True)
    return 0


def _line(file: Path, tools: Path, repeat: int) -> str:
    with tempfile.NamedTemporaryFile(suffix=".json") as parsed:
        seconds = min(_parse(file, Path(parsed.name)) for _ in range(repeat))
        pages = int(re.search(rb'"pages":(\d+),"source_format"', Path(parsed.name).read_bytes()).group(1))  # type: ignore[union-attr]
        truth = file.parent / "truth" / f"{file.name[:3]}.json"
        scores = [""] * 4
        if truth.exists():
            standard = _total([tools / "reading_score.py", truth, parsed.name, "--kinds", "standard"])
            forms = _total([tools / "reading_score.py", truth, parsed.name, "--kinds", "perf"])
            facts = _total([tools / "facts_score.py", truth.with_suffix(".facts.json"), parsed.name])
            scores = [standard[0], forms[0], facts[0], standard[1]]
    return (
        f"{file.name:48} {pages:5} {pages / seconds:8.1f}  {scores[0]:>16} {scores[1]:>16} {scores[2]:>14} {scores[3]}"
    )


def _parse(file: Path, output: Path) -> float:
    started = time.perf_counter()
    with output.open("wb") as stream:
        subprocess.run([Path(sys.executable).parent / "gouji", "parse", file, "--json"], stdout=stream, check=True)
    return time.perf_counter() - started


def _total(command: list[object]) -> tuple[str, str]:
    """(hits/total percent, how many tables were not typed) of a scoring script's last line."""
    output = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=True).stdout
    words = output.strip().splitlines()[-1].split()
    return " ".join(words[1:3]), words[-1]


if __name__ == "__main__":
    sys.exit(main())
