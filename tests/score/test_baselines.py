"""Each peer's own behaviour, as its public rule has it."""

import pytest

from tests.score.baselines import BASELINES
from tests.score.baselines.altbeacon import AltBeacon, trimmed_mean
from tests.score.baselines.bermuda import BEAT_S, Bermuda, Ear
from tests.score.baselines.espresense import ESPresense, fenced_mean
from tests.score.baselines.habluetooth import HaBluetooth
from tests.score.baselines.mqtt_room import MqttRoom
from tests.score.baselines.room_assistant import Kalman, RoomAssistant, distance_m
from tests.score.baselines.strongest import Strongest
from tests.score.engines import Decision, Engine, MakeEngine

ZONES = {"a": "left", "b": "right", "c": "right"}


def hear(engine: Engine, scanner: str, rssi_dbm: int, *times_s: float) -> None:
    for at_s in times_s:
        engine.heard(scanner, rssi_dbm, at_s)


def steadily(scanner: str, rssi_dbm: int, from_s: float, until_s: float, engine: Engine) -> None:
    """Two advertisements a second."""
    hear(engine, scanner, rssi_dbm, *(from_s + k / 2 for k in range(int((until_s - from_s) * 2))))


@pytest.mark.parametrize("make", BASELINES.values(), ids=BASELINES)
def test_before_the_first_advertisement_nobody_decides(make: MakeEngine) -> None:
    assert make(ZONES).decide(0.0) == Decision(None)


@pytest.mark.parametrize("make", BASELINES.values(), ids=BASELINES)
def test_the_first_scanner_to_hear_gives_its_zone_and_no_place(make: MakeEngine) -> None:
    engine = make(ZONES)
    engine.heard("b", -70, 0.0)
    assert engine.decide(1.0) == Decision("right", None)


class TestMqttRoom:
    def test_a_nearer_report_wins_at_once_and_a_farther_one_does_not(self) -> None:
        engine = MqttRoom(ZONES)
        hear(engine, "a", -70, 0.0)
        hear(engine, "b", -71, 1.0)
        assert engine.choice(1.0) == "a"
        hear(engine, "b", -69, 2.0)
        assert engine.choice(2.0) == "b"

    def test_the_held_scanner_renews_its_report_even_if_farther(self) -> None:
        engine = MqttRoom(ZONES)
        hear(engine, "a", -60, 0.0)
        hear(engine, "a", -80, 1.0)
        hear(engine, "b", -79, 2.0)
        assert engine.choice(2.0) == "b"

    def test_any_report_wins_over_one_of_five_seconds_ago(self) -> None:
        engine = MqttRoom(ZONES)
        hear(engine, "a", -50, 0.0)
        hear(engine, "b", -90, 4.9)
        assert engine.choice(4.9) == "a"
        hear(engine, "b", -90, 5.0)
        assert engine.choice(5.0) == "b"


class TestRoomAssistant:
    def test_its_filter_gains_a_half_at_first_and_a_twentieth_in_the_end(self) -> None:
        kalman = Kalman(-70.0)
        kalman.follow(-60.0)
        assert kalman.value == pytest.approx(-65.0, abs=0.01)
        for _ in range(500):
            kalman.follow(-60.0)
        before = kalman.value
        kalman.follow(-40.0)
        assert (kalman.value - before) / (-40.0 - before) == pytest.approx(0.0437, abs=0.001)

    def test_its_distance_has_two_branches_that_meet_near_one_metre(self) -> None:
        assert distance_m(-29.5) == pytest.approx(0.5**10)
        assert distance_m(-118.0) == pytest.approx(0.89976 * 2**7.7095 + 0.111)
        assert distance_m(-58.99) == pytest.approx(distance_m(-59.0), abs=0.02)

    def test_the_nearest_wins_at_once_but_the_filter_is_slow(self) -> None:
        engine = RoomAssistant(ZONES)
        steadily("a", -60, 0.0, 30.0, engine)
        steadily("b", -80, 0.0, 30.0, engine)
        hear(engine, "a", -90, 30.0)
        hear(engine, "b", -50, 30.0)
        assert engine.choice(30.0) == "a"
        steadily("a", -90, 30.5, 60.0, engine)
        steadily("b", -50, 30.5, 60.0, engine)
        assert engine.choice(60.0) == "b"

    def test_a_scanner_counts_for_sixty_seconds(self) -> None:
        engine = RoomAssistant(ZONES)
        hear(engine, "a", -50, 0.0)
        hear(engine, "b", -90, 59.0)
        assert engine.choice(60.0) == "a"
        assert engine.choice(60.1) == "b"
        assert engine.choice(200.0) is None


