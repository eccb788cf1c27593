"""Facts: what the figures of a sentence say, of what, against which base."""

from typing import Any

import pytest

from services.parse.facts import facts_of
from shared.document import Fact, Paragraph


def facts(*sentences: str) -> list[Fact]:
    return list(facts_of([Paragraph(text=text, page=1) for text in sentences]))


def shown(found: list[Fact], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(str(getattr(fact, name)) for name in names) for fact in found]


def test_totals_with_their_change_and_rate() -> None:
    found = facts("2023年度收入总计、支出总计均为1,234.50万元，与上年相比收入、支出总计减少54.34万元，下降4.22%。")
    assert shown(found, "measure", "subject", "value", "unit", "direction") == [
        ("amount", "收入总计、支出总计", "1234.50", "万元", "None"),
        ("change", "收入、支出总计", "-54.34", "万元", "decrease"),
        ("growth_rate", "收入、支出总计", "-4.22", "%", "decrease"),
    ]
    assert found[1].base == "上年"


def test_composition_names_each_item_and_the_base_of_its_share() -> None:
    found = facts("本年收入合计200.00万元，其中：财政拨款收入150.00万元，占75.00%；其他收入50.00万元，占25.00%。")
    assert shown(found, "measure", "subject", "value", "base") == [
        ("amount", "本年收入合计", "200.00", "None"),
        ("amount", "财政拨款收入", "150.00", "None"),
        ("share", "财政拨款收入", "75.00", "本年收入合计"),
        ("amount", "其他收入", "50.00", "None"),
        ("share", "其他收入", "25.00", "本年收入合计"),
    ]


def test_share_with_a_named_base() -> None:
    found = facts("一般公共预算财政拨款支出80.00万元，占本年支出合计的40.00%。")
    assert shown(found, "measure", "subject", "base")[1] == ("share", "一般公共预算财政拨款支出", "本年支出合计")


def test_item_with_codes_is_carried_to_the_sentence_that_follows() -> None:
    found = facts(
        "1.教育支出(205)普通教育(02)小学教育(02)。",
        "年初预算为10.00万元，支出决算为9.50万元，完成年初预算的95.00%。",
    )
    assert {fact.subject for fact in found} == {"2050202 教育支出/普通教育/小学教育"}
    assert shown(found, "measure", "value") == [("budget", "10.00"), ("actual", "9.50"), ("completion_rate", "95.00")]
    assert found[2].base == "年初预算"


def test_item_named_by_class_group_and_item() -> None:
    found = facts("教育支出（类）普通教育（款）小学教育（项）年初预算为10.00万元，支出决算为9.50万元。")
    assert {fact.subject for fact in found} == {"教育支出/普通教育/小学教育"}


def test_code_behind_a_name() -> None:
    found = facts("(3)行政运行(2101501)243.1173万元，较上年增加157.39万元。")
    assert shown(found, "measure", "subject", "value") == [
        ("amount", "2101501 行政运行", "243.1173"),
        ("change", "2101501 行政运行", "157.39"),
    ]


def test_rate_in_brackets_takes_the_direction_of_its_change() -> None:
    found = facts("“三公”经费预算支出1.75万元，较上年减少0.35万元(17%)。")
    assert (found[2].measure, str(found[2].value), found[2].direction) == ("growth_rate", "-17", "decrease")


def test_difference_from_the_budget_is_no_change_from_last_year() -> None:
    found = facts("培训费预算12万元，支出决算0.58万元，完成预算的4.83%，决算数较预算数减少11.42万元。")
    assert shown(found, "measure", "value")[-1] == ("difference", "-11.42")
    assert found[-1].base == "预算数"


def test_counts_keep_their_unit() -> None:
    found = facts("共有车辆3辆，其中机要通信用车1辆；单价100万元（含）以上设备0台（套）。")
    assert ("count", "3", "辆") in shown(found, "measure", "value", "unit")
    assert ("count", "0", "台（套）") in shown(found, "measure", "value", "unit")


def test_performance_sentence_has_budget_execution_rate_and_score() -> None:
    found = facts("水利维护项目绩效自评综述：全年预算数68.03万元，执行数66.72万元，完成预算的98.07%，自评得分95，")
    assert shown(found, "measure", "subject")[:3] == [
        ("adjusted_budget", "水利维护"),
        ("executed", "水利维护"),
        ("completion_rate", "水利维护"),
    ]
    assert (found[3].measure, found[3].unit) == ("score", "分")


@pytest.mark.parametrize("text", ["2023年12月31日", "财发〔2023〕264号", "第3条规定", "12345热线"])
def test_years_document_numbers_and_articles_are_no_facts(text: str) -> None:
    assert facts(f"{text}。") == []


def test_statement_of_absence_is_an_amount_of_zero() -> None:
    found = facts("本年度无财政拨款公务接待费支出。")
    assert shown(found, "measure", "subject", "value", "text") == [("amount", "公务接待费", "0", "无")]


def test_quote_is_the_clause_with_the_figure() -> None:
    assert facts("收入合计12.00万元，其中：事业收入3.00万元。")[1].quote == "事业收入3.00万元"


def test_change_among_reasons_is_not_a_change_of_the_total() -> None:
    found = facts("支出总计增加99.00万元，增长3.88%。主要原因是：1、由于补助标准提高，增加了226.73万元，增长9.00%。")
    assert found[0].subject == "支出总计"
    assert "总计" not in found[2].subject
    assert found[3].subject == found[2].subject


def test_comparison_with_another_year_is_a_change_and_with_its_own_budget_a_difference() -> None:
    text = "公用经费5.00万元，比2022年预算增加1.00万元。公用经费5.00万元，比2023年预算增加2.00万元。"
    found = list(facts_of([Paragraph(text=text, page=1)], 2023))
    assert shown(found, "measure", "base")[1::2] == [("change", "2022年预算"), ("difference", "预算数")]


def test_growth_in_a_name_is_no_growth() -> None:
    assert shown(facts("支持外贸稳增长30.00万元。"), "measure", "subject") == [("amount", "支持外贸稳增长")]


def test_budget_of_everything_is_the_base_of_its_shares() -> None:
    found = facts("其他收入0万元。支出预算200.00万元，其中：教育支出150.00万元，占75.00%。")
    assert shown(found, "measure", "subject", "base")[1:] == [
        ("budget", "支出预算", "None"),
        ("amount", "教育支出", "None"),
        ("share", "教育支出", "支出预算"),
    ]


def test_arranged_budget_is_that_of_the_item() -> None:
    found = facts("1.“教育支出（类）普通教育（款）小学教育（项）”25.00万元，主要用于教学。2024年预算安排26.00万元。")
    assert shown(found, "measure", "subject") == [
        ("amount", "教育支出/普通教育/小学教育"),
        ("budget", "教育支出/普通教育/小学教育"),
    ]


def test_item_with_its_code_at_the_head_of_a_sentence() -> None:
    found = facts("1.小学教育（2050202），2023年度决算数为79.38万元，比2022年度决算数增长0.39%。")
    assert {fact.subject for fact in found} == {"2050202 小学教育"}


def test_what_is_counted_may_be_named_after_its_number() -> None:
    found = facts("机关设9个内设机构，另有3家所属单位；编报目标的项目4个，出版专著600余部。")
    assert shown(found, "subject", "value") == [
        ("内设机构", "9"),
        ("所属单位", "3"),
        ("编报目标的项目", "4"),
        ("出版专著", "600"),
    ]


def test_labels_without_words_are_no_sentences() -> None:
    assert facts("41.43%", "3.30% 0.05%") == []
