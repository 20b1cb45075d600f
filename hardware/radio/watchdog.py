"""Watches a radio that may die without a word, and climbs a ladder of cures. Pure.

Adapters go deaf silently: discovery stays "on", nothing arrives. A reference beacon tells that from an empty shop:
with one, silence of everything is deafness, and the ladder is climbed; without one, silence may be an empty shop,
so the scan is begun anew now and then and nothing else.

| state | `ScanStarted` | `AdvertHeard` | `Ticked` | `ScanRefused` | `RadioLost` |
|---|---|---|---|---|---|
| `SCANNING` | stays | stays | silence: see below | deaf → `REFUSED` | deaf → `LOST` |
| `RESTARTED` | stays | hears → `SCANNING` | `rung_s`: power cycle → `CYCLED` | stays | stays |
| `CYCLED` | stays | hears → `SCANNING` | `rung_s`: give up → `GIVEN_UP` | stays | stays |
| `REFUSED` | hears → `SCANNING` | stays | each `rung_s`: power cycle; `patience_s`: → `GIVEN_UP` | stays | → `LOST` |
| `LOST` | hears → `SCANNING` | stays | `patience_s`: give up → `GIVEN_UP` | → `REFUSED` | stays |
| `GIVEN_UP` | stays | stays | stays | stays | stays |

`Ticked` in `SCANNING`: with a trusted reference, nothing heard for `silence_s`: deaf, scan restart → `RESTARTED`.
Without one, nothing heard for `idle_restart_s`: scan restart, stays. The reference not heard for
`reference_silence_s` while others are: one warning (its battery), and it is not trusted until it is heard again.

A silence is only over when something is heard: a scan that begins proves nothing there. Times are store seconds on
one monotonic clock.
"""

from dataclasses import dataclass
from enum import Enum

from hardware.radio.settings import RadioConfig


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """A scan began, or began anew."""


@dataclass(frozen=True, slots=True)
class AdvertHeard:
    """Something with a payload and a strength came in; an empty or a phantom advertisement is no sign of life."""

    reference: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """About a second has passed."""


@dataclass(frozen=True, slots=True)
class ScanRefused:
    """The adapter is there, but no scan begins, or one ended by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class RadioLost:
    """There is no adapter, no bluetoothd, or no D-Bus."""

    reason: str


Event = ScanStarted | AdvertHeard | Ticked | ScanRefused | RadioLost


@dataclass(frozen=True, slots=True)
class TellDeaf:
    """Command: say that the radio hears nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class TellHears:
    """Command: say that the radio hears again."""


@dataclass(frozen=True, slots=True)
class RestartScan:
    """Command: stop the scan and begin it anew."""


@dataclass(frozen=True, slots=True)
class PowerCycle:
    """Command: stop the discovery, switch the adapter off and on, begin the scan anew."""


@dataclass(frozen=True, slots=True)
class WarnReferenceSilent:
    """Command: say once that the reference beacon is not heard though others are."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Command: end the process; the service manager starts it again."""

    reason: str


Command = TellDeaf | TellHears | RestartScan | PowerCycle | WarnReferenceSilent | GiveUp


class State(Enum):
    """Where on the ladder the radio stands."""

    SCANNING = "scanning"
    RESTARTED = "scan restarted"
    CYCLED = "power-cycled"
    REFUSED = "scan refused"
    LOST = "no radio"
    GIVEN_UP = "given up"


SILENCE = "it hears nothing, not even the reference beacon"


class Watchdog:
    """One radio.

    Args:
        limits: the times; see `RadioConfig`.
        now_s: when listening begins. Until it is told otherwise, the radio counts as hearing.
    """

    def __init__(self, limits: RadioConfig, now_s: float) -> None:
        self._limits = limits
        self._trusted = limits.reference is not None
        self._state = State.SCANNING
        self._reason = SILENCE
        self._heard_s = self._reference_s = now_s
        self._rung_since_s = self._deaf_since_s = now_s

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    @property
    def deaf(self) -> bool:
        """It was told that the radio is deaf, and not yet that it hears again."""
        return self._state is not State.SCANNING

    def handle(self, event: Event, now_s: float) -> tuple[Command, ...]:
        """Take one event at `now_s`; the commands are to be carried out in order."""
        match event:
            case AdvertHeard(reference):
                return self._hear(reference, now_s)
            case Ticked():
                return self._tick(now_s)
            case ScanStarted():
                return self._start(now_s)
            case ScanRefused(reason):
                return self._fail(State.REFUSED, reason, now_s)
            case RadioLost(reason):
                return self._fail(State.LOST, reason, now_s)

    def _hear(self, reference: bool, now_s: float) -> tuple[Command, ...]:  # noqa: FBT001 - the event's field
        self._heard_s = now_s
        if reference:
            self._reference_s, self._trusted = now_s, True
        if self._state in (State.RESTARTED, State.CYCLED):
            return self._recover(now_s)
        return ()

    def _start(self, now_s: float) -> tuple[Command, ...]:
        if self._state in (State.REFUSED, State.LOST):
            return self._recover(now_s)
        return ()

    def _recover(self, now_s: float) -> tuple[Command, ...]:
        self._state = State.SCANNING
        # It could not be heard while the radio was deaf: its time begins anew.
        self._heard_s = self._reference_s = now_s
        return (TellHears(),)

    def _fail(self, state: State, reason: str, now_s: float) -> tuple[Command, ...]:
        match self._state:
            case State.SCANNING:
                self._reason = reason
                self._deaf_since_s = now_s
                self._climb(state, now_s)
                return (TellDeaf(reason),)
            case State.REFUSED | State.LOST:
                self._reason = reason
                if state is not self._state:
                    self._climb(state, now_s)
                return ()
            case State.RESTARTED | State.CYCLED | State.GIVEN_UP:
                return ()

    def _tick(self, now_s: float) -> tuple[Command, ...]:
        rung_over = now_s - self._rung_since_s >= self._limits.rung_s
        patience_over = now_s - self._deaf_since_s >= self._limits.patience_s
        match self._state:
            case State.SCANNING:
                return self._tick_scanning(now_s)
            case State.RESTARTED if rung_over:
                self._climb(State.CYCLED, now_s)
                return (PowerCycle(),)
            case State.REFUSED | State.LOST if patience_over:
                return self._give_up(now_s)
            case State.CYCLED if rung_over:
                return self._give_up(now_s)
            case State.REFUSED if rung_over:
                self._climb(State.REFUSED, now_s)
                return (PowerCycle(),)
            case _:
                return ()

    def _tick_scanning(self, now_s: float) -> tuple[Command, ...]:
        limits, quiet_s = self._limits, now_s - self._heard_s
        if self._trusted and quiet_s >= limits.silence_s:
            self._reason = SILENCE
            self._deaf_since_s = now_s
            self._climb(State.RESTARTED, now_s)
            return TellDeaf(SILENCE), RestartScan()
        if self._trusted and now_s - self._reference_s >= limits.reference_silence_s:
            self._trusted = False
            return (WarnReferenceSilent(),)
        if not self._trusted and quiet_s >= limits.idle_restart_s:
            self._heard_s = now_s
            return (RestartScan(),)
        return ()

    def _climb(self, state: State, now_s: float) -> None:
        self._state, self._rung_since_s = state, now_s

    def _give_up(self, now_s: float) -> tuple[Command, ...]:
        self._climb(State.GIVEN_UP, now_s)
        return (GiveUp(self._reason),)
