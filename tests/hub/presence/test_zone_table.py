"""Every state × event of the zones' life cycle, against the table in the module's own text."""

import pytest

from hub.presence import zones as zones_module
from hub.presence.events import Event, FellSilent, Forgotten, Heard, NodeDown, NodeUp, State, Tick
from hub.presence.track import SILENCE_MAX_S
from hub.presence.zones import UNKNOWN_KEEP_S, ZoneNode
from tests.hub.presence.story import Said, Story

NODES = {"a1": ZoneNode("a"), "a2": ZoneNode("a"), "b1": ZoneNode("b")}


def read_table() -> dict[str, dict[str, str]]:
    """Event → state → outcome, as the docstring has it."""
    rows = [line for line in (zones_module.__doc__ or "").splitlines() if line.startswith("|")]
    header, _, *body = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {cells[0]: dict(zip(header[1:], cells[1:], strict=True)) for cells in body}


TABLE = read_table()
STATES = ("absent", "entering", "present", "held", "unknown")


class Case:
    """A member brought into a state by history, and the engine they are judged by."""

    def __init__(self, state: str) -> None:
        self.engine = Said()
        self.story = Story(nodes=NODES, engine=self.engine)
        self.story.tell(NodeUp("a2"))
        if state == "absent":
            return
        self.engine.say("a")
        self.story.hear("a1", -60)
        if state == "entering":
            return
        self.story.hear("a1", -60, times=3, every_s=0.6)
        if state == "held":
            self.engine.say(None)
            self.story.hear("a1", -99, every_s=0.6)
        if state == "unknown":
            self.engine.say(None)
            self.story.tell(NodeDown("a1"))
            self.story.tell(NodeUp("a1"))
        self.story.changes.clear()

    def state(self) -> str:
        where = self.story.where()
        if where is None:
            return "entering" if self.story.zones._tracks else "absent"
        return where[1].value + (" there" if where[0] == "b" else "")

    def meet(self, event: str) -> str:
        """Let an event of the table happen; the state after it, `left` if that was said."""
        name, *circumstances = event.split(", ")
        says = {"here": "a", "there": "b"}.get(circumstances[0] if circumstances else "")
        self.engine.say(says)
        if "blind zone" in event:
            self.story.tell(NodeDown("a2"))
            self.story.changes.clear()
            if "silent" not in event:
                self.engine.say(says)
        node = "b1" if says == "b" else "a1"
        for _ in range(4 if "for long enough" in event else 1):
            self.happen(name, node, circumstances)
        left = [change for change in self.story.changes if change.state is State.LEFT]
        return "left" if left else self.state()

    def happen(self, name: str, node: str, circumstances: list[str]) -> None:
        story = self.story
        story.now_s += 0.6
        if "silent past the deadline" in " ".join(circumstances):
            story.now_s += SILENCE_MAX_S
        if "unknown for ten minutes" in circumstances:
            self.wait_unknown()
        events: dict[str, Event] = {
            "Heard": Heard("m", node, -60, story.now_s),
            "FellSilent": FellSilent("m", "a1", story.now_s),
            "NodeUp": NodeUp("a1"),
            "NodeDown": NodeDown("a1"),
            "Tick": Tick(),
            "Forgotten": Forgotten("m"),
        }
        story.tell(events[name])

    def wait_unknown(self) -> None:
        """Become unknown if one is anywhere, then wait ten minutes without a tick."""
        self.engine.say(None)
        self.story.tell(NodeDown("a1"))
        self.story.now_s += UNKNOWN_KEEP_S + 1


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", list(TABLE))
def test_every_state_meets_every_event_as_the_table_says(state: str, event: str) -> None:
    case = Case(state)
    assert case.state() == state
    assert case.meet(event) == TABLE[event][state]


def test_the_table_knows_every_state_and_every_kind_of_event() -> None:
    assert all(tuple(row) == STATES for row in TABLE.values())
    kinds = {event.partition(",")[0] for event in TABLE}
    assert kinds == {kind.__name__ for kind in Event.__args__}


def test_who_is_let_go_is_forgotten_by_the_engine_too() -> None:
    """A7: whatever the way out."""
    for state, event in (
        ("entering", "Tick"),
        ("present", "Tick"),
        ("held", "Forgotten"),
        ("entering", "Forgotten"),
    ):
        case = Case(state)
        case.meet(event + (", silent past the deadline" if event == "Tick" else ""))
        assert case.engine.forgotten == ["m"], (state, event)
