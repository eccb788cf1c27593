"""The way into `gouji`. Reading one document as JSON goes straight to the reader; all else through the command.

`gouji parse FILE --json` is run by the hundred from scripts, and the command line's libraries alone take longer to
import than the reading of ten pages.
"""

import gc
import os
import sys
from collections.abc import Sequence


def main() -> None:
    """Read the one file that is asked for, or hand over to the command, which knows options, help and settings."""
    file = _file_alone(sys.argv[1:])
    if file is None:
        from cli.main import main as command

        command()
    else:
        gc.disable()  # one document, then the process ends: nothing is worth collecting
        from cli.document import print_as_json, print_document
        from services.parse.confinement import Confinement

        code = print_document(file, Confinement(), print_as_json)
        sys.stdout.flush()
        os._exit(code)  # all is said, and taking the interpreter apart takes longer than reading a page


def _file_alone(arguments: Sequence[str]) -> str | None:
    """The FILE of `parse FILE --json`, where nothing else is said on the command line or in the environment."""
    if len(arguments) != 3 or arguments[0] != "parse" or "--json" not in arguments:
        return None
    (file,) = (word for word in arguments[1:] if word != "--json") if arguments.count("--json") == 1 else ("-",)
    is_set = any(name.startswith("GOUJI_") for name in os.environ)
    readable = os.path.isfile(file) and os.access(file, os.R_OK)  # noqa: PTH113 -- pathlib is slow to import
    return file if readable and not is_set and not file.startswith("-") else None
