"""The watchdog of a radio: every state × event, and the histories that matter in a shop."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hardware.beacon.frames import FrameKind
from hardware.radio.settings import RadioConfig, parse_reference
from hardware.radio.watchdog import (
    SILENCE,
    AdvertHeard,
    Command,
    Event,
    GiveUp,
    PowerCycle,
    RadioLost,
    RestartScan,
    ScanRefused,
    ScanStarted,
    State,
    TellDeaf,
    TellHears,
    Ticked,
    WarnReferenceSilent,
    Watchdog,
)

TAG = "ibeacon:0f4fb6e2-71cd-4d3a-9c2e-8c7b6ad1f0aa/1/2"
WITH_TAG = RadioConfig(reference=TAG)
WITHOUT = RadioConfig()

HEARD, TAG_HEARD = AdvertHeard(reference=False), AdvertHeard(reference=True)
REFUSED, LOST = ScanRefused("refused"), RadioLost("lost")
DEAF = TellDeaf(SILENCE)

# How a watchdog with a reference gets into each state, and when.
WAYS: dict[State, tuple[tuple[float, Event], ...]] = {
    State.SCANNING: ((0, ScanStarted()),),
    State.RESTARTED: ((30, Ticked()),),
    State.CYCLED: ((30, Ticked()), (40, Ticked())),
    State.REFUSED: ((0, REFUSED),),
    State.LOST: ((0, LOST),),
    State.GIVEN_UP: ((30, Ticked()), (40, Ticked()), (50, Ticked())),
}

# State → (event, seconds after the state was entered) → (commands, next state).
CELLS: dict[State, dict[tuple[Event, float], tuple[tuple[Command, ...], State]]] = {
    State.SCANNING: {
        (ScanStarted(), 1): ((), State.SCANNING),
        (HEARD, 1): ((), State.SCANNING),
        (TAG_HEARD, 1): ((), State.SCANNING),
        (Ticked(), 29): ((), State.SCANNING),
        (Ticked(), 30): ((DEAF, RestartScan()), State.RESTARTED),
        (REFUSED, 1): ((TellDeaf("refused"),), State.REFUSED),
        (LOST, 1): ((TellDeaf("lost"),), State.LOST),
    },
    State.RESTARTED: {
        (ScanStarted(), 1): ((), State.RESTARTED),
        (HEARD, 1): ((TellHears(),), State.SCANNING),
        (TAG_HEARD, 1): ((TellHears(),), State.SCANNING),
        (Ticked(), 9): ((), State.RESTARTED),
        (Ticked(), 10): ((PowerCycle(),), State.CYCLED),
        (REFUSED, 1): ((), State.RESTARTED),
        (LOST, 1): ((), State.RESTARTED),
    },
    State.CYCLED: {
        (ScanStarted(), 1): ((), State.CYCLED),
        (HEARD, 1): ((TellHears(),), State.SCANNING),
        (TAG_HEARD, 1): ((TellHears(),), State.SCANNING),
        (Ticked(), 9): ((), State.CYCLED),
        (Ticked(), 10): ((GiveUp(SILENCE),), State.GIVEN_UP),
        (REFUSED, 1): ((), State.CYCLED),
        (LOST, 1): ((), State.CYCLED),
    },
    State.REFUSED: {
        (ScanStarted(), 1): ((TellHears(),), State.SCANNING),
        (HEARD, 1): ((), State.REFUSED),
        (TAG_HEARD, 1): ((), State.REFUSED),
        (Ticked(), 9): ((), State.REFUSED),
        (Ticked(), 10): ((PowerCycle(),), State.REFUSED),
        (Ticked(), 120): ((GiveUp("refused"),), State.GIVEN_UP),
        (REFUSED, 1): ((), State.REFUSED),
        (LOST, 1): ((), State.LOST),
    },
    State.LOST: {
        (ScanStarted(), 1): ((TellHears(),), State.SCANNING),
        (HEARD, 1): ((), State.LOST),
        (TAG_HEARD, 1): ((), State.LOST),
        (Ticked(), 119): ((), State.LOST),
        (Ticked(), 120): ((GiveUp("lost"),), State.GIVEN_UP),
        (REFUSED, 1): ((), State.REFUSED),
        (LOST, 1): ((), State.LOST),
    },
    State.GIVEN_UP: {
        (event, 1_000): ((), State.GIVEN_UP)
        for event in (ScanStarted(), HEARD, TAG_HEARD, Ticked(), REFUSED, LOST)
    },
}


@pytest.mark.parametrize(
    ("state", "event", "after_s", "expected"),
    [
        pytest.param(state, event, after_s, expected, id=f"{state.name} {type(event).__name__} {after_s}")
        for state, cells in CELLS.items()
        for (event, after_s), expected in cells.items()
    ],
)
def test_each_cell_of_the_table(
    state: State, event: Event, after_s: float, expected: tuple[tuple[Command, ...], State]
) -> None:
    watchdog = Watchdog(WITH_TAG, 0.0)
    now_s = 0.0
    for now_s, step in WAYS[state]:
        watchdog.handle(step, now_s)
    assert watchdog.state is state
    assert (watchdog.handle(event, now_s + after_s), watchdog.state) == expected


def test_the_table_leaves_no_event_out() -> None:
    kinds = {ScanStarted, AdvertHeard, Ticked, ScanRefused, RadioLost}
    assert set(CELLS) == set(State)
    assert all({type(event) for event, _ in cells} == kinds for cells in CELLS.values())


def test_without_a_reference_a_silent_radio_may_be_an_empty_shop() -> None:
    watchdog = Watchdog(WITHOUT, 0.0)
    said = [command for now_s in range(86_400) for command in watchdog.handle(Ticked(), now_s)]
    assert said == [RestartScan()] * (86_399 // 300)


def test_somebody_heard_is_life_also_when_the_reference_is_not() -> None:
    watchdog = Watchdog(WITH_TAG, 0.0)
    said: list[Command] = []
    for now_s in range(3_600):
        said += watchdog.handle(Ticked(), now_s)
        if now_s % 20 == 0:
            said += watchdog.handle(HEARD, now_s)
    assert said == [WarnReferenceSilent()]


def test_a_reference_with_a_flat_battery_ends_no_process_in_the_empty_shop_after_closing_time() -> None:
    watchdog = Watchdog(WITH_TAG, 0.0)
    for now_s in range(1_000):
        watchdog.handle(HEARD, now_s)
        watchdog.handle(Ticked(), now_s)
    night = [command for now_s in range(1_000, 30_000) for command in watchdog.handle(Ticked(), now_s)]
    assert set(night) == {RestartScan()}


def test_a_reference_that_is_heard_again_is_trusted_again_and_warned_of_again() -> None:
    watchdog = Watchdog(WITH_TAG, 0.0)
    said: list[Command] = []
    for now_s in range(4_000):
        said += watchdog.handle(TAG_HEARD if now_s == 2_000 else HEARD, now_s)
        said += watchdog.handle(Ticked(), now_s)
    assert said == [WarnReferenceSilent()] * 2


def test_a_refused_scan_is_power_cycled_now_and_then_until_patience_ends() -> None:
    watchdog = Watchdog(WITHOUT, 0.0)
    watchdog.handle(REFUSED, 0.0)
    said: list[Command] = []
    for now_s in range(1, 200):
        said += watchdog.handle(Ticked(), now_s)
        said += watchdog.handle(REFUSED, now_s)
    assert said == [*[PowerCycle()] * 11, GiveUp("refused")]


@given(
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from([ScanStarted(), HEARD, TAG_HEARD, Ticked(), REFUSED, LOST]), st.floats(0, 400)
        ),
        max_size=60,
    ),
)
def test_deaf_and_hears_alternate_and_nothing_follows_giving_up(
    with_tag: bool, history: list[tuple[Event, float]]
) -> None:
    watchdog = Watchdog(WITH_TAG if with_tag else WITHOUT, 0.0)
    now_s, said = 0.0, list[Command]()
    for event, pause_s in history:
        now_s += pause_s
        said += watchdog.handle(event, now_s)
    told = [command for command in said if isinstance(command, TellDeaf | TellHears)]
    assert all(isinstance(first, TellDeaf) for first in told[:1])
    assert all(type(one) is not type(next_one) for one, next_one in pairwise(told))
    assert watchdog.deaf == bool(told and isinstance(told[-1], TellDeaf))
    if any(isinstance(command, GiveUp) for command in said):
        assert isinstance(said[-1], GiveUp)


@pytest.mark.parametrize(
    ("text", "kind", "identifier"),
    [
        (TAG, FrameKind.IBEACON, "0f4fb6e271cd4d3a9c2e8c7b6ad1f0aa00010002"),
        (
            "eddystone_uid:000102030405060708FF/0a0b0c0d0e0f",
            FrameKind.EDDYSTONE_UID,
            "000102030405060708ff0a0b0c0d0e0f",
        ),
    ],
)
def test_a_reference_is_a_static_beacon(text: str, kind: FrameKind, identifier: str) -> None:
    frame = RadioConfig(reference=text).reference_frame()
    assert frame is not None
    assert (frame.kind, frame.id.hex()) == (kind, identifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ibeacon",
        "ibeacon:0f4fb6e2/1/2",
        "ibeacon:0f4fb6e2-71cd-4d3a-9c2e-8c7b6ad1f0aa/1/65536",
        "ibeacon:------------------------------------/1/2",
        "eddystone_uid:00/11",
        "eddystone_eid:0001020304050607",
    ],
)
def test_what_is_no_static_beacon_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"UUID|65535|write"):
        parse_reference(text)
    with pytest.raises(ValidationError):
        RadioConfig(reference=text)


@pytest.mark.parametrize(
    "wrong",
    [{"adapter": "eth0"}, {"adapter": "hci"}, {"rung_s": 0}, {"silence_s": 90, "reference_silence_s": 60}],
)
def test_a_wrong_radio_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RadioConfig.model_validate(wrong)
