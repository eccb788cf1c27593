"""Tables as they come out of drawn pages."""

import pytest
from drawn_pdfs import (
    HEIGHT,
    LEFT,
    SUMMARY_HEADER,
    SUMMARY_ROWS,
    Merge,
    caption,
    pdf,
    summary,
    table,
    text,
)
from reportlab.pdfgen.canvas import Canvas

from services.parse.pages import Limits
from services.parse.reader import read_document
from shared.document import Document, Table

WIDTHS = (150, 80, 150, 80)
MERGES = (Merge(0, 0, 1, 2), Merge(0, 2, 1, 2))


def read(data: bytes) -> Document:
    return read_document(data, limits=Limits())


def texts(found: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found.rows]


def test_summary_is_read_with_header_paths_and_without_the_row_of_ordinals() -> None:
    found = read(pdf(summary)).tables[0]
    assert found.type == "income_expenditure_summary"
    assert found.columns == (("收入", "项目"), ("收入", "决算数"), ("支出", "项目"), ("支出", "决算数"))
    assert texts(found) == SUMMARY_ROWS


def test_caption_gives_number_unit_and_name() -> None:
    found = read(pdf(summary)).tables[0]
    assert (found.title, found.number, found.amount_unit, found.unit_name) == (
        "收入支出决算总表",
        "公开01表",
        "万元",
        "某市某区水利局",
    )


def test_amounts_have_values_pages_and_boxes_on_the_page() -> None:
    cell = read(pdf(summary)).tables[0].rows[0][1]
    assert str(cell.value) == "1200.00"
    assert cell.page == 1
    assert cell.bbox is not None
    assert cell.bbox[0] == pytest.approx(LEFT + 150, abs=1)


def test_wrapped_text_in_a_cell_is_one_text() -> None:
    rows = [["本年收入合\n计", "1,200.00", "本年支出合计", "1,200.00"]]
    assert texts(read(pdf(lambda canvas: summary(canvas, rows))).tables[0]) == [
        ["本年收入合计", "1,200.00", "本年支出合计", "1,200.00"]
    ]


def test_cell_covered_by_a_merged_neighbour_is_blank_and_the_neighbour_is_wider() -> None:
    def draw(canvas: Canvas) -> None:
        top = caption(canvas, 80, "收入支出决算总表")
        rows = [*SUMMARY_HEADER, *SUMMARY_ROWS[:2], ["总计", None, "总计", "1,200.00"]]
        table(canvas, top, rows, WIDTHS, (*MERGES, Merge(5, 0, 1, 2)))

    row = read(pdf(draw)).tables[0].rows[-1]
    assert [cell.text for cell in row] == ["总计", "", "总计", "1,200.00"]
    assert row[0].bbox is not None
    assert row[0].bbox[2] - row[0].bbox[0] == pytest.approx(230, abs=1)
    assert row[1].bbox is None


@pytest.mark.parametrize("repeat_header", [True, False], ids=["header repeated", "header not repeated"])
def test_table_that_goes_on_over_a_page_is_one_table(repeat_header: bool) -> None:
    rows = [[f"{i}、某项收入{i}", f"{i}.00", f"{i}、某项支出{i}", f"{i}.50"] for i in range(1, 41)]

    def draw(canvas: Canvas) -> None:
        top = caption(canvas, 80, "收入支出决算总表")
        table(canvas, top, [*SUMMARY_HEADER, *rows[:30]], WIDTHS, MERGES)
        canvas.showPage()
        rest = [*SUMMARY_HEADER, *rows[30:]] if repeat_header else rows[30:]
        table(canvas, 60, rest, WIDTHS, MERGES if repeat_header else ())

    tables = read(pdf(draw)).tables
    assert len(tables) == 1
    assert tables[0].pages == (1, 2)
    assert texts(tables[0]) == rows
    assert tables[0].rows[-1][0].page == 2


def test_empty_grid_left_over_on_a_third_page_adds_no_rows() -> None:
    def draw(canvas: Canvas) -> None:
        top = caption(canvas, 80, "收入支出决算总表")
        table(canvas, top, [*SUMMARY_HEADER, *SUMMARY_ROWS[:2]], WIDTHS, MERGES)
        canvas.showPage()
        table(canvas, 60, SUMMARY_ROWS[2:], WIDTHS)
        canvas.showPage()
        table(canvas, 60, [["", "", "", ""]], WIDTHS)

    tables = read(pdf(draw)).tables
    assert [texts(found) for found in tables] == [SUMMARY_ROWS]


def test_two_tables_with_titles_on_following_pages_stay_two() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        top = caption(canvas, 80, "财政拨款收入支出决算总表")
        table(canvas, top, [*SUMMARY_HEADER, *SUMMARY_ROWS], WIDTHS, MERGES)

    assert [found.title for found in read(pdf(draw)).tables] == ["收入支出决算总表", "财政拨款收入支出决算总表"]


