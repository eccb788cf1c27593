"""`gouji topics`: the topics on the broker, and creating those that are not there."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.embedded.connection import engine_settings
from shared.kafka import TopicState, create_topics, topic_states

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List and create the Kafka topics.")


@app.command("list")
def list_topics(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Every topic with its partitions, messages, and how far each consuming service is behind. 列出主题与积压。

    Messages are counted by offsets, with the marks that transactions leave: about one for each batch of events. Where a
    service is idle its lag is without them. 消息数含事务标记（约每批一条）；服务空闲时积压数不含标记。
    """
    states = asyncio.run(topic_states(engine_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(state) for state in states], ensure_ascii=False))
        return
    Console().print(_table(states))


@app.command()
def create() -> None:
    """Create the topics and dead-letter topics that are not there yet. 创建缺少的主题。"""
    created = asyncio.run(create_topics(engine_settings()))
    for name in created:
        typer.echo(name)
    typer.echo(f"新建 {len(created)} 个主题 / {len(created)} topics created")


def _table(states: tuple[TopicState, ...]) -> Table:
    table = Table(Column("主题 topic", overflow="fold"), "分区 partitions", "消息 messages", "积压 lag")
    for state in states:
        lag = "  ".join(f"{service} {messages}" for service, messages in state.lag.items())
        table.add_row(state.name, str(state.partitions), str(state.messages), lag)
    return table
