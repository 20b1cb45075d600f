"""The commands as processes: ready, heard, ended by a signal with 0, no secret anywhere."""

import contextlib
import json
import signal
from pathlib import Path

import pytest

from hardware.beacon.build import eddystone_eid
from hardware.beacon.eid import compute_eid
from hardware.bluez.private_bus import find_dbus_daemon
from hardware.host.clock import SystemClock
from hardware.host.errors import ExitCode
from hardware.radio.settings import parse_reference
from tests.conftest import missing_part
from tests.hardware.node.processes import Command, beacon, command, stand_in
from tests.hardware.node.shop import Scanner, Shop, until

KEY = bytes.fromhex("c0ffeec0ffeec0ffeec0ffeec0ffee01")
REFERENCES = (
    "eddystone_uid:00112233445566778899/aabbccddeeff",
    "ibeacon:f7826da6-4fa2-4e98-8024-bc5b71e0893e/7/8",
)
TWELVE = tuple(f"hci{n}" for n in range(12))

pytestmark = pytest.mark.real


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "a fob.key"
    file.write_text(KEY.hex())
    return file


async def test_a_fob_is_heard_through_processes_and_its_key_is_nowhere(
    key_file: Path, tmp_path: Path
) -> None:
    async with (
        stand_in(tmp_path, "--rssi-dbm", "-71") as (radio, address),
        Scanner(address) as scanner,
        command(
            "--log-level",
            "debug",
            "node",
            "beacon",
            "--key-file",
            str(key_file),
            "--json",
            DBUS_SYSTEM_BUS_ADDRESS=address,
        ) as fob,
    ):
        said = await fob.line() + await fob.line()
        on_air = json.loads(said.splitlines()[1])
        (advert,) = await scanner.hear()
        assert (scanner.ids, advert.rssi_dbm) == ([on_air["identifier"]], -71)
        now_s = int(SystemClock().now_s())
        assert on_air["identifier"] in {compute_eid(KEY, 10, now_s - ago_s).hex() for ago_s in (0, 30)}
        assert KEY.hex().encode() not in what_others_may_list(fob)
        code, rest = await fob.end()
        assert code == ExitCode.OK
        assert json.loads(rest.splitlines()[0]) == {"event": "ended"}
        assert KEY.hex() not in said + rest
        assert await radio.end() == (0, "")


