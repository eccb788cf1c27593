"""The life of a process: it runs until SIGTERM or Ctrl-C asks it to finish what it has begun."""

import asyncio
import signal


def stop_requested() -> asyncio.Event:
    """An event that is set when the process is asked to stop; from then on it drains and exits 0."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    return stop
