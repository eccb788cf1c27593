"""What processes use, as Linux counts it: memory and CPU of each with its children."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1024


def memory_mb(pids: Mapping[str, int]) -> dict[str, float]:
    """Resident memory of each process; that of its children together, where it has some."""
    used: dict[str, float] = {}
    for name, pid in pids.items():
        used[name] = _resident(pid)
        if children := _children(pid):
            used[f"{name}: reading"] = sum(map(_resident, children))
    return used


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU time of each process and all its children, those that have ended included."""
    return {name: _cpu(pid) + sum(map(_cpu, _children(pid))) for name, pid in pids.items()}


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:  # it has just been replaced
        return 0.0
    return next((int(line.split()[1]) / _MB for line in lines if line.startswith("VmRSS")), 0.0)


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS
