"""What many visits come to. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from hub.box.sim.tally import Screen, Visit

Document = dict[str, Any]
"""A part of the JSON report."""

P95: Final = 0.95


def figures(visits: Sequence[Visit], screens: Mapping[str, Screen], look_s: float) -> Document:
    """Sum visits up.

    Args:
        visits: that began, ended or not.
        screens: the kiosks they could be shown at.
        look_s: seconds between two looks.

    Returns:
        `visits`; `recognised_at_till`, of those `at_a_till`; seconds (median, p95, n) from the entrance to the first
        zone (`notice_s`), from standing at the till to being a candidate there (`recognition_s`), from leaving it
        until the kiosk forgot (`wipe_s`), from leaving the store until no zone holds them (`leave_s`); `zone_right`,
        the share of the looks inside a zone; what kiosks of tills and displays showed of people who had no business
        there (`wrong_till`, `wrong_display`).
    """
    paid = [visit for visit in visits if visit.arrived_s is not None]
    recognised = [visit for visit in paid if visit.recognised_s is not None]
    looks = sum(visit.looks_inside for visit in visits)
    tills = {kiosk for kiosk, screen in screens.items() if screen.till is not None}
    return {
        "visits": len(visits),
        "at_a_till": len(paid),
        "recognised_at_till": len(recognised),
        "recognised_share": _share(len(recognised), len(paid)),
        "notice_s": spread(_between(visit.entered_s, visit.noticed_s) for visit in visits),
        "recognition_s": spread(_between(visit.arrived_s, visit.recognised_s) for visit in recognised),
        "wipe_s": spread(_between(visit.departed_s, visit.wiped_s) for visit in recognised),
        "leave_s": spread(_between(visit.out_s, visit.gone_s) for visit in visits if visit.noticed_s),
        "zone_right": _share(sum(visit.looks_right for visit in visits), looks),
        "wrong_till": _wrong(visits, tills, look_s),
        "wrong_display": _wrong(visits, screens.keys() - tills, look_s),
    }


def spread(values: Iterable[float | None]) -> Document:
    """Median and 95th percentile of those that are there, rounded to 0.1; null for none."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return {"median": None, "p95": None, "n": 0}
    p95 = known[min(len(known) - 1, int(P95 * len(known)))]
    return {"median": round(statistics.median(known), 1), "p95": round(p95, 1), "n": len(known)}


def _between(from_s: float | None, to_s: float | None) -> float | None:
    return None if from_s is None or to_s is None else max(0.0, to_s - from_s)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _wrong(visits: Iterable[Visit], kiosks: Iterable[str], look_s: float) -> Document:
    where = set(kiosks)
    looks = [[n for kiosk, n in visit.wrong.items() if kiosk in where] for visit in visits]
    return {
        "showings": sum(map(len, looks)),
        "visits": sum(1 for shown in looks if shown),
        "seconds": round(sum(map(sum, looks)) * look_s, 1),
    }
