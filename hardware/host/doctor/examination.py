"""What a room's `examine` gives: checks, each with its own time limit, all run at the same time.

Whatever is dead (a name server, a broker behind a firewall, a disk on the network), the whole answers within
`LIMIT_S` and a moment: blocking work runs in threads that the process does not wait for at its end.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from hardware.host.clock import Clock
from hardware.host.config import ConfigModel, load_toml
from hardware.host.doctor.finding import Finding, problem
from hardware.host.entropy import Entropy
from hardware.host.errors import ComptoirError, ConfigError

T = TypeVar("T")
M = TypeVar("M", bound=ConfigModel)

LIMIT_S: Final = 9.0
"""For one check. The longest has a name (3 s), a port (2 s) and a broker (3 s) to wait for, one after the other; and
nobody at a shelf waits more than ten seconds."""

Probe = Callable[[], Awaitable[Iterable[Finding]]]


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A readable TOML file of whatever kind."""

    path: Path
    content: Mapping[str, Any]

    def has_any(self, keys: frozenset[str]) -> bool:
        """Whether one of `keys` stands at its top level."""
        return not keys.isdisjoint(self.content)


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at.

    Attributes:
        name: the finding's name when the probe fails or takes longer than `limit_s`.
        probe: looks and judges; changes nothing. A `ComptoirError` it raises becomes a problem with the error's fix,
            an `OSError` one of rights.
        about: the file it concerns; "" for the machine itself.
        limit_s: wall seconds.
    """

    name: str
    probe: Probe
    about: str = ""
    limit_s: float = LIMIT_S


@dataclass(frozen=True, slots=True)
class Tools:
    """What every room's checks are given."""

    clock: Clock
    entropy: Entropy


@dataclass(frozen=True, slots=True)
class Examination:
    """One room's part.

    Attributes:
        kind: how this room's files are recognised, for a person whose file was not.
        claimed: the files it takes for its own.
        checks: what to look at in them.
    """

    kind: str
    claimed: frozenset[Path]
    checks: tuple[Check, ...]


class Examine(Protocol):
    """A room's entry point in the group `comptoir.doctor`.

    It sees every file, so that what two files say of each other can be compared, and claims its own.
    """

    def __call__(self, files: Sequence[ConfigFile], tools: Tools) -> Examination:
        """Say which files are this room's, and what is to be looked at. Looks at nothing itself."""
        ...


def examine_each(
    kind: str,
    keys: frozenset[str],
    files: Sequence[ConfigFile],
    checks_of: Callable[[ConfigFile], Sequence[Check]],
) -> Examination:
    """Claim the files that have one of a room's keys.

    Args:
        kind: see `Examination`.
        keys: by which the room knows its files.
        files: all of them.
        checks_of: what is to be looked at in one of the room's.
    """
    ours = [file for file in files if file.has_any(keys)]
    checks = tuple(check for file in ours for check in checks_of(file))
    return Examination(kind, frozenset(file.path for file in ours), checks)


def load_or_finding(file: ConfigFile, model: type[M]) -> M | Finding:
    """Validate a file as the room's model; the finding says what the room itself would say at its start."""
    try:
        return load_toml(file.path, model)
    except ConfigError as error:
        return failed("config", error)


def failed(check: str, error: ComptoirError) -> Finding:
    """The problem an error of ours stands for."""
    observed = f"{error.where}: {error.what}" if error.where else error.what
    return problem(check, observed, error.fix or "see the message")


def told(name: str, about: Path, *findings: Finding) -> Check:
    """A check whose outcome is known already."""

    async def tell() -> Sequence[Finding]:
        return findings

    return Check(name, tell, str(about))


async def run_checks(checks: Sequence[Check]) -> tuple[Finding, ...]:
    """Run all at the same time; the findings come in the order of the checks."""
    outcomes = await asyncio.gather(*map(_run, checks))
    return tuple(finding for findings in outcomes for finding in findings)


async def _run(check: Check) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(check.limit_s):
            findings = tuple(await check.probe())
    except TimeoutError:
        late = f"no answer within {check.limit_s:g} s"
        findings = (problem(check.name, late, "look at that part by hand: a disk or a service is stuck"),)
    except ComptoirError as error:
        findings = (failed(check.name, error),)
    except OSError as error:
        findings = (_refused(check.name, error),)
    return tuple(replace(finding, about=check.about) for finding in findings)


def _refused(check: str, error: OSError) -> Finding:
    where = f"{error.filename}: " if error.filename is not None else ""
    return problem(
        check,
        f"{where}{error.strerror or type(error).__name__}",
        "run the doctor as the service's user; if it is, mend the rights of that file and its folders",
    )


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a thread that the process does not wait for when it ends.

    The loop's own pool is waited for, and a look-up at a dead name server takes up to half a minute.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            outcome.set_exception(error)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await asyncio.wrap_future(outcome)
