"""Which view is the newest: a later session of the hub, or the same session and a larger n.

Session ids are random, so their order is only known from the hub's own announcements (`HubState`). A bus keeps
order per topic, not between topics: a view may come before the announcement of its session, and an old
announcement after a new one.

| the view's session | n | outcome |
|---|---|---|
| current | larger | taken |
| current | same or smaller | dropped: a duplicate, or late |
| retired | any | dropped: a hub that is no more |
| unknown | any | waits (the newest one) until its session is announced |
"""

from collections import deque
from dataclasses import dataclass

from hub.wire.display import KioskView

REMEMBERED_SESSIONS = 16
"""Retired sessions kept. A bus holds back messages for minutes; a hub that restarts 16 times in that is down."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A view and the moment it came, from which its time to live counts."""

    view: KioskView
    at_s: float


class ViewOrder:
    """Takes views and announcements in any order; gives out each view that is newer than all before it."""

    def __init__(self) -> None:
        self._session_id: str | None = None
        self._n = 0
        self._retired: deque[str] = deque(maxlen=REMEMBERED_SESSIONS)
        self._waiting: Arrival | None = None

    @property
    def session_id(self) -> str | None:
        """The hub's session announced last, None before the first."""
        return self._session_id

    def announced(self, session_id: str) -> Arrival | None:
        """Note that the hub is online with this session; gives the view that waited for it."""
        if session_id == self._session_id or session_id in self._retired:
            return None
        if self._session_id is not None:
            self._retired.append(self._session_id)
        self._session_id, self._n = session_id, 0
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.view.revision.session_id != session_id:
            return None
        return self.arrived(waiting)

    def arrived(self, arrival: Arrival) -> Arrival | None:
        """Judge one view by the table above; gives it back when it is to be taken now."""
        revision = arrival.view.revision
        if revision.session_id == self._session_id:
            if revision.n <= self._n:
                return None
            self._n = revision.n
            return arrival
        if revision.session_id not in self._retired:
            self._wait(arrival)
        return None

    def _wait(self, arrival: Arrival) -> None:
        held = self._waiting.view.revision if self._waiting else None
        new = arrival.view.revision
        if held is None or held.session_id != new.session_id or new.n > held.n:
            self._waiting = arrival
