"""A service on the network: does its name resolve, does its port answer."""

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import Final

from hardware.host.doctor.examination import in_thread
from hardware.host.doctor.finding import Finding, ok, problem, skipped

RESOLVE_S: Final = 3.0
"""A store's name server answers in milliseconds; a resolver gives up on a dead one only after five seconds or more."""

CONNECT_S: Final = 2.0
"""A machine that is there answers in milliseconds; silence means off, unplugged, or a firewall."""


@dataclass(frozen=True, slots=True)
class ReachFacts:
    """What became of an attempt to connect.

    Attributes:
        host: as configured.
        port: as configured.
        address: what the name resolved to, or None.
        failure: why no connection came about, in words; None when one did.
    """

    host: str
    port: int
    address: str | None
    failure: str | None


async def reach(host: str, port: int) -> ReachFacts:
    """Resolve and connect once, to the first address that answers, and close again without a word."""
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await in_thread(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except TimeoutError:
        return ReachFacts(host, port, None, f"no name server answered within {RESOLVE_S:g} s")
    except (OSError, UnicodeError) as error:
        return ReachFacts(host, port, None, getattr(error, "strerror", None) or "not a name")
    addresses = [str(entry[4][0]) for entry in found]
    address, failure = addresses[0], None
    try:
        async with asyncio.timeout(CONNECT_S):
            for address in addresses:
                failure = await _connect_failure(address, port)
                if failure is None:
                    break
    except TimeoutError:
        failure = f"no answer within {CONNECT_S:g} s"
    return ReachFacts(host, port, address, failure)


async def _connect_failure(address: str, port: int) -> str | None:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError as error:
        return os.strerror(error.errno) if error.errno else "refused"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None


def judge(check: str, facts: ReachFacts, service: str, start: str) -> tuple[Finding, Finding]:
    """Whether a service can be reached: the findings `{check}.name` and `{check}.port`.

    Args:
        check: the area.
        facts: of `reach`.
        service: what should listen there, in words.
        start: the command that starts it.
    """
    name, port, at = f"{check}.name", f"{check}.port", f"{facts.host}:{facts.port}"
    if facts.address is None:
        return (
            problem(
                name,
                f"{facts.host} does not resolve: {facts.failure}",
                f"correct the host in the configuration, or add it to /etc/hosts; try `getent hosts {facts.host}`",
            ),
            skipped(port, "its name does not resolve"),
        )
    needs_none = facts.host == facts.address
    resolved = ok(name, f"{facts.host} " + ("needs no name server" if needs_none else f"is {facts.address}"))
    if facts.failure is None:
        return resolved, ok(port, f"something answers at {at}")
    here = ipaddress.ip_address(facts.address.partition("%")[0]).is_loopback
    fix = (
        f"start {service}: `{start}`"
        if here
        else f"on {facts.host}: `{start}`; then look at cable, address and firewall"
    )
    return resolved, problem(port, f"no connection to {at}: {facts.failure}", fix)


def bind_failure(host: str, port: int) -> int | None:
    """The `errno` of an attempt to take a TCP port, or None when it can be had. Given back at once, never listened on.

    With `SO_REUSEADDR` a service that starts in this very moment still gets it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EADDRNOTAVAIL
    return None
