"""The way from one place of the floor to another: straight from stop to stop, through no wall. Pure."""

import heapq

from hardware.sim.floor import FloorPlan, Point, distance_m


class Routes:
    """Shortest ways over the floor's named places, worked out once a pair."""

    def __init__(self, floor: FloorPlan) -> None:
        self._floor = floor
        self._corners = tuple(sorted(floor.corners()))
        self._seen: dict[Point, tuple[Point, ...]] = {}
        self._known: dict[tuple[Point, Point], tuple[Point, ...]] = {}

    def way(self, start: Point, goal: Point) -> tuple[Point, ...]:
        """The corners from `start` to `goal`, both included.

        A checked floor has a way between any two of its places, and a way from a place in a line.
        """
        if (start, goal) not in self._known:
            self._known[start, goal] = self._search(start, goal)
        return self._known[start, goal]

    def _search(self, start: Point, goal: Point) -> tuple[Point, ...]:
        waiting: list[tuple[float, Point, tuple[Point, ...]]] = [(0.0, start, (start,))]
        done: set[Point] = set()
        while waiting:
            so_far_m, place, way = heapq.heappop(waiting)
            if place == goal:
                return way
            if place in done:
                continue
            done.add(place)
            for corner in self._from(place, goal):
                if corner not in done:
                    heapq.heappush(waiting, (so_far_m + distance_m(place, corner), corner, (*way, corner)))
        raise AssertionError("a checked floor connects its places")

    def _from(self, place: Point, goal: Point) -> tuple[Point, ...]:
        if place not in self._seen:
            self._seen[place] = tuple(
                corner for corner in self._corners if corner != place and self._floor.is_free(place, corner)
            )
        reachable = self._seen[place]
        if goal not in self._corners and self._floor.is_free(place, goal):
            return (*reachable, goal)
        return reachable
