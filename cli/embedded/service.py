"""One service process of `gouji up`, and when it is started again."""

import time
from dataclasses import dataclass

import httpx

from cli.embedded.child import Child
from shared.errors import ServiceFailed

_RESTART_WAITS = (0.5, 1.0, 2.0, 5.0, 10.0)
_SETTLED_SECONDS = 60.0


@dataclass
class Service:
    """A service that was killed, or asked to end, is started again; the waits grow while it keeps dying."""

    child: Child
    url: str
    deaths: int = 0
    started_at: float = 0.0
    restart_at: float | None = None

    def start(self) -> None:
        """Start it (again)."""
        self.child.start()
        self.started_at = time.monotonic()
        self.restart_at = None

    def is_ready(self) -> bool:
        """True where it says that nothing it needs is missing."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=4.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def has_ended(self) -> bool:
        """True once for each end that calls for a restart. Raises `ServiceFailed` where it exited by itself."""
        code = self.child.exit_code
        if code is None or self.restart_at is not None:
            return False
        if code > 0:
            raise ServiceFailed(service=self.child.name, code=code, log=self.child.log)
        if time.monotonic() - self.started_at > _SETTLED_SECONDS:
            self.deaths = 0
        self.restart_at = time.monotonic() + _RESTART_WAITS[min(self.deaths, len(_RESTART_WAITS) - 1)]
        self.deaths += 1
        return True

    def restart_if_due(self) -> bool:
        """Start it again when its wait is over; True where that was done."""
        if self.restart_at is None or time.monotonic() < self.restart_at:
            return False
        self.start()
        return True
