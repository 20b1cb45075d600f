"""The walk's shell at a real broker: who is kept, who is dropped, what stops it, what goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from hardware.beacon.identity import Fob
from hardware.host.clock import ScaledClock
from hardware.host.config import BrokerConfig
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import UnavailableError
from hub.box.broker import Mosquitto
from hub.calibration.guide import Guide, Show, say
from hub.calibration.points import Place
from hub.calibration.record import Walk
from hub.calibration.tag import OwnTag
from hub.commands import calibrate_walk
from hub.commands.calibrate_terminal import Lines, Screen
from hub.commands.calibrate_walk import Ears, LiveWalk
from hub.wire.presence import NodePresence, SampleState
from tests.hub.calibration.shop import STORE, TOPICS, Shop, shop_at
from tests.hub.shell.processes import free_port

EPOCH_S = 1_700_000_000.0
SCALE = 20.0
OWN, STRANGER = Fob(bytes(range(16))), Fob(bytes(16))
NODES = frozenset({"n1", "n2", "n3"})


class Hands(Lines):
    """Types what the test says, when it says."""

    def __init__(self) -> None:
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()

    async def next(self) -> str | None:
        return await self.typed.get()


class Paper(Screen):
    """Remembers what was said."""

    def __init__(self) -> None:
        super().__init__("en")
        self.said: list[str] = []

    def say(self, key: str, **values: object) -> None:
        self.said.append(key)
        super().say(key, **values)

    async def until_said(self, key: str, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while self.said.count(key) < times:  # noqa: ASYNC110 - the condition is about the world
                await asyncio.sleep(0.01)


@dataclass
class Visitor:
    """Somebody with a tag in a shop."""

    port: int
    plan: tuple[Place, ...] = (Place(1, 1), Place(4, 1))
    clock: ScaledClock = field(default_factory=lambda: ScaledClock(EPOCH_S, SCALE))
    hands: Hands = field(default_factory=Hands)
    paper: Paper = field(default_factory=Paper)
    kept: list[Walk] = field(default_factory=list)

    async def walk(self) -> bool:
        guide = Guide(self.plan, Walk(store=STORE), NODES, 10.0)
        ears = Ears(STORE, NODES, BrokerConfig(port=self.port), OwnTag(OWN))
        live = LiveWalk(ears, guide, self.paper, self.hands, self.kept.append, self.clock, SystemEntropy())
        return await live.run()

    async def hear(self, shop: Shop, fob: Fob, node: str = "n1", seconds: float = 12.0) -> None:
        """Let a node report a tag twice a second."""
        for _ in range(round(seconds * 2)):
            await shop.sighted(node, fob.eid_at(self.clock.now_s()), -60.0)
            await self.clock.sleep(0.5)


async def in_a_shop(
    mosquitto: Mosquitto, story: Callable[[Visitor, Shop], Awaitable[None]]
) -> tuple[Visitor, bool]:
    """A visitor walks while the story happens."""
    async with shop_at(mosquitto.port) as shop:
        await shop.open(*NODES)
        visitor = Visitor(mosquitto.port)
        walking = asyncio.create_task(visitor.walk())
        await story(visitor, shop)
        async with asyncio.timeout(10):
            return visitor, await walking


async def test_ones_own_tag_is_kept_and_nobody_elses(mosquitto: Mosquitto) -> None:
    """B5: a stranger's tag at the next antenna leaves no trace in the walk."""

    async def story(visitor: Visitor, shop: Shop) -> None:
        await visitor.paper.until_said("stand")
        visitor.hands.typed.put_nowait("")
        await visitor.paper.until_said("listening")
        await shop.bus.publish(TOPICS.node("n3", "sightings"), b"garbage")
        await shop.sighted("n2", OWN.eid_at(visitor.clock.now_s()), -60.0, SampleState.SILENT)
        await asyncio.gather(visitor.hear(shop, OWN, "n1"), visitor.hear(shop, STRANGER, "n2"))
        await visitor.paper.until_said("kept")
        visitor.hands.typed.put_nowait("f")

    visitor, finished = await in_a_shop(mosquitto, story)
    assert finished
    (point,) = visitor.kept[-1].points
    assert set(point.heard_dbm) == {"n1"}
    assert "few_nodes" in visitor.paper.said


async def test_a_wrong_tag_is_told_as_such(mosquitto: Mosquitto) -> None:
    async def story(visitor: Visitor, shop: Shop) -> None:
        await visitor.paper.until_said("stand")
        visitor.hands.typed.put_nowait("")
        await visitor.hear(shop, STRANGER)
        await visitor.paper.until_said("nothing_heard")
        visitor.hands.typed.put_nowait(None)

    visitor, finished = await in_a_shop(mosquitto, story)
    assert not finished
    assert visitor.kept == []


async def test_a_broker_that_goes_is_waited_for_and_the_point_begun_anew(mosquitto: Mosquitto) -> None:
    async def story(visitor: Visitor, shop: Shop) -> None:
        await visitor.paper.until_said("stand")
        visitor.hands.typed.put_nowait("")
        await visitor.paper.until_said("listening")
        await mosquitto.kill()
        await visitor.paper.until_said("broker_lost")
        await mosquitto.restart()
        await visitor.paper.until_said("broker_back")
        await visitor.paper.until_said("listening", 2)
        visitor.hands.typed.put_nowait("q")

    _, finished = await in_a_shop(mosquitto, story)
    assert not finished


async def test_nodes_that_are_away_or_deaf_are_named(
    mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shop_at(mosquitto.port) as shop:
        await shop.open("n1")
        await shop.node("n2", radio_ok=False)
        await shop.node("n3", NodePresence.OFFLINE)
        visitor = Visitor(mosquitto.port)
        visitor.hands.typed.put_nowait("q")
        await visitor.walk()
    assert "Away or deaf: n2, n3." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("presence", "notice_ok", "nodes", "said"),
    [
        (None, True, (), "hub does not run"),
        (NodePresence.OFFLINE, True, ("n1",), "hub does not run"),
        (NodePresence.ONLINE, False, ("n1",), "no privacy notice"),
        (NodePresence.ONLINE, True, (), "no node"),
        (NodePresence.ONLINE, True, ("other",), "no node"),
    ],
)
async def test_a_shop_where_nobody_listens_is_told_before_the_walk(
    mosquitto: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    presence: NodePresence | None,
    notice_ok: bool,
    nodes: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr(calibrate_walk, "RETAINED_S", 0.5)
    async with shop_at(mosquitto.port) as shop:
        if presence is not None:
            await shop.hub(presence, notice_ok=notice_ok)
        for node in nodes:
            await shop.node(node)
        with pytest.raises(UnavailableError, match=said):
            await Visitor(mosquitto.port).walk()


async def test_a_broker_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate_walk, "PATIENCE_S", 0.5)
    port = free_port()
    with pytest.raises(UnavailableError, match=rf"127\.0\.0\.1:{port}.*start the broker"):
        await Visitor(port).walk()


def test_the_screen_redraws_one_line_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Show(12.4, 2, ("n1", -61.2), 7)
    Screen("fr").show(shown)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    screen = Screen("fr")
    screen.show(shown)
    screen.show(Show(11.0, 0, None, 0))
    screen.command(say("stand", number=1, of=2, x=1.5, y=2.0))
    out = capsys.readouterr().out
    assert out.count("\r\x1b[K") == 2
    assert "n1 -61 dBm" in out
    assert out.endswith("\nPoint 1 sur 2 : x = 1,5 m, y = 2,0 m. Placez-vous là, puis Entrée.\n")
