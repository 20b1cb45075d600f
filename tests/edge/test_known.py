"""How long a batch may rest: by the hub's word alone."""

from hypothesis import given
from hypothesis import strategies as st

from edge.known import KNOWN_REST_S, MAX_KNOWN, MAX_WAITING, UNKNOWN_REST_S, KnownIds
from hardware.host.outbox import PRESENCE

BOOT = "0123456789abcdef"


def key(seq: int) -> tuple[str, int]:
    return (BOOT, seq)


def test_nobody_is_known_before_the_hub_says_so() -> None:
    known = KnownIds()
    assert "aa" not in known
    assert known.rest_s(["aa"]) == UNKNOWN_REST_S


def test_the_known_rest_longer_and_so_do_their_waiting_batches() -> None:
    known = KnownIds()
    for seq, identifiers in ((1, ["aa"]), (2, ["aa"]), (3, ["bb"]), (4, ["aa", "bb"])):
        known.batched(key(seq), identifiers, 0.0)
    assert known.acknowledged([key(1)], ["aa"]) == (2,)
    assert "aa" in known
    assert known.rest_s(["aa"]) == KNOWN_REST_S
    assert known.rest_s(["aa", "bb"]) == UNKNOWN_REST_S
    assert known.acknowledged([key(3)], ["bb"]) == (4,)


def test_what_is_known_already_extends_nothing_anew() -> None:
    known = KnownIds()
    for seq in (1, 2, 3):
        known.batched(key(seq), ["aa"], 0.0)
    assert known.acknowledged([key(1)], ["aa"]) == (2, 3)
    assert known.acknowledged([key(2)], ["aa"]) == ()


def test_who_withdrew_is_a_stranger_with_the_next_acknowledgement() -> None:
    """A7: the hub lists the identifier no more."""
    known = KnownIds()
    known.batched(key(1), ["aa"], 0.0)
    known.acknowledged([key(1)], ["aa"])
    known.batched(key(2), ["aa"], 0.0)
    known.acknowledged([key(2)], [])
    assert known.rest_s(["aa"]) == UNKNOWN_REST_S


def test_an_acknowledgement_tells_nothing_of_what_was_not_sent() -> None:
    """A forged or late one cannot make a stranger rest longer."""
    known = KnownIds()
    known.batched(key(1), ["aa"], 0.0)
    known.acknowledged([key(1), key(99)], ["bb"])
    assert "bb" not in known


@given(st.lists(st.integers(0, 3000), max_size=50), st.booleans())
def test_memory_is_bounded(sizes: list[int], known_too: bool) -> None:
    known, seq = KnownIds(), 0
    for size in sizes[:5]:
        for _ in range(size):
            seq += 1
            known.batched(key(seq), [f"{seq:016x}"], 0.0)
            if known_too:
                known.acknowledged([key(seq)], [f"{seq:016x}"])
    assert len(known._known) <= MAX_KNOWN
    assert len(known._waiting) <= MAX_WAITING


def test_the_oldest_known_goes_first() -> None:
    known = KnownIds()
    for seq in range(MAX_KNOWN + 1):
        known.batched(key(seq), [f"{seq:016x}"], 0.0)
        known.acknowledged([key(seq)], [f"{seq:016x}"])
    assert f"{0:016x}" not in known
    assert f"{1:016x}" in known


def test_the_oldest_waiting_goes_first() -> None:
    known = KnownIds()
    for seq in range(MAX_WAITING + 1):
        known.batched(key(seq), ["aa"], 0.0)
    assert key(0) not in known._waiting


def test_it_follows_as_many_batches_as_the_outbox_holds() -> None:
    assert PRESENCE.max_rows == MAX_WAITING


def test_memory_keeps_a_stranger_no_longer_than_the_disk() -> None:
    """B5."""
    known = KnownIds()
    known.batched(key(1), ["aa"], 0.0)
    known.acknowledged([key(1)], ["aa"])
    known.batched(key(2), ["aa"], 100.0)
    known.batched(key(3), ["bb"], 100.0)
    known.expire(100.0 + UNKNOWN_REST_S - 1)
    assert set(known._waiting) == {key(2), key(3)}
    known.expire(100.0 + UNKNOWN_REST_S)
    assert set(known._waiting) == {key(2)}
    known.expire(100.0 + KNOWN_REST_S)
    assert not known._waiting
