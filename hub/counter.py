"""The hub's counter: kiosks and tills meet here. Shell around the desks; carries out what they ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from hardware.beacon.tap import PREFIX
from hub.assembly import HubData
from hub.desk_key import kiosk_private_key
from hub.display import content, texts
from hub.display.desk import KioskDesk
from hub.display.events import (
    BasketQuoted,
    BindAct,
    CancelBinding,
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
from hub.display.near import candidates_at
from hub.display.subject import Subject, Subjects
from hub.floor import Floor
from hub.observer import BatchName, HubObserver
from hub.offers.assurance import Assurance
from hub.permission.records import How, Purpose, Scope, Touchpoint
from hub.presence.taps import Tap
from hub.store.presence import TakenStore
from hub.till import events as till
from hub.wire.codec import WireError, WireVersionError
from hub.wire.display import (
    ActAck,
    Decline,
    KioskAct,
    KioskView,
    Leave,
    Level,
    PresentCode,
    Revision,
    SealedAct,
    StopRecognition,
    TouchSymbol,
)
from hub.wire.seal import unseal
from hub.wire.unreadable import Unreadable

log = structlog.get_logger()

MAX_ACT_AGE_S: Final = 10.0
""""That's me" from longer ago may meet another person at the screen; a withdrawal is never too old."""


class ActPort(Protocol):
    """What the counter asks of the tills."""

    def act_given(
        self, till: str, member_id: str, account_id: str, assurance: Assurance, act_id: str, now_s: float
    ) -> None:
        """Bind an act to the next basket opened at a till."""
        ...

    def act_withdrawn(self, member_id: str, now_s: float) -> None:
        """Let a member's acts fall."""
        ...


Publish = Callable[[KioskView, bool], None]
"""Sends a view; the flag says whether the broker may keep it."""


