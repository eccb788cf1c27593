"""No network and no other programs: a filter of system calls (seccomp) that a process puts on itself, for good.

A file that takes over the reader through a fault in a library then finds itself in a process that can open no socket,
start no program and look into no other process. The filter needs no rights and costs microseconds; what it forbids
fails with EPERM. Written for the kernel directly, because a library for it would have to be installed by the operator.
"""

import ctypes
import errno
import os
import struct
import sys
from typing import NamedTuple

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, compare with a constant, end
_NUMBER_AT, _MACHINE_AT = 0, 4  # in the kernel's struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_X32 = 0x40000000  # calls of x86-64's other ABI have numbers from here on
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _ALL_THREADS = 38, 1, 1


class _Machine(NamedTuple):
    """The kernel's mark of a kind of machine, and the numbers of its system calls."""

    mark: int
    seccomp: int
    refused: tuple[int, ...]


# socket, socketpair, io_uring_setup (opens sockets by another way), execve, execveat, ptrace, process_vm_readv and
# _writev, pidfd_getfd (takes another's sockets)
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, (41, 53, 425, 59, 322, 101, 310, 311, 438)),
    "aarch64": _Machine(0xC00000B7, 277, (198, 199, 425, 221, 281, 117, 270, 271, 438)),
}


def forbid_network_and_programs() -> str:
    """Put the filter on every thread of this process; empty, or why the kernel did not take it."""
    kind = os.uname().machine
    machine = _MACHINES.get(kind) if sys.platform.startswith("linux") else None
    if machine is None:
        return f"{sys.platform} on {kind} has no filter of ours"
    libc = ctypes.CDLL(None, use_errno=True)
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions, padded to the size of a pointer, and where they are
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return f"prctl: {os.strerror(ctypes.get_errno())}"
    if libc.syscall(machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS, described) != 0:
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    return ""


def _program(machine: _Machine) -> bytes:
    """The filter in the kernel's words: the calls of another machine and the forbidden ones are refused."""
    count = len(machine.refused)
    tests = [
        _word(_LOAD, _MACHINE_AT),
        _word(_EQUAL, machine.mark, otherwise=count + 3),
        _word(_LOAD, _NUMBER_AT),
        _word(_AT_LEAST, _X32, then=count + 1),
        *(_word(_EQUAL, number, then=count - at) for at, number in enumerate(machine.refused)),
    ]
    return b"".join([*tests, _word(_RETURN, _ALLOW), _word(_RETURN, _REFUSE)])


def _word(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """struct sock_filter; a comparison skips so many words."""
    return struct.pack("HBBI", code, then, otherwise, value)
