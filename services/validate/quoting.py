"""Quotations of the narrative, each with the page on which its words stand."""

from shared.amounts import fold
from shared.document import Paragraph
from shared.findings import Quote


def quoted(paragraph: Paragraph, words: str, most: int = 80) -> Quote:
    """A quotation of words that were found in a paragraph's folded text."""
    return Quote(text=words[:most], page=_page(paragraph, words))


def _page(paragraph: Paragraph, words: str) -> int | None:
    """The page of the paragraph's last turn before the words."""
    if not paragraph.turns:
        return paragraph.page
    at = fold(paragraph.text).find(fold(words))
    before = (page for offset, page in reversed(paragraph.turns) if len(fold(paragraph.text[:offset])) <= at)
    return next(before, paragraph.page)
