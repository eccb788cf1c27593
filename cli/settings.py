"""`gouji settings`: every setting, its environment variable, default and meaning, as Markdown."""

import typer

from shared.settings import settings_table

app = typer.Typer(add_completion=False)


@app.command()
def settings() -> None:
    """Print the table of all settings (docs/settings.md is this table)."""
    typer.echo(settings_table(), nl=False)
