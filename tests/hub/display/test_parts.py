"""Decoys, subject tokens, who is near, and the sentences."""

from collections import Counter
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hardware.host.entropy import SeededEntropy
from hub.display.decoys import symbols_on_screen
from hub.display.events import Candidate
from hub.display.near import STRONG_S, candidates_at
from hub.display.subject import Subject, Subjects
from hub.display.symbols import SYMBOLS
from hub.display.texts import desk_texts, not_suggested, nothing_running
from hub.presence.events import Heard, NodeUp
from hub.presence.zones import ZoneNode, Zones
from hub.wire.display import MAX_SYMBOLS, KioskView, Level, Noted, Revision

KEY = b"k" * 32


@given(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_the_screen_is_a_fixed_function_of_who_is_here(own: list[str], random: object) -> None:
    shown = symbols_on_screen(own, "aisle", KEY)
    random.shuffle(own)  # type: ignore[attr-defined] # hypothesis' Random
    assert symbols_on_screen(own, "aisle", KEY) == shown
    assert len(shown) == len(set(shown)) == MAX_SYMBOLS
    assert set(own) <= set(shown) or len(set(own)) > MAX_SYMBOLS


def test_the_place_of_the_own_symbol_says_nothing() -> None:
    places = Counter(symbols_on_screen([own], "aisle", KEY).index(own) for own in SYMBOLS)
    assert set(places) == set(range(MAX_SYMBOLS))


def test_every_symbol_serves_as_a_decoy() -> None:
    decoys = Counter(s for own in SYMBOLS for s in symbols_on_screen([own], "aisle", KEY) if s != own)
    assert len(decoys) > 0.9 * len(SYMBOLS)


def test_when_a_second_person_comes_as_a_rule_several_symbols_are_new_and_several_stay() -> None:
    hidden = pairs = 0
    for first, second in permutations(SYMBOLS, 2):
        before, after = (set(symbols_on_screen(own, "aisle", KEY)) for own in ([first], [first, second]))
        pairs += 1
        hidden += (second in before or len(after - before) >= 2) and len(after & before) >= 2
    assert hidden / pairs > 0.95


def test_another_stores_key_gives_other_decoys() -> None:
    assert symbols_on_screen(["lune"], "aisle", KEY) != symbols_on_screen(["lune"], "aisle", b"x" * 32)


def test_there_are_two_dozen_symbols_the_wire_can_name() -> None:
    assert len(set(SYMBOLS)) == len(SYMBOLS) >= 24


def test_a8_a_token_names_its_person_after_a_restart_and_at_its_own_kiosk_only() -> None:
    subject = Subject("00ff00ff00ff00ff", 12)
    token = Subjects(KEY, SeededEntropy(1)).seal(subject, "aisle")
    restarted = Subjects(KEY, SeededEntropy(2))
    assert restarted.unseal(token, "aisle") == subject
    assert restarted.unseal(token, "checkout") is None
    assert Subjects(b"x" * 32, SeededEntropy(2)).unseal(token, "aisle") is None
    assert "00ff" not in token


def test_a_token_fits_the_wire_and_differs_each_time() -> None:
    subjects = Subjects(KEY, SeededEntropy(1))
    first, second = (subjects.seal(Subject("00ff00ff00ff00ff", 2**40), "aisle") for _ in range(2))
    assert first != second
    KioskView(
        kiosk="aisle",
        revision=Revision(session_id="0" * 16, n=1),
        ttl_s=1.0,
        level=Level.L2,
        content=Noted(message=desk_texts().stopped),
        subject=first,
    )


@given(st.text(max_size=100) | st.from_regex(r"[0-9A-Za-z_-]{16,100}", fullmatch=True))
def test_garbage_is_nobodys_token(token: str) -> None:
    assert Subjects(KEY, SeededEntropy(1)).unseal(token, "aisle") is None


def test_near_is_present_in_the_kiosks_zone_with_a_strong_sample_lately() -> None:
    zones = Zones({"n1": ZoneNode("door"), "n2": ZoneNode("shelf")})
    zones.handle(NodeUp("n1"), 0.0)
    zones.handle(NodeUp("n2"), 0.0)
    for at_s in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
        zones.handle(Heard("m", "n1", -60, at_s), at_s)
        zones.handle(Heard("s", "n1", -60, at_s), at_s)

    def near(zone: str, now_s: float) -> tuple[Candidate, ...]:
        return candidates_at(zone, zones, {"s"}, lambda _: ("lune", 7), now_s)

    assert near("door", 6.0) == (
        Candidate("m", "lune", low_assurance=False, permission_revision=7),
        Candidate("s", "lune", low_assurance=True, permission_revision=7),
    )
    assert near("shelf", 6.0) == ()
    assert near("door", 6.0 + STRONG_S) != ()
    assert near("door", 6.1 + STRONG_S) == ()


def test_every_sentence_stands_in_both_languages() -> None:
    texts = [*(getattr(desk_texts(), f) for f in ("no_notice", "code_unknown", "declined", "stopped"))]
    texts += [not_suggested(paired=True), not_suggested(paired=False), nothing_running()]
    assert all(t.fr and t.en and t.fr != t.en for t in texts)
    assert len({t.fr for t in texts}) == len(texts)
