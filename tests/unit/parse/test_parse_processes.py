"""Reading processes: limits, deaths and their reasons, and hostile files."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from drawn_pdfs import pdf, summary

from services.parse.confinement import Confinement, cause_of_death
from services.parse.once import read_once
from services.parse.pool import ReadingPool
from shared.document import Document
from shared.errors import ReadingCrashed, ReadingOutOfMemory, ReadingTimedOut, Rejection
from shared.settings import Settings, load_settings

HOSTILE = Path(__file__).parents[3].parent / "shared" / "hostile"
SETTINGS = load_settings(parse_timeout_s=30, page_timeout_s=5, parse_memory_mb=1000)


def bomb(objects: int) -> bytes:
    """A PDF whose one page has a content stream of so many path segments, compressed to little."""

    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas._code.append("0 0 m " + "1 1 l " * objects + "S")

    return pdf(draw, pageCompression=1)


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ReadingPool]:
    reading = ReadingPool(SETTINGS)
    yield reading
    reading.close()


async def test_pool_reads_documents_one_after_the_other_and_at_once(pool: ReadingPool) -> None:
    documents = await asyncio.gather(*(pool.read(pdf(summary)) for _ in range(3)))
    assert [document.tables[0].type for document in documents] == ["income_expenditure_summary"] * 3


async def test_rejection_crosses_the_process_with_its_details(pool: ReadingPool) -> None:
    with pytest.raises(Rejection) as caught:
        await pool.read(b"no pdf")
    assert caught.value.reason == "not_a_pdf"


async def test_process_that_exceeds_its_memory_is_rejected_and_the_next_document_is_read(pool: ReadingPool) -> None:
    with pytest.raises(Rejection) as caught:
        await pool.read(bomb(20_000_000))
    assert caught.value.reason in ("reading_out_of_memory", "reading_crashed", "reading_timed_out")
    assert (await pool.read(pdf(summary))).pages == 1


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile files are not beside the repository")
async def test_every_hostile_file_ends_with_a_document_or_a_reason(pool: ReadingPool) -> None:
    endings = Counter[str]()
    for file in sorted(HOSTILE.glob("*.pdf")):
        try:
            endings[type(await pool.read(file.read_bytes())).__name__] += 1
        except Rejection as rejection:
            endings[rejection.reason] += 1
    assert sum(endings.values()) == len(list(HOSTILE.glob("*.pdf")))
    assert not {"reading_crashed", "reading_timed_out"} & set(endings)


def test_reading_once_gives_the_document_as_json() -> None:
    assert Document.model_validate_json(read_once(pdf(summary), SETTINGS)).pages == 1


def test_reading_once_gives_the_reason_of_a_refusal() -> None:
    with pytest.raises(Rejection) as caught:
        read_once(b"%PDF-1.7 and nothing else", SETTINGS)
    assert caught.value.reason == "damaged_pdf"


def test_reading_once_stops_at_the_time_limit() -> None:
    impatient = load_settings(parse_timeout_s=0.01)
    with pytest.raises(ReadingTimedOut):
        read_once(pdf(summary), impatient)


@pytest.mark.parametrize(
    ("exit_code", "kind"),
    [
        (-14, ReadingTimedOut),
        (-24, ReadingTimedOut),
        (-9, ReadingOutOfMemory),
        (-11, ReadingCrashed),
        (1, ReadingCrashed),
    ],
)
def test_death_of_a_process_is_told_by_its_signal(exit_code: int, kind: type[Rejection]) -> None:
    assert isinstance(cause_of_death(exit_code, Confinement.of(Settings())), kind)
