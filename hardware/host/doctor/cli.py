"""The command `comptoir doctor`."""

import asyncio
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import click
from pydantic import ConfigDict

from hardware.host.clock import SystemClock
from hardware.host.config import ConfigModel, load_toml
from hardware.host.doctor import clock as clock_check
from hardware.host.doctor import disk, report, software
from hardware.host.doctor.bluetooth import adapter_check, cache_check
from hardware.host.doctor.examination import (
    Check,
    ConfigFile,
    Examination,
    Examine,
    Tools,
    failed,
    in_thread,
    run_checks,
    told,
)
from hardware.host.doctor.finding import Finding, State, problem, warning
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import ConfigError

GROUP: Final = "comptoir.doctor"

FILE = click.Path(path_type=Path)


class _AnyToml(ConfigModel):
    model_config = ConfigDict(extra="allow")


@click.command()
@click.argument("config_files", metavar="[CONFIG]...", nargs=-1, type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def doctor(context: click.Context, config_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Look for what keeps a node, a kiosk or a hub from working, and say how to mend it.

    CONFIG is a store's, a node's or a kiosk's configuration file; several are compared with each other. Without one,
    only the machine itself is looked at. Changes nothing and disturbs nothing; takes ten seconds at most.
    """
    found = asyncio.run(run_checks(_checks(config_files, Tools(SystemClock(), SystemEntropy()))))
    order = ["", *map(str, config_files)]
    findings = sorted(found, key=lambda finding: order.index(finding.about))
    click.echo(report.as_json(findings) if as_json else report.as_text(findings))
    context.exit(report.exit_code(findings))


def _checks(paths: Sequence[Path], tools: Tools) -> list[Check]:
    machine = [Check("software", _software), Check("clock.time", lambda: _clock(tools))]
    if not paths:
        return [*machine, Check("disk.space", _root_disk), *_bluetooth_of_any_machine()]
    files: list[ConfigFile] = []
    unreadable: list[Check] = []
    for path in dict.fromkeys(paths):
        try:
            files.append(ConfigFile(path, _content(path)))
        except ConfigError as error:
            unreadable.append(told("config", path, failed("config", error)))
    examinations = [examine(files, tools) for examine in _rooms()] if files else []
    checks = [check for examination in examinations for check in examination.checks]
    return [*machine, *unreadable, *_unknown(files, examinations), *checks]


def _rooms() -> Iterable[Examine]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield point.load()


def _content(path: Path) -> dict[str, Any]:
    return load_toml(path, _AnyToml).model_extra or {}


def _unknown(files: Sequence[ConfigFile], examinations: Sequence[Examination]) -> list[Check]:
    claimed = frozenset[Path]().union(*(examination.claimed for examination in examinations))
    kinds = "; ".join(examination.kind for examination in examinations)
    return [
        told(
            "config",
            file.path,
            problem("config", f"none of the kinds known: {kinds}", "give one of those files"),
        )
        for file in files
        if file.path not in claimed
    ]


async def _software() -> Sequence[Finding]:
    return (software.judge(*software.look()),)


async def _clock(tools: Tools) -> Sequence[Finding]:
    return clock_check.judge(clock_check.look(tools.clock))


async def _root_disk() -> Sequence[Finding]:
    return (disk.judge_space(await in_thread(lambda: disk.look(Path("/")))),)


def _bluetooth_of_any_machine() -> Sequence[Check]:
    """Without a configuration nobody knows whether this machine is to listen, so nothing is worse than a warning."""
    adapter = adapter_check(None, scans=True)

    async def probe() -> Sequence[Finding]:
        return [_at_most_a_warning(finding) for finding in await run_checks((adapter,))]

    return Check(adapter.name, probe), cache_check()


def _at_most_a_warning(finding: Finding) -> Finding:
    if finding.state is not State.PROBLEM:
        return finding
    assert finding.fix is not None
    return warning(finding.check, finding.observed, f"only a node needs it: {finding.fix}")