class TestBermuda:
    def test_a_retreat_faster_than_three_metres_a_second_is_refused(self) -> None:
        ear = Ear(0.0, 2.0)
        ear.beat(0.0)
        ear.heard_s, ear.raw_m, ear.fresh = 1.0, 9.0, True
        ear.beat(1.05)
        assert ear.by_beat_m == [2.0, 2.0]

    def test_an_approach_is_believed_however_fast(self) -> None:
        ear = Ear(0.0, 9.0)
        ear.beat(0.0)
        ear.heard_s, ear.raw_m, ear.fresh = 1.0, 2.0, True
        ear.beat(1.05)
        assert ear.smooth_m == 2.0

    def test_the_average_only_counts_what_came_nearer(self) -> None:
        ear = Ear(0.0, 2.0)
        ear.beat(0.0)
        ear.heard_s, ear.raw_m, ear.fresh = 1.0, 4.0, True
        ear.beat(1.05)
        assert ear.smooth_m == pytest.approx((4.0 + 2.0) / 2)

    def test_a_little_nearer_does_not_win_thirty_percent_nearer_does(self) -> None:
        engine = Bermuda(ZONES)
        hear(engine, "a", -70, 0.0)
        assert engine.choice(BEAT_S) == "a"
        hear(engine, "b", -69, 1.2)
        assert engine.choice(2 * BEAT_S + 0.1) == "a"
        hear(engine, "b", -64, 2.3)
        assert engine.choice(3 * BEAT_S + 0.1) == "b"

    def test_fifteen_percent_nearer_wins_once_its_worst_beats_the_others_best(self) -> None:
        engine = Bermuda(ZONES)
        choices = []
        for second in range(6):
            hear(engine, "a", -70, float(second))
            hear(engine, "b", -67, second + 0.1)
            choices.append(engine.choice(second + 1.0))
        assert choices[0] == "a"
        assert choices[-1] == "b"

    def test_after_thirty_seconds_of_silence_it_is_away(self) -> None:
        engine = Bermuda(ZONES)
        hear(engine, "a", -70, 0.0)
        assert engine.choice(30.0) == "a"
        assert engine.choice(32.0) is None

    def test_of_one_zone_the_newer_and_nearer_advertisement_wins(self) -> None:
        engine = Bermuda(ZONES)
        hear(engine, "b", -70, 0.0)
        assert engine.choice(1.0) == "b"
        hear(engine, "c", -69, 2.0)
        assert engine.choice(3.5) == "c"


class TestAltBeacon:
    def test_a_tenth_goes_at_each_end(self) -> None:
        assert trimmed_mean([-99, -98, *([-70] * 16), -1, -2]) == -70.0
        assert trimmed_mean([-60, -70]) == -65.0

    def test_the_mean_of_twenty_seconds_decides_so_it_is_late(self) -> None:
        engine = AltBeacon(ZONES)
        for scanner, rssi_dbm in (("a", -60), ("b", -80)):
            steadily(scanner, rssi_dbm, 0.0, 20.0, engine)
        for scanner, rssi_dbm in (("a", -80), ("b", -60)):
            steadily(scanner, rssi_dbm, 20.0, 26.0, engine)
        assert engine.choice(26.0) == "a"
        for scanner, rssi_dbm in (("a", -80), ("b", -60)):
            steadily(scanner, rssi_dbm, 26.0, 34.0, engine)
        assert engine.choice(34.0) == "b"

    def test_a_scanner_is_left_after_ten_seconds_of_silence(self) -> None:
        engine = AltBeacon(ZONES)
        hear(engine, "a", -50, 0.0)
        hear(engine, "b", -90, 5.0)
        assert engine.choice(10.0) == "a"
        assert engine.choice(10.1) == "b"
        assert engine.choice(15.1) is None


