"""Ways in which a printed figure goes wrong, as clerks and spreadsheets make them; None where one cannot."""

import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

Mutation = Callable[[random.Random, str], str | None]


def value_of(text: str) -> Decimal:
    """The value of a printed figure."""
    return Decimal(text.replace(",", ""))


def reprint(value: Decimal, like: str) -> str:
    """A value printed with the decimals and commas of another text."""
    decimals = len(like.partition(".")[2])
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,f}" if "," in like else f"{rounded:f}"


def _digit_places(text: str) -> list[int]:
    return [place for place, character in enumerate(text) if character.isdigit()]


def _well_formed(text: str, other: str) -> str | None:
    """The text unless it is the old one, is nothing, or begins with a needless zero."""
    whole = text.replace(",", "").partition(".")[0]
    if text == other or not value_of(text) or (len(whole) > 1 and whole.startswith("0")):
        return None
    return text


def change_digit(rng: random.Random, text: str) -> str | None:
    """One digit read or typed wrong."""
    place = rng.choice(_digit_places(text))
    digit = rng.choice([d for d in "0123456789" if d != text[place]])
    return _well_formed(text[:place] + digit + text[place + 1 :], text)


def transpose_digits(rng: random.Random, text: str) -> str | None:
    """Two neighbouring digits in each other's place."""
    places = [p for p in _digit_places(text) if text[p + 1 : p + 2].isdigit() and text[p] != text[p + 1]]
    if not places:
        return None
    p = rng.choice(places)
    return _well_formed(text[:p] + text[p + 1] + text[p] + text[p + 2 :], text)


def shift_by(factor: int) -> Mutation:
    """The decimal point in the wrong place, or 元 for 万元: times or divided by `factor`."""

    def shift(rng: random.Random, text: str) -> str | None:
        value = value_of(text)
        larger = reprint(value * factor, text)
        smaller = reprint(value / factor, text)
        return _well_formed(smaller if rng.random() < 0.5 and value_of(smaller) else larger, text)

    return shift


def swap_sign(_rng: random.Random, text: str) -> str | None:
    """A figure with the opposite sign."""
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def wrong_rate(rng: random.Random, text: str) -> str | None:
    """A percentage that was not computed anew."""
    offset = Decimal(rng.choice((-1, 1)) * rng.randint(30, 900)).scaleb(-2)
    value = value_of(text) + offset
    return _well_formed(reprint(value, text), text) if value > 0 else None


def wrong_score(rng: random.Random, text: str) -> str | None:
    """A score or weight that is some marks too high or too low."""
    value = value_of(text) + rng.choice((-1, 1)) * rng.choice((1, 1, 2, 3, 5, 10))
    return _well_formed(reprint(value, text), text) if value > 0 else None
