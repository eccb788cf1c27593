"""Room for an upload, looked at before it is let in.

MongoDB refuses a write when its disk is full and goes on; the embedded engine stops working altogether and needs a
restart. So where the database's folder is on this machine, uploads are refused while there is still some room left.
"""

import shutil

from shared.errors import StorageFull
from shared.settings import Settings

_WRITTEN_TIMES = 2
"""Once into the database's log and once into its files."""


def check_space(settings: Settings, content_length: str | None) -> None:
    """Raises `StorageFull` where the upload would not leave the reserve."""
    if not settings.storage_dir:
        return
    announced = int(content_length) if content_length and content_length.isdecimal() else 0
    free = shutil.disk_usage(settings.storage_dir).free
    if free < settings.storage_reserve_mb * 1_000_000 + _WRITTEN_TIMES * announced:
        raise StorageFull
