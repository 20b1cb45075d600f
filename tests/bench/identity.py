"""What a million rotating identifiers cost the hub: to build, to keep up to date, to look up, to hold.

The keys are drawn here: what the people's database takes to read and unseal them is not in these figures.
"""

import asyncio
import gc
import json
import os
import resource
import sys
from array import array
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hardware.beacon.eid import DEFAULT_EXPONENT, compute_eid
from hardware.beacon.tap import tap_code
from hardware.host.clock import wall_ms
from hub.floor import REFRESHED_A_SLICE
from hub.presence.keys import EidKey, MemberKeys
from hub.presence.resolver import Resolver
from hub.presence.taps import Tap
from hub.wire.presence import IdScheme
from tests.bench.figures import resident_mib, spread

MEMBERS = 1_000_000
NOW_S = 1_800_000_000.0
REFRESHED_S = 20
"""Seconds of store time that the table is kept up to date."""

LOOK_UPS = 2_000
KIOSK = "checkout"
ROUNDS = 5


async def identity(members: int = MEMBERS) -> dict[str, Any]:
    """Measure in a process of its own, so that its memory is the table's."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.identity", str(members), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate()
    document = json.loads(told)
    assert isinstance(document, dict)
    return document


def measure(members: int) -> dict[str, Any]:
    random = Random(1)
    resolver = Resolver()
    gc.collect()
    before_mib = resident_mib(os.getpid())["now_mib"]
    known: list[EidKey] = []
    started_ms, pauses_ms = wall_ms(), array("d")
    for number in range(members):
        key = EidKey(random.randbytes(16), DEFAULT_EXPONENT, NOW_S - random.uniform(1e5, 1e8))
        if number % (members // LOOK_UPS) == 0:
            known.append(key)
        put_ms = cpu_ms()
        resolver.put(MemberKeys(f"{number:016x}", (key,)), NOW_S)
        pauses_ms.append(cpu_ms() - put_ms)
    build_s = (wall_ms() - started_ms) / 1000.0
    longest_ms = max(pauses_ms)
    del pauses_ms
    gc.collect()
    memory_mib = resident_mib(os.getpid())["now_mib"] - before_mib
    shares, slices_ms = refresh(resolver)
    now_s = NOW_S + REFRESHED_S
    ids = [compute_eid(key.ik, key.k, int(now_s - key.epoch_s)) for key in known]
    strangers = [random.randbytes(8) for _ in ids]
    last = tap_code(key.ik, KIOSK, now_s)
    return {
        "members": members,
        "build_s": round(build_s, 1),
        "longest_put_cpu_ms": round(longest_ms, 1),
        "refresh_core_percent": spread(shares, 2).document(),
        "refresh_slice_ms": spread(slices_ms, 2).document(),
        "look_up_ns": {
            "member": rounds(resolver, ids, now_s).document(),
            "stranger": rounds(resolver, strangers, now_s).document(),
        },
        "tap": {
            "last_of_all": search(resolver, last, now_s),
            "nobodys": search(resolver, tap_code(bytes(16), KIOSK, now_s), now_s),
        },
        "memory_mib": round(memory_mib, 1),
        "bytes_a_member": round(memory_mib * 2**20 / members),
    }


def refresh(resolver: Resolver) -> tuple[list[float], list[float]]:
    """Keep the table up to date: the share of a core each second took, and how long the loop waited for a slice."""
    shares, slices_ms = [], []
    for second in range(1, REFRESHED_S + 1):
        spent_ms, more = 0.0, True
        while more:
            started_ms = wall_ms()
            more = resolver.refresh(NOW_S + second, REFRESHED_A_SLICE)
            slices_ms.append(wall_ms() - started_ms)
            spent_ms += slices_ms[-1]
        shares.append(spent_ms / 10.0)
    return shares, slices_ms


def cpu_ms() -> float:
    """CPU time of this process: how long one of a million calls took is else what its neighbours did meanwhile."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000.0


def search(resolver: Resolver, code: str, now_s: float) -> dict[str, float]:
    """What the search for the owner of a code costs; nobody's is compared with all keys in all three half minutes."""
    slices_ms: list[float] = []
    started_ms = cpu_ms()
    resolver.find_owner(Tap(KIOSK, code, "a" * 16, now_s, now_s), now_s)
    slices_ms.append(cpu_ms() - started_ms)
    while not (answered := resolver.take_answered()):
        started_ms = cpu_ms()
        resolver.refresh(now_s, REFRESHED_A_SLICE)
        slices_ms.append(cpu_ms() - started_ms)
    assert (answered[0].member_id is None) == (code == tap_code(bytes(16), KIOSK, now_s))
    return {
        "core_s": round(sum(slices_ms) / 1000.0, 1),
        "slices": len(slices_ms),
        "longest_cpu_ms": round(max(slices_ms), 1),
    }


def rounds(resolver: Resolver, ids: Sequence[bytes], now_s: float) -> Any:
    """Nanoseconds a look-up, median over rounds; the keeping in memory of unknown ones is part of a stranger's."""
    look: Callable[[IdScheme, bytes, float], object] = resolver.resolve
    taken = []
    for _ in range(ROUNDS):
        started_ms = wall_ms()
        for identifier in ids:
            look(IdScheme.EID, identifier, now_s)
        taken.append((wall_ms() - started_ms) * 1e6 / len(ids))
    return spread(taken, 0)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
