"""The port of the till's interface: free, our own hub's, or taken by somebody else."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning
from hardware.host.doctor.network import bind_failure
from hub.config import HttpConfig

ANSWER_S: Final = 2.0
"""A hub answers in milliseconds; the trade's outer bound for a till is half a second."""

CHECK: Final = "port.http"


class _Health(BaseModel):
    """The part of `HealthOut` that is read here; a newer hub may say more."""

    model_config = ConfigDict(extra="ignore")
    store: str
    other_versions: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class PortFacts:
    """What was seen.

    Attributes:
        at: host and port, or None when the configuration takes any free port.
        store: which store's hub answers, or None.
        other_versions: nodes and kiosks that speak another version, as that hub tells.
        foreign: something answers that is no hub.
        bind_errno: why the port cannot be had though nobody answers; None when it can.
    """

    at: str | None
    store: str | None = None
    other_versions: Mapping[str, str] | None = None
    foreign: bool = False
    bind_errno: int | None = None


async def look(http: HttpConfig) -> PortFacts:
    """Ask who is there; take the port for a moment when nobody is."""
    if http.port == 0:
        return PortFacts(None)
    at = f"[{http.host}]:{http.port}" if ":" in http.host else f"{http.host}:{http.port}"
    try:
        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client:
            answer = await client.get(f"http://{at}/v1/health")
            health = _Health.model_validate_json(answer.content)
    except httpx.ConnectError:
        failure = bind_failure(http.host, http.port)
        return PortFacts(at, bind_errno=failure)
    except (httpx.HTTPError, ValidationError):
        return PortFacts(at, foreign=True)
    return PortFacts(at, store=health.store, other_versions=health.other_versions)


def judge(facts: PortFacts, store: str) -> tuple[Finding, ...]:
    """Whether the hub of `store` has, or can have, its port; and whom it hears speak another version."""
    if facts.at is None:
        return (skipped(CHECK, "the configuration takes any free port (0)"),)
    if facts.store == store:
        return ok(CHECK, f"our hub answers at {facts.at}"), _versions(facts.other_versions or {})
    if facts.store is not None:
        fix = "find it with `sudo ss -ltnp`, stop it, or choose another `http.port`"
        return (problem(CHECK, f"the hub of another store answers at {facts.at}", fix),)
    if facts.foreign:
        fix = "find it with `sudo ss -ltnp`, stop it, or choose another `http.port`"
        return (problem(CHECK, f"{facts.at} is taken by a program that is no hub", fix),)
    if facts.bind_errno is not None:
        return (_not_to_be_had(facts.at, facts.bind_errno),)
    return (ok(CHECK, f"{facts.at} is free"),)


def _not_to_be_had(at: str, number: int) -> Finding:
    fix = {
        errno.EADDRINUSE: "find who has it with `sudo ss -ltnp`, stop it, or choose another `http.port`",
        errno.EACCES: "choose an `http.port` above 1023",
    }.get(number, "correct `http.host` in the configuration")
    return problem(CHECK, f"{at} cannot be had: {os.strerror(number)}", fix)


def _versions(others: Mapping[str, str]) -> Finding:
    check = "hub.versions"
    if not others:
        return ok(check, "no node or kiosk speaks another version")
    return warning(
        check,
        f"of another version: {', '.join(sorted(others))}",
        "bring them to the hub's version of comptoir",
    )
