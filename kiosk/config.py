"""The configuration file of one kiosk; `kiosk/README.md` shows one."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator

from hardware.host.config import BrokerConfig, ConfigModel
from hub.wire.base import Name
from hub.wire.display import KioskAct, Leave
from hub.wire.seal import seal


class KioskConfig(ConfigModel):
    """One kiosk. `outbox` is relative to the file's own folder."""

    store: Name
    kiosk: Name
    hub_public_key: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{43}$")]
    """What acts are sealed to; public, so it may stand in a file. The hub prints it."""
    outbox: Path
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    mqtt: BrokerConfig = BrokerConfig()

    @field_validator("hub_public_key")
    @classmethod
    def _seals(cls, key: str) -> str:
        """Try the key now: a weak or mistyped one must not be found out by the first shopper's touch."""
        seal(KioskAct(act_id="0" * 16, act=Leave(), seen=None), key, "any")
        return key

    def beside(self, config_file: Path) -> Self:
        """The same configuration with the outbox's path made absolute against the file's folder."""
        return self.model_copy(update={"outbox": config_file.resolve().parent / self.outbox})