class TestHaBluetooth:
    def test_a_challenger_needs_more_than_sixteen_decibels(self) -> None:
        engine = HaBluetooth(ZONES)
        hear(engine, "a", -80, 0.0)
        hear(engine, "b", -64, 0.1)
        assert engine.choice(0.1) == "a"
        hear(engine, "c", -63, 0.2)
        assert engine.choice(0.2) == "c"

    def test_one_spike_is_averaged_away(self) -> None:
        engine = HaBluetooth(ZONES)
        hear(engine, "a", -80, 0.0)
        hear(engine, "b", -80, 0.1)
        hear(engine, "b", -40, 0.6)
        assert engine.choice(0.6) == "a"

    def test_a_demoted_owner_needs_six_more_to_reclaim(self) -> None:
        engine = HaBluetooth(ZONES)
        hear(engine, "a", -80, 0.0)
        hear(engine, "b", -60, 0.1)
        assert engine.choice(0.1) == "b"
        steadily("b", -90, 0.5, 30.0, engine)
        steadily("a", -70, 0.5, 30.0, engine)
        assert engine.choice(30.0) == "b"
        steadily("a", -66, 30.0, 60.0, engine)
        assert engine.choice(60.0) == "a"

    @pytest.mark.parametrize(("owner_dbm", "windows"), [(-80, 1.5), (-60, 2.5)])
    def test_a_silent_owner_is_deposed_sooner_if_it_was_weak(self, owner_dbm: int, windows: float) -> None:
        # Sixteen advertisements half a second apart: a window of 0.5 + 5 s.
        engine = HaBluetooth(ZONES)
        steadily("a", owner_dbm, 0.0, 8.0, engine)
        last_s, window_s = 7.5, 5.5
        hear(engine, "b", owner_dbm - 5, last_s + windows * window_s - 0.1)
        assert engine.choice(100.0) == "a"
        hear(engine, "b", owner_dbm - 5, last_s + windows * window_s + 0.1)
        assert engine.choice(100.0) == "b"

    def test_before_its_pace_is_known_an_owner_may_be_silent_long(self) -> None:
        engine = HaBluetooth(ZONES)
        hear(engine, "a", -80, 0.0)
        hear(engine, "b", -80, 899.0)
        assert engine.choice(899.0) == "a"


class TestESPresense:
    def test_what_lies_outside_the_fences_is_left_out(self) -> None:
        assert fenced_mean([-70, -70, -71, -69, -70, -30]) == pytest.approx(-70.0)
        assert fenced_mean([-70, -40]) == -55.0

    def test_a_scanner_entered_below_two_metres_keeps_it_to_four(self) -> None:
        engine = ESPresense(ZONES)
        steadily("a", -70, 0.0, 20.0, engine)  # 1.5 m
        steadily("a", -78, 20.0, 40.0, engine)  # 3.0 m
        steadily("b", -76, 20.0, 60.0, engine)  # 2.6 m: nearer, but never entered
        assert engine.choice(40.0) == "a"
        steadily("a", -84, 40.0, 60.0, engine)  # 5.1 m
        assert engine.choice(60.0) == "b"

    def test_with_nobody_inside_the_nearest_decides(self) -> None:
        engine = ESPresense(ZONES)
        hear(engine, "a", -85, 0.0)
        hear(engine, "b", -83, 0.0)
        assert engine.choice(1.0) == "b"

    def test_a_scanner_counts_for_fifteen_seconds(self) -> None:
        engine = ESPresense(ZONES)
        hear(engine, "a", -60, 0.0)
        assert engine.choice(15.0) == "a"
        assert engine.choice(15.1) is None


class TestStrongest:
    def test_the_highest_mean_of_the_window_wins(self) -> None:
        engine = Strongest(ZONES, window_s=2.0)
        hear(engine, "a", -60, 0.0)
        hear(engine, "a", -80, 1.0)
        hear(engine, "b", -65, 1.0)
        assert engine.choice(1.5) == "b"
        assert engine.choice(2.0) == "b"

    def test_what_is_older_than_the_window_counts_no_more(self) -> None:
        engine = Strongest(ZONES, window_s=1.0)
        hear(engine, "a", -50, 0.0)
        hear(engine, "b", -90, 1.1)
        assert engine.choice(1.1) == "b"

    def test_in_silence_the_last_choice_stays(self) -> None:
        engine = Strongest(ZONES, window_s=1.0)
        hear(engine, "a", -50, 0.0)
        assert engine.choice(0.5) == "a"
        assert engine.choice(9.0) == "a"
