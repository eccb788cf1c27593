"""The narrative of one edition: its passages filled with printed figures, each figure's place in the sentence kept.

In a passage `<total.amount>` is a figure or a word, `<it.amount>` one of the thing that `each` goes through, `<n>` its
number; `[[key|…]]` is printed only where the figure or word `key` is there; `¶` begins a new paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cli.samples.edition import Chapter, Passage
from cli.samples.narrative import Narrative
from cli.samples.printing import Printed, narrative_key
from cli.samples.quantities import FigureKey, Style

_OPTIONAL = re.compile(r"\[\[([^\[\]|]+)\|([^\[\]]*)\]\]")
_SLOT = re.compile(r"<([a-z_]+(?:[.:][a-z_0-9]+)*)>")


@dataclass(frozen=True)
class Figure:
    """One printed figure inside a paragraph's text, at [start, end)."""

    key: FigureKey
    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or heading of the finished text."""

    text: str
    level: int | None = None
    figures: tuple[Figure, ...] = ()
    form: str | None = None
    """The scope of the self-evaluation form that follows."""


class Writer:
    """Fills passages with the figures and words of one document."""

    def __init__(self, narrative: Narrative, printed: Printed, style: Style) -> None:
        self._narrative = narrative
        self._printed = printed
        self._style = style

    def chapter(self, chapter: Chapter) -> Iterator[Paragraph]:
        """The chapter's heading and its paragraphs."""
        if chapter.heading:
            yield self.line(chapter.heading, chapter.level)
        for passage in chapter.passages:
            yield from self._passage(Passage(text=passage) if isinstance(passage, str) else passage)

    def line(self, template: str, level: int | None = None) -> Paragraph:
        """One paragraph or heading."""
        return self._fill(self._choose(template), level)

    def _passage(self, passage: Passage) -> Iterator[Paragraph]:
        if passage.when and not self._known(passage.when):
            return
        if passage.unless and self._known(passage.unless):
            return
        texts = [(self._choose(text), scope) for text, scope in self._repeated(passage)]
        if passage.join is not None:
            joined = passage.join.join(text for text, _ in texts)
            texts = [(self._choose(passage.lead) + joined + self._choose(passage.tail), "")]
        for text, scope in texts:
            *paragraphs, last = text.split("¶")
            yield from (self._fill(paragraph, passage.level) for paragraph in paragraphs)
            form = scope if passage.form == "it" else passage.form
            yield replace(self._fill(last, passage.level), form=form)

    def _repeated(self, passage: Passage) -> list[tuple[str, str]]:
        """The text of a passage for each thing that it tells of, with that thing's scope."""
        if passage.each is None:
            return [(passage.text, "")]
        scopes = self._narrative.lists.get(passage.each, [])
        return [
            (re.sub(r"(?<=[<\[])it\.", f"{scope}.", passage.text).replace("<n>", str(number)), scope)
            for number, scope in enumerate(scopes, 1)
        ]

    def _choose(self, text: str) -> str:
        """Keep each optional segment whose key is there, innermost first."""
        while _OPTIONAL.search(text):
            text = _OPTIONAL.sub(lambda found: found[2] if self._known(found[1]) else "", text)
        return text

    def _known(self, key: str) -> bool:
        return key in self._narrative.statements or bool(self._narrative.words.get(key))

    def _fill(self, text: str, level: int | None) -> Paragraph:
        pieces: list[str] = []
        figures: list[Figure] = []
        length = last = 0
        for slot in _SLOT.finditer(text):
            before, name = text[last : slot.start()], slot[1]
            last = slot.end()
            printed, spaced = self._slot(name)
            gap = " " if spaced and level is None else ""
            after = "" if text[last : last + 1] == "%" else gap
            left = gap if length + len(before) and not before.endswith(" ") else ""
            pieces += [before, left, printed, after]
            length += len(before) + len(left)
            if name in self._narrative.statements:
                figures.append(Figure(narrative_key(name), length, length + len(printed)))
            length += len(printed) + len(after)
        return Paragraph("".join(pieces) + text[last:], level, tuple(figures))

    def _slot(self, name: str) -> tuple[str, bool]:
        """The text of a slot, and whether it is a number that may stand between spaces."""
        if name in self._narrative.statements:
            key = narrative_key(name)
            return self._printed.text(*key), self._style.spaced
        return self._narrative.words[name], self._style.spaced and name in ("year", "prior_year")
