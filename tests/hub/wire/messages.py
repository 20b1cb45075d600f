"""One valid message of every type and kind, at its fullest, for tests that walk over all of them."""

from typing import Final

from hub.wire import display as d
from hub.wire import presence as p
from hub.wire.base import LocalText, Message
from hub.wire.topics import Topics

TOPICS: Final = Topics("demo")
BOOT: Final = "0123456789abcdef"
TEXT: Final = LocalText(fr="Pour vous « Couches »", en="For you: nappies")
REVISION: Final = d.Revision(session_id=BOOT, n=7)

CONTENTS: Final[tuple[d.Content, ...]] = (
    d.Attract(),
    d.Closed(reason=TEXT),
    d.Symbols(symbols=("sun", "moon", "star", "leaf", "boat", "kite"), cooling_s=5.0, locked=True),
    d.Offer(
        group=TEXT,
        product="Pack [/] de 6",
        price_minor=1299,
        discount_minor=1299,
        points_used=500,
        counter=4,
        every=5,
        at_till=True,
        reasons=(TEXT,) * 6,
    ),
    d.Progress(group=TEXT, counter=3, every=5, reasons=(TEXT,)),
    d.Noted(message=TEXT),
    d.Thanks(discount_minor=1299, points_used=500, counter=0, every=5),
)

ACTS: Final[tuple[d.Act, ...]] = (
    d.TouchSymbol(symbol="sun"),
    d.PresentCode(code="2" * 40),
    d.Decline(),
    d.StopRecognition(),
    d.Leave(),
)


def kiosk_act(act: d.Act = ACTS[0], subject: str | None = "s" * 200) -> d.KioskAct:
    return d.KioskAct(act_id=BOOT, act=act, seen=REVISION, permission_revision=3, subject=subject)


def full_view(content: d.Content) -> d.KioskView:
    return d.KioskView(
        kiosk="k1", revision=REVISION, ttl_s=300.0, level=d.Level.L2, content=content, subject="s" * 200
    )


SAMPLE: Final = p.Sample(
    scheme=p.IdScheme.EID, id="00112233445566ff", state=p.SampleState.HEARD, rssi_dbm=-61.5, age_ms=120
)

MESSAGES: Final[tuple[tuple[str, Message], ...]] = (
    (TOPICS.node("n1", "sightings"), p.Sightings(node="n1", boot_id=BOOT, seq=1, samples=(SAMPLE,) * 32)),
    (
        TOPICS.node("n1", "ack"),
        p.SightingsAck(node="n1", boot_id=BOOT, seqs=tuple(range(1, 257)), known=("00112233445566ff",) * 256),
    ),
    (
        TOPICS.node("n1", "state"),
        p.NodeState(
            node="n1", session_id=BOOT, presence=p.NodePresence.ONLINE, radio_ok=True, version="0.1.0"
        ),
    ),
    (TOPICS.hub_state, p.HubState(session_id=BOOT, presence=p.NodePresence.OFFLINE, notice_ok=False)),
    *((TOPICS.kiosk("k1", "view"), full_view(content)) for content in CONTENTS),
    (
        TOPICS.kiosk("k1", "act"),
        d.SealedAct(kiosk="k1", boot_id=BOOT, seq=2**53, age_ms=0, sealed="A" * 4096),
    ),
    (TOPICS.kiosk("k1", "ack"), d.ActAck(kiosk="k1", boot_id=BOOT, seqs=(1, 2, 3))),
)
"""(topic, message) for every leaf; every kind of content once."""
