"""Measures and prints: `python -m tests.bench [--json]`, about six minutes on two cores."""

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
from tests.bench.flood import flood_figures
from tests.bench.identity import identity
from tests.bench.ingest import ingest
from tests.bench.latency import advert_to_view
from tests.bench.parser import parser_cost
from tests.bench.processes import memory
from tests.bench.radio import radio_cost
from tests.bench.recovery import recovery
from tests.bench.tills import till_latency
from tests.bench.visits import ENGINES, PEER, visit_figures
from tests.bench.zones import zone_accuracy

MEASURES: dict[str, Callable[[], Coroutine[Any, Any, dict[str, Any]]]] = {
    "advert_to_view": advert_to_view,
    "memory": memory,
    "ingest": ingest,
    "tills": till_latency,
    "radio": radio_cost,
    "flood": flood_figures,
    "recovery": recovery,
    "identity": identity,
    "parser": parser_cost,
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
    click.echo("measuring visits …", err=True)
    figures["visits"] = visit_figures(engines=ENGINES)
    figures["seconds"] = round((wall_ms() - started_ms) / 1000.0, 1)
    if "--json" in sys.argv[1:]:
        click.echo(json.dumps(figures))
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    zones, view, ram = figures["zones"], figures["advert_to_view"]["ms"], figures["memory"]
    taken, tills = figures["ingest"], figures["tills"]
    radio, flood = figures["radio"], figures["flood"]
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
        ("TheengsGateway's", *_theengs(radio)),
        (
            "member in a flood",
            f"{flood['member_after_s']:.2f} s",
            f"of {flood['sent_per_s']:.0f} packets/s: {flood['agent_us']:.1f} µs of the agent's CPU a packet, "
            f"{flood['before_mib']:.0f} MiB before, {flood['peak_mib']:.0f} at most",
        ),
        *(
            (f"recovery, {fault}", f"{ms['median']} ms", f"p10 {ms['p10']}, p90 {ms['p90']}, n {ms['n']}")
            for fault, ms in figures["recovery"]["ms"].items()
        ),
        (
            "parsing a frame",
            f"{figures['parser']['agent_us']['median']} µs",
            "walk and filter, as the agent does; every field: " + ", ".join(_peers(figures["parser"])),
        ),
        *_identity_rows(figures["identity"]),
        (
            "zone is right",
            f"{zones['right']:.0%}",
            f"of {zones['seconds']} s; {zones['reported']} reports of {zones['adverts']} adverts",
        ),
    ]
    rows += [_visits(name, figures["visits"][name]) for name in (*ENGINES, PEER)]
    machine = figures["machine"]
    click.echo(
        f"{machine['machine']}, {machine['cores']} cores, Python {machine['python']}, {figures['seconds']} s"
    )
    for what, median, rest in rows:
        click.echo(f"{what:<22}{median:>18}  {rest}")


def _visits(name: str, played: dict[str, Any]) -> tuple[str, str, str]:
    known, gone = played["recognition_s"], played["leave_s"]
    return (
        f"tills, {name}",
        f"{played['offers']['wrong_till']} wrong offers",
        f"in {played['visits']} visits, {played['offers_if_all_try']['wrong_till']} if all try all symbols; "
        f"{played['wrong_till']['showings']} wrong symbols; {played['recognised_share']:.0%} recognised in "
        f"{known['median']} s (p95 {known['p95']}), gone after {gone['median']} s (p95 {gone['p95']})",
    )


def _theengs(radio: dict[str, Any]) -> tuple[str, str]:
    if isinstance(radio["theengs"], str):
        return radio["theengs"], "COMPTOIR_THEENGS=/path/to/its/python"
    return f"{radio['theengs_us']['median']} µs", f"{radio['theengs_ratio']['median']} × bare bleak"


def _peers(parser: dict[str, Any]) -> list[str]:
    return [
        f"{name} {parser[name]['theirs_us']}"
        if parser[name]["ratio"] is None
        else f"{name} {parser[name]['theirs_us']['median']} µs to {parser[name]['ours_us']['median']}, "
        f"{parser[name]['ratio']['median']} times"
        for name in ("beacontools", "bleparser")
    ]


def _identity_rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    share, look_up = figures["refresh_core_percent"], figures["look_up_ns"]
    return [
        (
            f"{figures['members']:,} identities",
            f"{share['median']} % of a core",
            f"to keep up at K = 10 (p90 {share['p90']}), built in {figures['build_s']} s, "
            f"{figures['memory_mib']:.0f} MiB",
        ),
        (
            "look-up of an id",
            f"{look_up['member']['median'] / 1000:.1f} µs",
            f"a stranger's {look_up['stranger']['median'] / 1000:.1f} µs",
        ),
    ]


if __name__ == "__main__":
    main()
