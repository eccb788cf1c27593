"""Which units (单位) a department says that it adds up (决算编制范围), and of which of them a sentence speaks."""

import re
from collections.abc import Sequence

from services.store.naming import unit_key
from shared.amounts import fold
from shared.document import Document, Fact

_LIST = re.compile(
    r"(?:编制范围.{0,20}单位共(?:有)?|(?:决算|预算)包括)(\d+)[个家](?:单位的(?:决算|预算))?[^:。]{0,8}:([^。]+)"
)
_BREAK = re.compile(r"[、,;]|和(?=[^、,;]*$)")
_SENTENCE = re.compile(r"[。;]")


def members_of(document: Document) -> tuple[str, ...]:
    """The units that a department lists, as printed; none without a list, or where it has another count."""
    if document.scope != "department":
        return ()
    for paragraph in document.paragraphs:
        found = _LIST.search(fold(paragraph.text))
        if found is not None:
            names = tuple(part for part in _BREAK.split(found[2]) if part)
            return names if len(names) == int(found[1]) and len(set(map(unit_key, names))) == len(names) else ()
    return ()


def speaker(fact: Fact, document: Document, members: Sequence[str]) -> str | None:
    """The unit that the sentence of a fact names, where it names exactly one."""
    if fact.paragraph is None or fact.paragraph >= len(document.paragraphs):
        return None
    quote = fold(fact.quote)
    sentences = _SENTENCE.split(fold(document.paragraphs[fact.paragraph].text))
    holding = [sentence for sentence in sentences if quote and quote in sentence]
    if len(holding) != 1:
        return None
    # The longest name first: a bureau's own name is a part of its 本级's.
    named, rest = [], holding[0]
    for member in sorted(map(fold, members), key=len, reverse=True):
        if member in rest:
            named.append(member)
            rest = rest.replace(member, "\0")
    return named[0] if len(named) == 1 else None