def test_note_below_a_table_belongs_to_it_and_not_to_the_narrative() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        text(canvas, LEFT, 300, "注：本表反映部门本年度的总收支情况。", 9)
        text(canvas, LEFT, 340, "这是正文的一句话。")

    document = read(pdf(draw))
    assert document.tables[0].notes == ("注：本表反映部门本年度的总收支情况。",)
    assert [paragraph.text for paragraph in document.paragraphs] == ["这是正文的一句话。"]


def test_rotated_page_gives_the_same_cells() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        canvas.translate(0, 595 - HEIGHT)
        summary(canvas)

    assert texts(read(pdf(draw)).tables[0]) == SUMMARY_ROWS


def test_watermark_over_a_table_gets_into_no_cell_and_is_noted() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.saveState()
        canvas.setFillGray(0.8)
        canvas.translate(100, HEIGHT - 300)
        canvas.rotate(30)
        canvas.setFont("song", 40)
        canvas.drawString(0, 0, "信息公开 2099 信息公开")
        canvas.restoreState()

    document = read(pdf(draw))
    assert texts(document.tables[0]) == SUMMARY_ROWS
    assert [note.code for note in document.reading_notes] == ["overlaid_text"]


def test_text_outside_the_page_is_ignored() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        text(canvas, 700, 200, "99999.99")
        text(canvas, 100, -40, "88888.88")

    assert texts(read(pdf(draw)).tables[0]) == SUMMARY_ROWS


def test_full_width_digits_and_stray_spaces_keep_their_text_and_have_a_value() -> None:
    rows = [["一、财政拨款收入", "１２．３４", "一、教育支出", "663. 56"]]
    row = read(pdf(lambda canvas: summary(canvas, rows))).tables[0].rows[0]
    assert row[1].text == "１２．３４"
    assert [str(row[1].value), str(row[3].value)] == ["12.34", "663.56"]


def test_table_that_no_layout_knows_is_kept_as_unknown() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        text(canvas, 230, 400, "某区村庄一览表", 14)
        table(canvas, 430, [["村名", "户数"], ["东村", "120"], ["西村", "80"]], (100, 100))

    found = read(pdf(draw)).tables[1]
    assert (found.type, found.title) == ("unknown", "某区村庄一览表")
    assert texts(found) == [["东村", "120"], ["西村", "80"]]


def test_table_without_any_figure_is_empty() -> None:
    rows = [["一、财政拨款收入", "", "一、教育支出", "—"]]
    document = read(pdf(lambda canvas: summary(canvas, rows)))
    assert document.tables[0].empty
    assert not read(pdf(summary)).tables[0].empty


def test_title_inside_the_rules_is_a_caption_and_no_row() -> None:
    def draw(canvas: Canvas) -> None:
        text(canvas, LEFT, 60, "某市某区水利局2023年度部门决算", 20)
        rows = [
            ["收入支出决算总表", None, None, None],
            ["部门：某市某区水利局", None, "金额单位：万元", None],
            *SUMMARY_HEADER,
            *SUMMARY_ROWS,
        ]
        merges = (Merge(0, 0, 1, 4), Merge(1, 0, 1, 2), Merge(1, 2, 1, 2), Merge(2, 0, 1, 2), Merge(2, 2, 1, 2))
        table(canvas, 120, rows, WIDTHS, merges)

    found = read(pdf(draw)).tables[0]
    assert (found.type, found.title, found.amount_unit) == ("income_expenditure_summary", "收入支出决算总表", "万元")
    assert texts(found) == SUMMARY_ROWS


