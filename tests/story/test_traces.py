"""The search for what must not be anywhere finds it in every form, and a store that keeps some of it is seen (B5)."""

import base64
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from edge.app import EdgeAgent
from hardware.host.outbox import Outbox
from hardware.radio.advert import Advert
from hub.box.acts.people import look_for_unresolved, no_traces
from hub.box.company import Company
from hub.box.headless import WALK_SCALE, story_log
from hub.box.scene import Scene, StoryError
from hub.box.shop import STRANGER, Shop
from hub.box.traces import Spy, files_below, look
from hub.wire.bus import Delivery
from hub.wire.memory import MemoryBroker
from tests.story.telling import open_scene

SECRET = bytes.fromhex("8fd1a0e2c7b3f495")

secrets = st.binary(min_size=6, max_size=20)
around = st.binary(max_size=40)


@given(secret=secrets, before=around, after=around)
def test_a_secret_is_found_as_it_is_and_the_other_way_round(
    secret: bytes, before: bytes, after: bytes
) -> None:
    assert "raw" in {find.form for find in look([secret], {"here": before + secret + after})}
    assert "reversed raw" in {find.form for find in look([secret], {"here": before + secret[::-1] + after})}


@given(secret=secrets, before=around, after=around)
def test_it_is_found_inside_base64_wherever_it_begins(secret: bytes, before: bytes, after: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found = look([secret], {"here": encode(before + secret + after)})
        assert "base64" in {find.form for find in found}


WRITTEN: dict[str, Callable[[bytes], str]] = {
    "lower": lambda secret: secret.hex(),
    "upper": lambda secret: secret.hex().upper(),
    "colons": lambda secret: secret.hex(":"),
    "spaces": lambda secret: secret.hex(" ").upper(),
    "uuid": lambda secret: str(uuid.UUID(bytes=b"\1\2\3" + secret + b"\4\5\6\7\x08")),
    "uuid little-endian": lambda secret: str(uuid.UUID(bytes=(b"\1\2\3" + secret + b"\4\5\6\7\x08")[::-1])),
    "repr": repr,
    "list": lambda secret: str(list(secret)),
    "latin-1": lambda secret: secret.decode("latin-1"),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_it_is_found_however_it_was_written_down(way: str) -> None:
    found = look([SECRET], {"log": f"time=1 event='heard' data={WRITTEN[way](SECRET)} more".encode()})
    assert {find.place for find in found} == {"log"}


def test_a_find_says_where_and_in_which_form_and_not_what() -> None:
    (found,) = look([SECRET], {"node.db": b"...", "story.log": SECRET.hex().encode()})
    assert str(found) == "story.log (hexadecimal)"


def test_what_is_not_there_is_not_found() -> None:
    assert look([SECRET], {"here": SECRET[:-1] + b"\0" + SECRET[1:], "there": b""}) == ()


def test_every_file_below_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hub.db-wal").write_bytes(b"wal")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert files_below(tmp_path) == {"data/hub.db-wal": b"wal"}


async def test_a_spy_keeps_topic_and_payload_of_everything_in_its_store() -> None:
    broker = MemoryBroker(lambda: 0.0)
    bus, spy_bus = broker.client("node"), broker.client("spy")
    spy = Spy(spy_bus, "demo")
    await spy_bus.start()
    await bus.start()
    await bus.publish("comptoir/v1/demo/node/n1/sightings", SECRET.hex().encode())
    await bus.publish("comptoir/v1/other/node/n1/sightings", b"elsewhere")
    await bus.publish("comptoir/v1/demo/hub/state", b"{}")
    while len(spy.captured) < 2:
        await bus.publish("comptoir/v1/other/hub/state", b"{}")
    assert spy.captured[0] == Delivery(
        "comptoir/v1/demo/node/n1/sightings", SECRET.hex().encode(), retained=False
    )
    assert spy.traffic()["traffic"].endswith(b"comptoir/v1/demo/hub/state\n{}")
    assert (spy.saw([SECRET]), spy.saw([SECRET[::-1]]), spy.saw([])) == (1, 0, 0)


# Faults planted into a running store: what the story calls 0 becomes another number.


async def come_and_go(shop: Shop, scene: Scene) -> None:
    """B, a stranger and bystanders are heard for a while and leave; what is left of them goes into the report."""
    shop.clock.set_scale(WALK_SCALE)
    async with Company(shop) as company:
        for label in ("B", STRANGER):
            shop.floor.stand(shop.walkers[label])
        await shop.clock.sleep(8.0)
        await company.go_out()
        unresolved = company.errand(look_for_unresolved(scene, company), "looking for the unresolved")
        await no_traces(scene, company, unresolved)


async def test_b5_without_a_plant_nothing_is_left_of_anybody(tmp_path: Path) -> None:
    with story_log(tmp_path):
        async with open_scene(tmp_path, "memory") as (shop, scene):
            await come_and_go(shop, scene)
            assert shop.probe.adverts_heard > shop.probe.frames_kept > 0
            assert (scene.report.foreign_traces, scene.report.unresolved_after_60_s) == (0, 0)


async def test_an_agent_that_logs_what_is_foreign_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, log = EdgeAgent._take, structlog.get_logger()

    def talkative(self: EdgeAgent, advert: Advert) -> None:
        log.debug("advert_heard", data=advert.manufacturer_data, services=advert.service_data)
        take(self, advert)

    monkeypatch.setattr(EdgeAgent, "_take", talkative)
    with story_log(tmp_path):
        async with open_scene(tmp_path, "memory") as (shop, scene):
            await come_and_go(shop, scene)
            assert scene.report.foreign_traces > 0
            assert "foreign_trace_found" in (tmp_path / "story.log").read_text(encoding="utf-8")


async def test_an_outbox_that_does_not_wipe_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outbox, "expire", lambda _self: 0)
    async with open_scene(tmp_path, "memory") as (shop, scene):
        await come_and_go(shop, scene)
        assert scene.report.unresolved_after_60_s > 0
        assert scene.report.foreign_traces == 0


async def test_a_search_that_does_not_find_what_travelled_is_no_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.box.acts.people.look", lambda *_: ())
    async with open_scene(tmp_path, "memory") as (shop, scene):
        with pytest.raises(StoryError, match="the search does not find what travelled"):
            await come_and_go(shop, scene)
