"""The verdict's shapes."""

from shared.findings import CellRef, Finding, Quote, Text

TEXT = Text(zh="不等", en="unequal")


def finding(*cells: CellRef, quotes: tuple[Quote, ...] = (), title: Text = TEXT) -> Finding:
    return Finding(rule="FA-TEST-EQUAL-01", severity="error", title=title, message=title, cells=cells, quotes=quotes)


LEFT, RIGHT = CellRef(table=0, row=1, column=2, text="1.00"), CellRef(table=3, row=0, column=1, text="2.00")


def test_a_finding_keeps_its_identity_through_another_wording_and_order() -> None:
    reworded = Text(zh="应相等", en="should be equal")
    assert finding(LEFT, RIGHT).identity == finding(RIGHT, LEFT, title=reworded).identity


def test_another_place_or_printed_figure_is_another_finding() -> None:
    corrected = LEFT.model_copy(update={"text": "2.00"})
    ids = {
        finding(LEFT).identity,
        finding(RIGHT).identity,
        finding(corrected).identity,
        finding(quotes=(Quote(text="共 1 万元"),)).identity,
    }
    assert len(ids) == 4


def test_the_same_cell_of_two_forms_is_two_findings() -> None:
    first = CellRef(table=-1, assessment=0, row=1, column=2, text="10")
    assert finding(first).identity != finding(first.model_copy(update={"assessment": 1})).identity
