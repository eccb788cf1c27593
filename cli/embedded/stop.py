"""How often the user asked to stop: once drains, twice hurries."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Stop:
    """Counts the requests to stop."""

    asked: int = 0

    @contextmanager
    def on_signals(self) -> Iterator["Stop"]:
        """Count Ctrl-C, SIGTERM and a closed terminal instead of dying of them."""
        handlers = {number: signal.signal(number, self._count) for number in _SIGNALS}
        try:
            yield self
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _count(self, _number: int, _frame: object) -> None:
        self.asked += 1
