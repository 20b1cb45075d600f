"""Messages between the hub and a kiosk: the whole screen out, one act of a person back."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from hub.wire.base import AgeMs, LocalText, Message, Minor, Name, Points, Seq, Token, WireModel

Label = Annotated[str, Field(max_length=80)]
"""A product or group name as the store wrote it. Drawn as text, whatever it contains."""

Symbol = Annotated[str, Field(pattern=r"^[a-z]{2,16}$")]
"""The name of a private symbol; the kiosk knows how to draw it and what to call it."""

Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{4,40}$")]
Subject = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{16,200}$")]

MAX_SYMBOLS = 6
"""One screen of large touch targets (40 × 12 cells); with one member present five are decoys."""


class Level(StrEnum):
    """How much a screen says about a person (see the design: L0 … L3)."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"


class Revision(WireModel):
    """Orders views: a later hub session, or the same session and a larger n, wins."""

    session_id: Token
    n: Seq


class Attract(WireModel):
    """Nobody known is here."""

    kind: Literal["attract"] = "attract"


class Closed(WireModel):
    """The store has no privacy notice: nothing is recognised, and staff are told why (acceptance B7)."""

    kind: Literal["closed"] = "closed"
    reason: LocalText


class Symbols(WireModel):
    """Somebody who asked to be recognised is here: their symbol among decoys, nothing else."""

    kind: Literal["symbols"] = "symbols"
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=MAX_SYMBOLS, max_length=MAX_SYMBOLS)]
    cooling_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Touches are not taken for this long after a wrong one."""
    locked: bool = False
    """Three wrong touches: only a card, a code or the app is taken now."""


class Offer(WireModel):
    """What this person gets, what it costs in points, and why."""

    kind: Literal["offer"] = "offer"
    group: LocalText
    product: Label
    price_minor: Minor
    discount_minor: Minor
    points_used: Points
    counter: Annotated[int, Field(ge=0, le=10_000)]
    every: Annotated[int, Field(ge=2, le=10_000)]
    at_till: bool
    """True once the discount stands in the till's quote; before, it is what the next unit brings."""
    reasons: Annotated[tuple[LocalText, ...], Field(min_length=1, max_length=6)]


class Progress(WireModel):
    """Known, nothing due yet: how far it is."""

    kind: Literal["progress"] = "progress"
    group: LocalText
    counter: Annotated[int, Field(ge=0, le=10_000)]
    every: Annotated[int, Field(ge=2, le=10_000)]
    reasons: Annotated[tuple[LocalText, ...], Field(min_length=1, max_length=6)]


class Noted(WireModel):
    """The act was taken; there is nothing this screen may show or has to say about it."""

    kind: Literal["noted"] = "noted"
    message: LocalText


class Thanks(WireModel):
    """The sale is done."""

    kind: Literal["thanks"] = "thanks"
    discount_minor: Minor
    points_used: Points
    counter: Annotated[int, Field(ge=0, le=10_000)]
    every: Annotated[int, Field(ge=2, le=10_000)]


Content = Annotated[
    Attract | Closed | Symbols | Offer | Progress | Noted | Thanks, Field(discriminator="kind")
]


class KioskView(Message):
    """The full state of one kiosk's screen. L2 is never retained by the broker."""

    kiosk: Name
    revision: Revision
    ttl_s: Annotated[float, Field(gt=0, le=300)]
    """The kiosk wipes to attract by itself when no newer view came for this long."""
    level: Level
    content: Content
    permission_revision: Annotated[int, Field(ge=0)] = 0
    subject: Subject | None = None
    """Who the view is about, sealed for the hub's eyes: an act sends it back. None below L2."""


class TouchSymbol(WireModel):
    """The act "that's me": a touch on one symbol of an L1 view."""

    kind: Literal["touch_symbol"] = "touch_symbol"
    symbol: Symbol


class PresentCode(WireModel):
    """A card number or another code, typed, scanned, or tapped by the app."""

    kind: Literal["present_code"] = "present_code"
    code: Code


class Decline(WireModel):
    """The act "not this time": the offer goes, the right stays open."""

    kind: Literal["decline"] = "decline"


class StopRecognition(WireModel):
    """Withdraw the permission to be recognised, here and now."""

    kind: Literal["stop_recognition"] = "stop_recognition"


class Leave(WireModel):
    """The act "done": wipe my screen."""

    kind: Literal["leave"] = "leave"


Act = Annotated[TouchSymbol | PresentCode | Decline | StopRecognition | Leave, Field(discriminator="kind")]


class KioskAct(Message):
    """What a person did, and what they saw when they did it. Travels only inside a `SealedAct`."""

    act_id: Token
    act: Act
    seen: Revision | None
    permission_revision: Annotated[int, Field(ge=0)] = 0
    subject: Subject | None = None


class SealedAct(Message):
    """A `KioskAct` encrypted to the hub's public key (RFC 9180), so that no broker or disk reads it."""

    kiosk: Name
    boot_id: Token
    seq: Seq
    age_ms: AgeMs
    sealed: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{64,4096}$")]


class ActAck(Message):
    """The hub has committed these acts; the kiosk may forget them."""

    kiosk: Name
    boot_id: Token
    seqs: Annotated[tuple[Seq, ...], Field(min_length=1, max_length=64)]
