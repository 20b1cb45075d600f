"""The guided walk: history in, what is said and kept out; every event in every state."""

import json

import pytest

from hub.calibration.guide import (
    LATE_S,
    SETTLE_S,
    Command,
    Connected,
    End,
    Event,
    Guide,
    Heard,
    Keep,
    Say,
    Show,
    Ticked,
    Typed,
)
from hub.calibration.points import MAX_POINTS, Place
from hub.calibration.record import Point, Walk, read_walk

PLAN = (Place(1.0, 1.0), Place(4.0, 1.0), Place(4.0, 4.0))
NODES = frozenset({"n1", "n2", "n3"})
LISTEN_S = 10.0


class Shop:
    """A guide, and somebody who does as told."""

    def __init__(self, plan: tuple[Place, ...] = PLAN, walk: Walk | None = None) -> None:
        self.guide = Guide(plan, walk or Walk(store="lyon"), NODES, LISTEN_S)
        self.now_s = 1_000.0
        self.commands: list[Command] = list(self.guide.begin())

    def tell(self, event: Event) -> list[str]:
        """What is said to one event."""
        commands = self.guide.handle(event, self.now_s)
        self.commands += commands
        return [command.key for command in commands if isinstance(command, Say)]

    def type(self, line: str) -> list[str]:
        return self.tell(Typed(line))

    def stand(self, seconds: float, nodes: str = "n1 n2 n3", rssi_dbm: float = -60.0) -> list[str]:
        """Time passes, nodes hear the tag once a second."""
        said = []
        for _ in range(round(seconds)):
            self.now_s += 1.0
            for node in nodes.split():
                self.tell(Heard(node, rssi_dbm, self.now_s))
            said += self.tell(Ticked())
        return said

    def measure(self) -> list[str]:
        return [*self.type(""), *self.stand(SETTLE_S + LISTEN_S + LATE_S)]

    @property
    def points(self) -> list[tuple[float, float]]:
        return [(point.x_m, point.y_m) for point in self.guide.walk.points]

    @property
    def end(self) -> End | None:
        return next((command for command in self.commands if isinstance(command, End)), None)


def listening() -> Shop:
    shop = Shop()
    shop.type("")
    shop.stand(6)
    return shop


def ended() -> Shop:
    shop = Shop()
    shop.type("q")
    return shop


def test_whoever_does_as_told_is_led_through_all_points() -> None:
    shop = Shop()
    assert [command.key for command in shop.commands if isinstance(command, Say)] == ["help", "stand"]
    assert shop.measure() == ["listening", "kept", "stand"]
    shop.measure()
    shop.measure()
    assert shop.points == [(1.0, 1.0), (4.0, 1.0), (4.0, 4.0)]
    assert shop.end == End(finished=True)


def test_only_what_was_heard_at_the_point_is_of_the_point() -> None:
    shop = Shop()
    shop.tell(Heard("n1", -90.0, shop.now_s))
    shop.type("")
    shop.tell(Heard("n1", -91.0, shop.now_s + SETTLE_S - 0.1))
    shop.tell(Heard("n1", -92.0, shop.now_s + SETTLE_S + LISTEN_S + 0.1))
    shop.tell(Heard("nowhere", -50.0, shop.now_s + SETTLE_S + 1))
    shop.stand(SETTLE_S + LISTEN_S + LATE_S, "n1")
    (point,) = shop.guide.walk.points
    assert set(point.heard_dbm) == {"n1"}
    assert set(point.heard_dbm["n1"]) == {-60.0}
    assert point.seconds == LISTEN_S


def test_what_comes_late_still_counts_for_when_it_was_heard() -> None:
    shop = Shop()
    shop.type("")
    shop.stand(SETTLE_S + LISTEN_S, "n1 n2 n3")
    shop.now_s += LATE_S - 0.5
    shop.tell(Heard("n1", -40.0, shop.now_s - LATE_S))
    shop.now_s += 1.0
    shop.tell(Ticked())
    assert -40.0 in shop.guide.walk.points[0].heard_dbm["n1"]


def test_while_listening_it_is_shown_who_hears() -> None:
    shop = listening()
    shown = [command for command in shop.commands if isinstance(command, Show)][-1]
    assert (shown.nodes, shown.strongest) == (3, ("n1", -60.0))
    assert 0 < shown.left_s < LISTEN_S
    deaf = Shop()
    deaf.type("")
    deaf.stand(4, "")
    assert [command for command in deaf.commands if isinstance(command, Show)][-1].strongest is None


def test_a_point_where_nothing_is_heard_is_not_kept_and_asked_again() -> None:
    shop = Shop()
    shop.type("")
    assert shop.stand(SETTLE_S + LISTEN_S + LATE_S, "") == ["nothing_heard", "stand"]
    assert shop.points == []


def test_a_point_heard_by_one_node_is_kept_with_a_word() -> None:
    shop = Shop()
    shop.type("")
    assert "few_nodes" in shop.stand(SETTLE_S + LISTEN_S + LATE_S, "n1")
    assert len(shop.points) == 1


