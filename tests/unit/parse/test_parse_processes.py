"""Reading processes: limits, deaths and their reasons, and hostile files."""

import asyncio
import contextlib
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from drawn_pdfs import pdf, summary

from services.parse.confinement import Confinement, cause_of_death
from services.parse.once import read_once
from services.parse.pool import ReadingPool
from shared import metrics
from shared.document_json import document_of
from shared.errors import DamagedPdf, ReadingCrashed, ReadingOutOfMemory, ReadingTimedOut, Rejection
from shared.settings import Settings, load_settings

HOSTILE = Path(__file__).parents[3].parent / "shared" / "hostile"
SETTINGS = load_settings(parse_timeout_s=30, page_timeout_s=5, parse_memory_mb=1000)
LIMITS = Confinement.of(SETTINGS)


def bomb(objects: int) -> bytes:
    """A PDF whose one page has a content stream of so many path segments, compressed to little."""

    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas._code.append("0 0 m " + "1 1 l " * objects + "S")

    return pdf(draw, pageCompression=1)


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ReadingPool]:
    async with ReadingPool(SETTINGS) as reading:
        yield reading


async def test_pool_reads_documents_one_after_the_other_and_at_once(pool: ReadingPool) -> None:
    documents = await asyncio.gather(*(pool.read(pdf(summary)) for _ in range(3)))
    assert [document.tables[0].type for document in documents] == ["income_expenditure_summary"] * 3


async def test_log_says_at_start_that_a_reading_process_has_no_network_and_starts_no_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    if sys.platform != "linux":
        pytest.skip("reading processes have a filter of system calls on Linux only")
    with caplog.at_level(logging.INFO):
        async with ReadingPool(SETTINGS):
            [record] = [record for record in caplog.records if record.name == "services.parse.pool"]
    told = vars(record)["fields"]
    assert record.getMessage() == "reading process is confined"
    assert (told["network"], told["programs"]) == ("refused", "refused")
    assert (told["memory_mb"], told["timeout_s"], told["page_timeout_s"]) == (1000, 30, 5)
    assert {"max_pages", "max_page_objects", "documents_per_process"} < set(told)


async def test_log_warns_where_the_kernel_takes_no_filter(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async with ReadingPool(SETTINGS, answering(tmp_path, ready(["network", "programs"], "seccomp: no"))):
        pass
    [record] = [record for record in caplog.records if record.levelname == "WARNING"]
    told = vars(record)["fields"]
    assert (told["network"], told["programs"], told["why"]) == ("open", "open", "seccomp: no")


def ready(ways: list[str], why: str = "") -> str:
    """What a process says first, as an expression."""
    return f"framed(READY, json.dumps({{'open': {ways}, 'why': {why!r}}}).encode())"


def answering(folder: Path, *answers: str) -> tuple[str, str]:
    """A program that answers these expressions one after the other, each but the first when it was sent something."""
    program = folder / "answering.py"
    answer = "sys.stdin.buffer.read1(); sys.stdout.buffer.write({}); sys.stdout.flush()\n"
    program.write_text(
        "import json, os, sys, time\n"
        "from services.parse.answers import DOCUMENT, HEADER, READY, REFUSAL, framed\n"
        f"sys.stdout.buffer.write({answers[0]}); sys.stdout.flush()\n"
        + "".join(map(answer.format, answers[1:]))
        + "sys.stdin.buffer.read()\n"
    )
    return sys.executable, str(program)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("b'GET / HTTP/1.1 and so on'", "reading_crashed"),
        ("HEADER.pack(DOCUMENT, 1 << 40)", "reading_out_of_memory"),
        ("framed(REFUSAL, b'[1, 2]')", "reading_crashed"),
        ('framed(REFUSAL, b\'{"reason": "kafka_unavailable", "details": {}}\')', "reading_crashed"),
        ("framed(DOCUMENT, b'{\"tables\": 7}')", "reading_crashed"),
    ],
    ids=["nonsense", "endless", "no refusal", "no reason for a refusal", "no document"],
)
async def test_answer_that_no_reader_gives_refuses_the_document_and_nothing_else(
    answer: str, reason: str, tmp_path: Path
) -> None:
    async with ReadingPool(SETTINGS, answering(tmp_path, ready([]), answer)) as reading:
        with pytest.raises(Rejection) as caught:
            await reading.read(b"%PDF-")
    assert caught.value.reason == reason


async def test_process_is_replaced_after_so_many_documents(tmp_path: Path) -> None:
    refusal = "{'reason': 'damaged_pdf', 'details': {'detail': os.getpid()}}"
    program = answering(tmp_path, ready([]), *[f"framed(REFUSAL, json.dumps({refusal}).encode())"] * 5)
    seen = []
    async with ReadingPool(SETTINGS, program, documents_per_process=2) as reading:
        for _ in range(5):
            with pytest.raises(Rejection) as caught:
                await reading.read(b"%PDF-")
            seen.append(caught.value.details["detail"])
    assert seen[0] == seen[1] != seen[2] == seen[3] != seen[4]


async def test_reading_that_is_given_up_at_any_moment_spoils_none_that_follows(tmp_path: Path) -> None:
    slow_refusal = "framed(REFUSAL, json.dumps({'reason': 'damaged_pdf', 'details': {}}).encode())[time.sleep(0.1) :]"
    program = answering(tmp_path, ready([]), *[slow_refusal] * 30)
    async with ReadingPool(SETTINGS, program) as reading:
        for moment in range(25):
            given_up = asyncio.create_task(reading.read(b"%PDF-"))
            await asyncio.wait({given_up}, timeout=moment / 50)
            given_up.cancel()
            with contextlib.suppress(asyncio.CancelledError, DamagedPdf):
                await given_up
            if moment % 5 == 4:
                with pytest.raises(DamagedPdf):
                    await reading.read(b"%PDF-")


async def test_process_that_is_killed_is_counted_and_replaced(pool: ReadingPool) -> None:
    counted = metrics.READING_PROCESSES.labels(reason="reading_timed_out")
    before = counted._value.get()
    async with ReadingPool(SETTINGS.model_copy(update={"parse_timeout_s": 0.001})) as impatient:
        with pytest.raises(ReadingTimedOut):
            await impatient.read(pdf(summary))
    assert counted._value.get() == before + 1
    assert (await pool.read(pdf(summary))).pages == 1


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
    assert document_of(read_once(pdf(summary), LIMITS)).pages == 1


def test_reading_once_gives_the_reason_of_a_refusal() -> None:
    with pytest.raises(Rejection) as caught:
        read_once(b"%PDF-1.7 and nothing else", LIMITS)
    assert caught.value.reason == "damaged_pdf"


def test_reading_once_stops_at_the_time_limit() -> None:
    impatient = Confinement(timeout_s=0)
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
