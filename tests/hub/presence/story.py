"""Plays a history to the zones: what tests of the zones share."""

from hub.presence.events import Event, Heard, NodeUp, State, Tick, ZoneChanged
from hub.presence.locator import Estimate, Locator
from hub.presence.zones import ZoneNode, Zones

TWO = {"a1": ZoneNode("a"), "b1": ZoneNode("b")}


class Said:
    """An engine that says what it was told to say; a `Locator`."""

    def __init__(self) -> None:
        self.estimate_is = Estimate(None, 0.0)
        self.forgotten: list[str] = []

    def say(self, zone: str | None, confidence: float = 0.9) -> None:
        """Say this from now on."""
        self.estimate_is = Estimate(zone, confidence)

    def heard(self, member: str, node: str, rssi_dbm: float, at_s: float) -> None:
        """See `Locator`."""

    def silent(self, member: str, node: str, at_s: float) -> None:
        """See `Locator`."""

    def node_down(self, node: str) -> None:
        """See `Locator`."""

    def node_up(self, node: str) -> None:
        """See `Locator`."""

    def estimate(self, member: str, now_s: float) -> Estimate:  # noqa: ARG002 - the interface names them
        """See `Locator`."""
        return self.estimate_is

    def forget(self, member: str) -> None:
        """See `Locator`."""
        self.forgotten.append(member)


class Story:
    """Plays a history; remembers every change."""

    def __init__(
        self, *, up: bool = True, nodes: dict[str, ZoneNode] | None = None, engine: Locator | None = None
    ) -> None:
        self.zones = Zones(nodes or TWO, engine)
        self.now_s = 1000.0
        self.changes: list[ZoneChanged] = []
        if up:
            self.tell(NodeUp("a1"), NodeUp("b1"))

    def tell(self, *events: Event) -> None:
        """Let something happen now."""
        for event in events:
            self.changes += self.zones.handle(event, self.now_s)

    def hear(
        self, node: str, rssi_dbm: float, *, times: int = 1, every_s: float = 1.0, age_s: float = 0.0
    ) -> None:
        """Let a node hear the member again and again."""
        for _ in range(times):
            self.now_s += every_s
            self.tell(Heard("m", node, rssi_dbm, self.now_s - age_s))

    def wait(self, duration_s: int) -> None:
        """Let time pass."""
        for _ in range(duration_s):
            self.now_s += 1.0
            self.tell(Tick())

    def enter(self) -> None:
        """Let the member come into zone a."""
        self.hear("a1", -60, times=4)
        assert self.where() == ("a", State.PRESENT)

    def where(self) -> tuple[str, State] | None:
        """Where the zones have the member."""
        return self.zones.zone_of("m")

    @property
    def states(self) -> list[tuple[str, State]]:
        """All changes so far."""
        return [(c.zone, c.state) for c in self.changes]
