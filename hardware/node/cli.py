"""The `comptoir node` commands: be a fob, be a reference beacon, stand in for a radio."""

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import ClassVar, Final

import click

from hardware.beacon.eid import DEFAULT_EXPONENT, MAX_EXPONENT
from hardware.beacon.frames import LoyaltyFrame
from hardware.beacon.identity import Fob
from hardware.bluez.names import ADAPTER_PATTERN
from hardware.host.clock import SystemClock
from hardware.host.command_group import EntryPointGroup
from hardware.host.entropy import SystemEntropy
from hardware.node.air import BadLine
from hardware.node.identity import Carrier, Identity, RotatingIdentity, StaticIdentity
from hardware.node.key_file import STDIN, make_key, read_key
from hardware.node.rotation import Rotation
from hardware.node.telling import Teller
from hardware.node.transmitter import BeaconClock, BluezRadio, Transmitter
from hardware.radio.settings import parse_reference

MAX_CLOCK_S: Final = 2**31
"""Half of a fob's 32 bits: the other half lasts 68 years."""

MAX_ADAPTERS: Final = 32
"""Twelve nodes make a large store; the Linux kernel would take more."""

FILE = click.Path(path_type=Path, dir_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


class Adapter(click.ParamType[str]):
    """A Bluetooth adapter's name, "hci0" and the like."""

    name = "adapter"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType`."""
        if not re.fullmatch(ADAPTER_PATTERN, value):
            self.fail(f"{value!r} is no adapter's name; they are called hci0, hci1, …", param, ctx)
        return value


class StaticBeacon(click.ParamType[LoyaltyFrame]):
    """A static beacon, as `[radio] reference` has it."""

    name = "beacon"

    def convert(
        self, value: str | LoyaltyFrame, param: click.Parameter | None, ctx: click.Context | None
    ) -> LoyaltyFrame:
        """See `click.ParamType`."""
        if isinstance(value, LoyaltyFrame):
            return value
        try:
            return parse_reference(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class NodeGroup(EntryPointGroup):
    """The commands of a node, and what the store's own room adds to them: this room must not import that one."""

    points = "comptoir.node"
    summaries: ClassVar = {
        "calibrate": "Walk through the shop with a tag, so that the hub learns its antennas."
    }


@click.group(cls=NodeGroup, context_settings={"help_option_names": ["-h", "--help"]})
def node() -> None:
    """The nodes: this machine's Bluetooth as a fob or a stand-in radio, and the walk that calibrates a shop."""


@node.command("new-key")
@click.argument("file", type=FILE)
@json_option
def new_key(file: Path, *, as_json: bool) -> None:
    """Make a fob's key in FILE, readable by you only.

    Safe to repeat: a key that exists is kept. It is never printed.
    """
    made = make_key(file, SystemEntropy())
    if as_json:
        click.echo(json.dumps({"key_file": str(file), "made": made}))
    else:
        click.echo(f"{file}: {'a new key' if made else 'holds a key already; kept'}")


@node.command()
@click.option(
    "--key-file", metavar="FILE", help="The fob's key, 32 hexadecimal digits; - for standard input."
)
@click.option(
    "--carrier",
    type=click.Choice([carrier.value for carrier in Carrier]),
    default=Carrier.EDDYSTONE.value,
    show_default=True,
    help="As a fob sends it, as the Android app does, or as the iOS app does.",
)
@click.option(
    "--k",
    type=click.IntRange(0, MAX_EXPONENT),
    default=DEFAULT_EXPONENT,
    show_default=True,
    help="Rotation exponent: a new identifier every 2^K s.",
)
@click.option(
    "--clock",
    "clock_s",
    type=click.FloatRange(0, MAX_CLOCK_S),
    help="What the fob's clock shows now, seconds.  [default: the time of day in UTC seconds, which still is "
    "right when the command is begun again]",
)
@click.option(
    "--static",
    type=StaticBeacon(),
    metavar="BEACON",
    help="Instead of a fob a reference beacon: ibeacon:UUID/major/minor or eddystone_uid:namespace/instance.",
)
@click.option("--adapter", type=Adapter(), metavar="hciN", help="By default the first that can.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End by itself after so long.")
@json_option
def beacon(
    *,
    key_file: str | None,
    carrier: str,
    k: int,
    clock_s: float | None,
    static: LoyaltyFrame | None,
    adapter: str | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Transmit as a fob with this machine's Bluetooth, until Ctrl-C.

    A first try without a fob: `comptoir node new-key fob.key`, then this with `--key-file fob.key`; it prints what to
    type at the hub. The key is never printed.
    """
    if (key_file is None) == (static is None):
        raise click.UsageError("give either --key-file (comptoir node new-key makes one) or --static")
    teller = Teller(as_json=as_json)
    identity: Identity
    if static is not None:
        identity = StaticIdentity(static)
        teller.introduce_static(static)
    else:
        assert key_file is not None, "one of the two was given"
        identity = RotatingIdentity(Fob(read_key(key_file), k), Carrier(carrier))
        shown = "-" if key_file == STDIN else key_file
        teller.introduce_fob(Carrier(carrier), shown, k, clock_s)
    asyncio.run(_transmit(identity, clock_s, adapter, seconds, teller))


async def _transmit(
    identity: Identity, clock_s: float | None, adapter: str | None, seconds: float | None, teller: Teller
) -> None:
    clock = SystemClock()
    transmitter = Transmitter(
        Rotation(identity), BluezRadio(adapter), clock, BeaconClock(clock, clock_s), teller.tell
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, transmitter.stop)
    if seconds is not None:
        loop.call_later(seconds, transmitter.stop)
    await transmitter.run()
    teller.end()


@node.command("stand-in")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="For the bus's socket and log.  [default: a temporary one]",
)
@click.option(
    "--adapters", default="hci0,hci1", show_default=True, help="The adapters this machine shall have."
)
@click.option(
    "--rssi-dbm",
    type=click.IntRange(-126, 20),
    default=-60,
    show_default=True,
    help="How strongly the other adapters hear what one advertises.",
)
def stand_in(folder: Path | None, adapters: str, rssi_dbm: int) -> None:
    """Stand in for Bluetooth on a machine without it: a private D-Bus with a double of BlueZ, until Ctrl-C.

    The first line on standard output is {"address": …}, the bus to give to `comptoir edge …` and `comptoir node
    beacon` as DBUS_SYSTEM_BUS_ADDRESS. Lines on standard input put packets on the air:
    {"adapter": "hci0", "transmitter": "a", "rssi_dbm": -61, "payload": "0201…"}. The end of the input ends nothing.
    """
    from hardware.node.stand_in import run_stand_in

    names = tuple(dict.fromkeys(Adapter().convert(name.strip(), None, None) for name in adapters.split(",")))
    if len(names) > MAX_ADAPTERS:
        raise click.UsageError(f"--adapters takes {MAX_ADAPTERS} at most")
    asyncio.run(run_stand_in(folder, names, rssi_dbm, _say_ready, _say_bad_line))


def _say_ready(address: str) -> None:
    click.echo(json.dumps({"address": address}))
    click.echo("In other terminals, before any other command:", err=True)
    click.echo(f"  export DBUS_SYSTEM_BUS_ADDRESS={address}", err=True)
    click.echo(
        "An adapter does not hear itself: let one listen, and another one transmit (--adapter).", err=True
    )


def _say_bad_line(line: BadLine) -> None:
    click.echo(f"comptoir: standard input, line {line.number}: {line.fault} — skipped", err=True)
