"""A large document travels by reference: the reference holds whatever happens to the one who made it."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from documents import parsed, received

from shared.claim_check import fetch, place
from shared.document import Document, Paragraph
from shared.mongo import Database, Files
from shared.settings import Settings


@pytest.fixture
async def files(settings: Settings) -> AsyncIterator[Files]:
    async with Database(settings) as database:
        yield Files(database)


async def test_reference_holds_although_an_earlier_try_was_cancelled_at_any_instant(files: Files) -> None:
    # A rebalance cancels what is in flight, and the message is handled again at once, often by the same process.
    for number in range(40):
        document = Document(paragraphs=tuple(Paragraph(text=f"{number} {line}" * 50) for line in range(200)))
        first = asyncio.create_task(place(document, f"d{number}", files, 1))
        await asyncio.sleep(random.uniform(0, 0.03))
        first.cancel()
        second = await place(document, f"d{number}", files, 1)
        await asyncio.wait({first})
        event = parsed(received(str(number))).model_copy(update=second)
        assert await fetch(event, files) == document
