"""Whether the printed figures of a sample can all be true: the relations of final accounts, over intervals.

Independent of the validate service on purpose: it decides which planted errors any relation can see at all, and proves
that clean samples violate none. A relation is broken only if no choice of true values satisfies it. It reads the
generator's keyed figures, never a parsed document.
"""

from collections.abc import Mapping

from cli.samples.oracle.forms import FormRelations
from cli.samples.oracle.sheet import Sheet, Texts
from cli.samples.oracle.tables import TableRelations
from cli.samples.oracle.text import TextRelations
from cli.samples.quantities import FigureKey


def broken_relations(texts: Texts, signs: Mapping[FigureKey, int], compared: Mapping[str, str]) -> list[str]:
    """The names of all relations that no true values could satisfy.

    `signs` gives −1 for figures whose sign a word carries (减少, 下降); `compared` the word (大于, 小于, "") between
    budget and actual of a scope of the narrative.
    """
    sheet = Sheet(texts, signs)
    return [*TableRelations(sheet).broken(), *TextRelations(sheet, compared).broken(), *FormRelations(sheet).broken()]
