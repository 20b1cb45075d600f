"""`comptoir hub permission …`: what members permit enters here, and leaves here."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hub.assembly import open_hub_data
from hub.commands.choice import Spoken
from hub.commands.member import config_option, json_option
from hub.permission.records import How, Level, PermissionRecord, Purpose, Scope, Touchpoint
from hub.permission.service import HOMES, Grant

purpose_option = click.option("--purpose", required=True, type=Spoken(list(Purpose)), help="What for.")
touchpoint_option = click.option(
    "--touchpoint", type=Spoken(list(Touchpoint)), help="Where; without it the purpose's own."
)
how_option = click.option(
    "--how",
    required=True,
    type=Spoken(list(How)),
    help="How the person said it; paper waits for confirmation.",
)


@click.group()
def permission() -> None:
    """What members permit: grant, withdraw, list."""


@permission.command()
@click.argument("member_id", metavar="MEMBER")
@purpose_option
@touchpoint_option
@how_option
@click.option("--notice", required=True, help="Version of the privacy notice the person saw.")
@click.option(
    "--level", type=Spoken(list(Level)), default=Level.STANDING, show_default=True, help="How much."
)
@click.option("--scope", type=Spoken(list(Scope)), default=Scope.STORE, show_default=True, help="How far.")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Shown in."
)
@config_option
@json_option
def grant(
    member_id: str,
    purpose: Purpose,
    touchpoint: Touchpoint | None,
    how: How,
    notice: str,
    level: Level,
    scope: Scope,
    language: str,
    config: Path,
    *,
    as_json: bool,
) -> None:
    """Remember what MEMBER allowed: one purpose at one touchpoint."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    given = Grant(purpose, touchpoint or HOMES[purpose], level, how, notice, scope, language)
    record = data.permissions.grant(member_id, given, data.clock.now_s())
    decision = data.permissions.look(member_id, record.purpose, record.touchpoint, data.clock.now_s(), scope)
    data.close()
    if as_json:
        click.echo(json.dumps({**_described(record), "decision": decision.code}))
        return
    click.echo(f"{record.record_id}: {purpose} at {record.touchpoint} ({level}): now {decision.code}")


@permission.command()
@click.argument("member_id", metavar="MEMBER")
@purpose_option
@touchpoint_option
@click.option("--how", type=Spoken(list(How)), default=How.PAPER, show_default=True, help="How it was said.")
@config_option
@json_option
def withdraw(
    member_id: str, purpose: Purpose, touchpoint: Touchpoint | None, how: How, config: Path, *, as_json: bool
) -> None:
    """Take a permission of MEMBER back. Never refused; a running hub obeys within a second.

    Withdrawing recognition deletes the keys of the member's fobs.
    """
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    record = data.permissions.withdraw(
        member_id, purpose, how=how, now_s=data.clock.now_s(), touchpoint=touchpoint
    )
    data.close()
    click.echo(
        json.dumps(_described(record))
        if as_json
        else f"{record.record_id}: {purpose} at {record.touchpoint} withdrawn"
    )


@permission.command(name="list")
@click.argument("member_id", metavar="MEMBER")
@config_option
@json_option
def list_(member_id: str, config: Path, *, as_json: bool) -> None:
    """List every act of MEMBER, and what is decided now for each purpose."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    now_s = data.clock.now_s()
    records = data.permissions.records(member_id)
    decided = {
        purpose: data.permissions.look(member_id, purpose, HOMES[purpose], now_s, Scope.CHECKOUT).code
        for purpose in Purpose
    }
    data.close()
    if as_json:
        click.echo(json.dumps({"decisions": decided, "acts": [_described(r) for r in records]}))
        return
    for record in records:
        click.echo(
            f"{_utc(record.at_s)}  {record.state:<20}  "
            f"{record.purpose} at {record.touchpoint}  by {record.how}"
        )
    for purpose, code in decided.items():
        click.echo(f"now: {purpose:<12} {code}")


def _described(record: PermissionRecord) -> dict[str, object]:
    return {
        "record": record.record_id,
        "state": record.state,
        "purpose": record.purpose,
        "touchpoint": record.touchpoint,
        "level": record.level,
        "scope": record.scope,
        "notice": record.notice,
        "how": record.how,
        "at": _utc(record.at_s),
        "until": None if record.until_s is None else _utc(record.until_s),
    }


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
