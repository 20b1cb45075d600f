"""The story through processes: a hub, twelve edges on a real D-Bus, two kiosks on terminals, a till; and kill −9.

It is played once, in real time (`tests.floor.play`); each test looks at what was seen.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.bluez.private_bus import find_dbus_daemon
from hub.box.broker import find_mosquitto
from tests.conftest import missing_part
from tests.floor.play import CANARY, Played, play

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The story, played once."""
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    return asyncio.run(play(tmp_path_factory.mktemp("floor")))


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "hub.db")) as database:
        return database.execute(query).fetchall()


def forms(raw: bytes) -> tuple[bytes, ...]:
    """How bytes may lie somewhere: raw, or as hexadecimal digits."""
    return raw, raw.hex().encode(), raw.hex().upper().encode()


def finds(raws: Iterable[bytes], files: dict[str, bytes]) -> list[str]:
    """Names of the files that hold one of these."""
    wanted = [form for raw in raws for form in forms(raw)]
    return [name for name, content in files.items() if any(form in content for form in wanted)]


def test_parts_start_in_any_order_and_find_each_other(played: Played) -> None:
    assert len(played.states) == 12
    assert all(state["presence"] == "online" and state["radio_ok"] for state in played.states.values())


def test_c4_with_two_at_a_kiosk_nothing_personal_stands_until_one_acts(played: Played) -> None:
    assert played.before_touch
    assert {view["level"] for view in played.before_touch} <= {"L0", "L1"}


def test_a_hub_killed_between_hold_and_commit_gives_the_discount_it_held_once(played: Played) -> None:
    assert played.fifth["discount_minor"] == 240
    grants = rows(played.folder, "SELECT sale_id, units, discount_minor FROM grants")
    assert grants.count((played.baskets["A"], 1, 240)) == 1
    assert len(grants) == 2, "hers, and B's by card"


def test_a_killed_node_is_offline_by_its_will_and_is_back_by_itself(played: Played) -> None:
    assert played.killed_node == ["online", "offline", "online"]


def test_a7_who_said_stop_is_not_recognised_while_her_fob_goes_on(played: Played) -> None:
    assert played.frames_after_stop > 0, "her fob was heard"
    assert played.after_stop == 0


def test_c_sees_her_progress(played: Played) -> None:
    assert "Encore" in played.progress


def test_a17_a_member_whom_no_radio_may_recognise_redeems_by_card(played: Played) -> None:
    assert played.by_card["discount_minor"] > 0


def test_d17_a_sale_without_the_hub_is_uploaded_and_its_right_waits(played: Played) -> None:
    assert played.alone is None
    assert played.uploaded == {"taken": 1, "waiting": 0}
    assert "au prochain achat" in played.open_right


def test_sigterm_ends_every_part_with_0_and_a_goodbye(played: Played) -> None:
    assert set(played.codes.values()) == {0}, played.codes
    assert {state["presence"] for state in played.last_states.values()} == {"offline"}


def test_nothing_is_lost_and_nothing_doubled(played: Played) -> None:
    assert sum(counts.put for counts in played.counts.values()) > 50
    taken = dict(rows(played.folder, "SELECT sender, count(*) FROM taken GROUP BY sender"))
    for node, counts in played.counts.items():
        assert (counts.unaccounted, counts.pending) == (0, 0), node
        assert taken.get(node, 0) >= counts.acknowledged, f"{node}: acknowledged without being kept"
    sold = rows(played.folder, "SELECT sale_id FROM sales WHERE origin != 'import' ORDER BY sale_id")
    assert sold == sorted((basket_id,) for basket_id in played.baskets.values())


def test_b5_foreign_bytes_are_nowhere(played: Played) -> None:
    traffic = {f"{at} {topic}": payload for at, (topic, payload) in enumerate(played.traffic)}
    assert finds([CANARY, CANARY[:8], CANARY[-8:]], played.files | traffic) == []


def test_b5_identifiers_nobody_resolves_are_gone_within_a_minute(played: Played) -> None:
    unresolved = played.sent["B"] | played.sent["lost fob"]
    assert len(unresolved) >= 4
    assert any(eid.hex().encode() in payload for eid in unresolved for _, payload in played.traffic), (
        "they were heard"
    )
    assert finds(unresolved, played.rested) == []


def test_c10_no_log_at_debug_names_a_card_a_member_or_an_identifier(played: Played) -> None:
    logs = {name: content for name, content in played.files.items() if name.endswith(".log")}
    assert len(logs) >= 15
    assert any(b"debug" in content for content in logs.values())
    everybody = set[bytes]().union(*played.sent.values())
    assert finds(everybody, logs) == []


def test_no_part_wrote_a_traceback(played: Played) -> None:
    assert [name for name, content in played.files.items() if b"Traceback" in content] == []
