"""`gouji samples`: write sample disclosures, each as NAME.pdf with NAME.json beside it."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from cli.samples.edition import edition_names, load_edition
from cli.samples.linked.slips import KINDS as SLIPS
from cli.samples.linked.write import Province, draw_province, write_province
from cli.samples.planters import KINDS
from cli.samples.sample import Sample, build_sample, render_pdf
from shared.document_json import plain
from shared.errors import InvalidField

app = typer.Typer(add_completion=False)

_SLIPS = ", ".join(SLIPS)


@app.command()
def samples(
    out: Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")] = Path("samples"),
    count: Annotated[int, typer.Option(min=1, help="How many documents.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The first document's seed; the next ones count up from it.")] = 1,
    edition: Annotated[str, typer.Option(help="Editions in turn, separated by commas; all of the kind if empty.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of document.")] = "final_accounts",
    errors: Annotated[
        int | None, typer.Option(min=0, help="Errors to plant in each document; 1 where --plant names kinds, else 0.")
    ] = None,
    plant: Annotated[str, typer.Option(help=f"Kinds of errors to plant, of: {', '.join(KINDS)}.")] = "",
    small: Annotated[bool, typer.Option("--small", help="Documents of 3–4 pages, for load tests.")] = False,
    linked: Annotated[
        bool, typer.Option("--linked", help=f"A whole province that speaks of itself; --plant then of: {_SLIPS}.")
    ] = False,
    units: Annotated[int, typer.Option(min=1, help="With --linked: how many units, departments among them.")] = 10,
    years: Annotated[int, typer.Option(min=1, max=9, help="With --linked: how many years of each unit.")] = 2,
) -> None:
    """Make PDFs of fictional districts; the same options give the same bytes.

    --linked writes accounts and budgets of every unit and year, with duties.csv (报送任务) and manifest.json; --errors
    counts errors between documents.
    """
    if linked:
        slips, printed = _split(plant), edition or "shaanxi"
        _write_linked(draw_province(seed, units, years, errors or 0, slips, edition=printed, small=small), out)
        return
    editions = _split(edition) or _editions_of(kind)
    kinds = _split(plant)
    wanted = (1 if kinds else 0) if errors is None else errors
    console = Console()
    overview = Table(
        Column("file", no_wrap=True), Column("unit", overflow="fold"), "pages", "KB", "planted", "violating"
    )
    with Progress(console=console) as progress:
        for number in progress.track(range(count), description="samples"):
            sample = build_sample(
                seed + number,
                edition=editions[number % len(editions)],
                errors=wanted,
                plant=kinds,
                small=small,
            )
            overview.add_row(*_write(sample, out))
    console.print(overview)
    console.print(f"{count} documents in {out} / 已在 {out} 生成 {count} 份文件")


def _write_linked(province: Province, out: Path) -> None:
    console = Console()
    with Progress(console=console) as progress:
        written = list(
            progress.track(write_province(province, out), total=len(province.filings), description="samples")
        )
    planted, expected = len(province.slips), len(province.expected)
    console.print(
        f"{len(written)} documents in {out}, {planted} errors between them that break {expected} relations"
        f" / 已在 {out} 生成 {len(written)} 份文件，植入 {planted} 处跨文件错误"
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _editions_of(kind: str) -> list[str]:
    """All editions of a kind of document. Raises `InvalidField` where there is none."""
    kinds = {name: load_edition(name).kind for name in edition_names()}
    chosen = [name for name, its in kinds.items() if its == kind]
    if not chosen:
        raise InvalidField(field="kind", detail=f"{kind}: {', '.join(sorted(set(kinds.values())))}")
    return chosen


def _write(sample: Sample, out: Path) -> tuple[str, ...]:
    """Write both files of a sample; returns its line of the overview."""
    pdf = render_pdf(sample)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{sample.name}.pdf").write_bytes(pdf)
    (out / f"{sample.name}.json").write_text(sample_json(sample), encoding="utf-8")
    violating = sum(1 for planted in sample.planted if planted.violates)
    return (
        f"{sample.name}.pdf", sample.document.unit_name or "", str(sample.document.pages),
        f"{len(pdf) / 1024:.0f}", ", ".join(planted.kind for planted in sample.planted) or "–", str(violating),
    )  # fmt: skip


def sample_json(sample: Sample) -> str:
    """NAME.json: the true Document and what was planted in it."""
    content = {
        "document": plain(sample.document),
        "planted": [planted.as_json() for planted in sample.planted],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