def what_others_may_list(running: Command) -> bytes:
    """What `ps` shows of a process, and its environment."""
    listing = Path(f"/proc/{running.process.pid}")
    return b"".join((listing / part).read_bytes() for part in ("cmdline", "environ"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stand_in_ends_cleanly_and_leaves_no_folder(number: int) -> None:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with command("node", "stand-in") as radio:
        address = json.loads(await radio.line())["address"]
        folder = Path(address.removeprefix("unix:path=")).parent
        assert folder.is_dir()
        code, said = await radio.end(number)
        assert code == ExitCode.OK
        assert f"export DBUS_SYSTEM_BUS_ADDRESS={address}" in said
        assert not folder.exists()


async def test_a_whole_floor_s_packets_come_through_standard_input(tmp_path: Path) -> None:
    async with stand_in(tmp_path, "--adapters", ",".join(TWELVE)) as (radio, address):
        async with contextlib.AsyncExitStack() as stack:
            scanners = [await stack.enter_async_context(Scanner(address, name)) for name in TWELVE]
            for n in range(240):
                radio.write(
                    {
                        "adapter": TWELVE[n % 12],
                        "transmitter": f"walker {n % 5}",
                        "rssi_dbm": -40 - n % 50,
                        "payload": eddystone_eid(n.to_bytes(8, "big")).hex(),
                    }
                )
            await until(lambda: all(len(one.adverts) >= 20 for one in scanners))
            heard = {
                name: [frame.id[-1] for frame in one.frames]
                for name, one in zip(TWELVE, scanners, strict=True)
            }
            assert heard == {name: list(range(n, 240, 12)) for n, name in enumerate(TWELVE)}
            assert scanners[3].adverts[0].rssi_dbm == -43
        assert await radio.end() == (0, "")


async def test_a_bad_line_is_named_and_the_end_of_the_input_ends_nothing(tmp_path: Path) -> None:
    packet: dict[str, object] = {
        "adapter": "hci1",
        "transmitter": "a",
        "rssi_dbm": -61,
        "payload": eddystone_eid(b"aaaaaaaa").hex(),
    }
    async with stand_in(tmp_path) as (radio, address), Scanner(address) as scanner:
        radio.write("nonsense", packet | {"rssi_dbm": 99}, packet | {"adapter": "hci7"}, packet)
        assert "standard input, line 1: Invalid JSON" in await radio.complaint()
        assert "line 2: rssi_dbm" in await radio.complaint()
        assert "line 3: adapter: there is none of that name" in await radio.complaint()
        await until(lambda: len(scanner.adverts) == 1)
        radio.write(packet | {"rssi_dbm": -45})
        assert radio.process.stdin is not None
        radio.process.stdin.close()
        (advert,) = await scanner.hear()
        assert advert.rssi_dbm == -45
        async with Scanner(address, "hci0"):
            assert radio.process.returncode is None
        assert await radio.end() == (0, "")


async def test_no_bus_is_one_line_and_a_code(key_file: Path, tmp_path: Path) -> None:
    code, said, complaint = await beacon(f"unix:path={tmp_path}/nothing", "--key-file", str(key_file))
    assert code == ExitCode.UNAVAILABLE
    assert said.startswith("a fob with eddystone_eid frames")
    assert complaint.startswith("comptoir: the D-Bus system bus: there is no D-Bus — ")
    assert len(complaint.splitlines()) == 1


async def test_a_fob_says_what_it_transmits_and_what_to_type_at_the_hub(shop: Shop, key_file: Path) -> None:
    options = ("--key-file", str(key_file), "--clock", "100", "--k", "4", "--seconds", "0.2")
    code, said, complaint = await beacon(shop.bus.address, *options)
    assert (code, complaint) == (0, "")
    assert said.splitlines() == [
        "a fob with eddystone_eid frames, a new identifier every 16 s",
        "at the hub, with a copy of the key file, now:",
        f"  comptoir hub member fob MEMBER --config HUB.toml --key-file '{key_file}' --k 4 --clock 100",
        f"on the air: {compute_eid(KEY, 4, 100).hex()}, for 12 s (hci0, every 500 ms)",
        "ended; nothing is on the air",
    ]


async def test_it_takes_the_key_from_standard_input_and_speaks_json(shop: Shop) -> None:
    options = ("--key-file", "-", "--carrier", "ibeacon", "--json", "--seconds", "0.2")
    code, said, complaint = await beacon(shop.bus.address, *options, stdin=KEY)
    assert (code, complaint) == (0, "")
    fob, on_air, ended = (json.loads(line) for line in said.splitlines())
    assert fob["frame"] == "ibeacon_eid"
    assert fob["at_the_hub"].endswith('--key-file - --k 10 --clock "$(date +%s)"')
    assert on_air["adapter"] == "hci0"
    assert 0 < on_air["left_s"] <= 1024
    assert ended == {"event": "ended"}


@pytest.mark.parametrize("reference", REFERENCES)
async def test_a_reference_says_how_a_node_is_told_of_it(shop: Shop, reference: str) -> None:
    options = ("--static", reference, "--adapter", "hci1", "--seconds", "0.2")
    _, said, _ = await beacon(shop.bus.address, *options)
    identifier = parse_reference(reference).id.hex()
    assert said.splitlines()[1:-1] == [
        "in the configuration of each node that hears it:",
        "  [radio]",
        f'  reference = "{reference}"',
        f"on the air: {identifier} (hci1, every 500 ms)",
    ]


async def test_a_loss_is_told_and_waited_out(shop: Shop, key_file: Path) -> None:
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": shop.bus.address}
    async with command("node", "beacon", "--key-file", str(key_file), "--json", **environment) as fob:
        assert "at_the_hub" in await fob.line()
        assert json.loads(await fob.line())["event"] == "on_air"
        await shop.stop_bluetoothd()
        assert json.loads(await fob.line()) == {"event": "off_air", "reason": "bluetoothd ended"}
        await shop.start_bluetoothd()
        assert json.loads(await fob.line())["event"] == "on_air"
        assert await fob.end() == (0, '{"event": "ended"}\n')
        assert shop.advertising.active("hci0") == 0
