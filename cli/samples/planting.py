"""Planting errors: one printed figure is made wrong, and it is said whether any relation can see it."""

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from cli.samples.narrative import Narrative
from cli.samples.oracle import broken_relations
from cli.samples.planters import KINDS, PLANTERS, Choice, Planting
from cli.samples.printing import Printed, narrative_key
from cli.samples.quantities import FigureKey
from shared.errors import InvalidField

TRIES = 200
"""How often a place for an error is looked for; a small document may have none for some kinds."""


def plant_errors(
    rng: random.Random,
    printed: Printed,
    narrative: Narrative,
    shown: Set[FigureKey],
    errors: int,
    kinds: Sequence[str],
) -> list[Planting]:
    """Choose `errors` errors in different rows. Raises `InvalidField` for an unknown kind.

    A small document may have no place for some kinds; then fewer are planted.
    """
    unknown = [kind for kind in kinds if kind not in PLANTERS]
    if unknown:
        raise InvalidField(field="plant", detail=f"{', '.join(unknown)}: {', '.join(KINDS)}")
    choice = Choice(printed, narrative, shown)
    plantings: list[Planting] = []
    for _ in range(TRIES):
        if len(plantings) == errors:
            break
        planting = PLANTERS[rng.choice(list(kinds or KINDS))](rng, choice)
        if planting and all(planting.target[:2] != other.target[:2] for other in plantings):
            plantings.append(_judged(planting, choice))
    return plantings


def _judged(planting: Planting, choice: Choice) -> Planting:
    """The planting with the oracle's verdict on the document that has this error alone."""
    texts = planting.applied_to(choice.printed).texts
    broken = violated(texts, choice.narrative, choice.shown)
    return replace(planting, violates=bool(broken))


def violated(texts: Mapping[FigureKey, str], narrative: Narrative, shown: Set[FigureKey]) -> list[str]:
    """The relations that the shown figures break."""
    signs = {
        narrative_key(name): -1 for name, statement in narrative.statements.items() if statement.direction == "decrease"
    }
    compared = {
        key.removesuffix(".compared"): word for key, word in narrative.words.items() if key.endswith(".compared")
    }
    return broken_relations({key: text for key, text in texts.items() if key in shown}, signs, compared)
