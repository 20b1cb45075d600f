"""Measures and prints: `python -m tests.bench [--json]`, under three minutes on two cores."""

import asyncio
import json
import os
import platform
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import click

from hardware.bluez.private_bus import find_dbus_daemon
from hardware.host.clock import wall_ms
from hub.box.broker import find_mosquitto
from tests.bench.ingest import ingest
from tests.bench.latency import advert_to_view
from tests.bench.processes import memory
from tests.bench.radio import radio_cost
from tests.bench.recovery import recovery
from tests.bench.tills import till_latency
from tests.bench.zones import zone_accuracy

MEASURES: dict[str, Callable[[], Coroutine[Any, Any, dict[str, Any]]]] = {
    "advert_to_view": advert_to_view,
    "memory": memory,
    "ingest": ingest,
    "tills": till_latency,
    "radio": radio_cost,
    "recovery": recovery,
}


def main() -> None:
    """Measure everything; a table, or with --json one document on standard output."""
    for program, package in ((find_mosquitto(), "mosquitto"), (find_dbus_daemon(), "dbus-daemon")):
        if program is None:
            sys.exit(f"tests.bench: install the package {package}")
    started_ms = wall_ms()
    figures: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
        }
    }
    figures["zones"] = zone_accuracy()
    for name, measure in MEASURES.items():
        click.echo(f"measuring {name} …", err=True)
        figures[name] = asyncio.run(measure())
    figures["seconds"] = round((wall_ms() - started_ms) / 1000.0, 1)
    if "--json" in sys.argv[1:]:
        click.echo(json.dumps(figures))
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    zones, view, ram = figures["zones"], figures["advert_to_view"]["ms"], figures["memory"]
    taken, tills, radio = figures["ingest"], figures["tills"], figures["radio"]
    rows = [
        ("advert to view", f"{view['median']} ms", f"p10 {view['p10']}, p99 {view['p99']}, n {view['n']}"),
        *(
            (f"memory of the {part}", f"{ram[part]['now_mib']} MiB", f"peak {ram[part]['peak_mib']}")
            for part in ram
        ),
        (
            "hub takes",
            f"{taken['hub_sightings_per_s']:.0f} sightings/s",
            f"{taken['hub_batches_per_s']['median']:.0f} batches/s, bare paho "
            f"{taken['bare_batches_per_s']['median']:.0f}, ratio {taken['ratio']}",
        ),
        *(
            (f"till {kind}", f"{ms['median']} ms", f"p10 {ms['p10']}, p99 {ms['p99']}, n {ms['n']}")
            for kind, ms in tills.items()
        ),
        (
            "agent's CPU a packet",
            f"{radio['agent_us']['median']} µs",
            f"bare bleak {radio['bare_us']['median']}, ratio {radio['ratio']['median']} (p10 {radio['ratio']['p10']}, "
            f"p90 {radio['ratio']['p90']}); resident {radio['agent']['now_mib']} and {radio['bare']['now_mib']} MiB",
        ),
        *(
            (f"recovery, {fault}", f"{ms['median']} ms", f"p10 {ms['p10']}, p90 {ms['p90']}, n {ms['n']}")
            for fault, ms in figures["recovery"]["ms"].items()
        ),
        (
            "zone is right",
            f"{zones['right']:.0%}",
            f"of {zones['seconds']} s; {zones['reported']} reports of {zones['adverts']} adverts",
        ),
    ]
    machine = figures["machine"]
    click.echo(
        f"{machine['machine']}, {machine['cores']} cores, Python {machine['python']}, {figures['seconds']} s"
    )
    for what, median, rest in rows:
        click.echo(f"{what:<22}{median:>18}  {rest}")


if __name__ == "__main__":
    main()
