"""Which rulebook is in force for a fiscal year: that of the latest activation for it, else the release's own."""

import logging
import time
from collections.abc import Sequence

from services.validate.archive import Activation, activations, archive_pack, archived_pack
from services.validate.packs import Pack
from services.validate.rulebook import Rulebook, rulebook_of
from shared.errors import InvalidCatalogue
from shared.mongo import Database

REFRESH_S = 5.0

_logger = logging.getLogger(__name__)


class RulesInForce:
    """The rulebooks in force, looked up again every `refresh_s` so that an activation needs no restart."""

    def __init__(self, released: Pack, database: Database, refresh_s: float = REFRESH_S) -> None:
        self._released = rulebook_of(released)
        self._pack = released
        self._database = database
        self._refresh_s = refresh_s
        self._known: Sequence[Activation] | None = None
        self._looked_at = 0.0
        self._rulebooks = {released.digest: self._released}

    async def rulebook_for(self, year: int | None) -> Rulebook:
        """The rulebook for a fiscal year.

        Raises `DatabaseUnavailable`, and `InvalidCatalogue` where this release cannot read an activated pack.
        """
        if self._known is None or time.monotonic() - self._looked_at >= self._refresh_s:
            await self._look()
        activation = next((one for one in self._known or () if one.years.covers(year)), None)
        return await self._rulebook(activation) if activation is not None else self._released

    async def _look(self) -> None:
        if self._known is None:
            await archive_pack(self._pack, self._database)
        self._known, self._looked_at = await activations(self._database), time.monotonic()

    async def _rulebook(self, activation: Activation) -> Rulebook:
        """Read when it is first needed: packs of long ago need not fit this release."""
        if activation.digest not in self._rulebooks:
            pack = await archived_pack(activation.digest, self._database)
            if pack is None:
                raise InvalidCatalogue(file=activation.digest, detail="activated, but not in the archive of packs")
            rulebook = self._rulebooks[activation.digest] = rulebook_of(pack)
            _logger.info("rules of %s are in force for fiscal years %s", rulebook.version, activation.years)
        return self._rulebooks[activation.digest]
