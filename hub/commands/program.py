"""`comptoir hub program …`: look at the store's programs before customers do."""

import json
from pathlib import Path

import click

from hub.offers.advice import advise
from hub.offers.program import load_programs


@click.group()
def program() -> None:
    """The store's loyalty programs."""


@program.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(folder: Path, *, as_json: bool) -> None:
    """Validate every program in FOLDER, label it recognising or enticing, and warn.

    A faulty file is an error that names file, key and value; warnings leave the exit code at 0.
    """
    found = [(loaded, advise(loaded)) for loaded in load_programs(folder)]
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"id": p.id, "version": p.version, "character": a.character, "warnings": a.warnings}
                    for p, a in found
                ],
                ensure_ascii=False,
            )
        )
        return
    for loaded, advice in found:
        click.echo(f"{loaded.id}: {advice.character}, version {loaded.version[:8]}")
        for warning in advice.warnings:
            click.echo(f"  warning: {warning}")
    if not found:
        click.echo("no programs")
