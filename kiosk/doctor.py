"""What `comptoir doctor` looks at in a kiosk: its outbox, the broker, the hub and its notice."""

from collections.abc import Sequence
from typing import Final

from hardware.host.doctor import broker, outbox
from hardware.host.doctor.examination import (
    Check,
    ConfigFile,
    Examination,
    Tools,
    examine_each,
    load_or_finding,
    told,
)
from hardware.host.doctor.finding import Finding, ok
from hub.wire.visit import visit
from kiosk.config import KioskConfig

KIND: Final = "a kiosk's file has `kiosk`"
_WITHOUT_HUB: Final = "this kiosk shows nothing personal, and withdrawals wait in its outbox"
_KEYS: Final = frozenset({"kiosk", "hub_public_key"})
_REPAIR: Final = "stop the kiosk, move the file aside and start again; it may hold acts the hub has not seen"
_PRECIOUS: Final = "withdrawals that the hub has not seen"


def examine(files: Sequence[ConfigFile], tools: Tools) -> Examination:
    """See `hardware.host.doctor.examination.Examine`."""
    return examine_each(KIND, _KEYS, files, lambda file: _checks(file, tools))


def _checks(file: ConfigFile, tools: Tools) -> Sequence[Check]:
    config = load_or_finding(file, KioskConfig)
    if isinstance(config, Finding):
        return (told("config", file.path, config),)
    config = config.beside(file.path)
    return (
        told("config", file.path, ok("config", f"kiosk {config.kiosk} of store {config.store}")),
        *outbox.checks(config.outbox, file.path, _REPAIR, _PRECIOUS),
        Check("broker.login", lambda: _broker(config, tools), str(file.path)),
    )


async def _broker(config: KioskConfig, tools: Tools) -> Sequence[Finding]:
    call = broker.caller(visit, config.mqtt, config.store, tools)
    return await broker.examine(config.mqtt, call, lambda seen: broker.judge_hub(seen, _WITHOUT_HUB))
