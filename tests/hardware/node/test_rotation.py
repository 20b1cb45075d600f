"""Which identifier is on the air, and what becomes of it: every state with every event, and the stories between."""

import math

import pytest

from hardware.beacon.identity import Fob
from hardware.host.errors import UnavailableError
from hardware.node.identity import Carrier, RotatingIdentity, StaticIdentity
from hardware.node.rotation import (
    MAX_SLEEP_S,
    RETRY_S,
    Commands,
    End,
    Event,
    Fail,
    Lost,
    Refused,
    Register,
    Registered,
    Rotation,
    Started,
    State,
    StopAsked,
    TellOffAir,
    TellOnAir,
    Unregister,
    Unregistered,
    WakeAfter,
    Woke,
)
from hardware.radio.settings import parse_reference

FOB = Fob(bytes(range(16)), k=5)
ROTATING = RotatingIdentity(FOB, Carrier.EDDYSTONE)
STATIC = StaticIdentity(parse_reference("eddystone_uid:00112233445566778899/aabbccddeeff"))
HCI0 = Registered("hci0", 500)
REFUSAL = UnavailableError("bluetoothd does not run")
START_S = 3200.0 + 12.0
"""Twelve seconds into an identifier of 32."""


def brought(state: State, identity: RotatingIdentity | StaticIdentity = ROTATING) -> Rotation:
    """A rotation in `state`, by the shortest way."""
    ways: dict[State, tuple[tuple[Event, float], ...]] = {
        State.IDLE: (),
        State.WAITING: ((Started(), 0), (HCI0, 0), (Lost("gone"), 0)),
        State.JOINING: ((Started(), 0),),
        State.ON_AIR: ((Started(), 0), (HCI0, 0)),
        State.LEAVING: ((Started(), -32), (HCI0, -32), (Woke(), 0)),
        State.ENDING: ((Started(), 0), (StopAsked(), 0)),
        State.ENDED: ((StopAsked(), 0),),
    }
    rotation = Rotation(identity)
    for event, later_s in ways[state]:
        rotation.handle(event, START_S + later_s)
    assert rotation.state is state
    return rotation


NOW = ROTATING.at(START_S)
TABLE: dict[State, dict[type[object], tuple[Commands, State]]] = {
    State.IDLE: {Started: ((Register(NOW),), State.JOINING), StopAsked: ((End(),), State.ENDED)},
    State.WAITING: {Woke: ((Register(NOW),), State.JOINING), StopAsked: ((End(),), State.ENDED)},
    State.JOINING: {
        Registered: ((TellOnAir(NOW, 20.0, "hci0", 500), WakeAfter(20.0)), State.ON_AIR),
        Refused: ((Fail(REFUSAL),), State.ENDED),
        StopAsked: ((), State.ENDING),
    },
    State.ON_AIR: {
        Woke: ((WakeAfter(20.0),), State.ON_AIR),
        Lost: ((TellOffAir("it went"), WakeAfter(RETRY_S)), State.WAITING),
        StopAsked: ((Unregister(),), State.ENDING),
    },
    State.LEAVING: {
        Unregistered: ((Register(NOW),), State.JOINING),
        StopAsked: ((), State.ENDING),
    },
    State.ENDING: {
        Registered: ((Unregister(),), State.ENDING),
        Refused: ((End(),), State.ENDED),
        Unregistered: ((End(),), State.ENDED),
    },
    State.ENDED: {},
}
EVENTS: tuple[Event, ...] = (
    Started(),
    Woke(),
    HCI0,
    Refused(REFUSAL),
    Unregistered(),
    Lost("it went"),
    StopAsked(),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_every_event_in_every_state(state: State, event: Event) -> None:
    rotation = brought(state)
    expected = TABLE[state].get(type(event), ((), state))
    assert (rotation.handle(event, START_S), rotation.state) == expected


def test_the_identifier_changes_at_each_boundary_and_the_old_one_goes_first() -> None:
    rotation = brought(State.ON_AIR)
    assert rotation.handle(Woke(), 3231.75) == (WakeAfter(0.25),)
    assert rotation.handle(Woke(), 3232.0) == (Unregister(),)
    following = ROTATING.at(3232.0)
    assert following.identifier == FOB.eid_at(3232.0) != NOW.identifier
    assert rotation.handle(Unregistered(), 3232.25) == (Register(following),)
    told, wake = rotation.handle(HCI0, 3232.5)
    assert told == TellOnAir(following, 31.5, "hci0", 500)
    assert wake == WakeAfter(31.5)


def test_a_registration_that_took_too_long_is_changed_at_once() -> None:
    rotation = brought(State.JOINING)
    told, command = rotation.handle(HCI0, 3232.5)
    assert isinstance(told, TellOnAir)
    assert command == Unregister()


def test_a_clock_that_was_set_is_noticed_within_a_minute() -> None:
    slow = RotatingIdentity(Fob(bytes(16), k=15), Carrier.APP)
    rotation = Rotation(slow)
    rotation.handle(Started(), 100.0)
    assert rotation.handle(HCI0, 100.0)[1] == WakeAfter(MAX_SLEEP_S)
    assert rotation.handle(Woke(), 1_700_000_000.0) == (Unregister(),)


def test_a_static_beacon_never_changes() -> None:
    rotation = brought(State.ON_AIR, STATIC)
    assert rotation.handle(Woke(), 1e9) == (WakeAfter(MAX_SLEEP_S),)
    assert STATIC.at(0.0) == STATIC.at(1e9)
    assert STATIC.at(0.0).until_s == math.inf


def test_after_a_first_success_refusals_are_waited_out_and_told_once_a_reason() -> None:
    """A restart of bluetoothd passes through several: no owner, no adapter, switched off."""
    rotation = brought(State.WAITING)
    other = UnavailableError("there is no Bluetooth adapter")
    heard: list[Commands] = []
    for error in (REFUSAL, REFUSAL, other, other):
        assert rotation.handle(Woke(), START_S) == (Register(NOW),)
        heard.append(rotation.handle(Refused(error), START_S))
    wait = WakeAfter(RETRY_S)
    assert heard == [(TellOffAir(str(REFUSAL)), wait), (wait,), (TellOffAir(str(other)), wait), (wait,)]
    rotation.handle(Woke(), START_S)
    assert rotation.handle(HCI0, START_S)[0] == TellOnAir(NOW, 20.0, "hci0", 500)
    assert rotation.handle(Lost("gone"), START_S)[0] == TellOffAir("gone")
