"""A whole province through the whole line: every error between documents found, nothing else, and the ledger true.

    .venv/bin/python benchmarks/linked.py [--units 300] [--years 2] [--errors 40] [--seed 1] [--full]

Makes linked samples (`gouji samples --linked`), starts `gouji up` on an empty folder, uploads the PDFs in no order,
loads the list of duties, and compares findings and ledger with the truth that the samples carry. Exit code 1 where they
differ.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from line import running

from cli.embedded.folder import read_keys
from cli.samples.linked.duties import duties_csv
from cli.samples.linked.write import Province, draw_province

PAGE = 200


@dataclass(frozen=True)
class Outcome:
    """What the line found, as the samples name it."""

    findings: set[tuple[str, str]]
    ledger: dict[tuple[str, str, int], str]
    seconds: float


def main() -> None:
    """Print what was planted, found and told, and every difference."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("units", 300), ("years", 2), ("errors", 40), ("seed", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--full", action="store_true", help="documents of full length instead of some ten pages")
    asked = options.parse_args()
    province = draw_province(
        asked.seed, asked.units, asked.years, asked.errors, (), edition="shaanxi", small=not asked.full
    )
    with tempfile.TemporaryDirectory(prefix="gouji-linked-") as folder, running(Path(folder), 1) as state:
        key = {"Authorization": f"Bearer {read_keys(Path(folder))['operator']}"}
        outcome = run(province, state["api_url"], state["query_url"], key)
    sys.exit(report(province, outcome))


def run(province: Province, api: str, query: str, key: Mapping[str, str]) -> Outcome:
    """Send a province through a running line."""
    made = [(filing, pdf) for filing, pdf, _ in province.documents()]
    random.Random(province.seed).shuffle(made)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda one: upload(api, key, *one), made))
    wait_until_done(api, key, len(made))
    took = time.monotonic() - began
    files = {document_id: filing.file for document_id, (filing, _) in zip(ids, made, strict=True)}
    found = items(f"{query}/findings", key)
    csv = duties_csv(province.filings, province.fates).encode()
    headers = {**key, "Content-Type": "text/csv"}
    httpx.post(f"{query}/ledger", content=csv, headers=headers, timeout=120).raise_for_status()
    duties = items(f"{query}/ledger", key)
    return Outcome(
        {(files[one["document_id"]], one["rule"]) for one in found if one["rule"].startswith("AC-")},
        {(one["unit"], one["kind"], one["year"]): one["state"] for one in duties},
        took,
    )


def upload(api: str, key: Mapping[str, str], filing: Any, pdf: bytes) -> str:
    """Upload one file with what the uploader knows of it; its document_id."""
    said = {"region": filing.region, "unit": filing.unit.name, "kind": filing.kind, "year": str(filing.year)}
    file = {"file": (f"{filing.file}.pdf", pdf, "application/pdf")}
    answer = httpx.post(f"{api}/documents", files=file, data=said, headers=key, timeout=120)
    answer.raise_for_status()
    return str(answer.json()["document_id"])


def wait_until_done(api: str, key: Mapping[str, str], count: int) -> None:
    """Wait until so many documents were stored or rejected."""
    while True:
        counts = httpx.get(f"{api}/overview?latest=0", headers=key, timeout=60).json()["counts"]
        if counts.get("dead_lettered"):
            raise SystemExit(f"dead letters: {counts}")
        if counts.get("stored", 0) + counts.get("rejected", 0) >= count:
            return
        time.sleep(0.5)


def items(url: str, key: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything that a list of the read API holds."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = httpx.get(url, params={"limit": PAGE, **cursor}, headers=key, timeout=120).raise_for_status().json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def report(province: Province, outcome: Outcome) -> int:
    """Print the figures; 0 where all is as planted."""
    expected = set(province.expected)
    fates = {(one.unit.name, one.kind, one.year): province.fates[one.file] for one in province.filings}
    made = sum(fate not in ("missing", "pending") for fate in province.fates.values())
    print(f"{len(province.filings)} duties, {made} documents stored or returned in {outcome.seconds:.0f} s")
    kinds = Counter(slip.kind for slip in province.slips)
    print(f"planted {len(province.slips)}: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    print(f"relations they break: {len(expected)}, found: {len(outcome.findings & expected)}")
    listed("missed", sorted(expected - outcome.findings))
    listed("found on clean figures", sorted(outcome.findings - expected))
    wrong = sorted(duty for duty, fate in fates.items() if outcome.ledger.get(duty) != fate)
    print("ledger: " + ", ".join(f"{state} {count}" for state, count in sorted(Counter(fates.values()).items())))
    listed("told otherwise", [(*duty, fates[duty], outcome.ledger.get(duty)) for duty in wrong])
    return int(bool(expected != outcome.findings or wrong))


def listed(title: str, rows: Sequence[object]) -> None:
    """Print a count, and what it counts."""
    print(f"{title}: {len(rows)}")
    for row in rows:
        print(f"  {row}")


if __name__ == "__main__":
    main()
