"""A hundred damaged documents: each ends with a document or a reason. (`benchmarks/fuzz_reading.py` runs thousands.)"""

import importlib.util
from pathlib import Path

from drawn_pdfs import pdf, summary, text
from reportlab.pdfgen.canvas import Canvas

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "fuzz_reading.py"


def drawn(canvas: Canvas) -> None:
    for _ in range(3):
        summary(canvas)
        text(canvas, 60, 400, "本年收入合计12.00万元，与上年相比增加1.00万元，增长9.09%。")
        canvas.showPage()


async def test_damaged_documents_end_with_a_document_or_a_reason() -> None:
    spec = importlib.util.spec_from_file_location("fuzz_reading", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    fuzzing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzzing)
    endings = await fuzzing.fuzz([pdf(drawn, pageCompression=1), pdf(drawn)], count=100, seed=7)
    assert sum(endings.values()) == 100
    assert endings["document"] > 0
    assert not [ending for ending in endings if "fault" in ending]
