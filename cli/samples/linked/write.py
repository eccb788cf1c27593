"""Writing a linked province: a PDF for each filing that was made, `duties.csv`, and `manifest.json` with the truth."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.samples.linked.duties import draw_fates, duties_csv
from cli.samples.linked.expected import Shown, broken_rules
from cli.samples.linked.printing import bind, draft_of
from cli.samples.linked.slips import Slip, plant_slips
from cli.samples.linked.world import Filing, draw_world
from cli.samples.render import pages_to_pdf
from cli.samples.sample import render_pdf
from cli.samples.subjects import load_subjects
from cli.samples.typeset import Typesetter
from shared.document import Document
from shared.document_json import plain


@dataclass(frozen=True)
class Province:
    """What is to be written. `expected` are (file, rule) of every relation between documents that is broken."""

    filings: tuple[Filing, ...]
    fates: dict[str, str]
    slips: tuple[Slip, ...]
    expected: tuple[tuple[str, str], ...]
    seed: int
    edition: str
    small: bool

    def documents(self) -> Iterator[tuple[Filing, bytes, Document | None]]:
        """Each filing that was made with its PDF and its truth; a returned one is a picture without text."""
        subjects = load_subjects()
        for filing in self.filings:
            fate = self.fates[filing.file]
            if fate == "returned":
                yield filing, unreadable(filing.file), None
            elif fate not in ("missing", "pending"):
                draft = draft_of(filing, self.edition, subjects, self.seed)
                sample = bind(filing, draft, draft.printed, small=self.small, seed=self.seed)
                yield filing, render_pdf(sample), sample.document

    @property
    def manifest(self) -> dict[str, object]:
        """The truth: what each file is and what becomes of its duty, what was planted, what must be found."""
        documents = [
            {
                "file": f"{one.file}.pdf" if self.fates[one.file] not in ("missing", "pending") else None,
                **{"region": one.region, "unit": one.unit.name, "scope": one.unit.scope},
                **{"kind": one.kind, "year": one.year, "ledger": self.fates[one.file]},
            }
            for one in self.filings
        ]
        expected = [{"file": f"{file}.pdf", "rule": rule} for file, rule in self.expected]
        planted = [{**asdict(slip), "file": f"{slip.file}.pdf"} for slip in self.slips]
        return {"documents": documents, "planted": planted, "expected": expected}


def draw_province(
    seed: int, units: int, years: int, errors: int, plant: Sequence[str], *, edition: str, small: bool
) -> Province:
    """A province of so many units over so many years with so many errors between documents. Raises `InvalidField`."""
    rng, subjects = random.Random(f"province/{seed}"), load_subjects()
    filings, slips = plant_slips(rng, draw_world(seed, units, years, subjects), errors, plant)
    fates = draw_fates(rng, filings)
    shown = []
    for filing in filings:
        if fates[filing.file] in ("filed", "late"):
            draft = draft_of(filing, edition, subjects, seed)
            keys = draft.shown(small=small)
            texts = {key: text for key, text in draft.printed.texts.items() if key in keys}
            shown.append(Shown(filing, draft.narrative, texts))
    expected = tuple(sorted(broken_rules(shown)))
    return Province(tuple(filings), fates, tuple(slips), expected, seed, edition, small)


def unreadable(title: str) -> bytes:
    """A PDF of one blank page: nothing can be read of it."""
    sheet = Typesetter()
    sheet.new_page()
    return pages_to_pdf(sheet.pages, title)


def write_province(province: Province, out: Path) -> Iterator[str]:
    """Write everything; the names of the PDFs as they are written."""
    out.mkdir(parents=True, exist_ok=True)
    for filing, pdf, document in province.documents():
        (out / f"{filing.file}.pdf").write_bytes(pdf)
        if document is not None:
            truth = {"document": plain(document), "planted": []}
            (out / f"{filing.file}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", "utf-8")
        yield filing.file
    (out / "duties.csv").write_text(duties_csv(province.filings, province.fates), "utf-8-sig")
    manifest = json.dumps(province.manifest, ensure_ascii=False, indent=1)
    (out / "manifest.json").write_text(manifest + "\n", "utf-8")
