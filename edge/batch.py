"""A batch of samples as it rests in the outbox, and as it leaves with the ages of the moment. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge.reporter import Reading
from hub.wire.base import WireModel
from hub.wire.presence import IdScheme, Sample, Samples, SampleState, Sightings

if TYPE_CHECKING:
    from hardware.host.outbox import Row


class Batch(WireModel):
    """Samples, each with its age when the batch was put into the outbox, maybe by a newer release of this node."""

    samples: Samples


def batch_of(readings: Iterable[Reading], now_s: float) -> Batch:
    """Make a batch of what the core reports; `now_s` is on the clock the readings were heard on."""
    return Batch(samples=tuple(_sample(reading, now_s) for reading in readings))


def sightings_of(row: "Row", node: str) -> Sightings:
    """Make the message of a row about to be sent: each sample is older by the time the row has rested."""
    rested_ms = round(row.age_s * 1000)
    batch = Batch.model_validate_json(row.payload)
    samples = tuple(
        sample.model_copy(update={"age_ms": sample.age_ms + rested_ms}) for sample in batch.samples
    )
    return Sightings(node=node, boot_id=row.boot_id, seq=row.seq, samples=samples)


def _sample(reading: Reading, now_s: float) -> Sample:
    return Sample(
        scheme=IdScheme(reading.scheme.value),
        id=reading.id.hex(),
        state=SampleState.SILENT if reading.silent else SampleState.HEARD,
        rssi_dbm=round(reading.rssi_dbm, 1),
        age_ms=max(0, round((now_s - reading.heard_s) * 1000)),
    )
