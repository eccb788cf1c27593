"""`gouji rules`: list, show and test the rules; packs of rules in time."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.addresses import names_of, table_names
from cli.dry_run import dry_run
from cli.packs import activate, export_pack, list_packs
from cli.reproduce import reproduce
from services.validate.catalogue_text import catalogue_markdown
from services.validate.examples import outcome_of
from services.validate.rulebook import Rule, Rulebook, RuleFile, load_rulebook
from shared.layouts import load_layouts

app = typer.Typer(add_completion=False, no_args_is_help=True)

_FAILED = 1

Folder = Annotated[
    Path | None, typer.Option("--pack", file_okay=False, exists=True, help="A folder with a pack of your own.")
]

Scope = Literal["final_accounts", "budget", "any", "department", "unit"]


@app.command("list")
def list_rules(
    scope: Annotated[Scope | None, typer.Option(help="Only rules for this kind or scope of document")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/rules.md")] = False,
    pack: Folder = None,
) -> None:
    """List the rules, area by area."""
    rulebook = load_rulebook(pack)
    if markdown:
        typer.echo(catalogue_markdown(rulebook), nl=False)
        return
    _print(rulebook, scope)


@app.command("show")
def show_rule(rule_id: Annotated[str, typer.Argument(metavar="ID")], pack: Folder = None) -> None:
    """Show one rule with its check, message and examples."""
    rule = _rule(rule_id, load_rulebook(pack))
    typer.echo(f"{rule.id}  {rule.title.zh}\n{rule.title.en}")
    typer.echo(
        f"依据 source: {rule.source}\n年度 years: {rule.since}–{rule.until or ''}\n级别 severity: {rule.severity}"
    )
    typer.echo(f"检查 check: {rule.check.kind}")
    for name in rule.check.model_fields_set - {"kind"}:
        value = getattr(rule.check, name)
        typer.echo(f"  {name}: {', '.join(map(str, value)) if isinstance(value, tuple) else value}")
    typer.echo(f"消息 message: {rule.message.zh}\n              {rule.message.en}")
    for example in rule.examples:
        typer.echo(f"示例 example: {example.expect}  {example.model_dump(exclude={'expect'}, exclude_defaults=True)}")


@app.command("names")
def list_names(table: Annotated[str | None, typer.Argument(metavar="[TABLE]")] = None) -> None:
    """List the tables that addresses name, or the sides, rows and columns of one TABLE."""
    layouts = load_layouts()
    lines = list(names_of(table, layouts) if table else table_names(layouts))
    if not lines:
        raise typer.BadParameter(f"没有这张表 no table is called {table}; gouji rules names")
    typer.echo("\n".join(lines))


@app.command("test")
def run_examples(
    rule_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    pack: Folder = None,
) -> None:
    """Run the examples of one rule, or of all. Exit codes: 0 all come out as said, 1 some do not."""
    rulebook = load_rulebook(pack)
    rules = [_rule(rule_id, rulebook)] if rule_id else list(rulebook.rules)
    failed = 0
    for rule in rules:
        for number, example in enumerate(rule.examples, start=1):
            outcome = outcome_of(rule, example, rulebook.layouts)
            right = outcome == example.expect
            failed += not right
            if rule_id or not right:
                mark = "✓" if right else "✗"
                typer.echo(
                    f"{mark} {rule.id} 示例 example {number}: 应为 expected {example.expect}, 得到 got {outcome}"
                )
    count = sum(len(rule.examples) for rule in rules)
    typer.echo(f"{count - failed}/{count} 个示例符合预期 examples came out as said")
    if failed:
        raise typer.Exit(_FAILED)


app.command("packs")(list_packs)
app.command("export")(export_pack)
app.command("dry-run")(dry_run)
app.command("activate")(activate)
app.command("reproduce")(reproduce)


def _print(rulebook: Rulebook, scope: Scope | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for one in rulebook.files:
        rules = [rule for rule in one.rules if scope is None or _is_for(scope, one, rule)]
        if not rules:
            continue
        grid = Table("规则", "级别", "内容", "检查", title=f"{one.area.zh} · {one.area.en}", title_justify="left")
        for rule in rules:
            grid.add_row(rule.id, rule.severity, f"{rule.title.zh}\n{rule.title.en}", rule.check.kind)
        console.print(grid)
    console.print(f"{rulebook.version} · {len(rulebook.rules)} 条规则 rules")


def _is_for(scope: Scope, one: RuleFile, rule: Rule) -> bool:
    return one.kind in (scope, "any") if scope in ("final_accounts", "budget", "any") else scope in rule.scopes


def _rule(rule_id: str, rulebook: Rulebook) -> Rule:
    rule = rulebook.by_id.get(rule_id.upper())
    if rule is None:
        raise typer.BadParameter(f"没有规则 {rule_id}；gouji rules list 列出全部 / no such rule; see gouji rules list")
    return rule