@pytest.mark.parametrize("turn", [90, 270])
def test_table_printed_sideways_is_read_and_placed_on_the_page_as_displayed(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(*{90: (595, 0), 270: (0, 842)}[turn])
        canvas.rotate(turn)
        canvas.translate(0, 595 - HEIGHT)
        summary(canvas)

    found = read(pdf(draw)).tables[0]
    assert texts(found) == SUMMARY_ROWS
    for cell in (found.rows[0][1], found.rows[-1][2]):
        assert cell.bbox is not None
        assert 0 <= cell.bbox[0] < cell.bbox[2] <= 595
        assert 0 <= cell.bbox[1] < cell.bbox[3] <= 842


def test_page_printed_upside_down_is_read_and_placed_as_displayed() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(595, 842)
        canvas.rotate(180)
        summary(canvas)

    found = read(pdf(draw)).tables[0]
    assert texts(found) == SUMMARY_ROWS
    first, last = found.rows[0][1].bbox, found.rows[-1][1].bbox
    assert first is not None
    assert last is not None
    assert first[1] > last[1]  # the first row stands lowest on the page


def test_amount_belongs_to_the_columns_that_its_header_joins_without_vertical_rules() -> None:
    """Header and amounts stand in the middle of two columns, which the rows above the header fill one by one."""
    above: list[list[str | None]] = [["项目甲", "8", "2747.12", "9"], ["项目乙", "7", "2363.01", "8"]]
    joined: list[list[str | None]] = [
        ["指标内容", "", None, "得分"],
        ["质量指标", "", None, "9"],
        ["时效", "", None, "18"],
    ]
    merges = [Merge(r, 1, 1, 2) for r in (2, 3, 4)]

    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        table(canvas, 100, above + joined, (90, 50, 80, 60), merges, rules="horizontal", height=20)
        for row, words in enumerate(["分值", "10", "20"], 2):
            text(canvas, LEFT + 155 - 4.5 * len(words.encode("gbk")) / 2, 104 + 20 * row, words, 9)

    found = read(pdf(draw)).tables[1]
    rows = [list(path) for path in zip(*found.columns, strict=True)] + texts(found)
    assert rows[-3:] == [["指标内容", "分值", "", "得分"], ["质量指标", "10", "", "9"], ["时效", "20", "", "18"]]


def test_header_printed_sideways_in_its_cell_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        table(canvas, 400, [["", "决算数"], ["教育支出", "1.00"]], (60, 80), height=60)
        canvas.saveState()
        canvas.translate(LEFT + 30, HEIGHT - 450)
        canvas.rotate(90)
        text(canvas, 0, HEIGHT - 9, "科目名称", 9)
        canvas.restoreState()
        summary(canvas, department="")

    assert read(pdf(draw)).tables[1].columns[0] == ("科目名称",)


def test_pie_chart_is_no_table_and_takes_no_sentence() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, LEFT, 60, "教育支出90.00万元，占90.00%。")
        canvas.rect(LEFT, HEIGHT - 330, 415, 230)
        for start, extent in ((90, 320), (50, 35), (85, 5)):
            canvas.wedge(200, HEIGHT - 300, 370, HEIGHT - 130, start, extent)
        thinnest = canvas.beginPath()  # a share of almost nothing, whose curve is led from far below the page
        thinnest.moveTo(285, HEIGHT - 215)
        thinnest.lineTo(285, HEIGHT - 130)
        thinnest.curveTo(285, HEIGHT - 130, 285.2, -420, 285.2, HEIGHT - 130)
        thinnest.close()
        canvas.drawPath(thinnest)
        text(canvas, 380, 150, "90.00%", 8)
        text(canvas, LEFT, 345, "教育支出比上年增加12.00万元。")

    document = read(pdf(draw))
    assert [found.type for found in document.tables] == ["income_expenditure_summary"]
    assert [str(fact.value) for fact in document.facts] == ["90.00", "90.00", "12.00"]


FORM = [
    ["项目名称", "校园修缮"],
    ["一级指标", "二级指标"],
    ["三级指标", "指标值"],
    ["年度总体目标", "改善条件"],
]


def test_title_of_a_form_over_two_lines_is_one_title() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        canvas.showPage()
        text(canvas, 130, 60, "某专项-校园修缮项目（小学）", 14)
        text(canvas, 185, 77, "绩效目标表", 14)
        text(canvas, 195, 100, "（2023年度）", 9)
        table(canvas, 120, FORM, (160, 160))

    assert [form.title for form in read(pdf(draw)).assessments] == ["某专项-校园修缮项目（小学）绩效目标表"]


def test_title_at_the_foot_of_a_page_belongs_to_the_form_on_the_next() -> None:
    def draw(canvas: Canvas) -> None:
        summary(canvas)
        text(canvas, 200, 770, "校园修缮项目绩效目标表", 14)
        canvas.showPage()
        text(canvas, 195, 60, "（2023年度）", 9)
        table(canvas, 80, FORM, (160, 160))

    document = read(pdf(draw))
    assert [(form.title, form.type) for form in document.assessments] == [
        ("校园修缮项目绩效目标表", "performance_target_project")
    ]
    assert not any("校园修缮" in paragraph.text for paragraph in document.paragraphs)


def test_form_without_a_title_is_of_goals_unless_it_has_scores() -> None:
    def form(*more: list[str]) -> str:
        def draw(canvas: Canvas) -> None:
            summary(canvas)
            canvas.showPage()
            table(canvas, 80, [*FORM, *more], (160, 160))

        return read(pdf(draw)).assessments[0].type

    assert form() == "performance_target_project"
    assert form(["自评得分", "95"]) == "project_self_evaluation"
