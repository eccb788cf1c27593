"""The `gouji` command. Each subcommand is a module of its own, imported only when it is called.

Reading a document from the shell must not wait for the imports of the services, hence the lazy table below.
"""

import gc
import importlib
import sys
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from shared.errors import GoujiError, KafkaUnavailable

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("cli.check", "Read and check files here, without any server."),
    "parse": ("cli.parse", "Read a file and print the Document."),
    "up": ("cli.up", "Start the whole system on this machine."),
    "submit": ("cli.submit", "Upload files or folders, wait, show the findings."),
    "status": ("cli.status", "Where is my file? Status and timeline of documents and batches."),
    "samples": ("cli.samples.command", "Make PDFs of fictional districts, with planted errors on request."),
    "diff": ("cli.diff", "What changed from one document to another, figure by figure."),
    "withdraw": ("cli.withdraw", "Take a document back; the revision before it counts again."),
    "ledger": ("cli.ledger", "Who must file what by when, who has, who is late."),
    "rules": ("cli.rules", "List, show and test the rules; try and activate rule packs."),
    "topics": ("cli.topics", "List and create the Kafka topics."),
    "dlq": ("cli.dlq", "List, show and replay dead letters."),
    "replay": ("cli.replay", "Run stored documents again after a new reader or rule pack."),
    "keys": ("cli.keys", "Make, list and revoke API keys."),
    "export": ("cli.export", "Lines, findings or a document's tables as CSV, XLSX or Parquet."),
    "contracts": ("cli.contracts.command", "Write the public contracts of the topics (docs/contracts)."),
    "settings": ("cli.settings", "Show every setting, its variable and its value."),
    "serve": ("cli.serve", "Run one process of a service, as in production."),
}


class LazyCommands(TyperGroup):
    """Subcommands by name; a module is imported when its command is called."""

    def list_commands(self, _ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        gc.disable()  # collecting while modules load finds nothing, and costs a sixth of the start
        command = typer.main.get_command(importlib.import_module(module).app)
        gc.freeze()
        gc.enable()
        command.name = cmd_name
        command.short_help = summary
        return command


_HINTS: dict[type[GoujiError], str] = {
    KafkaUnavailable: (
        "\n地址取自 GOUJI_KAFKA_SERVERS；gouji up 的数据目录不是 data 时，请用 GOUJI_DATA_DIR 指明。"
        "\nThe address is that of GOUJI_KAFKA_SERVERS, else of the `gouji up` over the folder GOUJI_DATA_DIR (data)."
    )
}
_PATH_REFUSED = (
    "无法读写 {path}（{why}）。请检查路径、权限和磁盘空间。\n"
    "{path} cannot be read or written ({why}). Check the path, its permissions and the free space."
)

app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gouji {version('gouji')}")
        raise typer.Exit


@app.callback()
def gouji(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Gouji (勾稽): read final accounts and budgets, check that every figure agrees with every other."""


def main() -> None:
    """Entry point: errors of ours are printed in Chinese and English with exit code 2, never as a traceback."""
    try:
        app()
    except GoujiError as error:
        hint = _HINTS.get(type(error), "")
        typer.echo(f"{error.message_zh}\n{error.message_en}  [{error.reason}]{hint}", err=True)
        sys.exit(2)
    except OSError as error:
        if error.filename is None or "serve" in sys.argv[1:2]:
            raise  # not a path that the user named; and a service's log needs the traceback
        typer.echo(_PATH_REFUSED.format(path=error.filename, why=error.strerror), err=True)
        sys.exit(2)
