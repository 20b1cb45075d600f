"""The machine's clock, judged and really read."""

from pathlib import Path

import pytest

from hardware.host.clock import ManualClock, SystemClock
from hardware.host.doctor import clock
from hardware.host.doctor.clock import EARLIEST_S, LATEST_S, ClockFacts
from hardware.host.doctor.finding import State


def facts(now_s: float = EARLIEST_S, *, synchronised: bool | None = True, battery: bool = True) -> ClockFacts:
    return ClockFacts(now_s, synchronised, battery)


def test_a_clock_that_is_kept_and_has_a_battery_is_well() -> None:
    assert [f.state for f in clock.judge(facts())] == [State.OK] * 3


@pytest.mark.parametrize("now_s", [0.0, EARLIEST_S - 1.0, LATEST_S + 1.0, 1e30])
def test_a_year_that_cannot_be_is_a_problem(now_s: float) -> None:
    time, *_ = clock.judge(facts(now_s))
    assert (time.check, time.state) == ("clock.time", State.PROBLEM)
    assert time.fix is not None
    assert "timedatectl" in time.fix


@pytest.mark.parametrize(
    ("synchronised", "state"), [(True, State.OK), (False, State.WARNING), (None, State.SKIPPED)]
)
def test_what_the_kernel_says_of_a_time_server(synchronised: bool | None, state: State) -> None:
    assert clock.judge(facts(synchronised=synchronised))[1].state is state


def test_without_a_battery_clock_a_power_cut_is_warned_of() -> None:
    assert clock.judge(facts(battery=False))[2].state is State.WARNING


def test_the_battery_clock_is_found_where_the_kernel_lists_it(tmp_path: Path) -> None:
    assert not clock.look(ManualClock(), tmp_path / "absent").battery
    (tmp_path / "rtc0").mkdir()
    assert clock.look(ManualClock(), tmp_path).battery


def test_this_machines_kernel_answers() -> None:
    seen = clock.look(SystemClock())
    assert seen.synchronised in {True, False, None}
    assert seen.now_s > EARLIEST_S


@pytest.mark.parametrize(
    ("now_s", "mark_s", "state"),
    [
        (EARLIEST_S, None, State.SKIPPED),
        (EARLIEST_S, EARLIEST_S, State.OK),
        (EARLIEST_S, EARLIEST_S + 1.0, State.OK),
        (EARLIEST_S, EARLIEST_S + 3600.0, State.PROBLEM),
    ],
)
def test_a_clock_before_what_the_database_knows_is_a_problem_a10(
    now_s: float, mark_s: float | None, state: State
) -> None:
    assert clock.judge_not_back(now_s, mark_s).state is state


def test_a_system_that_is_no_linux_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    class _NoAdjtimex:
        pass

    monkeypatch.setattr("ctypes.CDLL", lambda _: _NoAdjtimex())
    assert clock.look(ManualClock()).synchronised is None


def test_a_kernel_that_refuses_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    class _Refusing:
        adjtimex = staticmethod(lambda _: -1)

    monkeypatch.setattr("ctypes.CDLL", lambda _: _Refusing())
    assert clock.look(ManualClock()).synchronised is None
