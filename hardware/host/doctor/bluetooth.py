"""Bluetooth: can this machine hear beacons, and does it keep what bystanders send."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.bluez.client import AdapterState, Bluez
from hardware.host.doctor.disk import MEMORY_FILE_SYSTEMS, file_system_of
from hardware.host.doctor.examination import Check, failed, in_thread
from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning
from hardware.host.errors import ComptoirError

STATE_FOLDER: Final = Path("/var/lib/bluetooth")
"""Where BlueZ keeps its state, and under each adapter a `cache` with the names of devices it heard."""

CALL_TIMEOUT_S: Final = 2.5
"""Three calls at most, and none of them touches the radio: bluetoothd answers them in milliseconds."""

RFKILL_FOLDER: Final = Path("/sys/class/rfkill")


@dataclass(frozen=True, slots=True)
class Block:
    """A radio switched off by the kernel (rfkill); for a switch, see `rfkill list`."""

    soft: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class CacheFacts:
    """Where BlueZ caches what it heard.

    Attributes:
        readable: False when this user may not look.
        on_disk: whether it outlives a restart of the machine.
    """

    readable: bool
    on_disk: bool


def adapter_check(wanted: str | None, *, scans: bool, about: str = "") -> Check:
    """What has to be true of the adapter a node listens with.

    Args:
        wanted: the configured adapter; None for the first that can scan.
        scans: an agent of ours runs here, so that scanning is to be expected.
        about: the configuration file.
    """

    async def probe() -> Sequence[Finding]:
        switch = judge_rfkill(await in_thread(rfkill))
        try:
            async with Bluez(timeout_s=CALL_TIMEOUT_S) as bluez:
                adapters = await bluez.adapters()
        except ComptoirError as error:
            return switch, failed("bluetooth.adapter", error)
        return switch, *judge_adapters(adapters, wanted, scans=scans)

    return Check("bluetooth.adapter", probe, about)


def cache_check(about: str = "") -> Check:
    """BlueZ's cache must not be on a disk (acceptance B5: bystanders leave nothing)."""

    async def probe() -> Sequence[Finding]:
        return (judge_cache(await in_thread(look_at_cache)),)

    return Check("bluetooth.cache", probe, about)


def rfkill(folder: Path = RFKILL_FOLDER) -> tuple[Block, ...]:
    """The Bluetooth switches the kernel tells of."""
    return tuple(
        Block(soft=_word(switch / "soft") == "1", hard=_word(switch / "hard") == "1")
        for switch in sorted(folder.glob("rfkill*"))
        if _word(switch / "type") == "bluetooth"
    )


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def look_at_cache(folder: Path = STATE_FOLDER, mounts: Path = Path("/proc/self/mountinfo")) -> CacheFacts:
    """Look where BlueZ's cache is. The folders in it are named after radios: none of those names comes out."""
    try:
        caches = [path / "cache" for path in folder.iterdir() if (path / "cache").is_dir()]
    except FileNotFoundError:
        return CacheFacts(readable=True, on_disk=False)
    except PermissionError:
        return CacheFacts(readable=False, on_disk=False)
    # Without a cache yet, one will be made here.
    places = caches or [folder]
    return CacheFacts(
        readable=True,
        on_disk=any(file_system_of(place, mounts) not in MEMORY_FILE_SYSTEMS for place in places),
    )


def judge_rfkill(blocks: Sequence[Block]) -> Finding:
    """Whether a switch holds the radio silent."""
    check = "bluetooth.switch"
    if not blocks:
        return skipped(check, "the kernel tells of no switch for Bluetooth")
    if any(block.hard for block in blocks):
        return problem(
            check,
            "Bluetooth is switched off by hardware",
            "turn the switch or the firmware's setting on, then restart",
        )
    if any(block.soft for block in blocks):
        return problem(check, "Bluetooth is switched off by software", "`sudo rfkill unblock bluetooth`")
    return ok(check, "Bluetooth is not switched off")


def judge_adapters(
    adapters: Sequence[AdapterState], wanted: str | None, *, scans: bool
) -> tuple[Finding, ...]:
    """Whether the adapter a node listens with is there, on, able and free.

    Args:
        adapters: all that BlueZ tells of.
        wanted: see `adapter_check`.
        scans: see `adapter_check`.
    """
    names = ", ".join(adapter.name for adapter in adapters) or "none"
    chosen = _choose(adapters, wanted)
    if chosen is None:
        missing = problem(
            "bluetooth.adapter",
            f"no adapter{f' {wanted}' if wanted else ''} (BlueZ has: {names})",
            "plug the adapter in or enable it (on a Pi: no `dtoverlay=disable-bt` in config.txt), then"
            " `sudo systemctl restart bluetooth`"
            + ("; or name another under [radio] in the configuration" if adapters else ""),
        )
        rest = ("powered", "scanning", "advertising")
        return missing, *(skipped(f"bluetooth.{detail}", "there is no adapter") for detail in rest)
    return _present(chosen), _powered(chosen), _scanning(chosen, scans=scans), _advertising(chosen)


def _choose(adapters: Sequence[AdapterState], wanted: str | None) -> AdapterState | None:
    if wanted is not None:
        return next((adapter for adapter in adapters if adapter.name == wanted), None)
    return next((adapter for adapter in adapters if adapter.central), next(iter(adapters), None))


def _present(adapter: AdapterState) -> Finding:
    check = "bluetooth.adapter"
    if adapter.central:
        return ok(check, f"{adapter.name} is there and can scan for LE devices")
    return problem(
        check,
        f"{adapter.name} cannot scan for LE devices (no central role)",
        "use an adapter with Bluetooth 4.0 or later",
    )


def _powered(adapter: AdapterState) -> Finding:
    if adapter.powered:
        return ok("bluetooth.powered", f"{adapter.name} is on")
    return problem(
        "bluetooth.powered",
        f"{adapter.name} is off",
        "`bluetoothctl power on`, and `AutoEnable=true` in /etc/bluetooth/main.conf",
    )


def _scanning(adapter: AdapterState, *, scans: bool) -> Finding:
    check = "bluetooth.scanning"
    if not adapter.discovering:
        return ok(check, f"nobody scans with {adapter.name}")
    if scans:
        return ok(check, f"{adapter.name} is scanning, and our agent runs")
    return warning(
        check,
        f"another program scans with {adapter.name}: it can change what we hear",
        "end that program (a desktop's Bluetooth settings, `bluetoothctl scan on`)",
    )


def _advertising(adapter: AdapterState) -> Finding:
    able = "can" if adapter.can_advertise else "cannot"
    return ok("bluetooth.advertising", f"{adapter.name} {able} stand in for a fob (`comptoir node beacon`)")


def judge_cache(facts: CacheFacts) -> Finding:
    """Whether BlueZ writes names of bystanders' devices to a disk."""
    check = "bluetooth.cache"
    if not facts.readable:
        return skipped(check, f"only root may look into {STATE_FOLDER}: run `sudo comptoir doctor`")
    if facts.on_disk:
        return warning(
            check,
            f"BlueZ keeps names of devices it hears on disk, in {STATE_FOLDER}",
            f"keep them in memory: add `tmpfs {STATE_FOLDER} tmpfs mode=0700 0 0` to /etc/fstab, then"
            f" `sudo mount {STATE_FOLDER} && sudo systemctl restart bluetooth`",
        )
    return ok(check, "BlueZ keeps what it hears in memory only")
