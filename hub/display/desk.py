"""What one kiosk shows: a pure state machine. Presence shows nothing personal; an act does; then it is wiped.

| event | IDLE | WAITING | OFFERING | THANKING | NOTING | CLOSED |
|---|---|---|---|---|---|---|
| CandidatesChanged, toucher gone | – | cancel¹, IDLE | cancel¹, IDLE | IDLE | – | – |
| CandidatesChanged, other | symbols or attract | – | – | – | – | – |
| SymbolTouched, own² | bind, look up, WAITING | – | – | – | – | – |
| SymbolTouched, wrong | cool down 5 s; the third locks | – | – | – | – | – |
| PersonIdentified | bind, look up, WAITING | same | same, another's offer is wiped | same | same | – |
| CodeUnknown | NOTING | NOTING | – | – | NOTING | – |
| OfferReady, theirs | – | OFFERING (L2) | new content | – | – | – |
| OfferWithheld, theirs | – | NOTING | NOTING | – | – | – |
| BasketQuoted, theirs | – | remembered | new content, idle time anew | – | – | – |
| SaleDone, theirs | – | THANKING (L2) | THANKING (L2) | – | – | – |
| Declined | cancel | cancel, NOTING³ | cancel, NOTING³ | cancel | cancel | cancel |
| Left | – | IDLE | IDLE | IDLE | IDLE | – |
| StopAsked | withdraw, cancel, NOTING | same³ | same³ | same³ | same | withdraw, cancel |
| Withdrawn, theirs | – | cancel, IDLE | cancel, IDLE | cancel, IDLE | – | – |
| NoticeMissing | CLOSED | CLOSED | CLOSED | CLOSED | CLOSED | – |
| Tick | refresh | 5 s: IDLE | idle: IDLE, else refresh | 8 s: IDLE | 6 s: IDLE | refresh |

¹ not once the till's basket holds their offer: a weak fob must not take a discount out of an open basket.
² the symbol of exactly one candidate of good assurance, on a view of the symbols now shown, under their
permissions of now. A shared symbol and a copyable identifier need possession; touching them counts as wrong,
so that trying tells nothing. ³ the screen changes only when it is about them; a late act of somebody else
only takes away.

With somebody else near, the offer of the one who acted is shown, but for 10 s instead of 30 s without an
act: the act tells who stands in front (acceptance C4), and the other may read over a shoulder. A card has no
presence, so only idle time ends its view.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from hub.display.decoys import symbols_on_screen
from hub.display.events import (
    BasketQuoted,
    BindAct,
    CancelBinding,
    Candidate,
    CandidatesChanged,
    CodeUnknown,
    Command,
    Declined,
    Event,
    Left,
    LookUp,
    NoticeMissing,
    OfferReady,
    OfferWithheld,
    PersonIdentified,
    SaleDone,
    Show,
    StopAsked,
    SymbolTouched,
    Tick,
    Withdraw,
    Withdrawn,
)
from hub.display.screens import Idle, Noting, Offering, Person, Screen, Shut, Thanking, Waiting
from hub.offers.assurance import Assurance
from hub.wire.base import LocalText
from hub.wire.display import Attract, Closed, Content, Level, Noted, Symbols

IDLE_S: Final = 30.0
"""Longest an offer stands without an act (acceptance C6): time to read 40 × 12 cells twice."""

CROWDED_IDLE_S: Final = 10.0
"""The same with another recognised person near: time to read it once."""

WAITING_S: Final = 5.0
"""A look-up takes milliseconds; without an answer by then the act is given up."""

THANKS_S: Final = 8.0
NOTED_S: Final = 6.0
"""Time to read two lines."""

COOL_DOWN_S: Final = 5.0
WRONG_TOUCHES: Final = 3
"""Three of six symbols: a stranger finds the one at random half the time, and then only a card helps."""

TTL_S: Final = 15.0
REFRESH_S: Final = 5.0
PERSONAL_TTL_S: Final = 8.0
PERSONAL_REFRESH_S: Final = 3.0
"""A view outlives two refreshes, so one may be lost; a personal one is gone within 8 s of the hub's end."""


_Answer = OfferReady | OfferWithheld | BasketQuoted | SaleDone
_Hearable = (
    CandidatesChanged
    | SymbolTouched
    | PersonIdentified
    | CodeUnknown
    | Left
    | Withdrawn
    | NoticeMissing
    | Tick
    | _Answer
)


@dataclass(frozen=True, slots=True)
class DeskTexts:
    """What the desk itself says."""

    no_notice: LocalText
    code_unknown: LocalText
    declined: LocalText
    stopped: LocalText


