"""A reading process from inside: `python -m services.parse.confined LIMITS` reads files from its standard input.

Each comes as its length and its bytes, and is answered on the standard output (`services.parse.answers`). It ends when
its input does, which is when the service ends.
"""

import json
import os
import socket
import struct
import sys
from typing import BinaryIO

from services.parse.answers import READY, answer_of, framed
from services.parse.confinement import Confinement, end_with_parent, enter, read_confined
from shared.errors import Rejection

LENGTH = struct.Struct(">Q")
"""How many bytes the file has that follows."""


def main() -> None:
    """Confine this process, say what holds, then read one file after the other."""
    end_with_parent()
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    confinement = Confinement(**json.loads(sys.argv[1]))
    why_not = enter(confinement)
    _send(answers, framed(READY, json.dumps({"open": _open_ways(), "why": why_not}).encode()))
    with os.fdopen(0, "rb") as files:
        while header := files.read(LENGTH.size):
            data = files.read(*LENGTH.unpack(header))
            try:
                _send(answers, answer_of(read_confined(data, confinement)))
            except Rejection as rejection:
                _send(answers, answer_of(rejection))


def _send(answers: BinaryIO, answer: bytes) -> None:
    answers.write(answer)
    answers.flush()


def _open_ways() -> list[str]:
    """The ways out of this process that are open, found by trying them."""
    ways = []
    try:
        socket.socket().close()
        ways.append("network")
    except PermissionError:
        pass
    try:
        os.execv("", ["?"])
    except FileNotFoundError:
        ways.append("programs")
    except PermissionError:
        pass
    return ways


if __name__ == "__main__":
    main()
