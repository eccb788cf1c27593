"""`gouji keys`: the API keys of districts, reviewers and operators."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.embedded.connection import with_database
from cli.keyfile import actor_here
from shared.keys import Key, add_key, list_keys, revoke_key
from shared.mongo import Database
from shared.records import migrate

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make, list and revoke API keys.")

_JSON = typer.Option("--json", help="Print JSON.")


class RoleName(StrEnum):
    """What a key may do: docs/access.md."""

    district = "district"
    reviewer = "reviewer"
    operator = "operator"


@app.command()
def add(
    role: Annotated[RoleName, typer.Option(help="What the key may do.")],
    label: Annotated[str, typer.Option(help="Whose it is, e.g. 某县财政局.")],
    region: Annotated[str, typer.Option(help="District keys: the region code that it sees, or its beginning.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="It expires after so many days.")] = 365,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a key and print it, this once. 生成密钥，只显示这一次。"""

    async def make(database: Database) -> tuple[Key, str]:
        await migrate(database)
        return await add_key(role.value, region, label, timedelta(days=days), actor_here(), database)

    key, token = with_database(make)
    if as_json:
        typer.echo(json.dumps({**_plain(key), "token": token}, ensure_ascii=False))
        return
    typer.echo(token)
    typer.echo(
        f"密钥 {key.id}（{key.role}）有效至 {key.expires_at:%Y-%m-%d}，以后不再显示。\n"
        f"Key {key.id} ({key.role}) is valid until {key.expires_at:%Y-%m-%d}; it is not shown again.",
        err=True,
    )


@app.command("list")
def list_all(as_json: Annotated[bool, _JSON] = False) -> None:
    """All keys ever made, without their secrets. 列出密钥。"""
    keys = with_database(list_keys)
    if as_json:
        typer.echo(json.dumps([_plain(key) for key in keys], ensure_ascii=False))
        return
    table = Table(
        Column("编号 id", no_wrap=True), "角色 role", "地区 region", "名称 label", "到期 expires", "状态 state"
    )
    for key in keys:
        table.add_row(key.id, key.role, key.region, key.label, f"{key.expires_at:%Y-%m-%d}", _state(key))
    Console().print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `gouji keys list` prints it.")],
) -> None:
    """Revoke a key for good; within seconds no service takes it any more. 撤销密钥，数秒内生效。"""

    async def withdraw(database: Database) -> Key:
        return await revoke_key(key_id, actor_here(), database)

    key = with_database(withdraw)
    typer.echo(f"已撤销 {key.id}（{key.label}） / revoked {key.id} ({key.label})")


def _plain(key: Key) -> dict[str, Any]:
    moments = {name: moment.isoformat() for name, moment in asdict(key).items() if isinstance(moment, datetime)}
    return {**asdict(key), **moments, "state": _state(key)}


def _state(key: Key) -> str:
    refusal = key.refusal(datetime.now(UTC))
    return refusal.reason.removeprefix("key_") if refusal else "valid"
