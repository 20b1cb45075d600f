"""The machine's clock: is it right, will it stay right, and has it gone back."""

import ctypes
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hardware.host.clock import Clock
from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning

EARLIEST_S: Final = 1_795_305_600.0
"""2026-11-22, when this was written: a clock before it lost its time (a Pi without a battery starts in the past)."""

LATEST_S: Final = EARLIEST_S + 30 * 365 * 86_400.0
"""No machine of a store runs for thirty years; a clock after it was mistyped."""

TOLERANCE_S: Final = 2.0
"""A time server moves a clock back by less than this at a time without harm: nothing of ours expires by the second."""

_STA_UNSYNC: Final = 0x0040
_TIME_SERVER: Final = (
    "`sudo timedatectl set-ntp true`, and let a time server (the hub, the router) answer in the store"
)


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What was seen.

    Attributes:
        now_s: UTC seconds.
        synchronised: whether the kernel says that a time server keeps the clock; None when it does not tell.
        battery: whether there is a clock that runs while the machine is off.
    """

    now_s: float
    synchronised: bool | None
    battery: bool


class _Timex(ctypes.Structure):
    # The head of `struct timex` (adjtimex(2)); the tail is room for what this kernel writes beyond it.
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("tail", ctypes.c_char * 512),
    )


def look(clock: Clock, rtc: Path = Path("/sys/class/rtc")) -> ClockFacts:
    """Read the clock, the kernel's opinion of it, and whether there is a battery."""
    return ClockFacts(clock.now_s(), _synchronised(), any(rtc.glob("rtc*")))


def _synchronised() -> bool | None:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):  # no Linux
        return None
    timex = _Timex()  # modes = 0: only reads
    if adjtimex(ctypes.byref(timex)) < 0:
        return None
    return not timex.status & _STA_UNSYNC


def judge(facts: ClockFacts) -> tuple[Finding, ...]:
    """What the clock's state means for a node, a kiosk and a hub alike."""
    return _year(facts.now_s), _synchronisation(facts.synchronised), _battery(battery=facts.battery)


def _year(now_s: float) -> Finding:
    shown = _moment(now_s)
    if EARLIEST_S <= now_s <= LATEST_S:
        return ok("clock.time", f"the clock shows {shown}")
    return problem(
        "clock.time",
        f"the clock shows {shown}, which cannot be",
        "set it (`sudo timedatectl set-time 'YYYY-MM-DD HH:MM:SS'`), or let a time server set it",
    )


def _synchronisation(synchronised: bool | None) -> Finding:  # noqa: FBT001 - the fact that is judged
    if synchronised is None:
        return skipped(
            "clock.synchronised", "this system does not tell whether a time server keeps its clock"
        )
    if synchronised:
        return ok("clock.synchronised", "a time server keeps the clock")
    return warning("clock.synchronised", "no time server keeps the clock: it will drift", _TIME_SERVER)


def _battery(*, battery: bool) -> Finding:
    if battery:
        return ok("clock.battery", "there is a clock that runs while the machine is off")
    return warning(
        "clock.battery",
        "no clock runs while the machine is off: after a power cut it starts in the past",
        "fit a clock module (on a Pi: `dtoverlay=i2c-rtc,…` in config.txt), or keep a time server in the store",
    )


def judge_not_back(now_s: float, mark_s: float | None) -> Finding:
    """Whether the clock stands before the latest moment the hub's database knows (permissions never go back, A10).

    Args:
        now_s: UTC seconds.
        mark_s: that moment, or None when nothing is known.
    """
    check = "clock.not_back"
    if mark_s is None:
        return skipped(check, "the database holds no moment to compare with")
    if now_s >= mark_s - TOLERANCE_S:
        return ok(check, "the clock is not before what the database knows")
    return problem(
        check,
        f"the clock shows {_moment(now_s)}, but the database knows {_moment(mark_s)}:"
        " what expired stays expired until the clock has caught up",
        "set the clock right (`timedatectl`); if the database is wrong, its clock once ran ahead: ask for support",
    )


def _moment(at_s: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{at_s:g} s"
