"""The configuration file of one node; hardware/README.md shows where the files of a Pi lie."""

from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field, model_validator

from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.host.config import BrokerConfig, ConfigModel
from hardware.radio.settings import RadioConfig
from hub.wire.base import Name

MAX_PREFIXES: Final = 64
"""Static fobs come in batches of one UUID or namespace; no store has more makes of fob than this."""

Namespace = Annotated[str, Field(pattern=r"^[0-9a-f]{20}$")]
"""An Eddystone-UID namespace: 10 bytes in lower-case hexadecimal."""


class EdgeConfig(ConfigModel):
    """One node. `outbox` is relative to the file's own folder.

    Static fobs (`ibeacon`, `eddystone_uid`) are heard only if named: everybody's headphones and tags speak
    these frames too, and what is not ours must not even be looked at twice.
    """

    store: Name
    node: Name
    outbox: Path
    frames: Annotated[frozenset[FrameKind], Field(min_length=1)] = frozenset(
        {FrameKind.EDDYSTONE_EID, FrameKind.APP_EID, FrameKind.IBEACON_EID}
    )
    ibeacon_uuids: Annotated[tuple[UUID, ...], Field(max_length=MAX_PREFIXES)] = ()
    eddystone_namespaces: Annotated[tuple[Namespace, ...], Field(max_length=MAX_PREFIXES)] = ()
    mqtt: BrokerConfig = BrokerConfig()
    radio: RadioConfig = RadioConfig()

    @model_validator(mode="after")
    def _static_frames_are_named(self) -> Self:
        for kind, key, prefixes in (
            (FrameKind.IBEACON, "ibeacon_uuids", self.ibeacon_uuids),
            (FrameKind.EDDYSTONE_UID, "eddystone_namespaces", self.eddystone_namespaces),
        ):
            if kind in self.frames and not prefixes:
                raise ValueError(f"frames has {kind.value!r} but {key} is empty: nothing would be heard")
            if prefixes and kind not in self.frames:
                raise ValueError(f"{key} is set but frames lacks {kind.value!r}: it would never be used")
        return self

    def beside(self, config_file: Path) -> Self:
        """The same configuration with the outbox's path made absolute against the file's folder."""
        return self.model_copy(update={"outbox": config_file.resolve().parent / self.outbox})

    def frame_filter(self) -> FrameFilter:
        """What this node listens to."""
        return FrameFilter(
            kinds=self.frames,
            ibeacon_uuids=frozenset(beacon_uuid.bytes for beacon_uuid in self.ibeacon_uuids),
            eddystone_namespaces=frozenset(
                bytes.fromhex(namespace) for namespace in self.eddystone_namespaces
            ),
        )
