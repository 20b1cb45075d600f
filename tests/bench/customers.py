"""What people do at the kiosks of a simulated store, through the real desk of each kiosk.

An offer (level L2) opens only after an act: a touch on one's own symbol among decoys (design, rule 5). So that a
store shows somebody's symbol at a till where they are not is no offer yet; it becomes one when somebody else who
pays there touches just that symbol. Assumed of those who pay:

- whoever sees their own symbol touches it, 2 to 5 s later, and again if it is not taken; three misses at most, as when
  it stands there as a decoy beside somebody else's;
- whoever does not — not recognised, or no member at all — leaves the screen alone, but for a share of *curious* ones,
  who touch any of the six symbols, 2 to 5 s after they see some, until they have missed so often.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from hardware.host.entropy import Entropy
from hub.box.sim.tally import Screen, Spot
from hub.display.desk import KioskDesk
from hub.display.events import (
    Candidate,
    CandidatesChanged,
    Command,
    Event,
    LookUp,
    OfferReady,
    Show,
    SymbolTouched,
    Tick,
)
from hub.display.symbols import SYMBOLS
from hub.display.texts import desk_texts
from hub.wire.base import LocalText
from hub.wire.display import Progress, Symbols

REACTION_S: Final = (2.0, 5.0)
OWN_TOUCHES: Final = 3

_SOME: Final = LocalText(fr="Couches", en="Nappies")
CONTENT: Final = Progress(group=_SOME, counter=3, every=5, reasons=(_SOME,))


@dataclass(frozen=True, slots=True)
class Curious:
    """How many of those who see no symbol of their own touch one nevertheless, and how often each."""

    share: float
    touches: int


@dataclass(slots=True)
class Acts:
    """What came of it; offers are counted by whose they are.

    Attributes:
        own: opened by their owner at the till they pay at.
        wrong_till: of a member who is not at that till, neither paying nor queueing.
        by_another: of a member who queues at that till, opened by the touch of somebody else.
        wrong_touches: touches on a symbol that is nobody's; each cools the kiosk down for 5 s.
        refused: touches while it cooled down or was locked.
        locked: kiosks' locks after three wrong touches.
    """

    own: int = 0
    wrong_till: int = 0
    by_another: int = 0
    curious_touches: int = 0
    wrong_touches: int = 0
    refused: int = 0
    locked: int = 0

    def document(self) -> dict[str, int]:
        """As JSON."""
        return asdict(self)


@dataclass(slots=True)
class _Payer:
    """Somebody while they pay.

    Attributes:
        symbol: their own; None for somebody who is no member.
    """

    name: str
    symbol: str | None
    curious: int
    own: int = OWN_TOUCHES
    acts_s: float | None = None


@dataclass(slots=True)
class _Kiosk:
    desk: KioskDesk
    till: str
    view: Show | None = None
    payer: _Payer | None = None

    @property
    def symbols(self) -> Symbols | None:
        """What can be touched now."""
        content = None if self.view is None else self.view.content
        return content if isinstance(content, Symbols) else None


@dataclass(slots=True)
class Customers:
    """Everybody who pays in one store, and the desks of its tills' kiosks.

    Args:
        screens: the kiosks; displays without a till are left alone.
        members: all of them, at most one a symbol.
        curious: see `Curious`.
        entropy: draws symbols, reactions and curiosity.
    """

    screens: Mapping[str, Screen]
    members: Sequence[str]
    curious: Curious
    entropy: Entropy
    acts: Acts = field(default_factory=Acts)
    _kiosks: dict[str, _Kiosk] = field(init=False)
    _symbols: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Give everybody a symbol, and every kiosk a desk."""
        assert len(self.members) <= len(SYMBOLS), "a store gives the least used: nobody shares one"
        key, texts, left = self.entropy.token(32), desk_texts(), list(SYMBOLS)
        self._symbols = {name: left.pop(self._below(len(left))) for name in sorted(self.members)}
        self._kiosks = {
            name: _Kiosk(KioskDesk(name, key, texts, paired=True), screen.till)
            for name, screen in self.screens.items()
            if screen.till is not None
        }

    def look(
        self,
        near: Mapping[str, Collection[str]],
        spots: Mapping[str, Spot],
        strangers: Collection[str],
        at_s: float,
    ) -> None:
        """Let half a second pass.

        Args:
            near: kiosk → the members it takes for candidates.
            spots: everybody in the store → where they really are.
            strangers: those of them who are no members today.
            at_s: store seconds, rising.
        """
        paying = {spot.till: name for name, spot in spots.items() if spot.till is not None}
        for name, kiosk in self._kiosks.items():
            candidates = tuple(Candidate(one, self._symbols[one]) for one in sorted(near[name]))
            self._tell(kiosk, CandidatesChanged(candidates), at_s)
            self._tell(kiosk, Tick(), at_s)
            self._serve(kiosk, paying.get(kiosk.till), strangers)
            touched = self._touched(kiosk, at_s)
            if touched is not None:
                self._touch(kiosk, touched, spots, at_s)

    def _serve(self, kiosk: _Kiosk, name: str | None, strangers: Collection[str]) -> None:
        """Somebody pays now, or nobody."""
        if name is None:
            kiosk.payer = None
        elif kiosk.payer is None or kiosk.payer.name != name:
            is_curious = self.entropy.uniform() < self.curious.share
            symbol = None if name in strangers else self._symbols[name]
            kiosk.payer = _Payer(name, symbol, self.curious.touches if is_curious else 0)

    def _touched(self, kiosk: _Kiosk, at_s: float) -> str | None:
        """The symbol that the payer touches at this moment."""
        payer, shown = kiosk.payer, kiosk.symbols
        if payer is None or shown is None:
            if payer is not None:
                payer.acts_s = None
            return None
        own = payer.symbol if payer.own and payer.symbol in shown.symbols else None
        if own is None and not payer.curious:
            payer.acts_s = None
            return None
        if payer.acts_s is None:
            least_s, most_s = REACTION_S
            payer.acts_s = at_s + least_s + (most_s - least_s) * self.entropy.uniform()
        if at_s < payer.acts_s:
            return None
        payer.acts_s = None
        if own is not None:
            return own
        self.acts.curious_touches += 1
        return shown.symbols[self._below(len(shown.symbols))]

    def _touch(self, kiosk: _Kiosk, symbol: str, spots: Mapping[str, Spot], at_s: float) -> None:
        assert kiosk.view is not None, "somebody touched what they saw"
        assert kiosk.payer is not None, "somebody touched"
        touch = SymbolTouched(symbol, kiosk.view.n, kiosk.view.permission_revision)
        commands = self._tell(kiosk, touch, at_s)
        if not commands:
            self.acts.refused += 1
            return
        opened = [command.member_id for command in commands if isinstance(command, LookUp)]
        if not opened:
            self._count_miss(kiosk, own=symbol == kiosk.payer.symbol)
            return
        (member,) = opened
        self._count_offer(kiosk, member, spots.get(member))
        kiosk.payer.own = kiosk.payer.curious = 0
        self._tell(kiosk, OfferReady(member, CONTENT, 0), at_s)

    def _count_miss(self, kiosk: _Kiosk, *, own: bool) -> None:
        assert kiosk.payer is not None, "somebody touched"
        if own:
            kiosk.payer.own -= 1
        else:
            kiosk.payer.curious -= 1
        self.acts.wrong_touches += 1
        self.acts.locked += kiosk.symbols is not None and kiosk.symbols.locked

    def _count_offer(self, kiosk: _Kiosk, member: str, spot: Spot | None) -> None:
        assert kiosk.payer is not None
        if spot is None or kiosk.till not in (spot.till, spot.queue):
            self.acts.wrong_till += 1
        elif member == kiosk.payer.name:
            self.acts.own += 1
        else:
            self.acts.by_another += 1

    def _tell(self, kiosk: _Kiosk, event: Event, at_s: float) -> tuple[Command, ...]:
        commands = kiosk.desk.handle(event, at_s)
        for command in commands:
            if isinstance(command, Show):
                kiosk.view = command
        return commands

    def _below(self, n: int) -> int:
        return int(self.entropy.uniform() * n)
