"""Which waiting batches later ones make superfluous: only ones that said no more than "still here"."""

from hypothesis import given
from hypothesis import strategies as st

from edge.coalesce import MAX_FOLLOWED, LastStates
from edge.reporter import AdvertHeard, Reading, Reporter, Ticked
from hardware.beacon.frames import FrameKind, LoyaltyFrame, LoyaltyScheme


def reading(who: int, *, first: bool = False, silent: bool = False) -> Reading:
    return Reading(LoyaltyScheme.EID, who.to_bytes(8, "big"), silent, -60.0, 0.0, first)


class Box:
    """Batches that nobody takes: what is left of them."""

    def __init__(self) -> None:
        self.states, self.left = LastStates(), dict[int, tuple[Reading, ...]]()
        self._seq = 0

    def put(self, *readings: Reading) -> tuple[int, ...]:
        over = self.states.superseded_by(readings)
        for seq in over:
            del self.left[seq]
        self._seq += 1
        self.left[self._seq] = readings
        self.states.batched(self._seq, readings)
        return over


def test_of_those_still_here_only_the_last_state_stays() -> None:
    box = Box()
    assert [box.put(reading(1)), box.put(reading(2)), box.put(reading(1)), box.put(reading(1))] == [
        (), (), (1,), (3,),
    ]  # fmt: skip
    assert sorted(box.left) == [2, 4]


def test_who_comes_and_goes_is_kept_in_order() -> None:
    box = Box()
    came, here, gone = reading(1, first=True), reading(1), reading(1, silent=True)
    for told in (came, here, here, gone, came, here, here):
        box.put(told)
    assert list(box.left.values()) == [(came,), (gone,), (came,), (here,)]


def test_a_batch_goes_when_all_in_it_is_said_anew_and_not_before() -> None:
    box = Box()
    box.put(reading(1), reading(2))
    assert box.put(reading(1)) == ()
    assert box.put(reading(2)) == (1,)


def test_what_the_hub_has_taken_is_followed_no_more() -> None:
    box = Box()
    box.put(reading(1))
    box.states.gone([1, 77])
    assert len(box.states) == 0
    assert box.put(reading(1)) == ()


def test_memory_is_bounded() -> None:
    box = Box()
    for who in range(MAX_FOLLOWED + 1):
        box.put(reading(who))
    assert len(box.states) == MAX_FOLLOWED
    assert box.put(reading(0)) == ()
    assert box.put(reading(2)) == (3,)


Walk = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 90)), max_size=60)


@given(walk=Walk)
def test_whoever_comes_and_goes_what_is_left_tells_all_transitions_and_each_ones_last_state(
    walk: list[tuple[int, int]],
) -> None:
    box, reporter, told, now_s = Box(), Reporter(), list[Reading](), 0.0
    for who, tenths in walk:
        now_s += tenths / 10.0
        frame = LoyaltyFrame(FrameKind.EDDYSTONE_EID, who.to_bytes(8, "big"))
        for event in (Ticked(), AdvertHeard(frame, -60, now_s)):
            for report in reporter.handle(event, now_s):
                box.put(*report.readings)
                told.extend(report.readings)
    left = [one for batch in box.left.values() for one in batch]
    assert [one for one in left if one.transition] == [one for one in told if one.transition]
    for identifier in {one.id for one in told}:
        mine, rest = ([one for one in some if one.id == identifier] for some in (told, left))
        assert rest[-1] == mine[-1]
        assert sum(1 for one in rest if not one.transition) <= 1, "whoever went is not still here"
