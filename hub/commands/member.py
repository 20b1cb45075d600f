"""`comptoir hub member …`: members, their cards and fobs enter here. A member needs no name."""

import json
import sys
from pathlib import Path
from typing import Final

import click

from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import DataError, NoInputError
from hub.assembly import HubData, open_hub_data
from hub.commands.choice import Spoken
from hub.commands.registration import agreed_key, resolver_public_key
from hub.display.symbols import SYMBOLS
from hub.wire.presence import IdScheme

config_option = click.option(
    "--config", required=True, type=click.Path(path_type=Path), help="The store's configuration file."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def member() -> None:
    """Members, their cards and fobs."""


@member.command()
@config_option
@json_option
@click.option(
    "--symbol", type=click.Choice(SYMBOLS), help="Their private symbol; without it one of the least used."
)
@click.option("--household", metavar="MEMBER", help="Share this member's account: counters and points.")
@click.option("--card", help="A card number; - reads it from standard input.")
@click.option(
    "--fob-key-file", metavar="FILE", help="File with the fob's key, 32 hexadecimal digits; - for stdin."
)
@click.option(
    "--fob-k", default=10, show_default=True, help="The fob's rotation exponent: a new id every 2^K s."
)
@click.option("--fob-clock", default=0.0, show_default=True, help="What the fob's clock shows now, seconds.")
@click.option("--fob-model", metavar="NAME", help="Its model, a name of the store's tag_models.")
@click.option("--opening-points", type=click.IntRange(0, 10**9), default=0, help="Points to begin with.")
def add(
    config: Path,
    *,
    as_json: bool,
    symbol: str | None,
    household: str | None,
    card: str | None,
    fob_key_file: str | None,
    fob_k: int,
    fob_clock: float,
    fob_model: str | None,
    opening_points: int,
) -> None:
    """Open a membership. It allows no recognition: `permission grant` does."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    number = None if card is None else _secret_word(card)
    key = None if fob_key_file is None else read_key(fob_key_file)
    # All that can be wrong is found before anything is written.
    if number is not None:
        data.people.check_new_card(number)
    if key is not None:
        data.people.check_new_fob(key, fob_k)
        _check_model(data, fob_model)
    now_s = data.clock.now_s()
    member_id = data.people.add_member(now_s=now_s, symbol=symbol, household=household)
    if number is not None:
        data.people.add_card(member_id, number)
    if key is not None:
        data.people.add_fob(member_id, key, fob_k, now_s=now_s, beacon_time_s=fob_clock, model=fob_model)
    if opening_points:
        account_id = data.people.person(member_id).account_id
        data.sales.credit_points(account_id, opening_points, "opening", now_s)
    _report(data, member_id, as_json=as_json)


@member.command()
@click.argument("member_id", metavar="MEMBER")
@click.argument("number")
@config_option
@json_option
def card(member_id: str, number: str, config: Path, *, as_json: bool) -> None:
    """Give MEMBER the card NUMBER (- reads it from standard input)."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    data.people.add_card(member_id, _secret_word(number))
    _report(data, member_id, as_json=as_json)


@member.command()
@click.argument("member_id", metavar="MEMBER")
@config_option
@json_option
@click.option("--key-file", metavar="FILE", help="A rotating fob's key, 32 hexadecimal digits; - for stdin.")
@click.option("--k", default=10, show_default=True, help="Rotation exponent: a new identifier every 2^K s.")
@click.option(
    "--clock", "fob_clock", default=0.0, show_default=True, help="What its clock shows now, seconds."
)
@click.option(
    "--agree", metavar="HEX", help="Instead of a key: the public key the beacon told, 64 hexadecimal digits."
)
@click.option("--eid", metavar="HEX", help="With --agree: the first identifier it told, 16 digits.")
@click.option(
    "--static",
    type=Spoken([IdScheme.IBEACON, IdScheme.EDDYSTONE_UID]),
    help="A fixed identifier, which others can follow: recognised only with a permission for fixed_id too.",
)
@click.option("--identifier", metavar="HEX", help="With --static: the identifier, hexadecimal.")
@click.option(
    "--model",
    metavar="NAME",
    help="The tag's model, a name of the store's tag_models: how loud such tags are.",
)
def fob(
    member_id: str,
    config: Path,
    *,
    as_json: bool,
    key_file: str | None,
    k: int,
    fob_clock: float,
    agree: str | None,
    eid: str | None,
    static: IdScheme | None,
    identifier: str | None,
    model: str | None,
) -> None:
    """Register a fob or phone of MEMBER; needed again after recognition was withdrawn."""
    pairs = ((agree, eid), (static, identifier))
    ways = [key_file is not None, *(None not in pair for pair in pairs)]
    if ways.count(True) != 1 or any(pair.count(None) == 1 for pair in pairs):
        raise click.UsageError("give either --key-file, or --agree and --eid, or --static and --identifier")
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    _check_model(data, model)
    now_s = data.clock.now_s()
    if static is not None and identifier is not None:
        data.people.add_static_fob(member_id, static, _hexadecimal(identifier, "--identifier"), model=model)
        _report(data, member_id, as_json=as_json)
        return
    if agree is not None and eid is not None:
        told = _hexadecimal(agree, "--agree"), _hexadecimal(eid, "--eid")
        key = agreed_key(data.vault, *told, k, fob_clock)
    else:
        assert key_file is not None
        key = read_key(key_file)
    data.people.add_fob(member_id, key, k, now_s=now_s, beacon_time_s=fob_clock, model=model)
    _report(data, member_id, as_json=as_json)


@member.command("agreement-key")
@config_option
@json_option
def agreement_key(config: Path, *, as_json: bool) -> None:
    """Print the store's public key, which a fob or app needs before `fob --agree`; it is no secret."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    key = resolver_public_key(data.vault).hex()
    data.close()
    click.echo(json.dumps({"agreement_public_key": key}) if as_json else key)


@member.command()
@click.argument("member_id", metavar="[MEMBER]", required=False)
@config_option
@json_option
def show(member_id: str | None, config: Path, *, as_json: bool) -> None:
    """Show MEMBER, or list all members; never a card number, a key or an account."""
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    if member_id is not None:
        _report(data, member_id, as_json=as_json)
        return
    members = [_summary(data, one) for one in data.people.member_ids()]
    data.close()
    if as_json:
        click.echo(json.dumps({"members": members}))
        return
    for one in members:
        click.echo(_line(one))


def read_key(source: str) -> bytes:
    """A fob key from a file or, for `-`, from standard input: a secret is never an argument others can list.

    Raises:
        NoInputError: the file cannot be read.
        DataError: it is not hexadecimal.
    """
    if source == "-":
        return _hexadecimal(_line_of_stdin(), "standard input")
    try:
        return _hexadecimal(Path(source).read_text(encoding="ascii"), source)
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(
            f"cannot be read: {error}", where=source, fix="give a file with 32 hexadecimal digits"
        ) from None


def _hexadecimal(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        # The text is not quoted: it may be most of a key.
        raise DataError("not hexadecimal", where=where, fix="two digits 0-9 a-f for each byte") from None


def _check_model(data: HubData, model: str | None) -> None:
    known = data.config.tag_models
    if model is not None and model not in known:
        raise DataError(
            f"no tag model {model!r} in the store's configuration",
            fix=f"choose one of: {', '.join(known)}" if known else f"add [tag_models.{model}] to it",
        )


def _secret_word(value: str) -> str:
    return _line_of_stdin() if value == "-" else value


MAX_SECRET_BYTES: Final = 1_024
"""A card's number has 40 characters, a key 32 digits; a longer line is some other file."""


def _line_of_stdin() -> str:
    # Bytes: how Python decodes standard input depends on the locale, and a failure there would quote it.
    line = sys.stdin.buffer.readline(MAX_SECRET_BYTES)
    try:
        return line.decode("ascii").strip()
    except UnicodeDecodeError:
        raise DataError("not plain text", where="standard input", fix="give one line of text") from None


def _summary(data: HubData, member_id: str) -> dict[str, object]:
    return {
        "member": member_id,
        "symbol": data.people.person(member_id).symbol,
        "cards": data.people.card_count(member_id),
        "fobs": len(data.people.fobs.keys(member_id)),
    }


def _line(summary: dict[str, object]) -> str:
    return f"{summary['member']}  {summary['symbol']:<10}  cards {summary['cards']}  fobs {summary['fobs']}"


def _report(data: HubData, member_id: str, *, as_json: bool) -> None:
    summary = _summary(data, member_id)
    data.close()
    click.echo(json.dumps(summary) if as_json else _line(summary))
