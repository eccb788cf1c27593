"""Lists of places on a page, and what is asked of a whole list at once."""

import math
from collections.abc import Sequence
from functools import reduce
from itertools import compress
from operator import ne, or_

Floats = list[float]

_FARTHEST = 1e6  # points: malformed files print and draw beyond any page


def bounded(places: Floats, unknown: float = -_FARTHEST) -> Floats:
    """Places within bounds; what is no number becomes `unknown`."""
    if math.hypot(*places) <= _FARTHEST:  # no part is longer than the whole: true for all but malformed files
        return places
    return [unknown if math.isnan(place) else min(max(place, -_FARTHEST), _FARTHEST) for place in places]


def changes(*places: Floats) -> list[int]:
    """The numbers at which one of these lists (of one length) has another value than before."""
    differ = reduce(lambda one, other: map(or_, one, other), (map(ne, values[1:], values) for values in places))
    return list(compress(range(1, len(places[0])), differ))


def quantile(values: Sequence[float], share: float) -> float:
    """The place below which that share of the values lies, between the two nearest of them."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    before = int(place)
    lower, upper, part = ordered[before], ordered[min(before + 1, len(ordered) - 1)], place - before
    return lower + (upper - lower) * part if part < 0.5 else upper - (upper - lower) * (1 - part)
