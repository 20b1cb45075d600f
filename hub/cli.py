"""`comptoir hub …`: everything that enters the store goes through here."""

import asyncio
import json
from pathlib import Path

import click

from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hub.commands.import_sales import import_sales
from hub.commands.member import member
from hub.commands.permission import permission
from hub.commands.program import program

config_argument = click.argument("config", type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def hub() -> None:
    """The store: members, permissions, programs, sales, and the hub itself."""


@hub.group("import")
def import_() -> None:
    """Bring in what the shop already has."""


import_.add_command(import_sales)
hub.add_command(member)
hub.add_command(permission)
hub.add_command(program)


@hub.command()
@config_argument
@json_option
def init(config: Path, *, as_json: bool) -> None:
    """Create the key and the database that CONFIG names, and print the public key kiosks need.

    Safe to repeat: nothing that exists is replaced.
    """
    from hub.assembly import open_hub_data
    from hub.desk_key import kiosk_public_key

    data = open_hub_data(config, SystemClock(), SystemEntropy())
    key = kiosk_public_key(data.vault)
    report = {
        "store": data.config.store,
        "database": str(data.config.database),
        "key_file": str(data.config.key_file),
        "programs": [p.id for p in data.programs],
        "kiosk_public_key": key,
    }
    data.close()
    if as_json:
        click.echo(json.dumps(report))
        return
    click.echo(f"store {report['store']}: database {report['database']}, key {report['key_file']}")
    click.echo(f"programs: {', '.join(p.id for p in data.programs) or 'none'}")
    click.echo(f"public key for kiosks: {key}")


@hub.command()
@config_argument
def run(config: Path) -> None:
    """Run the hub that CONFIG describes until it is stopped (SIGINT, SIGTERM)."""
    from hub.run import run_hub

    asyncio.run(run_hub(config, SystemClock(), SystemEntropy()))
