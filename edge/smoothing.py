"""The strength of one identifier at one node, as it goes into a report: the mean of all heard since the last one.

From packet to packet the noise of a moving tag is nearly white (TETAM: σ 5.3 dB, correlation 0.25 within the second):
every packet is fresh evidence. A mean of disjoint spans keeps all of it and hands the hub independent values. A filter
with a memory here makes them late and alike, which nothing at the hub can undo; one wild packet is the hub's business
too, whose engines weigh what they hear against the other nodes and over time.

Pure functions over an immutable state of two numbers, so that 32,768 of them are small.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """What was heard since the last report; at least one packet.

    Attributes:
        sum_dbm: the sum of the values.
        packets: how many they are.
        heard_s: when the last one was heard, store seconds, monotonic.
    """

    sum_dbm: int
    packets: int
    heard_s: float

    @property
    def mean_dbm(self) -> float:
        """Their mean, in dBm."""
        return self.sum_dbm / self.packets


def begin(rssi_dbm: int, heard_s: float) -> Span:
    """Begin with the first value of a span."""
    return Span(rssi_dbm, 1, heard_s)


def follow(span: Span, rssi_dbm: int, heard_s: float) -> Span:
    """Take one more value; a time that went back counts as no time at all."""
    return Span(span.sum_dbm + rssi_dbm, span.packets + 1, max(heard_s, span.heard_s))
