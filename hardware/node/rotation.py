"""Keeps one identifier on the air: which, when the next begins, what to do when the radio goes.

    handle(event, beacon_s) -> commands

| state   | Started  | Woke                  | Registered    | Refused         | Unregistered | Lost    | StopAsked  |
|---------|----------|-----------------------|---------------|-----------------|--------------|---------|------------|
| IDLE    | Register |                       |               |                 |              |         | End        |
| WAITING |          | Register              |               |                 |              |         | End        |
| JOINING |          |                       | ON_AIR        | Fail or WAITING |              |         | ENDING     |
| ON_AIR  |          | Unregister when over  |               |                 |              | WAITING | Unregister |
| LEAVING |          |                       |               |                 | Register     |         | ENDING     |
| ENDING  |          |                       | Unregister    | End             | End          |         |            |
| ENDED   |          |                       |               |                 |              |         |            |

An empty cell changes nothing. `Lost` counts on the air only: in between, the answer to the last command follows.

The old identifier goes before the new one comes. What is silent meanwhile is a few milliseconds of an interval of
500; two at once would tie one identifier to the next for every listener, which is what the rotation is there to
prevent, and need a second of the few places an adapter has.

A refusal before the first success ends it, for a person is watching; later ones are waited out, for a restart of
bluetoothd passes through most of them.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from hardware.host.errors import ComptoirError
from hardware.node.identity import Identity, OnAir

RETRY_S: Final = 2.0
"""bluetoothd restarts in about 1 s, and a try costs it three calls."""

MAX_SLEEP_S: Final = 60.0
"""A clock set meanwhile (the first time server's answer after a Pi's boot) is noticed after this."""


@dataclass(frozen=True, slots=True)
class Started:
    """Transmitting was asked for."""


@dataclass(frozen=True, slots=True)
class Woke:
    """The time of the last `WakeAfter` is over."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The radio took it.

    Attributes:
        adapter: "hci0" and the like.
        interval_ms: between two transmissions; None: as the adapter likes.
    """

    adapter: str
    interval_ms: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The radio did not take it."""

    error: ComptoirError


@dataclass(frozen=True, slots=True)
class Unregistered:
    """It is off the air, as asked."""


@dataclass(frozen=True, slots=True)
class Lost:
    """It went off the air by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Enough."""


Event = Started | Woke | Registered | Refused | Unregistered | Lost | StopAsked


@dataclass(frozen=True, slots=True)
class Register:
    """Put this on the air; answered by `Registered` or `Refused`."""

    on_air: OnAir


@dataclass(frozen=True, slots=True)
class Unregister:
    """Take it off the air; answered by `Unregistered`."""


@dataclass(frozen=True, slots=True)
class WakeAfter:
    """Say `Woke` after so long; replaces an earlier one."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class TellOnAir:
    """A person should know: this is on the air, for `left_s` (infinite for a static beacon)."""

    on_air: OnAir
    left_s: float
    adapter: str
    interval_ms: int | None


@dataclass(frozen=True, slots=True)
class TellOffAir:
    """A person should know: nothing is on the air, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """End with this error."""

    error: ComptoirError


@dataclass(frozen=True, slots=True)
class End:
    """End; nothing is on the air."""


Command = Register | Unregister | WakeAfter | TellOnAir | TellOffAir | Fail | End
Commands = tuple[Command, ...]


class State(Enum):
    """See the module's table."""

    IDLE = auto()
    WAITING = auto()
    JOINING = auto()
    ON_AIR = auto()
    LEAVING = auto()
    ENDING = auto()
    ENDED = auto()


class Rotation:
    """One identity's way onto the air and off it; see the module's table."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._state = State.IDLE
        self._current: OnAir | None = None
        self._was_on_air = False
        self._told: str | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    def handle(self, event: Event, beacon_s: float) -> Commands:
        """Take an event at a moment of the beacon's clock, seconds."""
        match event, self._state:
            case (Started(), State.IDLE) | (Woke(), State.WAITING) | (Unregistered(), State.LEAVING):
                return self._register(beacon_s)
            case Woke(), State.ON_AIR:
                return self._keep_or_change(beacon_s)
            case Registered(adapter, interval_ms), State.JOINING:
                return self._go_on_air(adapter, interval_ms, beacon_s)
            case Refused(error), State.JOINING:
                return self._take_refusal(error)
            case Lost(reason), State.ON_AIR:
                return self._wait(reason)
            case (StopAsked(), State.ON_AIR) | (Registered(), State.ENDING):
                return self._to(State.ENDING, Unregister())
            case StopAsked(), State.JOINING | State.LEAVING:
                return self._to(State.ENDING)
            case (StopAsked(), State.IDLE | State.WAITING) | (Refused() | Unregistered(), State.ENDING):
                return self._to(State.ENDED, End())
            case _:
                return ()

    def _to(self, state: State, *commands: Command) -> Commands:
        self._state = state
        return commands

    def _register(self, beacon_s: float) -> Commands:
        self._current = self._identity.at(beacon_s)
        return self._to(State.JOINING, Register(self._current))

    def _go_on_air(self, adapter: str, interval_ms: int | None, beacon_s: float) -> Commands:
        assert self._current is not None, "something was registered"
        self._was_on_air = True
        self._told = None
        self._state = State.ON_AIR
        told = TellOnAir(self._current, self._current.until_s - beacon_s, adapter, interval_ms)
        return (told, *self._keep_or_change(beacon_s))

    def _keep_or_change(self, beacon_s: float) -> Commands:
        due = self._identity.at(beacon_s)
        if due != self._current:
            return self._to(State.LEAVING, Unregister())
        return (WakeAfter(min(due.until_s - beacon_s, MAX_SLEEP_S)),)

    def _take_refusal(self, error: ComptoirError) -> Commands:
        if not self._was_on_air:
            return self._to(State.ENDED, Fail(error))
        return self._wait(str(error))

    def _wait(self, reason: str) -> Commands:
        told = () if reason == self._told else (TellOffAir(reason),)
        self._told = reason
        return self._to(State.WAITING, *told, WakeAfter(RETRY_S))
