"""Names of places that do not exist: a city and a district from syllables no real pair of which is a place's name."""

import random
from dataclasses import dataclass

FIRST = "澄云岚霁沐栖锦翠碧瑶映芷听疏朗枕砚棠棣柠枫"
SECOND = "渚屿坞汀陌澜霖岫溆洲泽浦渡原"
LEVELS = ("区", "县")


@dataclass(frozen=True)
class District:
    """A fictional district or county (区县) with its city (市)."""

    city: str
    name: str


def invent_district(rng: random.Random) -> District:
    """A district whose name and city differ in both syllables."""
    city = rng.choice(FIRST) + rng.choice(SECOND)
    rest = [syllable for syllable in FIRST if syllable not in city]
    name = rng.choice(rest) + rng.choice([syllable for syllable in SECOND if syllable not in city])
    return District(city=f"{city}市", name=name + rng.choice(LEVELS))
