"""What the desk tests share."""

from dataclasses import replace

from hub.display.desk import DeskTexts, KioskDesk
from hub.display.events import Candidate, CandidatesChanged, Command, Event, OfferReady, Show, SymbolTouched
from hub.wire.base import LocalText
from hub.wire.display import Offer, Symbols, Thanks

KEY = bytes(32)


def say(word: str) -> LocalText:
    return LocalText(fr=word, en=word)


TEXTS = DeskTexts(say("no notice"), say("unknown"), say("declined"), say("stopped"))
A = Candidate("aaaaaaaaaaaaaaaa", "lune", permission_revision=3)
B = Candidate("bbbbbbbbbbbbbbbb", "ancre", permission_revision=4)
OFFER = Offer(
    group=say("Couches"),
    product="Couches T4",
    price_minor=1200,
    discount_minor=300,
    points_used=100,
    counter=4,
    every=5,
    at_till=False,
    reasons=(say("four packs"),),
)
IN_BASKET = OFFER.model_copy(update={"at_till": True})
THANKS = Thanks(discount_minor=300, points_used=100, counter=0, every=5)


class Play:
    """A desk, its clock, and all it asked for."""

    def __init__(self, *, paired: bool = True) -> None:
        self.desk = KioskDesk("checkout", KEY, TEXTS, paired=paired)
        self.now_s = 100.0
        self.asked: list[Command] = []

    def tell(self, event: Event, after_s: float = 0.0) -> tuple[Command, ...]:
        self.now_s += after_s
        commands = self.desk.handle(event, self.now_s)
        self.asked += commands
        return commands

    @property
    def shows(self) -> list[Show]:
        return [c for c in self.asked if isinstance(c, Show)]

    @property
    def screen(self) -> Show:
        return self.shows[-1]

    @property
    def kind(self) -> str:
        return self.screen.content.kind

    @property
    def symbols(self) -> Symbols:
        assert isinstance(self.screen.content, Symbols)
        return self.screen.content


def here(*people: Candidate) -> Play:
    play = Play()
    play.tell(CandidatesChanged(people))
    return play


def touch(play: Play, symbol: str, **changes: int | None) -> tuple[Command, ...]:
    event = SymbolTouched(symbol, play.screen.n, play.screen.permission_revision)
    return play.tell(replace(event, **changes))  # type: ignore[arg-type] # test shorthand


def offered(*people: Candidate) -> Play:
    play = here(*people)
    touch(play, people[0].symbol)
    play.tell(OfferReady(people[0].member_id, OFFER, 3))
    return play


def wrong_symbol(play: Play, *own: str) -> str:
    return next(s for s in play.symbols.symbols if s not in own)