@dataclass(slots=True)
class Counter:
    """Every kiosk of the store.

    Args:
        data: the store's data.
        floor: who is where.
        taken: which acts were taken before.
        session_id: of this run of the hub.
        publish: sends a view.
        observer: see `HubObserver`.
    """

    data: HubData
    floor: Floor
    taken: TakenStore
    session_id: str
    publish: Publish
    observer: HubObserver
    tills: ActPort | None = None
    """Set once, before the first act: the tills need a listener, which is this counter."""
    _desks: Mapping[str, KioskDesk] = field(init=False)
    _subjects: Subjects = field(init=False)
    _private_key: bytes = field(init=False, repr=False)
    _unopened: Unreadable = field(default_factory=Unreadable)

    def __post_init__(self) -> None:
        """Set up a desk for each kiosk."""
        vault = self.data.vault
        self._subjects = Subjects(vault.derive("subject tokens"), self.data.entropy)
        self._private_key = kiosk_private_key(vault)
        decoy_key, sentences = vault.derive("decoys"), texts.desk_texts()
        self._desks = {
            name: KioskDesk(name, decoy_key, sentences, paired=kiosk.till is not None)
            for name, kiosk in self.data.config.kiosks.items()
        }

    # -- news of the store

    def open(self, now_s: float) -> None:
        """Show every kiosk its first view."""
        for name in self._desks:
            self._tell(name, Tick() if self.data.config.notice else NoticeMissing(), now_s)

    def tick(self, now_s: float) -> None:
        """Let time act on every desk; also looks who is still near."""
        self.people_moved(None, now_s)
        for name in self._desks:
            self._tell(name, Tick(), now_s)

    def people_moved(self, cause: BatchName | None, now_s: float) -> None:
        """Tell each desk who is near its kiosk."""
        for name, kiosk in self.data.config.kiosks.items():
            near = candidates_at(
                kiosk.zone, self.floor.zones, self.floor.low_assurance, self._describe, now_s
            )
            self._tell(name, CandidatesChanged(near), now_s, cause)

    def withdrawn(self, member_id: str, now_s: float) -> None:
        """A member withdrew: gone from the floor, from every screen, from every waiting act."""
        self.floor.forget(member_id, now_s)
        for name in self._desks:
            self._tell(name, Withdrawn(member_id), now_s)

    def _describe(self, member_id: str) -> tuple[str, int]:
        people = self.data.people
        return people.person(member_id).symbol, people.permission_revision(member_id)

    # -- acts from kiosks

    def take(self, sealed: SealedAct, now_s: float) -> ActAck | None:
        """Take one act exactly once; the acknowledgement may be sent once this returns.

        What cannot be opened is acknowledged too: it never will be, and the kiosk shall not keep it.

        Raises:
            WireVersionError: an act of a newer kiosk. It may be a withdrawal, so the kiosk shall keep it.
        """
        if sealed.kiosk not in self._desks:
            log.warning("act_of_an_unknown_kiosk", kiosk=sealed.kiosk)
            return None
        act = self._opened(sealed)
        sender = f"kiosk/{sealed.kiosk}"
        if act is not None and self.taken.accept(sender, sealed.boot_id, sealed.seq, now_s):
            self._act(sealed.kiosk, act, sealed.age_ms / 1000.0, now_s)
            self.tell_owners(now_s)
        return ActAck(kiosk=sealed.kiosk, boot_id=sealed.boot_id, seqs=(sealed.seq,))

    def _opened(self, sealed: SealedAct) -> KioskAct | None:
        try:
            return unseal(sealed.sealed, self._private_key, sealed.kiosk)
        except WireVersionError:
            raise
        except WireError as error:
            if self._unopened.note(sealed.kiosk, error):
                log.warning(
                    "act_not_opened", kiosk=sealed.kiosk, reason=str(error), total=self._unopened.total
                )
            return None

    def tell_owners(self, now_s: float) -> None:
        """Tell the kiosks whose the codes were whose search came to its end."""
        for answered in self.floor.resolver.take_answered():
            event = self._identified(answered.member_id)
            self._tell(answered.kiosk, event, now_s, act_id=answered.act_id)

    def _act(self, kiosk: str, act: KioskAct, age_s: float, now_s: float) -> None:
        self.floor.resolver.give_up(kiosk)  # a code before this act: somebody else may stand there by now
        event = self._event(kiosk, act, age_s, now_s)
        if event is None or (age_s > MAX_ACT_AGE_S and not isinstance(event, StopAsked)):
            return
        if isinstance(event, StopAsked):
            self._withdraw(event.member_id, age_s, now_s)
        self._tell(kiosk, event, now_s, act_id=act.act_id)

    def _event(self, kiosk: str, act: KioskAct, age_s: float, now_s: float) -> Event | None:
        match act.act:
            case TouchSymbol(symbol=symbol):
                ours = act.seen is not None and act.seen.session_id == self.session_id
                seen = act.seen.n if act.seen is not None and ours else None
                return SymbolTouched(symbol, seen, act.permission_revision)
            case PresentCode(code=code):
                if code.upper().startswith(PREFIX):
                    shown_s = now_s - age_s
                    tap = Tap(kiosk, code, act.act_id, shown_s, shown_s + MAX_ACT_AGE_S)
                    self.floor.resolver.find_owner(tap, now_s)
                    return None
                person = self.data.people.by_card(code)
                return self._identified(person.member_id if person else None)
            case Leave():
                return Left()
            case Decline() | StopRecognition():
                subject = self._subjects.unseal(act.subject, kiosk) if act.subject else None
                if subject is None:
                    return None
                stop = isinstance(act.act, StopRecognition)
                return StopAsked(subject.member_id) if stop else Declined(subject.member_id)

    def _identified(self, member_id: str | None) -> PersonIdentified | CodeUnknown:
        if member_id is None:
            return CodeUnknown()
        self._is_here(member_id)
        return PersonIdentified(member_id)

    def _is_here(self, member_id: str) -> None:
        """A card or a code says that somebody is in the store, at a kiosk or a till: their fob should be heard."""
        self.floor.resolver.search_for(member_id)

    def _withdraw(self, member_id: str, age_s: float, now_s: float) -> None:
        self.data.permissions.withdraw(
            member_id, Purpose.RECOGNITION, how=How.KIOSK, now_s=now_s, age_s=age_s
        )
        self.withdrawn(member_id, now_s)

    # -- news of the tills

    def on_till(self, event: till.TillEvent) -> None:
        """Show at the paired kiosk what happened at a till."""
        now_s = self.data.clock.now_s()
        match event:
            case till.BasketQuoted(member_id=str() as member_id):
                self._is_here(member_id)
                shown = content.in_basket(event.quote)
                if shown is not None and self._may_suggest(member_id, now_s):
                    self._tell_paired(event.till, BasketQuoted(member_id, shown), now_s)
            case till.SaleCommitted(member_id=str() as member_id, late=False):
                thanks = content.thanks(event)
                if thanks is not None:
                    self._tell_paired(event.till, SaleDone(member_id, thanks), now_s)
            case _:
                pass

    def _tell_paired(self, till_name: str, event: Event, now_s: float) -> None:
        for name, kiosk in self.data.config.kiosks.items():
            if kiosk.till == till_name:
                self._tell(name, event, now_s)

    # -- what the desks ask for

    def _tell(
        self,
        kiosk: str,
        event: Event,
        now_s: float,
        cause: BatchName | None = None,
        act_id: str | None = None,
    ) -> None:
        for command in self._desks[kiosk].handle(event, now_s):
            self._carry_out(kiosk, command, now_s, cause, act_id)

    def _carry_out(
        self, kiosk: str, command: Command, now_s: float, cause: BatchName | None, act_id: str | None
    ) -> None:
        match command:
            case Show():
                self._show(kiosk, command, cause)
            case LookUp(member_id, assurance):
                self._tell(kiosk, self._look_up(kiosk, member_id, assurance, now_s), now_s)
            case BindAct(member_id, assurance):
                self._bind(kiosk, member_id, assurance, act_id or self.data.entropy.new_id(), now_s)
            case CancelBinding(member_id):
                assert self.tills is not None
                self.tills.act_withdrawn(member_id, now_s)
            case Withdraw():
                pass  # done before the desk was told, with the age of the act

    def _show(self, kiosk: str, show: Show, cause: BatchName | None) -> None:
        subject = None
        if show.about is not None:
            subject = self._subjects.seal(Subject(show.about, show.permission_revision), kiosk)
        view = KioskView(
            kiosk=kiosk,
            revision=Revision(session_id=self.session_id, n=show.n),
            ttl_s=show.ttl_s,
            level=show.level,
            content=show.content,
            permission_revision=show.permission_revision,
            subject=subject,
        )
        self.publish(view, show.level is not Level.L2)
        self.observer.view_published(view, cause)

    def _bind(self, kiosk: str, member_id: str, assurance: Assurance, act_id: str, now_s: float) -> None:
        till_name = self.data.config.kiosks[kiosk].till
        assert till_name is not None, "only a paired desk binds"
        assert self.tills is not None
        account_id = self.data.people.person(member_id).account_id
        self.tills.act_given(till_name, member_id, account_id, assurance, act_id, now_s)

    def _place(self, kiosk: str) -> Scope:
        return Scope.STORE if self.data.config.kiosks[kiosk].till is None else Scope.CHECKOUT

    def _may_suggest(self, member_id: str, now_s: float) -> bool:
        permissions = self.data.permissions
        return permissions.look(
            member_id, Purpose.SUGGESTION, Touchpoint.KIOSK, now_s, Scope.CHECKOUT
        ).allowed

    def _look_up(
        self, kiosk: str, member_id: str, assurance: Assurance, now_s: float
    ) -> OfferReady | OfferWithheld:
        paired = self.data.config.kiosks[kiosk].till is not None
        decision = self.data.permissions.decide(
            member_id, Purpose.SUGGESTION, Touchpoint.KIOSK, now_s, self._place(kiosk)
        )
        if not decision.allowed or decision.record_id is None:
            return OfferWithheld(member_id, texts.not_suggested(paired=paired))
        account_id = self.data.people.person(member_id).account_id
        states = self.data.offers.preview(account_id, now_s)
        shown = content.before_basket(states, assurance)
        if shown is None:
            return OfferWithheld(member_id, texts.nothing_running())
        self.data.offers.record_preview(account_id, states, decision.record_id, now_s)
        return OfferReady(member_id, shown, self.data.people.permission_revision(member_id))
