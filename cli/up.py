"""`gouji up`: the whole system on this machine, without Docker."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from cli.embedded.folder import DataFolder
from cli.embedded.stack import Stack, build_stack
from cli.embedded.stop import Stop
from shared.errors import ServiceFailed
from shared.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the upload API; 0 takes a free one.")] = 8080,
    data: Annotated[Path | None, typer.Option(help="Data folder; the same folder shows the same documents.")] = None,
    parse: Annotated[int, typer.Option(min=1, max=12, help="How many parse services to run.")] = 1,
) -> None:
    """Start everything here; Ctrl-C drains and stops it. 在本机启动整个系统，按 Ctrl-C 处理完在途文件后停止。"""
    settings = load_settings()
    console = Console(soft_wrap=True, highlight=False)
    folder = DataFolder(data or settings.data_dir)
    folder.lock()
    try:
        with Stop().on_signals() as stop:
            stack = build_stack(folder, settings, port, parse, stop, _Teller(console))
            _run(stack, console)
    finally:
        folder.release()


def _run(stack: Stack, console: Console) -> None:
    """Start, watch, stop; what failed is told after everything has been stopped."""
    try:
        stack.start()
        if not stack.stop.asked:
            console.print(panel(stack))
            stack.watch()
    except ServiceFailed as failed:
        console.print(f"[red]{failed.message_zh}\n{failed.message_en}[/red]")
        console.print(stack.last_lines(str(failed.details["service"])), markup=False)
        raise typer.Exit(1) from failed
    finally:
        console.print(
            "正在处理完在途文件并停止 … draining and stopping … (Ctrl-C: 立即停止 / stop at once)", style="dim"
        )
        stack.close()
        console.print(f"已停止，数据保存在 {stack.folder.path} / stopped, the data are there")


class _Teller:
    """Prints a step in Chinese and English on one line."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, zh: str, en: str) -> None:
        self._console.print(f"{zh} {en}", style="dim")


def panel(stack: Stack) -> Panel:
    """What runs where: the first thing a new user reads."""
    api, query = stack.services["ingest"].url, stack.services["query"].url
    rows = Table.grid(padding=(0, 2))
    rows.add_row("上传 upload", f"[bold]{api}[/bold]   POST /documents")
    rows.add_row("接口文档 API docs", f"{api}/docs   {query}/docs")
    rows.add_row("查询 read API", query)
    rows.add_row("提交文件 submit", "gouji submit FILE…" + ("" if api.endswith(":8080") else f" --url {api}"))
    rows.add_row("密钥 API keys", f"{stack.folder.path / 'keys.json'}   Authorization: Bearer gj_…")
    rows.add_row("主题 topics", "\n".join(stack.topics()))
    rows.add_row("指标 metrics", "\n".join(f"{name:9} {s.url}/metrics" for name, s in stack.services.items()))
    rows.add_row("数据 data", str(stack.folder.path))
    rows.add_row("日志 logs", f"{stack.folder.logs}/<name>.log")
    rows.add_row("停止 stop", "Ctrl-C（先处理完在途文件 / drains first）")
    return Panel(rows, title="Gouji 勾稽", title_align="left", expand=False)
