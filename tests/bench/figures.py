"""How a measured spread is written down."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of one kind: milliseconds, or a rate."""

    median: float
    p10: float
    p90: float
    p99: float
    n: int

    def document(self) -> dict[str, Any]:
        return asdict(self)


def spread(values: Sequence[float], digits: int = 1) -> Spread:
    """Median and spread of at least one value."""
    assert values, "nothing was measured"
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[round(share * (len(ordered) - 1))], digits)

    return Spread(round(statistics.median(ordered), digits), at(0.10), at(0.90), at(0.99), len(ordered))


def resident_mib(pid: int) -> dict[str, float]:
    """Memory of a process now and at most, MiB, as Linux counts it (`VmRSS`, `VmHWM`; shared pages included)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kib = {
        line.split(":")[0]: line.split()[1]
        for line in status.splitlines()
        if line.startswith(("VmRSS", "VmHWM"))
    }
    return {"now_mib": round(int(kib["VmRSS"]) / 1024, 1), "peak_mib": round(int(kib["VmHWM"]) / 1024, 1)}