class KioskDesk:
    """The hub's side of one kiosk.

    Args:
        kiosk: its name.
        key: the store's decoy key.
        texts: what it says.
        paired: whether a till stands beside it, to which acts are bound.
    """

    def __init__(self, kiosk: str, key: bytes, texts: DeskTexts, *, paired: bool) -> None:
        self._kiosk, self._key, self._texts, self._paired = kiosk, key, texts, paired
        self._screen: Screen = Idle()
        self._candidates: tuple[Candidate, ...] = ()
        self._n = 0
        self._symbols_since = 0
        self._shown: tuple[str, ...] = ()
        self._shown_s = float("-inf")
        self._wrong = 0
        self._cool_until_s = float("-inf")

    def handle(self, event: Event, now_s: float) -> tuple[Command, ...]:
        """Take one event at `now_s`, store seconds; see the table above."""
        match event:
            case StopAsked(member_id):
                return self._stop(member_id, now_s)
            case Declined(member_id):
                return self._decline(member_id, now_s)
            case _:
                return self._hear(event, now_s)

    def _hear(self, event: _Hearable, now_s: float) -> tuple[Command, ...]:
        if isinstance(self._screen, Shut):
            return self._tick(now_s) if isinstance(event, Tick) else ()
        match event:
            case SymbolTouched() | PersonIdentified() | CodeUnknown() | Left():
                return self._act(event, now_s)
            case CandidatesChanged(candidates):
                return self._meet(candidates, now_s)
            case Withdrawn(member_id):
                return self._forget(member_id, now_s)
            case NoticeMissing():
                return self._turn(Shut(), now_s)
            case Tick():
                return self._tick(now_s)
            case OfferReady() | OfferWithheld() | BasketQuoted() | SaleDone():
                return self._answer(event, now_s)

    # -- acts of people

    def _act(
        self, event: SymbolTouched | PersonIdentified | CodeUnknown | Left, now_s: float
    ) -> tuple[Command, ...]:
        match event:
            case SymbolTouched():
                return self._touched(event, now_s)
            case PersonIdentified(member_id):
                self._wrong, self._cool_until_s = 0, now_s
                return self._acted(Person(member_id, Assurance.POSSESSION, now_s), now_s)
            case CodeUnknown():
                if isinstance(self._screen, Offering | Thanking):
                    return ()
                return self._turn(Noting(self._texts.code_unknown, now_s), now_s)
            case Left():
                return () if isinstance(self._screen, Idle) else self._turn(Idle(), now_s)

    def _touched(self, event: SymbolTouched, now_s: float) -> tuple[Command, ...]:
        stale = event.seen is None or event.seen < self._symbols_since
        if not isinstance(self._screen, Idle) or not self._candidates or stale:
            return ()
        if now_s < self._cool_until_s or self._locked():
            return ()
        touched = self._touchable().get(event.symbol)
        if touched is None:
            self._wrong += 1
            self._cool_until_s = now_s + COOL_DOWN_S
            return self._show(now_s)
        if event.permission_revision < touched.permission_revision:
            return ()
        self._wrong = 0
        return self._acted(Person(touched.member_id, Assurance.TOUCH, now_s), now_s)

    def _acted(self, person: Person, now_s: float) -> tuple[Command, ...]:
        before = self._person()
        wipe: tuple[Command, ...] = ()
        if self._personal() and before is not None and before.member_id != person.member_id:
            wipe = self._turn(Idle(), now_s)
        if before is not None and before.member_id == person.member_id:
            person = replace(person, in_basket=before.in_basket)
        self._screen = Waiting(person)
        bind = (BindAct(person.member_id, person.assurance),) if self._paired else ()
        return (*wipe, *bind, LookUp(person.member_id, person.assurance))

    def _decline(self, member_id: str, now_s: float) -> tuple[Command, ...]:
        cancel = CancelBinding(member_id)
        if isinstance(self._screen, Waiting | Offering) and self._is_about(member_id):
            return (cancel, *self._turn(Noting(self._texts.declined, now_s), now_s))
        return (cancel,)

    def _stop(self, member_id: str, now_s: float) -> tuple[Command, ...]:
        commands: tuple[Command, ...] = (Withdraw(member_id), CancelBinding(member_id))
        self._candidates = tuple(c for c in self._candidates if c.member_id != member_id)
        if isinstance(self._screen, Shut) or (self._person() is not None and not self._is_about(member_id)):
            return commands
        return (*commands, *self._turn(Noting(self._texts.stopped, now_s), now_s))

    # -- news of the hub

    def _meet(self, candidates: tuple[Candidate, ...], now_s: float) -> tuple[Command, ...]:
        met = tuple(sorted(candidates, key=lambda c: c.member_id))
        changed, self._candidates = met != self._candidates, met
        if not met:
            self._wrong, self._cool_until_s = 0, now_s
        person = self._person()
        if person is None:
            return self._show(now_s) if changed and isinstance(self._screen, Idle) else ()
        if person.assurance is Assurance.POSSESSION or any(c.member_id == person.member_id for c in met):
            return ()
        keep = person.in_basket or isinstance(self._screen, Thanking)
        cancel = () if keep else (CancelBinding(person.member_id),)
        return (*cancel, *self._turn(Idle(), now_s))

    def _forget(self, member_id: str, now_s: float) -> tuple[Command, ...]:
        if self._is_about(member_id):
            self._candidates = tuple(c for c in self._candidates if c.member_id != member_id)
            return (CancelBinding(member_id), *self._turn(Idle(), now_s))
        return self._meet(tuple(c for c in self._candidates if c.member_id != member_id), now_s)

    def _answer(self, event: _Answer, now_s: float) -> tuple[Command, ...]:
        screen = self._screen
        if not isinstance(screen, Waiting | Offering) or screen.person.member_id != event.member_id:
            return ()
        person = screen.person
        match event:
            case OfferReady(_, content, revision):
                return self._turn(Offering(person, content, revision), now_s)
            case OfferWithheld(_, message):
                return self._turn(Noting(message, now_s), now_s)
            case SaleDone(_, thanks):
                revision = screen.permission_revision if isinstance(screen, Offering) else 0
                return self._turn(Thanking(replace(person, acted_s=now_s), thanks, revision), now_s)
            case BasketQuoted(_, content):
                person = replace(person, in_basket=True, acted_s=now_s)
                if isinstance(screen, Waiting):
                    self._screen = Waiting(person)
                    return ()
                return self._turn(replace(screen, person=person, content=content), now_s)

    def _tick(self, now_s: float) -> tuple[Command, ...]:
        if now_s >= self._ends_s():
            return self._turn(Idle(), now_s)
        every_s = PERSONAL_REFRESH_S if self._personal() else REFRESH_S
        return self._show(now_s) if now_s - self._shown_s >= every_s else ()

    # -- what is so now

    def _person(self) -> Person | None:
        match self._screen:
            case Waiting(person) | Offering(person) | Thanking(person):
                return person
            case _:
                return None

    def _is_about(self, member_id: str) -> bool:
        person = self._person()
        return person is not None and person.member_id == member_id

    def _personal(self) -> bool:
        return isinstance(self._screen, Offering | Thanking)

    def _ends_s(self) -> float:
        match self._screen:
            case Waiting(person):
                return person.acted_s + WAITING_S
            case Offering(person):
                crowded = any(c.member_id != person.member_id for c in self._candidates)
                return person.acted_s + (CROWDED_IDLE_S if crowded else IDLE_S)
            case Thanking(person):
                return person.acted_s + THANKS_S
            case Noting(_, since_s):
                return since_s + NOTED_S
            case Idle() | Shut():
                return float("inf")

    def _touchable(self) -> dict[str, Candidate]:
        uses = Counter(c.symbol for c in self._candidates)
        return {c.symbol: c for c in self._candidates if uses[c.symbol] == 1 and not c.low_assurance}

    def _locked(self) -> bool:
        return self._wrong >= WRONG_TOUCHES or not self._touchable()

    # -- views

    def _turn(self, screen: Screen, now_s: float) -> tuple[Command, ...]:
        self._screen = screen
        return self._show(now_s)

    def _show(self, now_s: float) -> tuple[Command, ...]:
        self._n += 1
        self._shown_s = now_s
        match self._screen:
            case Idle() | Waiting():
                return (self._idle_view(now_s),)
            case Offering(person, content, revision):
                ttl_s = min(PERSONAL_TTL_S, max(self._ends_s() - now_s, 0.1))
                return (Show(self._n, Level.L2, content, ttl_s, person.member_id, revision),)
            case Thanking(person, thanks, revision):
                return (Show(self._n, Level.L2, thanks, PERSONAL_TTL_S, person.member_id, revision),)
            case Noting(message):
                return (self._view(Level.L1, Noted(message=message)),)
            case Shut():
                return (self._view(Level.L0, Closed(reason=self._texts.no_notice)),)

    def _idle_view(self, now_s: float) -> Show:
        if not self._candidates:
            self._shown = ()
            return self._view(Level.L0, Attract())
        symbols = symbols_on_screen((c.symbol for c in self._candidates), self._kiosk, self._key)
        if symbols != self._shown:
            self._shown, self._symbols_since = symbols, self._n
        cooling_s = max(0.0, self._cool_until_s - now_s)
        return self._view(Level.L1, Symbols(symbols=symbols, cooling_s=cooling_s, locked=self._locked()))

    def _view(self, level: Level, content: Content) -> Show:
        newest = max((c.permission_revision for c in self._candidates), default=0)
        return Show(self._n, level, content, TTL_S, permission_revision=newest)