@pytest.mark.parametrize(
    ("typed", "said", "points"),
    [
        ("3,5 2", ["listening"], 1),
        ("s", ["stand"], 1),
        ("sauter", ["stand"], 1),
        ("u", ["undone", "stand"], 0),
        ("refaire", ["undone", "stand"], 0),
        ("F", [], 1),
        ("q", [], 1),
        ("what", ["not_understood", "help"], 1),
    ],
)
def test_waiting_at_a_point(typed: str, said: list[str], points: int) -> None:
    shop = Shop()
    shop.measure()
    assert shop.type(typed) == said
    assert len(shop.points) == points


@pytest.mark.parametrize(
    ("typed", "said", "points"),
    [
        ("", ["kept", "stand"], 1),
        ("f", ["kept", "stand"], 1),
        ("r", ["listening"], 0),
        ("s", ["dropped", "stand"], 0),
        ("u", ["dropped", "stand"], 0),
        ("q", [], 0),
        ("3 3", ["not_understood"], 0),
    ],
)
def test_typed_while_listening(typed: str, said: list[str], points: int) -> None:
    shop = listening()
    assert shop.type(typed) == said
    assert len(shop.points) == points


def test_ending_a_point_before_the_way_there_is_forgotten_keeps_nothing() -> None:
    shop = Shop()
    shop.type("")
    shop.now_s += 1.0
    assert shop.type("") == ["nothing_heard", "stand"]


def test_a_skipped_point_is_not_proposed_again_an_undone_one_is() -> None:
    shop = Shop(PLAN[:2])
    shop.measure()
    shop.type("undo")
    shop.type("")
    shop.type("skip")
    shop.measure()
    assert (shop.points, shop.end) == ([(4.0, 1.0)], End(finished=True))


def test_a_place_that_was_skipped_while_standing_elsewhere_stays_proposed() -> None:
    shop = Shop()
    shop.type("9 9")
    assert shop.type("s") == ["dropped", "stand"]
    assert shop.commands[-1] == Say("stand", (("number", 1), ("of", 3), ("x", 1.0), ("y", 1.0)))


def test_there_may_be_nothing_to_undo() -> None:
    assert Shop().type("u") == ["nothing_to_undo", "stand"]


def test_measured_again_a_point_replaces_itself() -> None:
    shop = Shop()
    shop.measure()
    shop.type("1 1.1")
    shop.stand(SETTLE_S + LISTEN_S + LATE_S, "n1", -80.0)
    assert shop.points == [(1.0, 1.1)]


def test_a_lost_broker_is_told_and_the_point_begins_anew() -> None:
    shop = listening()
    assert shop.tell(Connected(up=False)) == ["broker_lost"]
    assert shop.tell(Connected(up=True)) == ["broker_back", "listening"]
    assert shop.guide._heard == {}
    waiting = Shop()
    assert waiting.tell(Connected(up=True)) == ["broker_back"]


@pytest.mark.parametrize("event", [Typed(""), Heard("n1", -60.0, 1_000.0), Ticked(), Connected(up=True)])
def test_after_the_end_nothing_happens(event: Event) -> None:
    shop = ended()
    assert shop.guide.handle(event, shop.now_s) == ()


@pytest.mark.parametrize("event", [Heard("n1", -60.0, 1_000.0), Ticked()])
def test_while_waiting_nothing_is_counted(event: Event) -> None:
    assert Shop().tell(event) == []


def test_every_point_is_written_down_and_an_interrupted_walk_goes_on_where_it_was() -> None:
    shop = Shop()
    shop.measure()
    shop.type("")
    shop.type("q")
    assert shop.end == End(finished=False)
    (kept,) = (command for command in shop.commands if isinstance(command, Keep))
    walk = read_walk(kept.walk.model_dump_json(), "walk.json")
    later = Shop(walk=walk)
    assert later.commands[0] == Say("resumed", (("points", 1),))
    later.measure()
    assert later.points == [(1.0, 1.0), (4.0, 1.0)]


def test_a_walk_that_is_whole_is_over_at_once() -> None:
    shop = Shop(PLAN[:1])
    shop.measure()
    assert Shop(PLAN[:1], shop.guide.walk).end == End(finished=True)


def test_no_identifier_and_no_time_is_kept() -> None:
    shop = Shop()
    shop.measure()
    kept = json.loads(shop.guide.walk.model_dump_json())
    assert set(kept) == {"format", "store", "tag_model", "points"}
    assert set(kept["points"][0]) == {"x_m", "y_m", "seconds", "heard_dbm"}


def test_a_walk_has_an_end() -> None:
    points = tuple(
        Point(x_m=float(at), y_m=0.0, seconds=1.0, heard_dbm={"n1": (-60.0,)})
        for at in range(10, 10 + MAX_POINTS)
    )
    shop = Shop(walk=Walk(store="lyon", points=points))
    assert shop.type("") == ["enough_points"]
    assert shop.type("10 0") == ["listening"]
