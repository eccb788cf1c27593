"""How long checking takes and whether it keeps memory: `python benchmarks/checking.py [--count N] [--errors K]`.

Times are of this process's CPU, on the generator's documents, with the reading left out; memory is this process's
resident set after each thousand checks.
"""

import argparse
import resource
import statistics
import time

from cli.samples.sample import build_sample
from services.validate.check import check_document
from services.validate.rulebook import load_rulebook

EDITIONS = ("shaanxi", "shanxi", "shanghai")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=60, help="documents to time")
    arguments.add_argument("--errors", type=int, default=0, help="errors planted in each")
    arguments.add_argument("--checks", type=int, default=0, help="checks of one document for the memory run")
    given = arguments.parse_args()
    started = time.process_time()
    rulebook = load_rulebook()
    print(f"{len(rulebook.rules)} rules loaded in {time.process_time() - started:.2f} s")
    times: list[float] = []
    checks = findings = 0
    for seed in range(given.count):
        document = build_sample(seed, edition=EDITIONS[seed % len(EDITIONS)], errors=given.errors).document
        started = time.process_time()
        verdict = check_document(document, rulebook)
        times.append((time.process_time() - started) * 1000)
        checks += verdict.summary.rules
        findings += len(verdict.findings)
    times.sort()
    print(f"{given.count} documents, {given.errors} planted errors each: {checks} single checks, {findings} findings")
    print(f"ms CPU a document: median {statistics.median(times):.1f}, p95 {times[int(len(times) * 0.95)]:.1f}, "
          f"longest {times[-1]:.1f}")  # fmt: skip
    for number in range(1, given.checks + 1):
        check_document(document, rulebook)
        if number % 1000 == 0:
            print(f"{number} checks: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at peak")


if __name__ == "__main__":
    main()
