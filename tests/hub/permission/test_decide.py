"""The rule itself: acts in, decision out."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.permission.catalogue import Basis, Catalogue, shipped_catalogue
from hub.permission.decide import Code, Decision, Question, decide, material
from hub.permission.records import (
    ALLOWING,
    ConsentState,
    How,
    Level,
    PermissionRecord,
    Purpose,
    Scope,
    Touchpoint,
)
from hub.permission.service import HOMES

CATALOGUE = shipped_catalogue()
CONSENTS = [Purpose.RECOGNITION, Purpose.SUGGESTION]
T_S = 1000.0


def act(
    purpose: Purpose = Purpose.RECOGNITION,
    state: ConsentState = ConsentState.GIVEN,
    *,
    at_s: float = 10.0,
    record_id: str = "a",
    how: How = How.KIOSK,
    level: Level = Level.STANDING,
    scope: Scope = Scope.STORE,
    until_s: float | None = None,
    notice: str = "1.0",
    touchpoint: Touchpoint | None = None,
) -> PermissionRecord:
    return PermissionRecord(
        record_id,
        "m",
        state,
        purpose,
        touchpoint or HOMES[purpose],
        level,
        scope,
        notice,
        "fr",
        how,
        at_s,
        until_s,
    )


def ask(
    records: list[PermissionRecord],
    purpose: Purpose = Purpose.RECOGNITION,
    *,
    touchpoint: Touchpoint | None = None,
    now_s: float = T_S,
    notice: str | None = "1.3",
    place: Scope = Scope.STORE,
    used: frozenset[str] = frozenset(),
) -> Decision:
    question = Question(purpose, touchpoint or HOMES[purpose], now_s, notice, place)
    return decide(records, CATALOGUE, question, used)


MEMBERSHIP = act(Purpose.MEMBERSHIP, how=How.PAPER, notice="", record_id="contract")


@pytest.mark.parametrize("purpose", CONSENTS)
def test_a1_a_new_member_with_nothing_granted_is_denied_everything_but_membership(purpose: Purpose) -> None:
    assert ask([MEMBERSHIP], purpose) == Decision(allowed=False, code=Code.NO_PERMISSION)
    assert ask([], purpose).code is Code.NO_PERMISSION
    assert ask([MEMBERSHIP], Purpose.MEMBERSHIP).allowed


@pytest.mark.parametrize(("granted", "asked"), list(itertools.permutations(CONSENTS, 2)))
def test_a2_a_grant_for_one_purpose_never_serves_another(granted: Purpose, asked: Purpose) -> None:
    assert ask([MEMBERSHIP, act(granted)], asked).code is Code.PURPOSE_MISMATCH
    assert ask([act(granted)], Purpose.MEMBERSHIP).code is Code.PURPOSE_MISMATCH
    withdrawn = act(granted, ConsentState.WITHDRAWN, at_s=20.0)
    assert ask([act(granted), withdrawn], asked).code is Code.NO_PERMISSION


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("touchpoint", list(Touchpoint))
def test_a_purpose_is_asked_for_only_where_the_catalogue_has_it(
    purpose: Purpose, touchpoint: Touchpoint
) -> None:
    everything = [act(p) for p in Purpose]
    expected = touchpoint in CATALOGUE.purposes[purpose].touchpoints
    answer = ask(everything, purpose, touchpoint=touchpoint)
    assert answer.allowed is expected
    assert expected or answer.code is Code.UNKNOWN


def test_a_grant_at_one_touchpoint_does_not_serve_another() -> None:
    two = CATALOGUE.purposes[Purpose.SUGGESTION].model_copy(
        update={"touchpoints": frozenset({Touchpoint.KIOSK, Touchpoint.TILL})}
    )
    catalogue = Catalogue(purposes={**CATALOGUE.purposes, Purpose.SUGGESTION: two})
    question = Question(Purpose.SUGGESTION, Touchpoint.TILL, T_S, "1")
    assert decide([act(Purpose.SUGGESTION)], catalogue, question).code is Code.TOUCHPOINT_MISMATCH


@pytest.mark.parametrize("state", list(ConsentState))
def test_a5_only_given_and_renewed_consent_allow(state: ConsentState) -> None:
    answer = ask([act(state=state)])
    assert answer.allowed is (state in {ConsentState.GIVEN, ConsentState.RENEWED})
    assert len(ConsentState) == 10
    assert (answer.code is Code.ALLOWED) is answer.allowed


def test_a8_a_withdrawal_beats_every_older_grant_whatever_the_order_of_arrival() -> None:
    older, withdrawal = act(at_s=10.0), act(state=ConsentState.WITHDRAWN, at_s=11.0)
    for order in itertools.permutations([older, withdrawal]):
        assert ask(list(order)).code is Code.WITHDRAWN
    assert ask([withdrawal, act(state=ConsentState.RENEWED, at_s=12.0)]).allowed


def test_a9_a_grant_and_a_withdrawal_of_one_instant_deny_until_a_newer_act() -> None:
    both = [act(at_s=10.0), act(state=ConsentState.WITHDRAWN, at_s=10.0)]
    for order in itertools.permutations(both):
        assert ask(list(order)).code is Code.CONCURRENT
    assert ask([*both, act(at_s=10.5)]).allowed


def test_a10_a_grant_ends_at_its_end_not_before() -> None:
    record = act(until_s=T_S)
    assert ask([record], now_s=T_S - 1).allowed
    assert ask([record], now_s=T_S - 1).until_s == T_S
    assert ask([record], now_s=T_S).code is Code.EXPIRED


def test_a15_what_staff_typed_in_waits_for_the_person() -> None:
    assert ask([act(how=How.PAPER)]).code is Code.UNCONFIRMED
    assert ask([act(how=How.PAPER), act(how=How.OWN_DEVICE, at_s=11.0)]).allowed


def test_a16_grants_under_another_edition_of_the_notice_wait_for_renewal() -> None:
    assert ask([act(notice="1.0")], notice="1.9").allowed
    assert ask([act(notice="1.0")], notice="2.0").code is Code.NOTICE_CHANGED
    assert ask([act(notice="1.0")], notice=None).code is Code.NO_NOTICE
    assert ask([MEMBERSHIP], Purpose.MEMBERSHIP, notice=None).allowed
    assert [material(v) for v in ("3.1", "3.2", "4")] == ["3", "3", "4"]


def test_a_grant_for_the_checkout_serves_at_the_checkout_only() -> None:
    record = act(Purpose.SUGGESTION, scope=Scope.CHECKOUT)
    assert ask([record], Purpose.SUGGESTION, place=Scope.CHECKOUT).allowed
    assert ask([record], Purpose.SUGGESTION, place=Scope.STORE).code is Code.OUT_OF_SCOPE


def test_a3_a_one_time_grant_that_was_used_is_used_up() -> None:
    record = act(Purpose.SUGGESTION, level=Level.ONCE)
    assert ask([record], Purpose.SUGGESTION).once
    assert ask([record], Purpose.SUGGESTION, used=frozenset({"a"})).code is Code.USED_UP


ACTS = st.builds(
    act,
    st.sampled_from(Purpose),
    st.sampled_from(ConsentState),
    at_s=st.integers(0, 5).map(float),
    how=st.sampled_from(How),
    level=st.sampled_from(Level),
    scope=st.sampled_from(Scope),
    until_s=st.none() | st.floats(0, 2000),
    notice=st.sampled_from(["1.0", "2.0"]),
)


@given(st.lists(ACTS, max_size=6), st.randoms(), st.sampled_from(Purpose))
def test_the_order_of_arrival_never_matters(
    records: list[PermissionRecord], random: object, purpose: Purpose
) -> None:
    shuffled = sorted(records, key=lambda _: random.random())  # type: ignore[attr-defined] # hypothesis' Random
    assert ask(records, purpose).allowed == ask(shuffled, purpose).allowed


@given(st.lists(ACTS, max_size=6), st.sampled_from(CONSENTS))
def test_an_allowance_always_rests_on_an_allowing_act_of_the_person_for_that_purpose(
    records: list[PermissionRecord], purpose: Purpose
) -> None:
    if ask(records, purpose).allowed:
        newest = max(r.at_s for r in records if r.purpose is purpose)
        acts = [r for r in records if r.purpose is purpose and r.at_s == newest]
        assert {r.state for r in acts} <= ALLOWING
        assert any(r.how is not How.PAPER for r in acts)


@given(st.lists(ACTS, max_size=6), st.sampled_from(CONSENTS))
def test_after_a_withdrawal_nothing_is_allowed(records: list[PermissionRecord], purpose: Purpose) -> None:
    assert not ask([*records, act(purpose, ConsentState.WITHDRAWN, at_s=5.0)], purpose).allowed


def test_the_shipped_catalogue_describes_every_purpose_and_asks_consent_for_all_but_membership() -> None:
    assert {p for p, e in CATALOGUE.purposes.items() if e.basis is Basis.CONTRACT} == {Purpose.MEMBERSHIP}
    assert all(HOMES[p] in e.touchpoints for p, e in CATALOGUE.purposes.items())


def test_a_catalogue_that_leaves_a_purpose_out_is_refused() -> None:
    with pytest.raises(ValidationError, match="without a description: suggestion"):
        Catalogue(purposes={p: e for p, e in CATALOGUE.purposes.items() if p is not Purpose.SUGGESTION})
