"""Rule packs on the command line: `gouji rules packs|export|activate`."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.embedded.connection import with_database
from services.validate.archive import (
    Activation,
    ArchivedPack,
    activate_pack,
    activations,
    archived_pack,
    archived_packs,
)
from services.validate.packs import Pack, read_pack, released_pack
from services.validate.rulebook import pack_version, rulebook_of
from shared.mongo import Database

PackName = Annotated[
    str, typer.Argument(metavar="PACK", help="A folder with a pack, a version of `gouji rules packs`, or `release`.")
]

_RELEASE = "release"
_NO_PACK = (
    "没有规则包 {name}：应为文件夹、release 或 gouji rules packs 列出的版本 / "
    "no such pack: name a folder, `release`, or a version that gouji rules packs lists"
)


def list_packs() -> None:
    """List the packs that made verdicts, and which is in force for which fiscal years. 列出规则包及其生效年度。"""
    packs, log = with_database(_packs_and_log)
    released = released_pack()
    kept = [released, *(one.pack for one in packs if one.pack.digest != released.digest)]
    table = Table(
        "版本 version", "名称 name", "适用年度 for", "启用 activated", title="规则包 packs", title_justify="left"
    )
    for pack in kept:
        own = [one for one in log if one.digest == pack.digest]
        version = pack_version(pack.digest) if pack is released else pack.digest
        name = f"{pack.manifest.name.zh}\n{pack.manifest.name.en}"
        table.add_row(version, name, str(pack.manifest), "\n".join(map(_told, own)))
    Console(highlight=False).print(table)
    if not log:
        typer.echo("未启用任何规则包：使用随软件发布的规则 / nothing activated: the rules of the release are in force")
    elif log[0].digest != released.digest:
        typer.echo(
            "随软件发布的规则未启用；试运行：gouji rules dry-run release / "
            "the release brings other rules than those in force; try them: gouji rules dry-run release"
        )


def export_pack(pack: PackName, folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Write the files of a pack into a folder, to read or to change them. 导出规则包。"""
    found = find_pack(pack)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise typer.BadParameter(f"文件夹不是空的 / not empty: {folder}", param_hint="FOLDER")
    for name, text in found.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(f"{folder}: {len(found.files)} 个文件 files")


def activate(
    pack: PackName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put PACK in force for the fiscal years it is for; new documents are checked with it. 启用规则包。"""
    found = find_pack(pack)
    rulebook = rulebook_of(found)
    named = f"{rulebook.manifest.name.zh} / {rulebook.manifest.name.en}  {rulebook.version}  {rulebook.manifest}"
    typer.echo(f"{named}  {len(rulebook.rules)} 条规则 rules")
    if not yes:
        typer.confirm(
            "启用？先试运行：gouji rules dry-run / put it in force? Try it first: gouji rules dry-run", abort=True
        )

    async def run(database: Database) -> Activation:
        return await activate_pack(found, getpass.getuser(), database)

    activation = with_database(run)
    typer.echo(
        f"已启用（第 {activation.number} 次），几秒内生效。请重新核对已入库文件：\n"
        f"In force within seconds (activation {activation.number}). Check what is stored anew:\n"
        f"  gouji replay --stage validate --where 'pack!={rulebook.version}'"
    )


def find_pack(name: str) -> Pack:
    """The pack of a folder, of the release, or of the archive. Raises `typer.BadParameter`, `DatabaseUnavailable`."""
    if name == _RELEASE:
        return released_pack()
    if Path(name).is_dir():
        return read_pack(Path(name))

    async def look(database: Database) -> Pack | None:
        return await archived_pack(name.rpartition("+")[2], database)

    pack = with_database(look)
    if pack is None:
        raise typer.BadParameter(_NO_PACK.format(name=name), param_hint="PACK")
    return pack


def _told(activation: Activation) -> str:
    return f"{activation.at:%Y-%m-%d %H:%M} {activation.by}: {activation.years}"


async def _packs_and_log(database: Database) -> tuple[list[ArchivedPack], list[Activation]]:
    return await archived_packs(database), await activations(database)
